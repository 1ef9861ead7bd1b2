"""What a rule is. The rules themselves stand in the other modules of this folder, by subject."""

from __future__ import annotations

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from eros.gate.source import Finding
from eros.gate.statements import Statement
from eros.gate.tree import Node, part


@dataclass(frozen=True)
class Hit:
    """A rule broken at a byte offset of the source. `words` fill the placeholders of the rule's docstring."""

    offset: int
    words: dict[str, str]


class Rule(ABC):
    """One rule on one statement.

    The docstring is what a person reads: its first paragraph the message, its second what to do. `bad` and `good`
    show scripts that break and keep the rule; every one of them is a test. `also` names rules that the bad examples
    can't help breaking as well.
    """

    bad: ClassVar[tuple[str, ...]]
    also: ClassVar[tuple[str, ...]] = ()
    good: ClassVar[tuple[str, ...]]

    @classmethod
    def name(cls) -> str:
        """The rule's name in reports: that of the class, as in `column-shadows-variable`."""
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", cls.__name__).lower()

    @abstractmethod
    def check(self, statement: Statement) -> Iterator[Hit]:
        """Where the statement breaks the rule."""

    def finding(self, statement: Statement, hit: Hit) -> Finding:
        """The hit in words."""
        message, remedy = (
            " ".join(paragraph.split()).format(**hit.words)
            for paragraph in inspect.cleandoc(self.__doc__ or "").split("\n\n", 1)
        )
        line, column = statement.source.place(hit.offset)
        return Finding(statement.source.file, line, column, self.name(), message, remedy)


def at(node: Node, **words: Any) -> Hit:
    """A hit at a syntax node."""
    return Hit(node.start, {name: str(word) for name, word in words.items()})


def at_resolved(statement: Statement, node: Node, **words: Any) -> Hit:
    """A hit at a node of the resolved tree, or at the statement where the analyzer recorded no place."""
    offset = statement.offset(node)
    if offset is None:
        offset = statement.node.start
    return Hit(offset, {name: str(word) for name, word in words.items()})


def function_name(node: Node) -> str:
    """The name of the function a resolved node calls, lower case and without its group: `safe_divide`, `$equal`."""
    function = part(node, "function")
    return str(function.name).split(":", 1)[-1].lower() if function is not None else ""


def literal_text(node: Node) -> str | None:
    """The value of a resolved string literal, None for anything else."""
    if node.kind != "ResolvedLiteral" or not node.value.value.HasField("string_value"):
        return None
    return str(node.value.value.string_value)
