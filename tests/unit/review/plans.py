"""Plans to review: the recorded ones of the real provider, and small ones made of the recorded resources."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from eros.review import Review, read_plan, review_plan
from eros.review.retirements import Retirement
from eros.review.review import Costing, ObjectReview, Readers

RECORDED = Path(__file__).parents[2] / "fixtures" / "plans"
NOW = datetime(2025, 1, 2, tzinfo=UTC)
STATS = "google_bigquery_table.caption_bandit_stats"
HOLIDAYS = "google_bigquery_table.holiday_calendar"
VIEW = "google_bigquery_table.page_bandit_summary"
DATASET = "google_bigquery_dataset.eros_scheduling_brain"
BOUNDS = "google_bigquery_routine.wilson_score_bounds"
SWEEP = "google_bigquery_routine.sweep_expired_caption_locks"
PERFORMANCE = "google_bigquery_data_transfer_config.performance"
JOB = "google_bigquery_job.seed_holiday_calendar"


class Everything:
    """A graph in which two objects read the stats table and one calls the bounds."""

    def readers_of(self, name: str) -> set[str]:
        known = {
            "caption_bandit_stats": {"page_bandit_summary", "update_caption_performance"},
            "wilson_score_bounds": {"wilson_sample"},
        }
        return known.get(name, set())


def recorded(name: str) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((RECORDED / f"{name}.json").read_text())
    return plan


@cache
def _live() -> dict[str, dict[str, Any]]:
    return {r["address"]: r["change"]["before"] for r in recorded("no_op")["resource_changes"]}


def live(address: str) -> dict[str, Any]:
    """The attributes of a recorded live object, a copy of one's own."""
    return copy.deepcopy(_live()[address])


def resource(
    address: str,
    actions: list[str],
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """One entry of resource_changes. `more` goes to the change if it belongs there, else to the entry."""
    kind, _, name = address.partition(".")
    change = {"actions": actions, "before": before, "after": after}
    for key in ("after_unknown", "before_sensitive", "after_sensitive", "replace_paths", "importing"):
        if key in more:
            change[key] = more.pop(key)
    return {"address": address, "type": kind, "name": name, "mode": "managed", "change": change, **more}


def updated(
    address: str, *, actions: tuple[str, ...] = ("update",), more: dict[str, Any] | None = None, **new: Any
) -> dict[str, Any]:
    """A recorded object whose attributes `new` change."""
    before = live(address)
    return resource(address, list(actions), before, {**before, **new}, **(more or {}))


def document(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {},
        "resource_changes": list(resources),
        **more,
    }


def review(
    tmp_path: Path,
    plan: dict[str, Any],
    *,
    readers: Readers | None = None,
    retirements: tuple[Retirement, ...] = (),
    costing: Costing | None = None,
) -> Review:
    return review_plan(
        read_plan(written(tmp_path, plan)), readers=readers, retirements=retirements, costing=costing, now=NOW
    )


def written(tmp_path: Path, plan: dict[str, Any]) -> Path:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan))
    return path


def only_object(reviewed: Review) -> ObjectReview:
    [found] = reviewed.objects
    return found


def messages(reviewed: ObjectReview) -> list[str]:
    return [finding.message() for finding in reviewed.findings]


def with_columns(address: str, *edits: tuple[str, dict[str, Any] | None]) -> str:
    """A recorded table's schema with columns changed, dropped (None) or added, as the provider writes it."""
    columns = {column["name"]: column for column in json.loads(live(address)["schema"])}
    for name, edit in edits:
        if edit is None:
            del columns[name]
        else:
            columns[name] = {"name": name, "mode": "NULLABLE", **columns.get(name, {}), **edit}
    return json.dumps(list(columns.values()))
