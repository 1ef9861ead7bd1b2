"""Every kind of change made beside Terraform: what its next plan shows, what it does not, and what `eros drift` says.

The rows are those of tests/fixtures/plans/README.md, section B, as far as our stacks have such objects. First
everything that Terraform does not see is done at once, then everything that it does see; what it sees is put back by
one apply, what it does not see is still there after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from eros.drift import Drift, Finding, find_drift
from eros.model import PREFIX, Model
from eros.review import Review, read_plan, review_plan
from eros.review.rules import ChangeClass
from tests.conformance.by_hand import Hands
from tests.conformance.conftest import Deployment
from tests.conformance.edits import dataset, routine, schedule, sets, table
from tests.conformance.terraform import EMPTY, Planned

ADD, WIDEN, CHANGE, REPLACE, LOSS = ChangeClass
DAY = 86_400_000
ACCOUNT = "eros-jobs@of-scheduler-proj.iam.gserviceaccount.com"
INVENTORY, ALERTS = "creator_content_inventory", "automation_alerts"


@dataclass(frozen=True)
class Unseen:
    """A change that no plan shows.

    Attributes:
        do: makes it.
        drift: object and property that `eros drift` finds; None where it is no drift at all.
        noticed: the review of the plan mentions it as a change by hand that the plan leaves.
    """

    do: Callable[[Hands], None]
    drift: tuple[str, str] | None
    noticed: bool = False


UNSEEN = {
    "label_added": Unseen(
        lambda h: h.labels("mass_messages", team="ops"), (table("mass_messages"), "labels.team"), noticed=True
    ),
    "extra_table": Unseen(lambda h: h.sql("CREATE TABLE `D.scratch` AS SELECT 1 AS a"), ("table scratch", "")),
    "extra_routine": Unseen(lambda h: h.sql("CREATE PROCEDURE `D.rogue`() BEGIN SELECT 1; END"), ("routine rogue", "")),
    "extra_schedule": Unseen(lambda h: h.add_schedule("Lunch menu", "SELECT 1"), ("schedule Lunch menu", "")),
    "schedule_service_account": Unseen(
        lambda h: h.run_as("EROS: caption performance", "somebody@example.com"),
        (schedule("caption_performance"), "service_account"),
    ),
    "clustering_removed": Unseen(
        lambda h: h.table("etl_job_runs", clustering=None), (table("etl_job_runs"), "clustering")
    ),
    "primary_key_removed": Unseen(
        lambda h: h.table("caption_bandit_stats", tableConstraints=None),
        (table("caption_bandit_stats"), "primary_key"),
    ),
    "partitioning_removed": Unseen(
        lambda h: h.table("lock_sweep_log", timePartitioning=None), (table("lock_sweep_log"), "partition")
    ),
    "partition_expiration_set": Unseen(
        lambda h: h.partition("holiday_calendar", expirationMs=str(9000 * DAY)),
        (table("holiday_calendar"), "partition.expiration_ms"),
        noticed=True,
    ),
    "table_expiration_set": Unseen(
        lambda h: h.sql("ALTER TABLE `D.captions` SET OPTIONS (expiration_timestamp = TIMESTAMP '2040-01-01')"),
        (table("captions"), "expiration_time"),
        noticed=True,
    ),
    "access_granted": Unseen(
        lambda h: h.grant("eros_scheduling_brain", "READER", "somebody@example.com"),
        (dataset("eros_scheduling_brain"), "access.READER.email:somebody@example.com"),
        noticed=True,
    ),
    "rows_added": Unseen(
        lambda h: h.sql("INSERT INTO `D.caption_bank` (caption_id, caption_text) VALUES (1, 'a'), (2, 'b')"), None
    ),
}


@dataclass(frozen=True)
class SeenByTerraform:
    """A change that the next plan shows.

    Attributes:
        do: makes it.
        object: the address it is about.
        drift: the property that `eros drift` finds; empty where the object is missing.
        action: what the plan does about it.
        classed: how the review classes the object.
        says: words of the review.
    """

    do: Callable[[Hands], None]
    object: str
    drift: str
    action: str = "update"
    classed: ChangeClass = CHANGE
    says: str = "changed outside Terraform"


SEEN = {
    "column_added": SeenByTerraform(
        lambda h: h.sql("ALTER TABLE `D.schedule_recommendations` ADD COLUMN note STRING"),
        table("schedule_recommendations"),
        "columns.note",
        classed=LOSS,
        says="Column note was added outside Terraform and is dropped with its values",
    ),
    "column_dropped": SeenByTerraform(
        lambda h: h.sql("ALTER TABLE `D.schedule_export_log` DROP COLUMN exported_by"),
        table("schedule_export_log"),
        "columns.exported_by",
        classed=WIDEN,
        says="exported_by",
    ),
    "table_description": SeenByTerraform(
        lambda h: h.table("creator_caption_restrictions", description="Mine."),
        table("creator_caption_restrictions"),
        "description",
    ),
    "label_changed": SeenByTerraform(
        lambda h: h.labels("active_caption_assignments", owner="ops"),
        table("active_caption_assignments"),
        "labels.owner",
    ),
    "label_removed": SeenByTerraform(
        lambda h: h.labels("caption_bank", owner=None), table("caption_bank"), "labels.owner"
    ),
    "clustering_changed": SeenByTerraform(
        lambda h: h.table("creator_processing_errors", clustering={"fields": ["page_name"]}),
        table("creator_processing_errors"),
        "clustering",
    ),
    "primary_key_changed": SeenByTerraform(
        lambda h: h.table("schedule_generation_queue", tableConstraints={"primaryKey": {"columns": ["page_name"]}}),
        table("schedule_generation_queue"),
        "primary_key",
    ),
    "partition_filter_set": SeenByTerraform(
        lambda h: h.table(ALERTS, requirePartitionFilter=True), table(ALERTS), "partition.filter_required"
    ),
    "table_deleted": SeenByTerraform(
        lambda h: h.sql(f"DROP TABLE `D.{INVENTORY}`"),
        table(INVENTORY),
        "",
        "create",
        ADD,
        "deleted outside Terraform",
    ),
    "dataset_description": SeenByTerraform(
        lambda h: h.dataset("eros_scheduling_brain_backup", description="Mine."),
        dataset("eros_scheduling_brain_backup"),
        "description",
    ),
    "procedure_body": SeenByTerraform(
        lambda h: h.routine("refresh_holiday_calendar", "BEGIN SELECT 1; END"),
        routine("refresh_holiday_calendar"),
        "body",
    ),
    "routine_replaced_by_ddl": SeenByTerraform(
        lambda h: h.sql("CREATE OR REPLACE FUNCTION `D.eros_now`() RETURNS TIMESTAMP AS (TIMESTAMP '2025-01-01')"),
        routine("eros_now"),
        "body",
    ),
    "routine_deleted": SeenByTerraform(
        lambda h: h.sql("DROP FUNCTION `D.wilson_sample`"),
        routine("wilson_sample"),
        "",
        "create",
        ADD,
        "deleted outside Terraform",
    ),
    "view_query": SeenByTerraform(
        lambda h: h.table("caption_bank_enriched", view={"query": "SELECT 1 AS caption_id", "useLegacySql": False}),
        table("caption_bank_enriched"),
        "query",
    ),
    "view_replaced_by_ddl": SeenByTerraform(
        lambda h: h.sql("CREATE OR REPLACE VIEW `D.available_captions` AS SELECT 1 AS caption_id"),
        table("available_captions"),
        "query",
    ),
    "schedule_disabled": SeenByTerraform(
        lambda h: h.schedule("EROS: lock sweep", disabled=True),
        schedule("lock_sweep"),
        "disabled",
        says="switched on again",
    ),
    "schedule_cadence": SeenByTerraform(
        lambda h: h.schedule("EROS: health monitor", schedule="every 12 hours"),
        schedule("health_monitor"),
        "schedule",
    ),
    "schedule_query": SeenByTerraform(
        lambda h: h.schedule("EROS: snapshots", params={"query": "SELECT 1"}), schedule("snapshots"), "query"
    ),
    "schedule_deleted": SeenByTerraform(
        lambda h: h.remove_schedule("EROS: holiday calendar"),
        schedule("holiday_calendar"),
        "",
        "create",
        ADD,
        "deleted outside Terraform",
    ),
}


@dataclass(frozen=True)
class Look:
    """Both stacks' plans, their reviews, and a drift run, all of the same moment."""

    plans: list[Planned]
    reviews: list[Review]
    drift: Drift

    @property
    def findings(self) -> dict[tuple[str, str], Finding]:
        return {(f.object, f.attribute): f for f in self.drift.findings}


