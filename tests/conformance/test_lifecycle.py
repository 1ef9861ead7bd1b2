"""The local plan from nothing to nothing: applied, empty, the same as `eros up` leaves, and destroyed again.

One deployment serves the whole file and the last test takes it away, so its tests run in order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from eros.drift import find_drift
from eros.local.up import STACKS
from eros.model import PREFIX, Model
from eros.review import read_plan, review_plan
from eros.state import Resource, plan_folder, properties, read_stack
from eros.state.live import list_objects, read_live
from eros.verify import verify
from eros.warehouse import Warehouse
from tests.conformance.conftest import Deployment
from tests.conformance.terraform import CHANGES, EMPTY, Planned
from tests.conftest import StartWarehouse


@dataclass(frozen=True)
class Applied:
    """A deployment after its first apply, and the plans that were applied, in the stacks' order."""

    deployment: Deployment
    plans: tuple[Planned, ...]


@pytest.fixture(scope="module")
def applied(deployed: Deployment) -> Applied:
    plans = []
    for terraform in deployed.stacks:
        terraform.validate()
        plans.append(terraform.plan())
        terraform.apply(plans[-1])
    return Applied(deployed, tuple(plans))


@pytest.fixture(scope="module")
def second_plans(applied: Applied) -> list[Planned]:
    return applied.deployment.planned()


@pytest.fixture(scope="module")
def theirs(applied: Applied) -> Warehouse:
    """What Terraform has deployed."""
    return applied.deployment.fresh()


@pytest.fixture(scope="module")
def ours(started: StartWarehouse, deployed_template: Path) -> Iterator[Warehouse]:
    """What `eros up` deploys, without rows."""
    with started(deployed_template) as warehouse:
        yield warehouse


class TestFirstApply:
    def test_creates_what_is_declared_and_nothing_else(self, applied: Applied, plan: Path) -> None:
        for stack, planned in zip(STACKS, applied.plans, strict=True):
            assert planned.code == CHANGES
            assert planned.actions == {r.address: "create" for r in read_stack(plan_folder(plan, stack))}

    def test_its_review_shows_additions_alone_and_no_schedule_that_runs_at_once(self, applied: Applied) -> None:
        for planned in applied.plans:
            review = review_plan(read_plan(planned.json_file))
            assert {o.classed.label for o in review.objects} == {"ADD"}
            assert len(review.objects) == len(planned.actions)

    def test_leaves_all_of_it_in_the_state(self, applied: Applied) -> None:
        for terraform, planned in zip(applied.deployment.stacks, applied.plans, strict=True):
            assert sorted(terraform.addresses()) == sorted(planned.actions)


class TestNextPlan:
    def test_is_empty(self, second_plans: list[Planned]) -> None:
        assert [(planned.code, planned.actions) for planned in second_plans] == [(EMPTY, {}), (EMPTY, {})]

    def test_gives_the_review_nothing_to_say(self, second_plans: list[Planned]) -> None:
        """The provider reports first reads as drift (null becomes an empty list); that is noise."""
        for planned in second_plans:
            review = review_plan(read_plan(planned.json_file))
            assert (review.objects, review.hand_changes) == ((), ())

    def test_and_eros_drift_finds_nothing_either(self, applied: Applied, model: Model) -> None:
        drift = find_drift(model, applied.deployment.fresh(), applied.deployment.plan)
        assert [(f.object, f.attribute) for f in drift.findings] == []


class TestSameAsTheEmbeddedDeployer:
    """`eros up` reads the plan with code of its own; here Terraform itself says what the plan means."""

    @pytest.mark.parametrize("stack", STACKS)
    def test_every_property_of_every_object(self, stack: str, ours: Warehouse, theirs: Warehouse, plan: Path) -> None:
        resources = read_stack(plan_folder(plan, stack))
        assert resources
        assert {r.address: seen(theirs, r) for r in resources} == {r.address: seen(ours, r) for r in resources}

    def test_nothing_more_stands_in_either(self, ours: Warehouse, theirs: Warehouse) -> None:
        for dataset in (ours.environment.dataset, ours.environment.backup_dataset):
            listed = [list_objects(w.client, w.environment.project, dataset) or [] for w in (theirs, ours)]
            assert set(listed[0]) == set(listed[1])
        assert theirs.schedules.names() == ours.schedules.names()

    #: column_default is left out: the engine shows defaults given by DDL and keeps those of its API for itself. The
    #: stored ones are among the properties above.
    VIEWS: ClassVar = {
        "TABLES": "table_name, table_type, ddl",
        "COLUMNS": "table_name, column_name, ordinal_position, is_nullable, data_type, is_partitioning_column, "
        "clustering_ordinal_position",
        "ROUTINES": "routine_name, routine_type, data_type, routine_body, routine_definition",
        "PARAMETERS": "specific_name, ordinal_position, parameter_mode, parameter_name, data_type",
        "KEY_COLUMN_USAGE": "table_name, column_name, ordinal_position",
    }

    @pytest.mark.parametrize("view", VIEWS)
    def test_information_schema(self, view: str, ours: Warehouse, theirs: Warehouse) -> None:
        sql = f"SELECT {self.VIEWS[view]} FROM `{PREFIX}.INFORMATION_SCHEMA.{view}`"
        rows = [sorted(map(repr, (tuple(row) for row in w.query(sql)))) for w in (theirs, ours)]
        assert rows[0]
        assert rows[0] == rows[1]

    def test_the_21_verification_tests_pass(self, theirs: Warehouse, model: Model) -> None:
        """What Terraform deployed works; the holidays are all the rows they need."""
        theirs.query(f"CALL `{PREFIX}.refresh_holiday_calendar`()")
        results = verify(theirs, model.verification.values())
        assert len(results) == 21
        assert [(r.id, r.detail) for r in results if not r.passed] == []


def test_destroy_leaves_nothing(applied: Applied) -> None:
    """The last one. The local environment is not protected; the external tables go too."""
    live = applied.deployment.fresh()
    assert list(live.client.list_datasets())
    assert live.schedules.names()
    for terraform in reversed(applied.deployment.stacks):
        terraform.destroy()
        assert terraform.addresses() == []
    live = applied.deployment.fresh()
    assert list(live.client.list_datasets()) == []
    assert live.schedules.names() == []


def seen(warehouse: Warehouse, resource: Resource) -> dict[str, Any] | None:
    """An object's properties as the API gives them."""
    schedule = resource.kind == "schedule"
    live = warehouse.schedules.read(resource.name) if schedule else read_live(warehouse.client, resource)
    return None if live is None else properties(resource.kind, live)
