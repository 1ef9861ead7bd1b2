"""Every kind of change to the configuration: what Terraform plans and does, and what `eros review` said before.

Changes to different objects do not disturb one another, so those of changes.py are made in a few rounds, each of them
planned, reviewed, applied and taken back. What an apply refuses is tried by itself.
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
from tests.conformance.changes import ROUNDS, Case
from tests.conformance.conftest import Deployment
from tests.conformance.edits import columns, dataset, removes, schedule, sets, table, together
from tests.conformance.terraform import Planned, TerraformError

ACCOUNT = "eros-jobs@of-scheduler-proj.iam.gserviceaccount.com"
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
                assert review_plan(read_plan(planned.json_file)).worst is ChangeClass.DATA_LOSS
                applied.warehouse.apply(planned)
                assert "exported_by" not in column_names(applied.live, "schedule_export_log")

    def test_a_dataset_does_not_move(self, applied: Deployment) -> None:
        address = dataset("eros_scheduling_brain")
        with applied.edited(sets(address, location="EU")):
            planned = applied.warehouse.plan()
            assert planned.actions == {address: "replace"}
            assert planned.changes[address]["replace_paths"] == [["location"]]
            review = review_plan(read_plan(planned.json_file))
            assert review.worst is ChangeClass.DATA_LOSS
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
