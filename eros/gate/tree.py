"""ZetaSQL's trees as plain nodes: syntax trees (AST…) and resolved trees (Resolved…), read from its protobuf messages.

The package has classes for every kind of node, but turning messages into them takes longer than the analysis itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

#: Messages that are nodes; others (types, literal values, signatures) are kept as protobuf messages.
_NODES = ("AST", "Resolved", "AnyAST", "AnyResolved")


class Node:
    """One node. Its fields are attributes, with the names of ZetaSQL's node classes.

    A field that is not set is None, an empty list, or the message's default. Enum values are their names.

    Attributes:
        kind: the node's class, such as ASTIfStatement or ResolvedCast.
        start, end: its place in the text in bytes, -1 where ZetaSQL records none.
        children: (field name, node) of all nodes directly below.
    """

    # Any: what a field holds depends on the kind of node.
    def __init__(self, message: Any) -> None:
        self.kind: str = _kind(message.DESCRIPTOR)
        self.start = self.end = -1
        self.children: list[tuple[str, Node]] = []
        self._defaults = _defaults(message.DESCRIPTOR)
        base: Any = message
        while base is not None:  # a message holds the fields of its base class in `parent`
            base = self._read(base)

    def _read(self, message: Any) -> Any:
        """Take over the fields that are set; return the base class's message, if there is one."""
        base = None
        for field, value in message.ListFields():
            if field.name == "parent":
                base = value
            elif field.name == "parse_location_range":
                self.start, self.end = value.start, value.end
            elif field.message_type is not None and field.message_type.name.startswith(_NODES):
                if field.is_repeated:
                    nodes = [node_of(item) for item in value]
                    self.children += [(field.name, node) for node in nodes]
                    setattr(self, field.name, nodes)
                else:
                    node = node_of(value)
                    self.children.append((field.name, node))
                    setattr(self, field.name, node)
            elif field.name == "kind":
                continue  # of two nodes without interest here
            elif field.enum_type is not None and not field.is_repeated:
                setattr(self, field.name, field.enum_type.values_by_number[value].name)
            else:
                setattr(self, field.name, value)
        return base

    def __getattr__(self, name: str) -> Any:
        defaults = self.__dict__.get("_defaults", {})
        if name in defaults:
            return defaults[name]
        raise AttributeError(f"{self.__dict__.get('kind')} has no field {name!r}")

    def __repr__(self) -> str:
        return f"<{self.kind} {self.start}:{self.end}>"


def node_of(message: Any) -> Node:
    """The node a message holds; `Any…` messages are wrappers around one of several kinds."""
    while message.DESCRIPTOR.name.startswith("Any"):
        message = getattr(message, message.WhichOneof("node"))
    return Node(message)


@cache
def _kind(descriptor: Any) -> str:
    return str(descriptor.name).removesuffix("Proto")


@cache
def _defaults(descriptor: Any) -> dict[str, Any]:
    """Field name -> value where it is not set, base classes included."""
    found: dict[str, Any] = {}
    for field in descriptor.fields:
        if field.name == "parent":
            found |= _defaults(field.message_type)
        elif field.is_repeated:
            found[field.name] = []
        elif field.message_type is not None:
            found[field.name] = None
        elif field.enum_type is not None:
            found[field.name] = field.enum_type.values_by_number[field.default_value].name
        else:
            found[field.name] = field.default_value
    return found


def kind(node: Node | None) -> str:
    """The node's kind, empty for no node."""
    return node.kind if isinstance(node, Node) else ""


def part(node: Node, *names: str) -> Any:
    """The first of the fields that the node has and that holds something, else None."""
    return next((value for name in names if (value := getattr(node, name, None)) is not None), None)


def walk(node: Node, skip: frozenset[str] = frozenset()) -> Iterator[Node]:
    """The node and all nodes below it, not entering the fields named in `skip`."""
    todo = [node]
    while todo:
        node = todo.pop()
        yield node
        if skip:
            todo += [child for name, child in node.children if name not in skip]
        else:
            todo += [child for _, child in node.children]
