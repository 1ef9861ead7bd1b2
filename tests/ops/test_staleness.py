"""Staleness reaches a human: stale data, an alert row, a failed transfer run, and the policy that watches such runs."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

from google.cloud.bigquery_datatransfer import TransferRun, TransferState

from eros.local.up import deploy
from eros.model import PREFIX, Model
from eros.warehouse import Warehouse
from tests.sql import frozen

MONITOR = "EROS: health monitor"
NOW = datetime(2025, 6, 18, 12, 0, tzinfo=UTC)


def test_a_stale_updater_fails_the_monitors_run(broken_warehouse: Warehouse, plan: Path, model: Model) -> None:
    warehouse = broken_warehouse
    deploy(warehouse, plan)
    frozen.freeze(warehouse, NOW)
    jobs = {"update_caption_performance": "now - 13h", "run_daily_automation": "now - 1h"}
    rows = [
        {"job_id": job, "job_name": job, "job_start_time": when, "job_end_time": when, "job_status": "SUCCESS"}
        for job, when in {**jobs, "sweep_expired_caption_locks": "now - 1h"}.items()
    ]
    frozen.give(warehouse, model.tables["etl_job_runs"], rows, NOW)

    warehouse.schedules.start(MONITOR, NOW)
    run = _ended(warehouse)

    assert run.state == TransferState.FAILED
    assert "update_caption_performance" in run.error_status.message
    alerts = frozen.rows_of(warehouse, "automation_alerts", ["alert_level", "alert_source", "alert_message"])
    assert [(a["alert_level"], a["alert_source"]) for a in alerts if a["alert_level"] == "CRITICAL"] == [
        ("CRITICAL", "health_monitor")
    ]
    (row,) = warehouse.query(f"SELECT job_status FROM `{PREFIX}.etl_job_runs` WHERE job_name = 'monitor_system_health'")
    assert row["job_status"] == "FAILED"


def test_the_plan_watches_runs_that_did_not_succeed(plan: Path) -> None:
    body = json.loads((plan / "stacks/eros-prod-observability/cdk.tf.json").read_text(encoding="utf-8"))
    filters = [
        condition["condition_threshold"]["filter"]
        for policy in body["resource"]["google_monitoring_alert_policy"].values()
        for condition in policy["conditions"]
        if "condition_threshold" in condition
    ]
    assert any("transfer_config/completed_runs" in f and 'completion_state != "SUCCEEDED"' in f for f in filters), (
        filters
    )


def _ended(warehouse: Warehouse) -> TransferRun:
    """The monitor's newest run, once it is over."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        run = warehouse.schedules.runs(MONITOR)[0]
        if run.state in (TransferState.SUCCEEDED, TransferState.FAILED):
            return run
        time.sleep(0.2)
    raise AssertionError("the run does not end")
