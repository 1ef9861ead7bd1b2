"""Every kind of change to the configuration: what Terraform plans and does, and what `eros review` said before.

The rows are those of tests/fixtures/plans/README.md, section A, as far as our stacks have such objects (there is no
seed job). Changes to different objects do not disturb one another, so they are made in a few rounds, each of them
planned, reviewed, applied and taken back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from eros.drift import find_drift
from eros.model import PREFIX, Model
from eros.review import Review, read_plan, review_plan
from eros.review.rules import ChangeClass
from eros.warehouse import Warehouse
from tests.conformance.conftest import Deployment
from tests.conformance.edits import Edit, column, columns, dataset, removes, routine, schedule, sets, table, together
from tests.conformance.terraform import Planned, TerraformError

ADD, WIDEN, CHANGE, REPLACE, LOSS = ChangeClass
DAY = 86_400_000
REBUILT = "it comes back empty"
FLOAT = {"name": "decay", "type": "FLOAT", "mode": "NULLABLE", "description": "New."}
ACCOUNT = "eros-jobs@of-scheduler-proj.iam.gserviceaccount.com"


@dataclass(frozen=True)
class Case:
    """One change.

    Attributes:
        object: the address it is about.
        edit: makes it.
        action: what Terraform plans; None is nothing.
        classed: how the review classes the object; None where it says nothing.
        says: words of the review.
        replace_paths: why Terraform rebuilds it.
        keeps_row: whether the one row of the table is still there after the apply.
        drift: properties that `eros drift` finds after the apply, because Terraform has left them.
    """

    object: str
    edit: Edit
    action: str | None = "update"
    classed: ChangeClass | None = CHANGE
    says: str = ""
    replace_paths: tuple[tuple[str | int, ...], ...] = ()
    keeps_row: bool = True
    drift: tuple[str, ...] = ()


def rebuilt(name: str, edit: Edit, *path: str | int) -> Case:
    """A change for which Terraform drops the table and creates it empty."""
    return Case(table(name), edit, "replace", LOSS, REBUILT, (path,), keeps_row=False)


def wrapped(head: str, tail: str) -> Any:
    return lambda text: head + text + tail


IN_PLACE = {
    "add_column": Case(
        table("schedule_export_log"),
        columns(table("schedule_export_log"), lambda c: [*c, FLOAT]),
        classed=WIDEN,
        says="Column decay (FLOAT64) is added",
    ),
    "drop_column": Case(
        table("automation_alerts"),
        columns(table("automation_alerts"), lambda c: [x for x in c if x["name"] != "acknowledged_by"]),
        classed=LOSS,
        says="Column acknowledged_by is dropped and its values are gone",
    ),
    "change_column_description": Case(
        table("lock_sweep_log"),
        column(table("lock_sweep_log"), "sweep_time", description="Other."),
        says="description of column sweep_time changes",
    ),
    "change_column_default": Case(
        table("caption_bandit_stats"),
        column(table("caption_bandit_stats"), "successes", defaultValueExpression="2"),
        says="default of column successes changes from 1 to 2",
    ),
    "relax_mode": Case(
        table("etl_job_runs"),
        column(table("etl_job_runs"), "job_name", mode="NULLABLE"),
        classed=WIDEN,
        says="Column job_name no longer refuses NULL",
    ),
    "change_clustering": Case(
        table("creator_processing_errors"),
        sets(table("creator_processing_errors"), clustering=["page_name"]),
        says="from job_id, page_name to page_name",
    ),
    "change_primary_key": Case(
        table("schedule_generation_queue"),
        sets(table("schedule_generation_queue"), table_constraints={"primary_key": {"columns": ["page_name"]}}),
        says="primary key changes from page_name, execution_date to page_name",
    ),
    "change_labels": Case(
        table("holiday_calendar"),
        sets(table("holiday_calendar"), labels=lambda labels: labels | {"owner": "others"}),
        says="labels.owner changes from scheduling to others",
    ),
    "change_table_description": Case(
        table("mass_messages"),
        sets(table("mass_messages"), description="Other."),
        says="to Other.",
    ),
    "change_function_body": Case(
        routine("caption_key"),
        sets(routine("caption_key"), definition_body=wrapped("CONCAT('', ", ")")),
        says="The SQL changes",
    ),
    "change_function_return_type": Case(
        routine("eros_now"),
        sets(
            routine("eros_now"),
            return_type='{"typeKind": "STRING"}',
            definition_body=wrapped("CAST(", " AS STRING)"),
        ),
        says="from TIMESTAMP to STRING",
    ),
    "change_function_arguments": Case(
        routine("wilson_sample"),
        sets(
            routine("wilson_sample"),
            arguments=lambda found: [
                *found,
                {"name": "draws", "argument_kind": "FIXED_TYPE", "data_type": '{"typeKind": "INT64"}'},
            ],
        ),
        says="from (successes INT64, failures INT64) to (successes INT64, failures INT64, draws INT64)",
    ),
    "change_procedure_body": Case(
        routine("sweep_expired_caption_locks"),
        sets(
            routine("sweep_expired_caption_locks"), definition_body=lambda b: f"{b.rpartition('END')[0]}SELECT 1;\nEND"
        ),
        says="The SQL changes",
    ),
    "change_view_query": Case(
        table("available_captions"),
        sets(
            table("available_captions"),
            view=lambda view: view | {"query": f"{view['query']}\n  AND caption_id IS NOT NULL"},
        ),
        says="The SQL changes",
    ),
    "change_dataset_description": Case(
        dataset("eros_scheduling_brain"),
        sets(dataset("eros_scheduling_brain"), description="Other."),
        says="description changes",
    ),
    "change_schedule": Case(
        schedule("lock_sweep"),
        sets(schedule("lock_sweep"), schedule="every 2 hours"),
        says="runs every 2 hours instead of every 1 hours",
    ),
    "change_schedule_query": Case(
        schedule("snapshots"),
        sets(schedule("snapshots"), params=lambda params: {"query": f"{params['query']}\nSELECT 1;"}),
        says="The SQL changes",
    ),
    "disable_schedule": Case(
        schedule("health_monitor"),
        sets(schedule("health_monitor"), disabled=True),
        says="switched off: it does not run again",
    ),
}

QUIET = {
    "reorder_columns": Case(
        table("caption_bandit_stats"),
        columns(table("caption_bandit_stats"), lambda c: c[::-1]),
        action=None,
        classed=None,
    ),
    "remove_partition_expiration": Case(
        table("creator_processing_errors"),
        sets(
            table("creator_processing_errors"),
            time_partitioning=lambda p: {k: v for k, v in p.items() if k != "expiration_ms"},
        ),
        action=None,
        classed=None,
        drift=("partition.expiration_ms",),
    ),
    "longer_partition_expiration": Case(
        table("lock_sweep_log"),
        sets(table("lock_sweep_log"), time_partitioning=lambda p: p | {"expiration_ms": 60 * DAY}),
        classed=WIDEN,
        says="kept 60 days instead of 30 days",
    ),
    "shorter_partition_expiration": Case(
        table("automation_alerts"),
        sets(table("automation_alerts"), time_partitioning=lambda p: p | {"expiration_ms": 300 * DAY}),
        classed=LOSS,
        says="300 days instead of 365 days",
    ),
    "change_partition_type": Case(
        table("schedule_export_log"),
        sets(table("schedule_export_log"), time_partitioning=lambda p: p | {"type": "HOUR"}),
        says="BigQuery cannot change the partition type",
    ),
    "remove_schedule": Case(
        schedule("holiday_calendar"),
        removes(schedule("holiday_calendar")),
        action="delete",
        classed=REPLACE,
        says="is removed and no longer runs",
    ),
    "set_schedule_start": Case(
        schedule("lock_sweep"),
        sets(schedule("lock_sweep"), schedule_options={"start_time": "2026-02-02T00:37:00Z"}),
        says="start_time",
    ),
}

REBUILDS = {
    "add_required_column": rebuilt(
        "lock_sweep_log",
        columns(table("lock_sweep_log"), lambda c: [*c, FLOAT | {"mode": "REQUIRED"}]),
        "schema",
    ),
    "widen_type": rebuilt("etl_job_runs", column(table("etl_job_runs"), "creators_failed", type="FLOAT"), "schema"),
    "narrow_type": rebuilt(
        "schedule_generation_queue",
        column(table("schedule_generation_queue"), "saturation_pct", type="INTEGER"),
        "schema",
    ),
    "rename_column": rebuilt(
        "schedule_export_log", column(table("schedule_export_log"), "exported_by", name="exporter"), "schema"
    ),
    "require_column": rebuilt(
        "holiday_calendar", column(table("holiday_calendar"), "holiday_type", mode="REQUIRED"), "schema"
    ),
    "change_partition_field": rebuilt(
        "creator_processing_errors",
        sets(table("creator_processing_errors"), time_partitioning=lambda p: p | {"field": "execution_date"}),
        "time_partitioning",
        0,
        "field",
    ),
    "rename_table": rebuilt(
        "creator_content_inventory",
        sets(table("creator_content_inventory"), table_id="content_inventory"),
        "table_id",
    ),
    "remove_table": Case(
        table("active_caption_assignments"),
        removes(table("active_caption_assignments")),
        "delete",
        LOSS,
        "Table active_caption_assignments is removed with",
        keeps_row=False,
    ),
}

ROUNDS = {"in place": IN_PLACE, "quiet": QUIET, "rebuilds": REBUILDS}
CASES = [pytest.param(name, case, id=case) for name, cases in ROUNDS.items() for case in cases]


@dataclass(frozen=True)
class Outcome:
    """A round: both stacks' plans with their reviews, and what was found after the apply."""

    plans: list[Planned]
    reviews: list[Review]
    next_plans: list[Planned]
    drift: set[tuple[str, str]]
    rows: dict[str, int]

    def change(self, address: str) -> dict[str, Any] | None:
        return next((p.changes[address] for p in self.plans if address in p.changes), None)