@pytest.fixture(scope="module")
def applied(deployed: Deployment) -> Deployment:
    """One schedule has an account of its own, as all have outside the local environment."""
    deployed.configure(sets(schedule("caption_performance"), service_account_name=ACCOUNT))
    deployed.apply()
    return deployed


@pytest.fixture(scope="module")
def unseen(applied: Deployment, model: Model) -> Look:
    for case in UNSEEN.values():
        case.do(Hands(applied.fresh()))
    return look(applied, model)


@pytest.fixture(scope="module")
def seen(applied: Deployment, model: Model, unseen: Look) -> Look:
    for case in SEEN.values():
        case.do(Hands(applied.fresh()))
    return look(applied, model)


@pytest.fixture(scope="module")
def mended(applied: Deployment, model: Model, seen: Look) -> Look:
    applied.apply(seen.plans)
    return look(applied, model)


class TestWhatTerraformDoesNotSee:
    def test_the_plans_are_empty(self, unseen: Look) -> None:
        assert [(plan.code, plan.actions) for plan in unseen.plans] == [(EMPTY, {}), (EMPTY, {})]
        assert [review.objects for review in unseen.reviews] == [(), ()]

    @pytest.mark.parametrize("name", UNSEEN)
    def test_is_found_by_drift(self, unseen: Look, name: str) -> None:
        key = UNSEEN[name].drift
        if key is not None:
            assert key in unseen.findings, list(unseen.findings)
            assert unseen.findings[key].consequence.seen.value in ("no", "unmeasured")

    def test_nothing_else_is_found(self, unseen: Look) -> None:
        assert set(unseen.findings) == {case.drift for case in UNSEEN.values() if case.drift}

    def test_the_review_names_what_the_state_tells(self, unseen: Look) -> None:
        named = {hand.change.address for review in unseen.reviews for hand in review.hand_changes}
        assert named == {case.drift[0] for case in UNSEEN.values() if case.noticed and case.drift}


