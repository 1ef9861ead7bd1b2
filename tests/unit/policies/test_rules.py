"""Every policy refuses what it is there to refuse, and accepts the plan it was made for."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from eros.access import job_account_email
from eros.model import load_model
from eros.policies import POLICIES, Block, PlannedStack, check

LABELS = {"system": "eros", "component": "learning", "environment": "prod", "owner": "scheduling"}
PROTECTED = {"prevent_destroy": True}
BRAIN, STATS = "google_bigquery_dataset.eros_scheduling_brain", "google_bigquery_table.caption_bandit_stats"
VIEW = "google_bigquery_table.schedule_recommendations_messages"
SWEEP, API, GRANT = (
    "google_bigquery_data_transfer_config.lock_sweep",
    "google_project_service.bigquery",
    "google_project_iam_member.eros_jobs_job_user",
)

GOOD: dict[str, dict[str, Any]] = {
    BRAIN: {"description": "d", "labels": LABELS, "lifecycle": PROTECTED, "max_time_travel_hours": "168"},
    STATS: {
        "description": "d",
        "labels": LABELS,
        "lifecycle": PROTECTED,
        "deletion_protection": True,
        "schema": '[{"name": "a", "description": "d"}]',
        "time_partitioning": {"expiration_ms": 1},
    },
    VIEW: {"description": "d", "labels": LABELS, "deletion_protection": False, "view": {"query": "SELECT 1"}},
    SWEEP: {
        "location": "US",
        "schedule": "every 1 hours",
        "schedule_options": {"start_time": "2026-01-05T00:37:00Z"},
        "service_account_name": job_account_email(load_model().environment("prod")),
        "params": {"query": "SELECT 1"},
    },
    API: {"disable_on_destroy": False},
    GRANT: {"role": "roles/bigquery.jobUser", "member": "serviceAccount:a@b"},
}

#: policy -> (what is done to the good plan, what the finding must say). One row a way to break it.
type Change = Callable[[dict[str, dict[str, Any]]], object]
BAD: list[tuple[str, Change, str]] = [
    ("RetentionExplicit", lambda p: p[STATS].pop("time_partitioning"), "caption_bandit_stats"),
    ("DefaultExpirationForBackupsAlone", lambda p: p[BRAIN].update(default_table_expiration_ms=5), "default_table"),
    ("ProtectedWhereItMatters", lambda p: p[STATS].update(deletion_protection=False), "deletion_protection"),
    ("ProtectedWhereItMatters", lambda p: p[STATS].pop("lifecycle"), "prevent_destroy"),
    ("ProtectedWhereItMatters", lambda p: p[BRAIN].update(lifecycle={}), "eros_scheduling_brain: lifecycle"),
    ("ViewsUnprotected", lambda p: p[VIEW].pop("deletion_protection"), "deletion_protection"),
    ("DatasetKeepsItsContents", lambda p: p[BRAIN].update(delete_contents_on_destroy=True), "delete_contents"),
    ("DatasetKeepsItsContents", lambda p: p[BRAIN].update(max_time_travel_hours="48"), "168"),
    ("Labelled", lambda p: p[STATS].update(labels={"system": "eros"}), "component, environment, owner"),
    ("Labelled", lambda p: p[BRAIN].update(labels={**LABELS, "environment": "dev"}), "eros, dev"),
    ("Described", lambda p: p[STATS].update(schema='[{"name": "a"}]'), "column a"),
    ("Described", lambda p: p[BRAIN].update(description=" "), "no description"),
    ("NarrowGrants", lambda p: p[GRANT].update(member="allUsers"), "allUsers"),
    ("NarrowGrants", lambda p: p[GRANT].update(member="allAuthenticatedUsers"), "allAuthenticatedUsers"),
    ("NarrowGrants", lambda p: p[GRANT].update(role="roles/editor"), "roles/editor"),
    ("NarrowGrants", lambda p: p[GRANT].update(role="roles/writer"), "roles/writer"),
    ("NarrowGrants", lambda p: p[GRANT].update(role="${var.role}"), "${var.role} is known only at the apply"),
    ("NarrowGrants", lambda p: p[GRANT].update(member="${each.value}"), "${each.value} is known only"),
    ("NarrowGrants", lambda p: p.update({"google_storage_bucket_acl.x": {}}), "an access list"),
    ("NarrowGrants", lambda p: p.update({"google_storage_bucket_access_control.x": {}}), "an access list"),
    ("NarrowGrants", lambda p: p.update({"google_project_iam_binding.x": {}}), "authoritative"),
    ("NarrowGrants", lambda p: p.update({"google_bigquery_dataset_iam_policy.x": {}}), "authoritative"),
    ("NarrowGrants", lambda p: p[BRAIN].update(access=[{"role": "READER"}]), "access blocks"),
    ("NoKeys", lambda p: p.update({"google_service_account_key.x": {}}), "a key"),
    ("ApisStayOn", lambda p: p[API].pop("disable_on_destroy"), "disable_on_destroy"),
    ("SchedulesOffTheHour", lambda p: p[SWEEP].pop("schedule_options"), "no start_time"),
    (
        "SchedulesOffTheHour",
        lambda p: p[SWEEP].update(schedule_options={"start_time": "2026-01-05T01:00:00Z"}),
        "on the hour",
    ),
    (
        "SchedulesOffTheHour",
        lambda p: p[SWEEP].update(schedule_options={"start_time": "2026-01-05T01:36:00Z"}),
        "minute 37",
    ),
    ("SchedulesOffTheHour", lambda p: p[SWEEP].update(schedule="every day 10:00"), "every day 10:00"),
    ("SchedulesRunAsTheirOwnAccount", lambda p: p[SWEEP].pop("service_account_name"), "whoever applies it"),
    ("SchedulesRunAsTheirOwnAccount", lambda p: p[SWEEP].update(service_account_name="someone@else"), "someone@else"),
    ("SchedulesRunAsTheirOwnAccount", lambda p: p[SWEEP].update(location="EU"), "EU"),
    ("SchedulesRunAsTheirOwnAccount", lambda p: p[SWEEP].update(destination_dataset_id="x"), "destination"),
    (
        "SchedulesRunAsTheirOwnAccount",
        lambda p: p[SWEEP].update(email_preferences={"enable_failure_email": True}),
        "failure mails",
    ),
    ("NoJobsInThePlan", lambda p: p.update({"google_bigquery_job.seed": {}}), "a job"),
]


def stack(resources: dict[str, dict[str, Any]]) -> PlannedStack:
    model = load_model()
    blocks = [Block(*address.split(".", 1), arguments) for address, arguments in resources.items()]
    return PlannedStack("cdk.tf.json", model.environment("prod"), model, tuple(blocks))


def test_the_good_plan_breaks_nothing() -> None:
    assert check([stack(GOOD)]) == []


@pytest.mark.parametrize(("policy", "change", "says"), BAD, ids=[f"{p}: {s}" for p, _, s in BAD])
def test_a_bad_plan_is_refused_for_the_right_reason(policy: str, change: Change, says: str) -> None:
    plan = copy.deepcopy(GOOD)
    change(plan)
    findings = check([stack(plan)])
    assert {f.rule for f in findings} == {policy}
    assert says in findings[0].message
    assert findings[0].remedy


def test_every_policy_has_a_bad_example() -> None:
    check([])
    assert {p.__name__ for p in POLICIES} == {policy for policy, _, _ in BAD}


def test_an_exception_needs_a_reason() -> None:
    from eros.policies import Policy

    with pytest.raises(TypeError, match="gives no reason"):
        type("Lax", (Policy,), {"__doc__": "A rule.", "exceptions": {"google_bigquery_table.x": " "}})
