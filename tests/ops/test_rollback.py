"""`eros rollback` on a real engine: what goes, what never goes, and that it can be interrupted and undone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eros.errors import UserError
from eros.jobs import run as run_job
from eros.local.up import deploy
from eros.model import PREFIX, Model
from eros.rollback import PARTS, execute, prepare, removal_order, run
from eros.state import Resource, plan_folder, read_stack
from eros.state.live import list_objects
from eros.verify import verify
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse
from tests.sql.frozen import contents, give

#: A view that is not ours calls these two, so that they stay where the plan declares that view.
NEEDED = {"caption_key", "caption_key_v2"}


@pytest.fixture(scope="module")
def warehouse(started: StartWarehouse, deployed_template: Path, model: Model) -> Iterator[Warehouse]:
    with started(deployed_template) as running:
        rows = [{"caption_id": -(2**63) + 1, "page_name": "anna", "last_updated": "now"}]
        give(running, model.tables["caption_bandit_stats"], rows, datetime.now(UTC))
        give(running, model.tables["captions"], [{"caption_id": 1, "caption_text": "x"}], datetime.now(UTC))
        yield running


def there(warehouse: Warehouse) -> set[str]:
    environment = warehouse.environment
    return {o.name for o in list_objects(warehouse.client, environment.project, environment.dataset) or []}


def external(model: Model) -> set[str]:
    return {name for name, contract in model.contracts.items() if not contract.owned}


class TestOrder:
    """No object is removed before everything that uses it, and the kinds go in the order people expect."""

    @pytest.mark.parametrize("environment", ["local", "prod"])
    def test_users_before_what_they_use(self, plan: Path, environment: str) -> None:
        stacks = [f"eros-{environment}-{part}" for part in PARTS]
        declared = [r for stack in stacks for r in read_stack(plan_folder(plan, stack))]
        order = removal_order(declared)
        place = {r.address: n for n, r in enumerate(order)}
        for resource in order:
            for needed in resource.depends_on:
                # A view of ours may be read by nobody we declare; an external one may call a function of ours.
                assert place[resource.address] < place.get(needed, len(order)), f"{resource.address} before {needed}"
        kinds = [r.rest.get("routineType", r.kind) for r in order]
        assert list(dict.fromkeys(kinds)) == ["schedule", "PROCEDURE", "view", "table", "SCALAR_FUNCTION", "dataset"]


class TestProceduresOnly:
    def test_every_row_and_every_schedule_stays(self, warehouse: Warehouse, model: Model, plan: Path) -> None:
        before, rows = there(warehouse), contents(warehouse, model.tables)
        assert run(model, warehouse, plan, procedures_only=True, yes=True) == 0
        procedures = {name for name, r in model.routines.items() if r.kind == "PROCEDURE"}
        assert before - there(warehouse) == procedures
        assert contents(warehouse, model.tables) == rows
        assert len(warehouse.schedules.names()) == len(model.schedules)


class TestFull:
    """The tests go on from each other: refused, interrupted, finished, deployed again."""

    def test_nothing_goes_without_the_word(self, warehouse: Warehouse, model: Model, plan: Path) -> None:
        before = there(warehouse)
        with pytest.raises(UserError, match="not confirmed"):
            run(model, warehouse, plan, ask=lambda question: "yes")
        assert there(warehouse) == before

    def test_nothing_goes_when_a_table_cannot_be_kept(
        self, warehouse: Warehouse, model: Model, plan: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = there(warehouse)
        ready = prepare(model, warehouse, plan)
        monkeypatch.setattr(type(ready), "tables", property(lambda self: ["caption_bandit_stats", "no_such_table"]))
        with pytest.raises(UserError, match="nothing was removed"):
            execute(warehouse, ready)
        assert there(warehouse) == before

    def test_another_systems_table_of_a_declared_name_stays(
        self, warehouse: Warehouse, model: Model, plan: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        name = warehouse.environment.rewrite(f"{PREFIX}.etl_job_runs")
        table = warehouse.client.get_table(name)
        labels, table.labels = table.labels, dict.fromkeys(table.labels)
        table = warehouse.client.update_table(table, ["labels"])
        rollback = prepare(model, warehouse, plan)
        assert "etl_job_runs" not in [r.name for r in rollback.remove]
        assert [k.resource.name for k in rollback.kept if k.foreign] == ["etl_job_runs"]
        table.labels = labels
        warehouse.client.update_table(table, ["labels"])

    def test_a_view_that_cannot_be_read_stays_and_is_named(
        self, warehouse: Warehouse, model: Model, plan: Path
    ) -> None:
        warehouse.query(f"ALTER TABLE `{PREFIX}.captions` DROP COLUMN has_urgency")
        rollback = prepare(model, warehouse, plan)
        warehouse.query(f"ALTER TABLE `{PREFIX}.captions` ADD COLUMN has_urgency BOOL")
        [kept] = [k for k in rollback.kept if k.foreign]
        assert kept.resource.name == "schedule_recommendations_messages"
        assert "has_urgency" in kept.reason
        assert "caption_bandit_stats" in rollback.tables, "what can be read goes"

    def test_interrupted_half_way_and_run_again(
        self, warehouse: Warehouse, model: Model, plan: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rows = contents(warehouse, external(model) & model.tables.keys())

        def interrupt(resource: Resource) -> None:
            if resource.name == "EROS: lock sweep":
                warehouse.schedules.delete(resource.name)  # somebody else was faster
            if resource.name == "holiday_calendar":
                raise KeyboardInterrupt

        operator = replace(warehouse)  # looks for himself
        with pytest.raises(KeyboardInterrupt):
            execute(operator, prepare(model, operator, plan), interrupt)
        half = there(warehouse)
        assert {"holiday_calendar", "eros_now"} <= half
        assert "schedule_recommendations_messages" not in half
        assert run(model, replace(warehouse), plan, yes=True, as_json=True) == 0
        done = json.loads(capsys.readouterr().out)
        assert there(warehouse) == external(model) | NEEDED
        assert {k["name"] for k in done["kept"]} == NEEDED
        assert replace(warehouse).schedules.names() == []
        assert contents(warehouse, external(model) & model.tables.keys()) == rows
        assert run(model, replace(warehouse), plan) == 0, "nothing is left, so nothing is asked"

    def test_deploying_again_makes_it_whole(self, warehouse: Warehouse, model: Model, plan: Path) -> None:
        warehouse = replace(warehouse)
        deploy(warehouse, plan)
        assert run_job(warehouse, model, "refresh_holiday_calendar").error is None
        results = verify(warehouse, model.verification.values())
        assert [f"{r.id}: {r.detail}" for r in results if not r.passed] == []
        assert len(warehouse.schedules.names()) == len(model.schedules)
