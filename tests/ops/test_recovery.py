"""The recovery drill of docs/recovery.md: every owned table is gone, and all of them come back, row by row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eros.backup import snapshots
from eros.backup.command import run_create, run_restore
from eros.jobs import run as run_job
from eros.local.up import deploy
from eros.model import PREFIX, Model
from eros.verify import verify
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse
from tests.sql.frozen import contents, give

#: One value a type: beyond what a float holds, text that breaks quoting, a recent instant.
VALUES = {
    "INT64": -(2**62) - 1,
    "FLOAT64": 0.1,
    "STRING": "it's `b`\n💋",
    "BOOL": True,
    "TIMESTAMP": "now - 3h",
    "DATE": "today - 1d",
}


@pytest.fixture(scope="module")
def warehouse(started: StartWarehouse, deployed_template: Path, model: Model) -> Iterator[Warehouse]:
    with started(deployed_template) as running:
        assert run_job(running, model, "refresh_holiday_calendar").error is None
        for name, table in model.owned_tables().items():
            if name != "holiday_calendar":  # it has its rows; others would make verification red
                required = {c.name: VALUES[c.type] for c in table.columns if c.mode == "REQUIRED"}
                full = {c.name: VALUES[c.type] for c in table.columns}
                give(running, table, [full, required], datetime.now(UTC))
        yield running


def test_all_owned_tables_come_back(warehouse: Warehouse, model: Model, plan: Path) -> None:
    tables = sorted(model.owned_tables())
    assert run_create(model, warehouse) == 0
    before = contents(warehouse, tables)
    assert before.keys() == set(tables), "every table has rows"
    for table in tables:
        warehouse.client.delete_table(warehouse.environment.rewrite(f"{PREFIX}.{table}"))
    for table in tables:
        assert run_restore(model, warehouse, table, in_place=True, yes=True, plan=lambda: plan) == 0
    assert contents(warehouse, tables) == before
    # The engine loses a view with its tables; a deployment brings it back, and finds the tables as they are declared.
    changed = {a.resource.name for a in deploy(warehouse, plan) if a.verb != "unchanged"}
    assert changed <= {"schedule_recommendations_messages"}
    assert [f"{r.id}: {r.detail}" for r in verify(warehouse, model.verification.values()) if not r.passed] == []


def test_a_snapshot_asked_for_twice_is_taken_once(warehouse: Warehouse, model: Model) -> None:
    had = len(snapshots(warehouse, "holiday_calendar"))
    assert run_create(model, warehouse, ["holiday_calendar", "holiday_calendar"]) == 0
    assert len(snapshots(warehouse, "holiday_calendar")) == had + 1
