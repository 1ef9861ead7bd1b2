"""YAML documents into typed objects, with errors that name file, line and key. What the keys mean stands elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from eros.errors import UserError, nearest

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

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
    lines: dict[KeyPath, int] = {(): 1}
    data = _mapping(read_text(path, shown), lines, shown)
    for key in extra:
        if key in data:
            problem = f"unknown key {key!r}."
            raise UserError(problem, where=f"{shown}:{lines[key,]}", remedy="The file's name and place tell it.")
    try:
        return kind.model_validate({**data, **extra})
    except ValidationError as error:
        raise UserError("\n".join(_problems(error, kind, lines, shown))) from None


def read_text(path: Path, shown: str) -> str:
    """The text of a file of the project, its line ends as LF. Raises UserError where it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"not UTF-8 text ({error.reason}).", where=shown, remedy="Save it as UTF-8.") from None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}.", where=shown) from None


def _mapping(text: str, lines: dict[KeyPath, int], shown: str) -> dict[str, Any]:
    """The mapping a YAML text holds, as plain Python values; `lines` is given the line of each key path."""
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        if not isinstance(node, yaml.MappingNode):
            raise UserError("must hold a mapping of keys to values.", where=shown)
        data: dict[str, Any] = _plain(node, (), lines, shown)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise UserError(f"not valid YAML: {error.problem}.", where=f"{shown}:{line}") from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UserError(f"not valid YAML: {error.reason}.", where=f"{shown}:{line}") from None
    except RecursionError:
        raise UserError("not usable YAML: a value contains itself.", where=shown) from None
    return data


def _plain(node: yaml.Node, at: KeyPath, lines: dict[KeyPath, int], shown: str) -> Any:
    """The node as plain Python values, noting the line of each key path."""
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise UserError("a key must be one word.", where=f"{shown}:{line}")
            key = key_node.value
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
    try:
        return yaml.CSafeLoader("").construct_object(node)
    except ValueError as error:  # of an explicit tag, as in !!int abc
        raise UserError(f"not valid YAML: {error}.", where=f"{shown}:{node.start_mark.line + 1}") from None


def _problems(error: ValidationError, kind: type[BaseModel], lines: dict[KeyPath, int], shown: str) -> list[str]:
    problems = []
    for detail in error.errors(include_url=False):
        path: KeyPath = tuple(detail["loc"])
        known = path
        while known not in lines:
            known = known[:-1]
        where = f"{shown}:{lines[known]}"
        # Without the tags of unions, which stand in no file.
        parts = [part for i, part in enumerate(path, 1) if i == len(path) or path[:i] in lines]
        key = ".".join(map(str, parts))
        if detail["type"] == "extra_forbidden":
            problems.append(f"{where}: unknown key {key!r}. {nearest(str(path[-1]), _keys(kind, path[:-1]))}")
        elif detail["type"] == "missing":
            problems.append(f"{where}: key {key!r} is missing.")
        else:
            said = _said(detail)
            problems.append(f"{where}: {f'{key}: ' if key else ''}{said}{'' if said[-1] in '.?' else '.'}")
    return problems


def _said(detail: ErrorDetails) -> str:
    """Pydantic's words without its own terms, and what was found where that is short."""
    if detail["type"] == "value_error":
        return detail["msg"].removeprefix("Value error, ")
    said = re.sub(r"^(?:Input|Tuple|String) should", "should", detail["msg"])
    said = re.sub(r"valid dictionary or instance of \w+", "mapping of keys to values", said)
    said = said.replace("valid tuple", "list").removesuffix(" after validation, not 0")
    found = detail["input"]
    return f"{said}, found {found!r}" if found is None or isinstance(found, str | int | float) else said


def _keys(kind: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys allowed at `path` below `kind`, as far as the annotations tell."""
    here: list[type[BaseModel]] = [kind]
    for part in path:
        if isinstance(part, int):
            continue
        fields = [k.model_fields[part] for k in here if part in k.model_fields]
        if fields:
            leaves = [leaf for f in fields for leaf in _leaves(f.annotation)]
            here = [leaf for leaf in leaves if isinstance(leaf, type) and issubclass(leaf, BaseModel)]
        else:  # the tag of a union: the members that bear it
            here = [k for k in here if any(part in _leaves(f.annotation) for f in k.model_fields.values())]
    return [name for k in here for name, field in k.model_fields.items() if not field.exclude]


def _leaves(annotation: Any) -> list[Any]:
    arguments = getattr(annotation, "__args__", None)
    return [leaf for a in arguments for leaf in _leaves(a)] if arguments else [annotation]
