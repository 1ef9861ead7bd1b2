"""Terraform addresses equal object names, whatever construct made them: moving code must never destroy data."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eros.model import Model


def addresses(plan: Path, stack: str) -> set[str]:
    body = json.loads((plan / "stacks" / stack / "cdk.tf.json").read_text(encoding="utf-8"))
    return {f"{kind}.{name}" for kind, resources in body["resource"].items() for name in resources}


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_warehouse_addresses_are_the_object_names(environment: str, plan: Path, model: Model) -> None:
    declared = model.environment(environment)
    contracts = [n for n, c in model.contracts.items() if c.owned or declared.creates_sources]
    expected = (
        {f"google_bigquery_table.{name}" for name in contracts}
        | {f"google_bigquery_routine.{name}" for name in model.routines}
        | {f"google_bigquery_dataset.{name}" for name in (declared.dataset, declared.backup_dataset)}
    )
    assert addresses(plan, f"eros-{environment}-warehouse") == expected


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_schedule_addresses_are_the_trigger_names(environment: str, plan: Path, model: Model) -> None:
    found = addresses(plan, f"eros-{environment}-automation")
    schedules = {a for a in found if a.startswith("google_bigquery_data_transfer_config.")}
    assert schedules == {f"google_bigquery_data_transfer_config.{name}" for name in model.schedules}


def test_the_addresses_that_hold_data_are_these(plan: Path) -> None:
    """Written out, because a renamed address drops a table and makes an empty one."""
    tables = {a for a in addresses(plan, "eros-prod-warehouse") if "_table." in a or "_dataset." in a}
    assert tables == {
        "google_bigquery_dataset.eros_scheduling_brain",
        "google_bigquery_dataset.eros_scheduling_brain_backup",
        "google_bigquery_table.automation_alerts",
        "google_bigquery_table.caption_bandit_stats",
        "google_bigquery_table.creator_processing_errors",
        "google_bigquery_table.etl_job_runs",
        "google_bigquery_table.holiday_calendar",
        "google_bigquery_table.lock_sweep_log",
        "google_bigquery_table.schedule_export_log",
        "google_bigquery_table.schedule_generation_queue",
        "google_bigquery_table.schedule_recommendations_messages",
    }
