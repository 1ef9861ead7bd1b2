"""YAML documents into typed objects, with errors that name file, line and key. What the keys mean stands elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from eros.errors import UserError, nearest

type KeyPath = tuple[str | int, ...]


class Document(BaseModel):
    """Base of everything read from YAML: immutable, strict, no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read_document[D: Document](path: Path, kind: type[D], shown: str, **extra: Any) -> D:
    """Read one YAML file as `kind`.

    Args:
        path: the file.
        kind: the document class.
        shown: the file's name in error messages.
        extra: further fields the file itself does not hold (its own path, say).

    Raises:
        UserError: the file is no YAML mapping, repeats a key, or does not fit `kind`; every problem is listed.
    """
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        raise UserError(f"not UTF-8 text ({error.reason}).", where=shown, remedy="Save it as UTF-8.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"not valid YAML: {error.problem}.", where=f"{shown}:{line}") from None
    if not isinstance(node, yaml.MappingNode):
        raise UserError("must hold a mapping of keys to values.", where=shown)
    lines: dict[KeyPath, int] = {(): 1}
    data = _plain(node, (), lines, shown)
    try:
        return kind.model_validate({**data, **extra})
    except ValidationError as error:
        raise UserError("\n".join(_problems(error, kind, lines, shown))) from None


def _plain(node: yaml.Node, at: KeyPath, lines: dict[KeyPath, int], shown: str) -> Any:
    """The node as plain Python values, noting the line of each key path."""
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = key_node.value
            line = key_node.start_mark.line + 1
            if key in result:
                raise UserError(f"key {key!r} stands twice.", where=f"{shown}:{line}", remedy="Keep one.")
            lines[(*at, key)] = line
            result[key] = _plain(value_node, (*at, key), lines, shown)
        return result
    if isinstance(node, yaml.SequenceNode):
        # Tuples, because the documents are immutable and strict validation does not turn lists into them.
        return tuple(_plain(item, (*at, i), lines, shown) for i, item in enumerate(node.value))
    if node.tag == "tag:yaml.org,2002:timestamp":
        return node.value  # instants stay text: each reader says which form it wants
    return yaml.CSafeLoader("").construct_object(node)


def _problems(error: ValidationError, kind: type[BaseModel], lines: dict[KeyPath, int], shown: str) -> list[str]:
    problems = []
    for detail in error.errors(include_url=False):
        path: KeyPath = tuple(detail["loc"])
        known = path
        while known not in lines:
            known = known[:-1]
        where = f"{shown}:{lines[known]}"
        key = ".".join(str(part) for part in path) or "document"
        if detail["type"] == "extra_forbidden":
            problems.append(f"{where}: unknown key {key!r}. {nearest(str(path[-1]), _keys(kind, path[:-1]))}")
        elif detail["type"] == "missing":
            problems.append(f"{where}: key {key!r} is missing.")
        else:
            problems.append(f"{where}: {key}: {detail['msg'].removeprefix('Value error, ')}.".replace("..", "."))
    return problems


def _keys(kind: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys allowed at `path` below `kind`, as far as the annotations tell."""
    here: Any = kind
    for part in path:
        if isinstance(part, int):
            continue
        annotation = here.model_fields[part].annotation
        models = [t for t in _leaves(annotation) if isinstance(t, type) and issubclass(t, BaseModel)]
        if not models:
            return []
        here = models[0]
    return [name for name, field in here.model_fields.items() if not field.exclude]


def _leaves(annotation: Any) -> list[Any]:
    arguments = getattr(annotation, "__args__", None)
    return [leaf for a in arguments for leaf in _leaves(a)] if arguments else [annotation]