class TestWhatTerraformSees:
    def test_the_plans_put_back_these_and_nothing_else(self, seen: Look) -> None:
        actions = {address: word for plan in seen.plans for address, word in plan.actions.items()}
        assert actions == {case.object: case.action for case in SEEN.values()}

    @pytest.mark.parametrize("name", SEEN)
    def test_the_review_says_so(self, seen: Look, name: str) -> None:
        case = SEEN[name]
        [found] = [o for review in seen.reviews for o in review.objects if o.change.address == case.object]
        said = "\n".join(f.message() for f in found.findings)
        assert found.classed is case.classed, said
        assert case.says in said, said

    @pytest.mark.parametrize("name", SEEN)
    def test_drift_says_so_too(self, seen: Look, name: str) -> None:
        case = SEEN[name]
        assert (case.object, case.drift) in seen.findings, list(seen.findings)
        assert seen.findings[case.object, case.drift].consequence.seen.value == "yes"

    def test_a_table_comes_back_empty_and_the_review_has_said_it(self, applied: Deployment, mended: Look) -> None:
        assert applied.live.client.get_table(f"{PREFIX}.{INVENTORY}").num_rows == 0


class TestAfterOneApply:
    def test_nothing_is_left_to_do(self, mended: Look) -> None:
        assert [(plan.code, plan.actions) for plan in mended.plans] == [(EMPTY, {}), (EMPTY, {})]

    def test_what_terraform_does_not_see_is_still_there(self, mended: Look, unseen: Look) -> None:
        assert set(mended.findings) == set(unseen.findings)


def test_a_deleted_dataset_comes_back_empty_with_everything_in_it(
    applied: Deployment, model: Model, mended: Look
) -> None:
    """The last one: nothing of what was found before is left."""
    name = "eros_scheduling_brain"
    applied.live.client.delete_dataset(f"{applied.live.environment.project}.{name}", delete_contents=True)
    now = look(applied, model)
    warehouse, automation = now.plans
    gone = {a for a in applied.warehouse.addresses() if a != dataset(f"{name}_backup")}
    assert warehouse.actions == dict.fromkeys(gone, "create")
    assert automation.actions == {}
    assert now.findings[dataset(name), ""].consequence.next_apply.endswith("EMPTY")
    applied.warehouse.apply(warehouse)
    assert applied.warehouse.plan().actions == {}


def look(applied: Deployment, model: Model) -> Look:
    plans = applied.planned()
    reviews = [review_plan(read_plan(plan.json_file)) for plan in plans]
    return Look(plans, reviews, find_drift(model, applied.fresh(), applied.plan))
