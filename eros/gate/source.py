"""SQL text with positions, and the findings that point into it. What is wrong with the text is decided elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cache
from typing import Any

from zetasql.types import ProtoModel

#: A node of ZetaSQL's syntax tree or resolved tree. The package gives them no usable static types.
type Node = Any


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to mend. `line` and `column` count from 1; `rule` names what was broken, `remedy` says what to do."""

    file: str
    line: int
    column: int
    rule: str
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: [{self.rule}] {self.message} {self.remedy}".rstrip()

    def as_dict(self) -> dict[str, str | int]:
        """The finding for JSON output."""
        return asdict(self)


class Source:
    """One SQL text under its file's name. ZetaSQL counts bytes, people count lines and characters."""

    def __init__(self, file: str, text: str) -> None:
        self.file, self.text = file, text
        self._bytes = text.encode()

    def of(self, node: Node) -> str:
        """The text of a syntax node."""
        span = node.parse_location_range
        return self._bytes[span.start : span.end].decode()

    def between(self, start: int, end: int) -> str:
        """The text between two byte offsets."""
        return self._bytes[start:end].decode(errors="replace")

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column of a byte offset."""
        before = self._bytes[:offset].decode(errors="replace")
        return before.count("\n") + 1, len(before) - before.rfind("\n")

    def line(self, number: int) -> str:
        """One line, counted from 1."""
        lines = self.text.split("\n")
        return lines[number - 1] if number <= len(lines) else ""

    def alone(self, node: Node) -> str:
        """The whole text with everything outside the node blanked, so that positions stay those of the file."""
        span = node.parse_location_range
        blank = re.sub(rb"[^\n]", b" ", self._bytes[: span.start])
        return (blank + self._bytes[span.start : span.end]).decode()


def kind(node: Node) -> str:
    """The node's class name, such as ASTIfStatement or ResolvedCast: what the walkers dispatch on."""
    return type(node).__name__


def walk(node: Node, skip: frozenset[str] = frozenset()) -> Iterator[Node]:
    """The node and all nodes below it, not entering the fields named in `skip`."""
    yield node
    for child in children(node, skip):
        yield from walk(child, skip)


def children(node: Node, skip: frozenset[str] = frozenset()) -> Iterator[Node]:
    """The nodes directly below a node, in the order of its fields."""
    for name in _field_names(type(node)):
        if name in skip:
            continue
        value = getattr(node, name)
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, ProtoModel):
                yield child


@cache
def _field_names(node_type: type) -> tuple[str, ...]:
    if not is_dataclass(node_type):
        return ()
    return tuple(f.name for f in fields(node_type) if f.name != "parse_location_range")
