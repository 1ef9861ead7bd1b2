"""Column by column comparison of table schemas. To Terraform a schema is one JSON text; it compares no further."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from eros.errors import UserError
from eros.review.values import UNKNOWN, Secret

# The API's older names and GoogleSQL's mean the same; the provider plans nothing for a change of spelling.
_TYPE_NAMES = {
    "INTEGER": "INT64",
    "FLOAT": "FLOAT64",
    "BOOLEAN": "BOOL",
    "RECORD": "STRUCT",
    "DECIMAL": "NUMERIC",
    "BIGDECIMAL": "BIGNUMERIC",
}
# Compared one by one or not at all; everything else of a column is compared as a whole.
_COMPARED = frozenset({"name", "type", "mode", "fields", "description", "defaultValueExpression"})


@dataclass(frozen=True)
class Column:
    """A column, or a field of a STRUCT column, whose path is then dotted: `address.city`."""

    path: str
    type: str
    mode: str
    description: str
    default: str | None
    other: tuple[tuple[str, str], ...]  # policy tags, lengths, collation: attribute and JSON text


@dataclass(frozen=True)
class ColumnChange:
    """One column before and after; one side is None where it does not exist."""

    before: Column | None
    after: Column | None

    @property
    def path(self) -> str:
        return self.before.path if self.before else self.after.path if self.after else ""


def read_schema(schema: Any, where: str) -> dict[str, Column] | None:
    """The columns by path; None if the schema is unknown, secret or absent, so that nothing can be said about it.

    Raises:
        UserError: the schema is no JSON list of named columns.
    """
    if schema in (None, "", UNKNOWN) or isinstance(schema, Secret):
        return None
    try:
        parsed = json.loads(schema)
        return {column.path: column for column in _columns(parsed, "")}
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise UserError(
            f"the schema is no JSON list of columns ({type(error).__name__}), so columns cannot be compared.",
            where=f"{where}.schema",
            remedy="Plan again with the provider version the stacks pin.",
        ) from None


def compare(before: Mapping[str, Column], after: Mapping[str, Column]) -> list[ColumnChange]:
    """The columns that differ, in the order of the old schema, new ones last. Order of columns means nothing.

    Fields of a column that comes or goes as a whole are not listed again.
    """
    changes = [ColumnChange(column, after.get(path)) for path, column in before.items()]
    changes += [ColumnChange(None, column) for path, column in after.items() if path not in before]
    gone = {c.path for c in changes if c.after is None}
    new = {c.path for c in changes if c.before is None}
    return [c for c in changes if c.before != c.after and not _inside(c.path, gone if c.after is None else new)]


def _inside(path: str, whole: set[str]) -> bool:
    parts = path.split(".")
    return any(".".join(parts[:length]) in whole for length in range(1, len(parts)))


def _columns(fields: Any, prefix: str) -> Iterator[Column]:
    for field in fields:
        path = f"{prefix}{field['name']}"
        kind = str(field["type"]).upper()
        yield Column(
            path=path,
            type=_TYPE_NAMES.get(kind, kind),
            mode=str(field.get("mode") or "NULLABLE").upper(),
            description=field.get("description") or "",
            default=field.get("defaultValueExpression"),
            other=tuple(
                sorted((key, json.dumps(value)) for key, value in field.items() if value and key not in _COMPARED)
            ),
        )
        yield from _columns(field.get("fields") or (), f"{path}.")
