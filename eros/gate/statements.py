"""One statement of a script as the rules see it: its syntax, what the analyzer made of it, what is visible there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from eros.gate.analyzer import Resolved, Type
from eros.gate.catalog import Catalog, Table
from eros.gate.engine import Refused
from eros.gate.source import Source
from eros.gate.tree import Node, kind, walk

#: The fields of script statements that hold statements, or expressions which are yielded by themselves.
_STATEMENTS_OF_THEIR_OWN = {
    "ASTBeginEndBlock": frozenset({"statement_list_node", "handler_list"}),
    "ASTCreateProcedureStatement": frozenset({"body"}),
    "ASTForInStatement": frozenset({"query", "body"}),
    "ASTRepeatStatement": frozenset({"body", "until_clause"}),
    "ASTScript": frozenset({"statement_list_node"}),
    "ASTVariableDeclaration": frozenset({"default_value"}),
    "ASTWhileStatement": frozenset({"condition", "body"}),
}


@dataclass
class TempObjects:
    """Temp tables and functions of one script. They outlive the block that makes them."""

    tables: dict[str, Table] = field(default_factory=dict)
    functions: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scope:
    """What is visible at one point of a script. Names of variables are lower case."""

    routine: str | None = None
    variables: Mapping[str, Type] = field(default_factory=dict)
    temp: TempObjects = field(default_factory=TempObjects)
    in_handler: bool = False
    query_parameters: Mapping[str, str] = field(default_factory=dict)

    def within(self, *, in_handler: bool = False, **variables: Type) -> Scope:
        """The scope of a block inside this one."""
        inner = {**self.variables, **variables}
        return replace(self, variables=inner, in_handler=self.in_handler or in_handler)


@dataclass(frozen=True)
class Statement:
    """One statement, or one expression of a script statement, with what the analyzer made of it.

    Either `resolved` or `refusal` is set, except for script statements that hold nothing to analyze.
    """

    source: Source
    node: Node
    scope: Scope
    catalog: Catalog
    resolved: Resolved | None = None
    refusal: Refused | None = None

    def text(self, node: Node) -> str:
        """The text of a syntax node."""
        return self.source.of(node)

    def offset(self, resolved_node: Node) -> int | None:
        """Where a node of the resolved tree stands in the file, if the analyzer recorded it."""
        if resolved_node.start < 0:
            return None
        return resolved_node.start - (self.resolved.shift if self.resolved else 0)

    def syntax(self, skip: frozenset[str] = frozenset()) -> Iterable[Node]:
        """All syntax nodes of the statement. What a block or a loop holds are statements of their own."""
        return walk(self.node, skip | self._own_statements) if skip else self._syntax

    @cached_property
    def _syntax(self) -> list[Node]:
        return list(walk(self.node, self._own_statements))

    @property
    def _own_statements(self) -> frozenset[str]:
        return _STATEMENTS_OF_THEIR_OWN.get(kind(self.node), frozenset())

    def roots(self) -> list[Node]:
        """The nodes to start from for a rule that goes down by itself."""
        own = self._own_statements
        return [child for name, child in self.node.children if name not in own] if own else [self.node]

    def resolved_nodes(self, skip: frozenset[str] = frozenset()) -> Iterable[Node]:
        """All nodes of the resolved tree."""
        return walk(self.resolved.tree, skip) if skip and self.resolved else self._resolved_nodes

    @cached_property
    def _resolved_nodes(self) -> list[Node]:
        return list(walk(self.resolved.tree)) if self.resolved else []
