"""A frozen world on a real engine: the clock and the draw replaced, rows given, rows read back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from eros.model import PREFIX, Contract, Model
from eros.warehouse import Warehouse

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
_RELATIVE = re.compile(r"(?P<base>now|today)(?:\s*(?P<sign>[+-])\s*(?P<amount>(?:\d+(?:us|ms|[dhms]))+))?")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds", "us": "microseconds"}

#: Draws that can be told in advance: the middle of the bounds, or one end of them.
DRAWS = {
    "middle": "(b.lower_bound + b.upper_bound) / 2",
    "lower": "b.lower_bound",
    "upper": "b.upper_bound",
}


def freeze(warehouse: Warehouse, now: datetime) -> None:
    """Stand still at `now`, as every procedure sees it."""
    stamp = now.astimezone(UTC).isoformat(sep=" ")
    warehouse.query(f"CREATE OR REPLACE FUNCTION `{PREFIX}.eros_now`() RETURNS TIMESTAMP AS (TIMESTAMP '{stamp}')")


def fix_draw(warehouse: Warehouse, draw: str) -> None:
    """Replace wilson_sample by a draw of DRAWS."""
    bounds = f"`{PREFIX}.wilson_score_bounds`(successes, failures)"
    warehouse.query(
        f"CREATE OR REPLACE FUNCTION `{PREFIX}.wilson_sample`(successes INT64, failures INT64) RETURNS FLOAT64 AS ("
        + DRAWS[draw].replace("b.", f"{bounds}.")
        + ")"
    )


def filled(warehouse: Warehouse, tables: Iterable[str]) -> list[str]:
    """Those of the tables that hold rows, found with one query."""
    counts = "\nUNION ALL ".join(f"SELECT '{t}' AS name, COUNT(*) AS n FROM `{PREFIX}.{t}`" for t in tables)
    return [row["name"] for row in warehouse.query(counts) if row["n"]]


def clear(warehouse: Warehouse, tables: Iterable[str]) -> None:
    """Empty the tables."""
    if found := filled(warehouse, tables):
        warehouse.query("\n".join(f"TRUNCATE TABLE `{PREFIX}.{table}`;" for table in found))


def contents(warehouse: Warehouse, tables: Iterable[str]) -> dict[str, list[str]]:
    """Every row of the tables as JSON text, sorted: to see whether anything changed, with one query."""
    rows = "\nUNION ALL ".join(
        f"SELECT '{t}' AS name, TO_JSON_STRING(t) AS json FROM `{PREFIX}.{t}` AS t" for t in tables
    )
    found: dict[str, list[str]] = {}
    for row in warehouse.query(rows):
        found.setdefault(row["name"], []).append(row["json"])
    return {name: sorted(rows) for name, rows in found.items()}


def give(warehouse: Warehouse, contract: Contract, rows: Iterable[Mapping[str, Any]], now: datetime) -> None:
    """Insert rows; columns left out are NULL, also where the column has a default."""
    rows = list(rows)
    if not rows:
        return
    names = [c.name for c in contract.columns if any(c.name in row for row in rows)]
    if unknown := {key for row in rows for key in row} - {c.name for c in contract.columns}:
        raise AssertionError(f"{contract.name} has no column {', '.join(sorted(unknown))}")
    values = ",\n".join(
        "(" + ", ".join(literal(row.get(n), contract.column(n).type, now) for n in names) + ")" for row in rows
    )
    warehouse.query(f"INSERT INTO `{PREFIX}.{contract.name}` ({', '.join(names)}) VALUES {values}")


def rows_of(warehouse: Warehouse, table: str, columns: Iterable[str] = ()) -> list[dict[str, Any]]:
    """All rows of a table, as dictionaries."""
    chosen = ", ".join(columns) or "*"
    return [dict(row.items()) for row in warehouse.query(f"SELECT {chosen} FROM `{PREFIX}.{table}`")]


def tables_of(model: Model) -> list[str]:
    """Every table of the dataset, sources included."""
    return sorted(model.tables)


def utc(stamp: datetime) -> datetime:
    """The instant in UTC; one without a zone is UTC already."""
    return stamp.astimezone(UTC) if stamp.tzinfo else stamp.replace(tzinfo=UTC)


def instant(text: str | datetime | date, now: datetime) -> datetime | date:
    """`now - 3h30m` as an instant, `today - 7d` as a date in Los Angeles, else ISO text as what it is."""
    if isinstance(text, datetime):
        return utc(text)
    if isinstance(text, date):
        return text
    match = _RELATIVE.fullmatch(text.strip())
    if match:
        base = now if match["base"] == "now" else now.astimezone(LOS_ANGELES).date()
        parts = re.findall(r"(\d+)(us|ms|[dhms])", match["amount"] or "")
        span = sum((timedelta(**{_UNITS[unit]: int(count)}) for count, unit in parts), timedelta())
        return base - span if match["sign"] == "-" else base + span
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return date.fromisoformat(text)
    return utc(datetime.fromisoformat(text))


def value(raw: Any, kind: str, now: datetime) -> Any:
    """A scenario's value as Python gives the column's type back."""
    if raw is None:
        return None
    if kind == "TIMESTAMP":
        return instant(raw, now)
    if kind == "DATE":
        return instant(raw, now)
    if kind == "FLOAT64":
        return float(raw)
    return raw


def literal(raw: Any, kind: str, now: datetime) -> str:
    """A value as a GoogleSQL literal of the column's type."""
    found = value(raw, kind, now)
    if found is None:
        return "NULL"
    if kind.startswith("ARRAY<"):
        return f"{kind}[{', '.join(literal(item, kind[6:-1], now) for item in found)}]"
    if kind == "TIMESTAMP":
        return f"TIMESTAMP '{found.astimezone(UTC).isoformat(sep=' ')}'"
    if kind == "DATE":
        return f"DATE '{found.isoformat()}'"
    if kind == "FLOAT64":
        return f"CAST('{found}' AS FLOAT64)"
    if kind == "BOOL":
        return str(found).upper()
    if kind == "INT64":
        return str(int(found))
    return quoted(str(found))


def quoted(text: str) -> str:
    """A GoogleSQL string literal."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "'" + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + "'"
