"""A world on a real engine beside the same world in the reference model, and the difference between them."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import yaml
from google.api_core.exceptions import GoogleAPICallError

from eros.model import Model
from eros.warehouse import Warehouse, reason
from tests.sql import frozen
from tests.sql.reference.words import ANYTHING, Row, World, complete

#: Columns by which the rows of a table are told apart; the rows of one group are matched one by one.
KEYS = {
    "caption_bandit_stats": ("page_name", "caption_id"),
    "active_caption_assignments": ("page_name", "caption_id", "assigned_date", "schedule_id"),
    "schedule_generation_queue": ("page_name", "execution_date"),
    "creator_processing_errors": ("page_name",),
    "etl_job_runs": ("job_name",),
    "automation_alerts": ("alert_source",),
    "lock_sweep_log": ("sweep_time",),
}


class Bench:
    """An engine to put worlds on."""

    # No dataclass: when a test fails, Hypothesis would print the whole model.
    def __init__(self, warehouse: Warehouse, model: Model) -> None:
        self.warehouse = warehouse
        self.model = model

    def complete(self, world: World) -> World:
        """The world with every table and every column."""
        return complete(self.model, world)

    def put(self, world: World, now: datetime) -> None:
        """Empty the engine and fill it with a world."""
        frozen.clear(self.warehouse, frozen.tables_of(self.model))
        for table, rows in world.items():
            frozen.give(self.warehouse, self.model.tables[table], rows, now)

    def call(self, statement: str) -> tuple[list[Row], str | None]:
        """The rows of a call, and what it raised if it did."""
        try:
            return [dict(row.items()) for row in self.warehouse.query(statement)], None
        except GoogleAPICallError as error:
            return [], reason(error)

    def difference(self, expected: World, written: Iterable[str]) -> str:
        """What the tables a procedure writes hold otherwise than expected, one line a row; '' for nothing."""
        written = list(written)
        found = frozen.contents(self.warehouse, written)  # one query, where reading each table would be many
        lines: list[str] = []
        for table in written:
            kinds = {c.name: c.type for c in self.model.tables[table].columns}
            rows = [
                {name: typed(value, kinds[name]) for name, value in json.loads(text).items()}
                for text in found.get(table, [])
            ]
            lines += differences(table, expected[table], rows)
        return "\n".join(lines)

    def kept(self, world: World, written: Iterable[str]) -> Mapping[str, list[str]]:
        """The contents of the world's other tables, which a procedure must leave alone."""
        tables = sorted({table for table, rows in world.items() if rows} - set(written))
        return frozen.contents(self.warehouse, tables) if tables else {}


#: What a scenario's given rows leave out: NULL, and what only a reference model writes.
OPEN = (type(None), re.Pattern, type(ANYTHING))


def differences(table: str, expected: Iterable[Row], found: Iterable[Row]) -> list[str]:
    """Rows that have no equal on the other side, nearest ones shown together."""
    groups: dict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in found:
        groups[_key(table, row)].append(row)
    lines, unmatched = [], []
    for want in expected:
        group = groups[_key(table, want)]
        match = next((row for row in group if not _unequal(want, row)), None)
        if match is None:
            unmatched.append(want)
        else:
            group.remove(match)
    for want in unmatched:
        group = groups[_key(table, want)]
        shown = {c: want[c] for c in KEYS[table]}
        if group:
            row = group.pop(0)
            lines.append(
                f"{table} {shown}: " + "; ".join(f"{c} is {row[c]!r}, not {want[c]!r}" for c in _unequal(want, row))
            )
        else:
            lines.append(f"{table}: no row {want}")
    return lines + [f"{table}: unexpected row {row}" for group in groups.values() for row in group]


def typed(value: Any, kind: str) -> Any:
    """A value of TO_JSON_STRING as the column's type."""
    if value is None:
        return None
    if kind == "TIMESTAMP":
        return datetime.fromisoformat(value)
    if kind == "DATE":
        return date.fromisoformat(value)
    return {"INT64": int, "FLOAT64": float}.get(kind, lambda same: same)(value)


def same(want: Any, found: Any) -> bool:
    """Whether a value is the one wanted; floats to 12 digits."""
    if want is ANYTHING:
        return True
    if isinstance(want, re.Pattern):
        return found is not None and want.search(found) is not None
    if isinstance(want, float) and isinstance(found, float):
        return math.isclose(want, found, rel_tol=1e-12, abs_tol=1e-12) or (math.isnan(want) and math.isnan(found))
    return type(want) is type(found) and bool(want == found)


def as_scenario(world: World, now: datetime, call: str, difference: str) -> str:
    """The first page of a difference as the beginning of a scenario file, to keep the case that was found."""
    found = re.search(r"'page_name': '([^']*)'", difference)
    pages = {found[1]} if found else {row["page_name"] for rows in world.values() for row in rows if "page_name" in row}
    given = {
        table: [
            {column: value for column, value in row.items() if not isinstance(value, OPEN)}
            for row in rows
            if row.get("page_name", None) in pages or ("page_name" not in row and table != "etl_job_runs")
        ]
        for table, rows in world.items()
    }
    filled = {table: rows for table, rows in given.items() if rows}
    return yaml.safe_dump({"now": now, "given": filled, "call": call}, sort_keys=False, allow_unicode=True, width=200)


def _unequal(want: Row, row: Row) -> list[str]:
    return [column for column in want if not same(want[column], row[column])]


def _key(table: str, row: Row) -> tuple[str, ...]:
    return tuple(str(row[c]) for c in KEYS[table])