@pytest.fixture(scope="module")
def applied(deployed: Deployment) -> Deployment:
    deployed.apply()
    return deployed


@pytest.fixture(scope="module")
def outcome_of(applied: Deployment, model: Model) -> Callable[[str], Outcome]:
    """Runs a round when it is first asked for."""

    @cache
    def run(name: str) -> Outcome:
        cases = ROUNDS[name]
        names = [c.object.partition(".")[2] for c in cases.values() if c.object.startswith(table(""))]
        tables = [name for name in names if name in model.tables]
        fill(applied.live, tables)
        with applied.edited(together([c.edit for c in cases.values()])):
            plans = applied.planned()
            reviews = [review_plan(read_plan(plan.json_file)) for plan in plans]
            applied.apply(plans)
            drift = find_drift(model, applied.fresh(), applied.plan)
            found = {(f.object, f.attribute) for f in drift.findings}
            return Outcome(plans, reviews, applied.planned(), found, count(applied.live, tables))

    return run


@pytest.fixture
def outcome(request: pytest.FixtureRequest, outcome_of: Callable[[str], Outcome]) -> Outcome:
    return outcome_of(request.param)


@pytest.mark.parametrize(("outcome", "name"), CASES, indirect=["outcome"])
class TestOneChange:
    def test_is_planned_as_it_was_measured(self, outcome: Outcome, name: str) -> None:
        case, change = case_of(name), outcome.change(case_of(name).object)
        assert (change is None) == (case.action is None)
        if change is not None:
            words = {("update",): "update", ("delete",): "delete", ("delete", "create"): "replace"}
            assert words[tuple(change["actions"])] == case.action
            assert tuple(map(tuple, change.get("replace_paths", []))) == case.replace_paths

    def test_the_review_classes_it_and_says_why(self, outcome: Outcome, name: str) -> None:
        case = case_of(name)
        found = [o for review in outcome.reviews for o in review.objects if o.change.address == case.object]
        assert [o.classed for o in found] == ([case.classed] if case.classed else [])
        said = "\n".join(f.message() for o in found for f in o.findings)
        assert case.says in said, said

    def test_rows_are_lost_where_the_review_says_so_and_nowhere_else(self, outcome: Outcome, name: str) -> None:
        case = case_of(name)
        kept = outcome.rows.get(case.object.partition(".")[2])
        if kept is not None:
            assert kept == (1 if case.keeps_row else 0)

    def test_is_done_by_one_apply(self, outcome: Outcome, name: str) -> None:
        """And what Terraform leaves undone, without a word, `eros drift` finds."""
        case = case_of(name)
        assert all(case.object not in plan.changes for plan in outcome.next_plans)
        assert {prop for address, prop in outcome.drift if address == case.object} == set(case.drift)


