"""`eros gate`: the findings as a person or a program reads them. Exit codes: 0 clean, 2 findings, 1 could not run."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.text import Text

from eros.errors import UserError
from eros.model import load_model


def run(files: list[Path], as_json: bool) -> int:
    """Check the files named, or everything, and print what was found.

    Args:
        files: SQL files or folders; empty means all SQL of the project, with its headers and contracts.
        as_json: print a JSON list of findings instead of text.

    Raises:
        UserError: nothing was checked, because the files can't be read or the analyzer can't run.
    """
    try:
        from eros.gate.check import check_files, sql_files
    except ImportError as error:
        raise UserError(
            f"the GoogleSQL analyzer can't be loaded ({error}).",
            remedy="Nothing was checked. Install the locked packages: pipenv sync --dev",
        ) from error
    model = load_model()
    findings = check_files(model, files or None, notify=Console(stderr=True, highlight=False).print)
    checked = len(sql_files(model.root, files or None))
    if as_json:
        print(json.dumps([finding.as_dict() for finding in findings], indent=2, ensure_ascii=False))
        return 2 if findings else 0
    out = Console(highlight=False, soft_wrap=True)
    for finding in findings:
        out.print(Text(f"{finding.file}:{finding.line}:{finding.column}: ", style="bold"), end="")
        out.print(Text(f"[{finding.rule}] ", style="red"), end="")
        out.print(Text(finding.message))
        out.print(Text(f"    {finding.remedy}", style="dim"))
    plural = "" if len(findings) == 1 else "s"
    out.print(f"{checked} files, {len(findings)} finding{plural}.")
    return 2 if findings else 0
