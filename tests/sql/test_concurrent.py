"""Two runs at once. What is asserted is the outcome; the engine's locking is no evidence for BigQuery's."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from google.api_core.exceptions import GoogleAPICallError

from eros.model import PREFIX, Model
from eros.warehouse import Warehouse
from tests.sql import frozen

NOW = datetime(2025, 6, 18, 12, 0, tzinfo=UTC)
PAGES = 6


@pytest.fixture
def world(frozen_warehouse: Warehouse, model: Model) -> Warehouse:
    frozen.clear(frozen_warehouse, frozen.tables_of(model))
    frozen.freeze(frozen_warehouse, NOW)
    messages: list[dict[str, Any]] = [
        {
            "row_id": row,
            "page_name": f"page {row % PAGES}",
            "caption_id": row,
            "sending_time": "now - 1d",
            "price": 5.0,
            "sent_count": 10,
            "viewed_count": 10,
            "purchased_count": 1.0 + row,
            "earnings": 10.0,
        }
        for row in range(4 * PAGES)
    ]
    bank = [
        {
            "caption_id": row,
            "caption_text": f"text {row}",
            "price_tier": "mid",
            "usage_status": "available",
            "overall_performance_score": 1.0,
        }
        for row in range(10)
    ]
    locks = [
        {
            "page_name": "page 0",
            "caption_id": row,
            "caption_text": "x",
            "assigned_date": "today - 30d",
            "is_active": True,
        }
        for row in range(5)
    ]
    for name, rows in {"mass_messages": messages, "caption_bank": bank, "active_caption_assignments": locks}.items():
        frozen.give(frozen_warehouse, model.tables[name], rows, NOW)
    return frozen_warehouse


def at_once(warehouse: Warehouse, call: str) -> list[str | None]:
    """Two calls at the same time; the error of each, None where there was none."""

    def run(_: int) -> str | None:
        try:
            warehouse.query(call)
        except GoogleAPICallError as error:
            return str(error.message)
        return None

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(run, range(2)))


def statuses(warehouse: Warehouse, job: str) -> Counter[str]:
    rows = frozen.rows_of(warehouse, "etl_job_runs", ["job_name", "job_status"])
    return Counter(r["job_status"] for r in rows if r["job_name"] == job)


def test_two_daily_runs_queue_every_page_once(world: Warehouse) -> None:
    errors = at_once(world, f"CALL `{PREFIX}.run_daily_automation`(DATE '2025-06-18')")
    queued = [r["page_name"] for r in frozen.rows_of(world, "schedule_generation_queue", ["page_name"])]
    assert sorted(queued) == [f"page {n}" for n in range(PAGES)]
    gave_way = [e for e in errors if e is not None]
    assert len(gave_way) <= 1, errors
    assert all("another run is in progress" in e for e in gave_way)
    assert statuses(world, "run_daily_automation") == Counter(SUCCESS=2 - len(gave_way), FAILED=len(gave_way))
    assert not [a for a in frozen.rows_of(world, "automation_alerts") if a["alert_source"] == "daily_automation"]


def test_two_updaters_count_every_message_once(world: Warehouse) -> None:
    assert at_once(world, f"CALL `{PREFIX}.update_caption_performance`()") == [None, None]
    rows = frozen.rows_of(world, "caption_bandit_stats", ["page_name", "caption_id", "total_observations"])
    assert Counter(r["total_observations"] for r in rows) == Counter({1: 4 * PAGES})
    assert len({(r["page_name"], r["caption_id"]) for r in rows}) == len(rows)
    assert statuses(world, "update_caption_performance") == Counter(SUCCESS=2)


def test_two_sweeps_release_every_lock_once(world: Warehouse) -> None:
    assert at_once(world, f"CALL `{PREFIX}.sweep_expired_caption_locks`()") == [None, None]
    cleaned = frozen.rows_of(world, "lock_sweep_log", ["total_locks_cleaned"])
    assert sum(r["total_locks_cleaned"] for r in cleaned) == 5
    assert not [r for r in frozen.rows_of(world, "active_caption_assignments") if r["is_active"]]