@pytest.mark.parametrize("outcome", ROUNDS, indirect=True)
def test_nothing_else_is_planned_or_found(outcome: Outcome, request: pytest.FixtureRequest) -> None:
    cases = ROUNDS[request.node.callspec.params["outcome"]].values()
    assert {a for plan in outcome.plans for a in plan.changes} == {c.object for c in cases if c.action}
    assert [plan.actions for plan in outcome.next_plans] == [{}, {}]
    assert {address for address, _ in outcome.drift} == {c.object for c in cases if c.drift}


class TestWhatTheApplyRefuses:
    def test_protection_stops_a_removal_at_the_apply_and_a_dropped_column_never(self, applied: Deployment) -> None:
        address = table("schedule_export_log")
        with applied.edited(sets(address, deletion_protection=True)):
            applied.warehouse.apply(applied.warehouse.plan())
            with applied.edited(removes(address)):
                planned = applied.warehouse.plan()
                assert planned.actions == {address: "delete"}
                assert "deletion_protection" in said(review_plan(read_plan(planned.json_file)))
                with pytest.raises(TerraformError, match="deletion_protection=false"):
                    applied.warehouse.apply(planned)
                assert "exported_by" in column_names(applied.live, "schedule_export_log")
            with applied.edited(columns(address, lambda found: found[:-1])):
                planned = applied.warehouse.plan()
                assert review_plan(read_plan(planned.json_file)).worst is LOSS
                applied.warehouse.apply(planned)
                assert "exported_by" not in column_names(applied.live, "schedule_export_log")

    def test_a_dataset_does_not_move(self, applied: Deployment) -> None:
        address = dataset("eros_scheduling_brain")
        with applied.edited(sets(address, location="EU")):
            planned = applied.warehouse.plan()
            assert planned.actions == {address: "replace"}
            assert planned.changes[address]["replace_paths"] == [["location"]]
            review = review_plan(read_plan(planned.json_file))
            assert review.worst is LOSS
            assert "The plan lists only the dataset" in said(review)
            with pytest.raises(TerraformError, match="still in use"):
                applied.warehouse.apply(planned)

    def test_a_schedules_account_is_never_taken_away(self, applied: Deployment) -> None:
        """Taking back the account sends an empty update mask; once that was refused, Terraform believes it is done."""
        address = schedule("lock_sweep")
        applied.configure(sets(address, service_account_name=ACCOUNT))
        applied.automation.apply(applied.automation.plan())
        applied.configure(sets(address, service_account_name=None))
        planned = applied.automation.plan()
        assert planned.actions == {address: "update"}
        [reviewed] = review_plan(read_plan(planned.json_file)).objects
        assert any(f.rule.refused for f in reviewed.findings)
        with pytest.raises(TerraformError, match="update_mask"):
            applied.automation.apply(planned)
        assert applied.automation.plan().actions == {}


