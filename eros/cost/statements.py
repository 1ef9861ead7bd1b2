"""The statements of a script that read tables, for BigQuery bills each of them by itself. Prices: estimate.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from eros.model import Model
from eros.model.sqltext import blank_literals, references

_MARK = re.compile(r"\b(?:CASE|END|THEN|DO)\b|[();]", re.I)
_TEMP = re.compile(r"\bCREATE\s+(?:OR\s+REPLACE\s+)?TEMP(?:ORARY)?\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", re.I)
_CALL = re.compile(r"\bCALL\s+`[^`]*?\.(\w+)`", re.I)
_VERB = re.compile(r"\b(MERGE|INSERT|UPDATE|DELETE|TRUNCATE|CREATE|SELECT)\b", re.I)
_FROM_SCHEMA = re.compile(r"\.INFORMATION_SCHEMA\.\w+", re.I)


@dataclass(frozen=True)
class Statement:
    """One statement that reads.

    Attributes:
        routine: the procedure it stands in, empty for a schedule's own script.
        verb: MERGE, SELECT …
        tables: the tables it names, those behind views and functions included; each once.
        small: how many others it reads, temporary tables and INFORMATION_SCHEMA: billed at the minimum.
    """

    routine: str
    verb: str
    tables: tuple[str, ...]
    small: int = 0


def statements(model: Model, script: str, routine: str = "") -> list[Statement]:
    """Every reading statement of a script, and of the procedures it calls, as often as they stand there.

    All branches count, so that what a run costs is never more. Statements in a loop count once: the house has no
    loops around queries. Text in quotes is no statement: EXECUTE IMMEDIATE only creates snapshots, which is free.
    """
    found: list[Statement] = []
    temporary: set[str] = set()
    for piece in _pieces(blank_literals(script)):
        tables: set[str] = set()
        for name, _ in references(piece):
            if name in model.tables:
                tables.add(name)
            elif name in model.views or (name in model.routines and model.routines[name].kind == "FUNCTION"):
                tables |= model.graph.needs(name) & model.tables.keys()
        read = {t for t in temporary if re.search(rf"\b{t}\b", piece)}
        small = len(read) + len(set(_FROM_SCHEMA.findall(piece)))
        if tables or small:
            verb = _VERB.search(piece)
            found.append(Statement(routine, verb[1].upper() if verb else "SELECT", tuple(sorted(tables)), small))
        temporary |= set(_TEMP.findall(piece))
        for called in called_procedures(model, piece):
            found += statements(model, model.routines[called].body, called)
    return found


def called_procedures(model: Model, script: str) -> list[str]:
    """The procedures a script calls itself, in order, whatever environment its names are written for."""
    return [name for name in _CALL.findall(script) if name in model.routines]


def _pieces(code: str) -> Iterator[str]:
    """The script cut at semicolons, and after IF … THEN and FOR … DO, whose conditions are queries of their own."""
    depth = cases = start = 0
    for mark in _MARK.finditer(code):
        word = mark[0].upper()
        if word in "()":
            depth += 1 if word == "(" else -1
        elif word == "CASE":
            cases += 1
        elif word == "END" and cases:
            cases -= 1
        elif depth == 0 and (word == ";" or (word in ("THEN", "DO") and not cases)):
            piece = code[start : mark.end()]
            if word == "THEN" and re.search(r"\bMERGE\b", piece, re.I):
                continue  # WHEN MATCHED THEN belongs to its statement
            yield piece
            start = mark.end()
    yield code[start:]
