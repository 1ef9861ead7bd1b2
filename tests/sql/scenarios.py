"""Scenario files: rows given, one call, rows expected. The runner; the files themselves are the documentation.

    name: a future message waits            what is shown, as a sentence
    covers: ["future-dated rows wait"]      contract sentences or first-version defects it proves
    now: 2025-06-15T12:00:00Z               the frozen clock
    given: {table: [{column: value}]}       columns left out are NULL; times `now - 90d`, dates `today - 7d`
    sql_before: ["ALTER TABLE …"]           statements run after the rows are given, to break something
    draw: middle                            wilson_sample told in advance: middle, lower or upper bound
    call: "CALL `…`()"                      any statement or script
    health: scorecard                       instead of call: a query of sql/health
    error: "regex"                          the call must raise this
    result: [{column: value}]               rows the call returns, in order; dotted names reach into structs
    expect: {table: [{column: value}]}      the exact rows of a table, in any order; only columns named are compared
    twice: false                            the second call may change something, and `why` says why

Text in an expectation that begins with `~` is a regular expression.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from google.api_core.exceptions import GoogleAPICallError

from eros.model import Model
from eros.warehouse import Warehouse
from tests.sql import frozen

FOLDER = Path(__file__).parent / "scenarios"

#: A repeated call always writes its own log row.
LOGS = frozenset({"etl_job_runs", "lock_sweep_log"})


@dataclass(frozen=True)
class Scenario:
    """One scenario, see the module."""

    file: str
    name: str
    now: datetime
    call: str = ""
    health: str = ""
    covers: tuple[str, ...] = ()
    given: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    sql_before: tuple[str, ...] = ()
    draw: str = "middle"
    error: str | None = None
    result: list[dict[str, Any]] | None = None
    expect: Mapping[str, list[dict[str, Any]]] = field(default_factory=dict)
    twice: bool = True
    why: str = ""

    @property
    def breaks(self) -> bool:
        """Whether it changes objects, so that it needs an engine of its own."""
        return bool(self.sql_before)

    @property
    def reads(self) -> bool:
        """Whether it is a query, so that calling it twice would show nothing."""
        return bool(self.health) or self.call.startswith("SELECT ")


def load(path: Path) -> Scenario:
    """Read one file. A key that is no field of Scenario raises TypeError."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    now = data.pop("now")
    stamp = now if isinstance(now, datetime) else datetime.fromisoformat(now)
    for key in ("covers", "sql_before"):
        data[key] = tuple(data.get(key, ()))
    data["given"] = {table: rows or [] for table, rows in data.get("given", {}).items()}
    found = Scenario(file=str(path.relative_to(FOLDER)), now=frozen.utc(stamp), **data)
    assert bool(found.call) != bool(found.health), f"{path}: give either call or health"
    assert found.twice or found.why, f"{path}: twice: false needs why"
    assert found.error or found.expect or found.result is not None, f"{path}: nothing is expected"
    return found


def play(scenario: Scenario, warehouse: Warehouse, model: Model) -> None:
    """Run a scenario on an engine and assert what it expects."""
    now = scenario.now
    frozen.clear(warehouse, frozen.tables_of(model))
    frozen.freeze(warehouse, now)
    frozen.fix_draw(warehouse, scenario.draw)
    for table, rows in scenario.given.items():
        frozen.give(warehouse, model.tables[table], rows, now)
    for statement in scenario.sql_before:
        warehouse.query(statement)

    call = model.health[scenario.health].sql if scenario.health else scenario.call
    result = _call(call, scenario.error, warehouse)
    if scenario.result is not None:
        _same_in_order(scenario.result, result, now)
    for table, rows in scenario.expect.items():
        _same_set(table, rows, frozen.rows_of(warehouse, table), now)

    if scenario.twice and not scenario.reads:
        kept = [t for t in frozen.tables_of(model) if t not in LOGS and _readable(scenario, t)]
        before = frozen.contents(warehouse, kept)
        again = _call(call, scenario.error, warehouse)
        assert frozen.contents(warehouse, kept) == before, "the second call changed something"
        assert scenario.result is None or len(again) == len(result), "the second call returns another number of rows"


def _call(call: str, error: str | None, warehouse: Warehouse) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    raised = None
    try:
        rows = [dict(row.items()) for row in warehouse.query(call)]
    except GoogleAPICallError as failure:
        raised = failure.message
    if error is None:
        assert raised is None, f"the call raised: {raised}"
    else:
        assert raised is not None, f"expected an error /{error}/, the call ended well"
        assert re.search(error, raised, re.S), f"expected /{error}/, raised: {raised}"
    return rows


def _readable(scenario: Scenario, table: str) -> bool:
    """A scenario may have dropped a table to break something."""
    return not any(re.search(rf"DROP TABLE [^;]*\b{table}\b", s, re.I) for s in scenario.sql_before)


def _same_in_order(expected: list[dict[str, Any]], found: list[dict[str, Any]], now: datetime) -> None:
    shown = "\n".join(str({k: _reach(row, k) for e in expected for k in e}) for row in found)
    assert len(found) == len(expected), f"expected {len(expected)} rows, found {len(found)}:\n{shown}"
    for number, (want, row) in enumerate(zip(expected, found, strict=True), 1):
        assert _matches(want, row, now), f"row {number}: expected {want}, found all of:\n{shown}"


def _same_set(table: str, expected: list[dict[str, Any]], found: list[dict[str, Any]], now: datetime) -> None:
    columns = sorted({key for row in expected for key in row})
    rest = list(found)
    for want in sorted(expected, key=len, reverse=True):
        match = next((row for row in rest if _matches(want, row, now)), None)
        shown = "\n".join(str({c: row.get(c) for c in columns}) for row in rest)
        assert match is not None, f"{table}: no row {want} among:\n{shown or '(none)'}"
        rest.remove(match)
    assert not rest, f"{table}: rows too many: {[{c: r[c] for c in columns} if columns else r for r in rest]}"


def _matches(want: Mapping[str, Any], row: Mapping[str, Any], now: datetime) -> bool:
    return all(_equal(value, _reach(row, name), now) for name, value in want.items())


def _reach(row: Mapping[str, Any], name: str) -> Any:
    found: Any = row
    for part in name.split("."):
        assert part in found, f"there is no column {name!r}"
        found = found[part]
    return found


def _equal(want: Any, found: Any, now: datetime) -> bool:
    if want is None or found is None or isinstance(want, bool) or isinstance(found, bool):
        return want is found
    if isinstance(want, str) and want.startswith("~"):
        return re.search(want[1:], str(found), re.S) is not None
    if isinstance(found, datetime | date):
        return frozen.instant(want, now) == found
    if isinstance(found, float):
        # A figure with few digits is compared to the digits it gives; the column's scale is the author's business.
        return abs(float(want) - found) <= max(1e-9 * max(1.0, abs(found)), _half_digit(want))
    return bool(want == found)


def _half_digit(want: Any) -> float:
    digits = str(want).partition(".")[2]
    return 0.5 * 10 ** -len(digits) if len(digits) >= 3 else 0.0