def case_of(name: str) -> Case:
    return next(cases[name] for cases in ROUNDS.values() if name in cases)


def said(review: Review) -> str:
    return "\n".join(f.message() for o in review.objects for f in o.findings)


def column_names(live: Warehouse, name: str) -> list[str]:
    return [f.name for f in live.client.get_table(f"{PREFIX}.{name}").schema]


def fill(live: Warehouse, tables: list[str]) -> None:
    """One row for each table."""
    values = {
        "STRING": "'x'",
        "INTEGER": "1",
        "FLOAT": "1.0",
        "BOOLEAN": "TRUE",
        "DATE": "CURRENT_DATE('UTC')",
        "TIMESTAMP": "CURRENT_TIMESTAMP()",
    }
    for name in tables:
        fields = [f for f in live.client.get_table(f"{PREFIX}.{name}").schema if f.mode != "REPEATED"]
        into, row = ", ".join(f.name for f in fields), ", ".join(values[f.field_type] for f in fields)
        live.query(f"DELETE FROM `{PREFIX}.{name}` WHERE TRUE; INSERT INTO `{PREFIX}.{name}` ({into}) VALUES ({row})")


def count(live: Warehouse, tables: list[str]) -> dict[str, int]:
    """The rows of each table; one that is not there has none."""
    there = {t.table_id for t in live.client.list_tables(PREFIX)}
    counted = {name: f"SELECT COUNT(*) AS n FROM `{PREFIX}.{name}`" for name in tables if name in there}
    found = {name: next(iter(live.query(sql)))["n"] for name, sql in counted.items()}
    return dict.fromkeys(tables, 0) | found
