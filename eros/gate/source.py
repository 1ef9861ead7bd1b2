"""SQL text with positions, and the findings that point into it. What is wrong with the text is decided elsewhere."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass

from eros.gate.tree import Node


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
        return self._bytes[node.start : node.end].decode()

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
        blank = re.sub(rb"[^\n]", b" ", self._bytes[: node.start])
        return (blank + self._bytes[node.start : node.end]).decode()
