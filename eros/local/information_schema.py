"""Columns of INFORMATION_SCHEMA that BigQuery has and the embedded engine lacks: ROUTINES.routine_definition
and TABLES.ddl.

Verification 7.1 reads bodies and 3.2 the unit of a partitioning, as they must on BigQuery; so the engine is
completed, instead of giving these tests a second and weaker form for it. Whatever the engine itself gives is passed
on unchanged.
"""

from __future__ import annotations

import base64
from typing import Any

type View = tuple[list[str], list[list[Any]]]


def complete() -> None:
    """Add the columns to this process's engine, before it serves. Repeating it changes nothing."""
    from local_bigquery.catalog import metadata
    from local_bigquery.catalog import routines as catalog
    from local_bigquery.models import Table
    from local_bigquery.sql.rules import information_schema as engine

    if engine.VIEWS["ROUTINES"] is not engine.routines:
        return

    def routines(project: str, dataset: str | None) -> View:
        columns, rows = engine.routines(project, dataset)
        bodies = [routine.definitionBody for routine in catalog.list_(project, dataset)]
        return [*columns, "routine_definition"], [[*row, _text(body)] for row, body in zip(rows, bodies, strict=True)]

    def tables(project: str, dataset: str | None) -> View:
        columns, rows = engine.table_list(project, dataset)
        stored = [metadata.load(Table, *row[:3]) for row in rows]
        return [*columns, "ddl"], [[*row, _text(_ddl(row, table))] for row, table in zip(rows, stored, strict=True)]

    engine.VIEWS |= {"ROUTINES": routines, "TABLES": tables}


def _text(value: str | None) -> Any:
    """The text as an expression: as a plain literal, quotes and backslashes do not survive the engine's translation."""
    from sqlglot import exp

    if value is None:
        return exp.null()
    encoded = exp.Literal.string(base64.b64encode(value.encode()).decode())
    return exp.Anonymous(this="decode", expressions=[exp.Anonymous(this="from_base64", expressions=[encoded])])


def _ddl(row: list[Any], table: Any) -> str | None:
    """CREATE TABLE with its partitioning and clustering as BigQuery writes them; columns and options left out."""
    name, kind = ".".join(row[:3]), row[3]
    if kind != "BASE TABLE":
        return None
    text = f"CREATE TABLE `{name}`"
    if table and table.timePartitioning and table.timePartitioning.field:
        text += f"\nPARTITION BY {_partitioning(table)}"
    if table and table.clustering and table.clustering.fields:
        text += f"\nCLUSTER BY {', '.join(table.clustering.fields)}"
    return f"{text};"


def _partitioning(table: Any) -> str:
    column, unit = table.timePartitioning.field, table.timePartitioning.type or "DAY"
    fields = (table.schema_ and table.schema_.fields) or []
    kind = next((field.type for field in fields if field.name == column), "TIMESTAMP")
    if unit == "DAY":
        return column if kind == "DATE" else f"DATE({column})"
    return f"{kind}_TRUNC({column}, {unit})"
