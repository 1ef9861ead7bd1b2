"""Who needs whom, read from the SQL text: the source of depends_on, of the deployer's order and of the lineage."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from eros.errors import UserError


class Graph:
    """Dependencies between objects by name.

    Args:
        edges: object -> the objects its SQL names. Every name has an entry.

    Raises:
        UserError: the objects need each other in a circle; the circle is shown.
    """

    def __init__(self, edges: Mapping[str, frozenset[str]]) -> None:
        self._edges = {name: edges[name] for name in sorted(edges)}
        try:
            self._order = tuple(TopologicalSorter({n: sorted(d) for n, d in self._edges.items()}).static_order())
        except CycleError as error:
            circle = " -> ".join(reversed(error.args[1]))
            raise UserError(f"objects need each other in a circle: {circle}.", remedy="Break it.") from None

    def depends_on(self, name: str) -> set[str]:
        """The objects `name` names itself."""
        return set(self._edges[name])

    def needs(self, name: str) -> set[str]:
        """Everything `name` needs, directly or through others."""
        return self._closure(name, self._edges)

    def readers_of(self, name: str) -> set[str]:
        """Everything that needs `name`, directly or through others; empty for an unknown name."""
        users: dict[str, set[str]] = {n: set() for n in self._edges}
        for user, used in self._edges.items():
            for target in used:
                users[target].add(user)
        return self._closure(name, users) if name in users else set()

    def order(self) -> list[str]:
        """All objects, each after everything it needs; the same every time."""
        return list(self._order)

    @staticmethod
    def _closure(name: str, edges: Mapping[str, frozenset[str] | set[str]]) -> set[str]:
        seen: set[str] = set()
        todo = list(edges[name])
        while todo:
            if (other := todo.pop()) not in seen:
                seen.add(other)
                todo.extend(edges[other])
        return seen
