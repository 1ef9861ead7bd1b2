"""`eros gate` and `eros format`, as a person or a program reads them. Exit codes: 0 clean, 2 findings."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.text import Text

from eros.errors import UserError
from eros.gate.source import Finding
from eros.model import REPOSITORY, load_model


def run(files: list[Path], as_json: bool) -> int:
    """Check the files named, or everything, and print what was found.

    Args:
        files: SQL files or folders; empty means all SQL of the project, with its headers and contracts.
        as_json: print a JSON list of findings instead of text.

    Raises:
        UserError: nothing was checked, because the files can't be read or the analyzer can't run.
    """
    check = _load()
    model = load_model()
    findings = check.check_files(model, files or None, notify=_tell)
    checked = len(check.sql_files(model.root, files or None))
    show(findings, f"{_count(checked, 'file')}", as_json)
    return 2 if findings else 0


def show(findings: Sequence[Finding], checked: str, as_json: bool) -> None:
    """Print findings, as JSON or for a person with a last line that says what was checked."""
    if as_json:
        print(json.dumps([finding.as_dict() for finding in findings], indent=2, ensure_ascii=False))
        return
    out = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        out.print(Text(f"{finding.file}:{finding.line}:{finding.column}: ", style="bold"), end="")
        out.print(Text(f"[{finding.rule}] ", style="red"), end="")
        out.print(Text(finding.message))
        out.print(Text(f"    {finding.remedy}", style="dim"))
    out.print(f"{checked}, {_count(len(findings), 'finding')}.")


def run_format(files: list[Path], check: bool) -> int:
    """Write the files named, or all SQL, in the house's layout. With `check`, only say which are not in it.

    Raises:
        UserError: a file can't be read, or the analyzer, which proves that the meaning stays, can't run.
    """
    gate = _load()
    from eros.gate.analyzer import start
    from eros.gate.layout import formatted

    analyzer = start(_tell)
    changed = 0
    for path in gate.sql_files(REPOSITORY, files or None):
        text = gate.read(path, str(path))
        if (after := formatted(text, analyzer)) != text:
            changed += 1
            print(path)
            if not check:
                path.write_bytes(after.encode("utf-8"))
    print(f"{changed} {'would change' if check else 'changed'}.")
    return 2 if check and changed else 0


def _load() -> ModuleType:
    """The checks, with a clear word where their packages are missing."""
    try:
        from eros.gate import check
    except ImportError as error:
        raise UserError(
            f"the GoogleSQL analyzer can't be loaded ({error}).",
            remedy="Nothing was checked. Install the locked packages: pipenv sync --dev",
        ) from error
    return check


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _tell(line: str) -> None:
    print(line, file=sys.stderr)
