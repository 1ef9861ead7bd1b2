"""Checks SQL texts: the analyzer's refusals and the rules' hits become findings, exceptions are taken off."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from eros.errors import UserError
from eros.gate.analyzer import data, start
from eros.gate.catalog import Catalog
from eros.gate.engine import Crashed, Refused
from eros.gate.headers import check_headers
from eros.gate.layout import check_layout
from eros.gate.remedies import remedy
from eros.gate.rules import RULES
from eros.gate.scripts import ScriptWalk
from eros.gate.source import Finding, Source
from eros.gate.statements import Statement
from eros.model import Model

#: What a Data Transfer scheduled query is given.
SCHEDULE_PARAMETERS = {"run_time": "TIMESTAMP", "run_date": "DATE"}


@dataclass(frozen=True)
class Exemption:
    """One rule that one object may break, and why. They all stand in data/exemptions.yaml."""

    rule: str
    object: str
    reason: str


@cache
def exemptions() -> tuple[Exemption, ...]:
    """All of them."""
    return tuple(Exemption(**entry) for entry in data("exemptions.yaml"))


def check_files(
    model: Model, files: Iterable[Path] | None = None, notify: Callable[[str], None] | None = None
) -> list[Finding]:
    """Check the SQL files of the model, or those named, and what their headers and contracts promise.

    Args:
        files: absolute, or relative to the current folder; folders stand for the .sql files in them.
        notify: told one line if the first compile of the analyzer is under way.

    Raises:
        UserError: a file is no file, or the analyzer could not be started. Nothing was checked then.
    """
    catalog = Catalog.of(model, start(notify) if notify else start())
    findings: list[Finding] = []
    for path in sql_files(model.root, files):
        shown = str(path.relative_to(model.root)) if path.is_relative_to(model.root) else str(path)
        text = read(path, shown)
        scheduled = path.parent.name == "schedules"
        findings += check_text(Source(shown, text), catalog, SCHEDULE_PARAMETERS if scheduled else {})
        findings += check_layout(Source(shown, text), catalog.analyzer)
    if files is None:
        findings += check_headers(model, catalog)
    return sorted(set(findings))


def sql_files(root: Path, files: Iterable[Path] | None) -> list[Path]:
    """The files to check: every one under sql/, or those named. Raises UserError."""
    if files is None:
        return sorted((root / "sql").rglob("*.sql"))
    found: list[Path] = []
    for file in files:
        path = file.resolve()
        if path.is_dir():
            found += sorted(path.rglob("*.sql"))
        elif path.is_file():
            found.append(path)
        else:
            raise UserError("there is no such file.", where=str(file), remedy="Name a .sql file or a folder.")
    return found


def read(path: Path, shown: str) -> str:
    """The text of a file, its line ends as they are. Raises UserError."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"not UTF-8 text ({error.reason}).", where=shown, remedy="Save it as UTF-8.") from None


def check_text(source: Source, catalog: Catalog, query_parameters: Mapping[str, str] | None = None) -> list[Finding]:
    """Everything wrong with one script. Never raises for what the script says."""
    findings: list[Finding] = []
    try:
        for statement in ScriptWalk(source, catalog, query_parameters).statements():
            findings += _check_statement(statement)
    except Refused as refusal:
        findings.append(_refused(source, catalog, refusal, None))
    except RecursionError:
        too_deep = Crashed("the analyzer broke down: a statement is nested too deeply")
        findings.append(_refused(source, catalog, too_deep, None))
    return sorted(set(findings))


def _check_statement(statement: Statement) -> Iterator[Finding]:
    places = set()
    for rule in RULES:
        if _exempt(rule.name(), statement.scope.routine):
            continue
        for hit in rule.check(statement):
            finding = rule.finding(statement, hit)
            places.add(finding.line)
            yield finding
    if statement.refusal:
        refused = _refused(statement.source, statement.catalog, statement.refusal, statement)
        # A rule that explains the same line says it better than the analyzer.
        if refused.line not in places:
            yield refused


def _refused(source: Source, catalog: Catalog, refusal: Refused, statement: Statement | None) -> Finding:
    line, column = refusal.line, refusal.column
    if not line or not column:
        line, column = source.place(statement.node.start) if statement else (1, 1)
    rule = "analyzer-crash" if isinstance(refusal, Crashed) else "googlesql"
    message = refusal.message if refusal.message.endswith("?") else f"{refusal.message}."
    return Finding(source.file, line, column, rule, message, remedy(message, source.line(line), catalog, statement))


def _exempt(rule: str, routine: str | None) -> bool:
    return any(e.rule == rule and e.object == routine for e in exemptions())
