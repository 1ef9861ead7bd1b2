"""SQL files as text: header comments, CREATE statements, the names a text refers to. For semantics see eros.gate."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from eros.errors import UserError
from eros.model.types import split_top_level

#: Every object is written with this prefix; another environment is reached by replacing exactly this text.
PREFIX = "of-scheduler-proj.eros_scheduling_brain"

_LEXEME = re.compile(
    r"""(?P<comment>--[^\n]*|\#[^\n]*|/\*.*?\*/)
      | (?P<string>[rRbB]{0,2}(?:'''(?:\\.|.)*?'''|\"\"\"(?:\\.|.)*?\"\"\"|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"))
      | (?P<name>`(?:\\.|[^`\\])*`)""",
    re.S | re.X,
)
_REFERENCE = re.compile(re.escape(PREFIX) + r"\.([A-Za-z0-9_$-]+)(?:\.([A-Za-z0-9_]+))?")
_CREATE = re.compile(
    r"CREATE\s+OR\s+REPLACE\s+(?P<kind>FUNCTION|PROCEDURE|VIEW)\s+`" + re.escape(PREFIX) + r"\.(?P<name>\w+)`\s*",
    re.I,
)


@dataclass(frozen=True)
class Header:
    """The leading comment: `description` is its first paragraph, `tags` its `@name value` lines in order."""

    description: str
    tags: tuple[tuple[str, str], ...] = ()

    def all(self, tag: str) -> list[str]:
        """Every value of `@tag`, in order."""
        return [value for name, value in self.tags if name == tag]


@dataclass(frozen=True)
class Argument:
    """One argument of a routine: mode is IN, OUT or INOUT for a procedure and None for a function."""

    name: str
    type: str
    mode: str | None = None


@dataclass(frozen=True)
class Created:
    """What a CREATE OR REPLACE file declares. `body` is the text between the delimiters, exactly as in the file."""

    kind: str
    name: str
    body: str
    arguments: tuple[Argument, ...] = ()
    return_type: str | None = None
    header: Header = field(default_factory=lambda: Header(""))


def blank_comments(sql: str) -> str:
    """The text with comments replaced by blanks; every other character keeps its place."""
    return _LEXEME.sub(lambda m: re.sub(r"[^\n]", " ", m[0]) if m["comment"] else m[0], sql)


def blank_literals(sql: str) -> str:
    """The text with comments and string literals replaced by blanks; every other character keeps its place."""
    return _LEXEME.sub(lambda m: m[0] if m["name"] else re.sub(r"[^\n]", " ", m[0]), sql)


def references(sql: str) -> Iterator[tuple[str, int]]:
    """(object name, line) of every name below the prefix, INFORMATION_SCHEMA left out.

    String literals count: dynamic SQL refers to objects too.
    """
    code = blank_comments(sql)
    for match in _REFERENCE.finditer(code):
        if match[1] != "INFORMATION_SCHEMA":
            yield match[1], code.count("\n", 0, match.start()) + 1


def read_header(sql: str, shown: str) -> Header:
    """The leading `--` comment block. Raises UserError where it is missing or has no description."""
    comment = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        comment.append(line[2:].strip())
    description: list[str] = []
    for text in comment:
        if not text or text.startswith("@"):
            break
        description.append(text)
    if not description:
        raise UserError(
            "the file has no description.",
            where=f"{shown}:1",
            remedy="Open it with a comment: -- what it does.",
        )
    tags = [re.match(r"@(\w+)\s*(.*)", text) for text in comment]
    return Header(" ".join(description), tuple((m[1], m[2].strip()) for m in tags if m))


def read_create(sql: str, shown: str) -> Created:
    """The one CREATE OR REPLACE FUNCTION, PROCEDURE or VIEW of a file.

    Raises:
        UserError: there is none, there is more than one, or its form is not the house's.
    """
    header = read_header(sql, shown)
    code = blank_literals(sql)
    found = list(_CREATE.finditer(code))
    if len(found) != 1:
        raise UserError(
            f"expected one CREATE OR REPLACE FUNCTION, PROCEDURE or VIEW `{PREFIX}.NAME`, found {len(found)}.",
            where=f"{shown}:1",
        )
    match = found[0]
    kind, name, end = match["kind"].upper(), match["name"], match.end()
    if kind == "VIEW":
        return Created(kind, name, _between(sql, code, end, r"AS\s+", r";?\s*\Z", shown, "AS … ;"), header=header)
    arguments, end = _arguments(code, end, kind, shown)
    if kind == "PROCEDURE":
        body = _between(sql, code, end, r"\s*(?=BEGIN\b)", r";?\s*\Z", shown, "BEGIN … END;")
        return Created(kind, name, body, arguments, None, header)
    returns = re.compile(r"\s*RETURNS\s+(?P<type>.+?)\s+AS\s*\(\n?", re.I | re.S).match(code, end)
    if not returns:
        raise UserError("a function needs RETURNS <type> AS ( … );", where=_line(code, end, shown))
    body = _between(sql, code, returns.end(), r"", r"\n?\)\s*;?\s*\Z", shown, "( … );")
    return Created(kind, name, body, arguments, " ".join(returns["type"].split()), header)


def _arguments(code: str, start: int, kind: str, shown: str) -> tuple[tuple[Argument, ...], int]:
    depth, at = 0, start
    while at < len(code):
        depth += {"(": 1, ")": -1}.get(code[at], 0)
        at += 1
        if depth == 0:
            break
    arguments = []
    for part in split_top_level(code[start + 1 : at - 1]):
        form = re.fullmatch(r"\s*(?:(IN|OUT|INOUT)\s+)?(\w+)\s+(.+?)\s*", part, re.S | re.I)
        if not form:
            raise UserError(f"argument {part.strip()!r} is not `name TYPE`.", where=_line(code, start, shown))
        mode = (form[1] or "IN").upper() if kind == "PROCEDURE" else None
        arguments.append(Argument(form[2], " ".join(form[3].split()), mode))
    return tuple(arguments), at


def _between(sql: str, code: str, start: int, opening: str, closing: str, shown: str, form: str) -> str:
    """The text between two delimiters, found in the text without literals and cut from the real one."""
    first = re.compile(opening, re.I).match(code, start)
    last = re.compile(closing, re.I).search(code, start)
    if not first or not last:
        raise UserError(f"expected {form}", where=_line(code, start, shown))
    return sql[first.end() : last.start()].rstrip()


def _line(code: str, at: int, shown: str) -> str:
    return f"{shown}:{code.count(chr(10), 0, at) + 1}"
