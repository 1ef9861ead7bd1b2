"""A planned object (its REST body) as the GoogleSQL statement that creates it, or drops it.

Syntax: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-definition-language
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta

from eros.model import types
from eros.state import Resource
from eros.state.planned import Rest

_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)
_INDENT = "  "


def create(resource: Resource) -> str:
    """The statement that creates a dataset, table, view or routine; harmless where it is there already.

    A dataset or table that exists is left as it is, rows and all; a view or routine, which holds none, is replaced.

    Raises:
        KeyError: a schedule, for which GoogleSQL has no statement.
    """
    return _CREATE[resource.kind](resource.rest)


def drop(resource: Resource) -> str:
    """The statement that drops a table, view or routine if it is there. Raises KeyError on a schedule or dataset."""
    if resource.kind == "routine":
        return f"DROP {_routine_kind(resource.rest)} IF EXISTS {_routine_name(resource.rest)};"
    return f"DROP {_DROPPED[resource.kind]} IF EXISTS {_table_name(resource.rest)};"


def literal(text: str) -> str:
    """The text as a string literal. What could be taken for a line's end, or for nothing, becomes an escape."""
    return "'" + "".join(_ESCAPES.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in text) + "'"


_ESCAPES = {"\\": "\\\\", "'": "\\'", "\n": "\\n"}
_DROPPED = {"table": "TABLE", "view": "VIEW"}


def _dataset(rest: Rest) -> str:
    reference = rest["datasetReference"]
    options = _options(
        location=_optional(literal, rest.get("location")),
        description=_optional(literal, rest.get("description")),
        labels=_labels(rest),
        default_table_expiration_days=_days(rest.get("defaultTableExpirationMs")),
        max_time_travel_hours=rest.get("maxTimeTravelHours"),
    )
    return f"CREATE SCHEMA IF NOT EXISTS `{reference['projectId']}.{reference['datasetId']}`{options};"


def _table(rest: Rest) -> str:
    parts = [_column(field) for field in rest["schema"]["fields"]]
    if key := (rest.get("tableConstraints") or {}).get("primaryKey"):
        parts.append(f"PRIMARY KEY ({_names(key['columns'])}) NOT ENFORCED")
    partitioning = rest.get("timePartitioning") or {}
    text = f"CREATE TABLE IF NOT EXISTS {_table_name(rest)} ({_list(parts)})"
    if partitioning:
        text += f"\nPARTITION BY {_partition(partitioning, rest['schema']['fields'])}"
    if clustering := rest.get("clustering"):
        text += f"\nCLUSTER BY {_names(clustering['fields'])}"
    options = _options(
        description=_optional(literal, rest.get("description")),
        labels=_labels(rest),
        partition_expiration_days=_days(partitioning.get("expirationMs")),
    )
    return f"{text}{options};"


def _view(rest: Rest) -> str:
    options = _options(description=_optional(literal, rest.get("description")), labels=_labels(rest))
    return f"CREATE OR REPLACE VIEW {_table_name(rest)}{options}\nAS\n{rest['view']['query']};"


def _routine(rest: Rest) -> str:
    options = _options(description=_optional(literal, rest.get("description")))
    arguments = _list(_argument(argument) for argument in rest.get("arguments") or [])
    head = f"CREATE OR REPLACE {_routine_kind(rest)} {_routine_name(rest)}({arguments})"
    if rest["routineType"] == "PROCEDURE":
        return f"{head}{options}\n{rest['definitionBody']};"
    # GoogleSQL takes a function's OPTIONS on either side of its body; the embedded engine reads this one.
    returns = types.routine_type_name(rest["returnType"])
    return f"{head}\nRETURNS {returns}{options}\nAS (\n{rest['definitionBody']}\n);"


_CREATE: Mapping[str, Callable[[Rest], str]] = {
    "dataset": _dataset,
    "table": _table,
    "view": _view,
    "routine": _routine,
}


def _table_name(rest: Rest) -> str:
    reference = rest["tableReference"]
    return f"`{reference['projectId']}.{reference['datasetId']}.{reference['tableId']}`"


def _routine_name(rest: Rest) -> str:
    reference = rest["routineReference"]
    return f"`{reference['projectId']}.{reference['datasetId']}.{reference['routineId']}`"


def _routine_kind(rest: Rest) -> str:
    return "PROCEDURE" if rest["routineType"] == "PROCEDURE" else "FUNCTION"


def _column(field: Rest) -> str:
    text = f"`{field['name']}` {_type(field)}"
    if field.get("defaultValueExpression"):
        text += f" DEFAULT {field['defaultValueExpression']}"
    if field.get("mode") == "REQUIRED":
        text += " NOT NULL"
    if field.get("description"):
        text += f" OPTIONS (description = {literal(field['description'])})"
    return text


def _type(field: Rest) -> str:
    name = types.standard_type(field["type"])
    if name == "STRUCT":
        name = f"STRUCT<{', '.join(_column(part) for part in field['fields'])}>"
    return f"ARRAY<{name}>" if field.get("mode") == "REPEATED" else name


def _argument(argument: Rest) -> str:
    mode = f"{argument['mode']} " if argument.get("mode") else ""
    return f"{mode}{argument['name']} {types.routine_type_name(argument['dataType'])}"


def _partition(partitioning: Rest, fields: Iterable[Rest]) -> str:
    """Partitions are cut in UTC, whatever the zone of the dates that people read."""
    column, unit = partitioning["field"], partitioning["type"]
    kind = next(types.standard_type(field["type"]) for field in fields if field["name"] == column)
    return f"`{column}`" if (kind, unit) == ("DATE", "DAY") else f"{kind}_TRUNC(`{column}`, {unit})"


def _names(columns: Iterable[str]) -> str:
    return ", ".join(f"`{column}`" for column in columns)


def _labels(rest: Rest) -> str | None:
    pairs = [f"({literal(key)}, {literal(value)})" for key, value in sorted((rest.get("labels") or {}).items())]
    return f"[{', '.join(pairs)}]" if pairs else None


def _days(milliseconds: str | None) -> str | None:
    return None if milliseconds is None else f"{int(milliseconds) / _DAY_MS:g}"


def _optional(write: Callable[[str], str], value: str | None) -> str | None:
    return None if value is None else write(value)


def _options(**options: str | None) -> str:
    """`OPTIONS (…)` on lines of its own, without those that are not set; nothing where none is."""
    given = [f"{name} = {value}" for name, value in options.items() if value is not None]
    return f"\nOPTIONS ({_list(given)})" if given else ""


def _list(items: Iterable[str]) -> str:
    """Items one a line, indented, without a comma after the last; nothing for none."""
    lines = ",\n".join(f"{_INDENT}{item}" for item in items)
    return f"\n{lines}\n" if lines else ""
