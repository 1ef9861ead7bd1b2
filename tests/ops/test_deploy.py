"""The local deployer: nothing to do sends nothing, changes are made in place, a loss of data is refused beforehand."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eros.errors import UserError
from eros.local import process
from eros.local.datadir import clone_data_dir
from eros.local.engine import Engine
from eros.local.up import deploy
from eros.model import PREFIX, Model
from eros.warehouse import Warehouse
from tests.conftest import reach

STATS = ("google_bigquery_table", "caption_bandit_stats")
type Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def engine(deployed_template: Path, tmp_path: Path) -> Iterator[Engine]:
    clone_data_dir(deployed_template, tmp_path / "data")
    with process.running_engine(tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="module")
def unchanged_engine(deployed_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """For tests that must not change anything: they share one engine."""
    folder = tmp_path_factory.mktemp("unchanged") / "data"
    clone_data_dir(deployed_template, folder)
    with process.running_engine(folder) as running:
        yield running


@pytest.fixture
def warehouse(engine: Engine, model: Model) -> Warehouse:
    return reach(engine, model)


def changed_plan(plan: Path, folder: Path, change: Change, part: str = "warehouse") -> Path:
    """A copy of the plan with `change` applied to the resources of one local stack."""
    copy = folder / "changed"
    shutil.copytree(plan, copy)
    file = copy / "stacks" / f"eros-local-{part}" / "cdk.tf.json"
    body = json.loads(file.read_text(encoding="utf-8"))
    change(body["resource"])
    file.write_text(json.dumps(body), encoding="utf-8")
    return copy


def edit_columns(edit: Callable[[list[dict[str, Any]]], object]) -> Change:
    def change(resources: dict[str, Any]) -> None:
        table = resources[STATS[0]][STATS[1]]
        columns = json.loads(table["schema"])
        edit(columns)
        table["schema"] = json.dumps(columns)

    return change


def set_in(kind: str, name: str, **arguments: Any) -> Change:
    return lambda resources: resources[kind][name].update(arguments)


def test_deploying_again_sends_nothing_but_reads(unchanged_engine: Engine, model: Model, plan: Path) -> None:
    before = len(unchanged_engine.requests())
    actions = deploy(reach(unchanged_engine, model), plan)
    assert {a.verb for a in actions} == {"unchanged"}
    assert {r.method for r in unchanged_engine.requests()[before:]} == {"GET"}


IN_PLACE: dict[str, tuple[str, Change, str, str]] = {
    "a new column": (
        "warehouse",
        edit_columns(lambda c: c.append({"name": "note", "type": "STRING", "mode": "NULLABLE", "description": "n"})),
        "caption_bandit_stats",
        "columns.note.type",
    ),
    "another description of a column": (
        "warehouse",
        edit_columns(lambda c: c[0].update(description="other")),
        "caption_bandit_stats",
        "columns.caption_id.description",
    ),
    "another default": (
        "warehouse",
        edit_columns(lambda c: c[2].update(defaultValueExpression="5")),
        "caption_bandit_stats",
        "columns.successes.default",
    ),
    "a column that may be NULL now": (
        "warehouse",
        edit_columns(lambda c: c[1].update(mode="NULLABLE")),
        "caption_bandit_stats",
        "columns.page_name.mode",
    ),
    "a longer retention": (
        "warehouse",
        set_in(*STATS, time_partitioning={"type": "DAY", "field": "last_updated", "expiration_ms": 8640000000}),
        "caption_bandit_stats",
        "partition.expiration_ms",
    ),
    "other labels": ("warehouse", set_in(*STATS, labels={"system": "eros"}), "caption_bandit_stats", "labels.owner"),
    "no clustering": (
        "warehouse",
        lambda r: r[STATS[0]][STATS[1]].pop("clustering"),
        "caption_bandit_stats",
        "clustering",
    ),
    "another function body": (
        "warehouse",
        set_in("google_bigquery_routine", "eros_now", definition_body="TIMESTAMP '2025-01-01'"),
        "eros_now",
        "body",
    ),
    "another view": (
        "warehouse",
        set_in(
            "google_bigquery_table",
            "caption_bank_enriched",
            view={"query": "SELECT 1 AS one", "use_legacy_sql": False},
        ),
        "caption_bank_enriched",
        "query",
    ),
    "another cadence": (
        "automation",
        set_in("google_bigquery_data_transfer_config", "lock_sweep", schedule="every 2 hours"),
        "EROS: lock sweep",
        "schedule",
    ),
}


@pytest.mark.parametrize("case", IN_PLACE)
def test_a_change_is_made_in_place_once(case: str, warehouse: Warehouse, plan: Path, tmp_path: Path) -> None:
    part, change, name, changed = IN_PLACE[case]
    wanted = changed_plan(plan, tmp_path, change, part)
    updated = [a for a in deploy(warehouse, wanted) if a.verb == "updated"]
    assert [a.resource.name for a in updated] == [name]
    assert changed in {d.property for d in updated[0].changed}
    assert {a.verb for a in deploy(reach_again(warehouse), wanted)} == {"unchanged"}


def test_a_changed_default_is_applied_to_new_rows(warehouse: Warehouse, plan: Path, tmp_path: Path) -> None:
    deploy(warehouse, changed_plan(plan, tmp_path, IN_PLACE["another default"][1]))
    warehouse.query(f"INSERT INTO `{PREFIX}.caption_bandit_stats` (caption_id, page_name) VALUES (1, 'a')")
    (row,) = warehouse.query(f"SELECT successes FROM `{PREFIX}.caption_bandit_stats`")
    assert row["successes"] == 5


def test_a_changed_view_runs_the_new_query(warehouse: Warehouse, plan: Path, tmp_path: Path) -> None:
    deploy(warehouse, changed_plan(plan, tmp_path, IN_PLACE["another view"][1]))
    assert [dict(r.items()) for r in warehouse.query(f"SELECT * FROM `{PREFIX}.caption_bank_enriched`")] == [{"one": 1}]


REFUSED: dict[str, tuple[Change, str]] = {
    "a dropped column": (edit_columns(lambda c: c.pop()), "column 'performance_percentile' would be dropped"),
    "a renamed column": (
        edit_columns(lambda c: c[-1].update(name="rank")),
        "'performance_percentile' would be dropped",
    ),
    "another type": (edit_columns(lambda c: c[2].update(type="STRING")), "column 'successes' was INTEGER, now STRING"),
    "a required column": (edit_columns(lambda c: c[2].update(mode="REQUIRED")), "'successes' cannot become"),
    "a new required column": (
        edit_columns(lambda c: c.append({"name": "x", "type": "STRING", "mode": "REQUIRED", "description": "x"})),
        "'x' cannot become or be added as REQUIRED",
    ),
    "another partition": (
        set_in(*STATS, time_partitioning={"type": "MONTH", "field": "last_updated", "expiration_ms": 7776000000}),
        "from DAY to MONTH",
    ),
    "a shorter retention": (
        set_in(*STATS, time_partitioning={"type": "DAY", "field": "last_updated", "expiration_ms": 86400000}),
        "retention would shrink to 1 days",
    ),
    "another location": (
        set_in("google_bigquery_dataset", "eros_scheduling_brain", location="EU"),
        "location would change from US to EU",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_loss_is_refused_and_nothing_is_sent(
    case: str, unchanged_engine: Engine, model: Model, plan: Path, tmp_path: Path
) -> None:
    change, reason = REFUSED[case]

    def change_and_more(resources: dict[str, Any]) -> None:
        change(resources)
        set_in("google_bigquery_routine", "eros_now", definition_body="TIMESTAMP '2025-01-01'")(resources)

    before = len(unchanged_engine.requests())
    with pytest.raises(UserError, match="nothing was deployed") as refused:
        deploy(reach(unchanged_engine, model), changed_plan(plan, tmp_path, change_and_more))
    assert reason in str(refused.value)
    assert {r.method for r in unchanged_engine.requests()[before:]} == {"GET"}


def test_a_dropped_table_comes_back_with_the_views_that_read_it(warehouse: Warehouse, plan: Path) -> None:
    warehouse.query(f"DROP TABLE `{PREFIX}.caption_bandit_stats`")
    created = {a.resource.name for a in deploy(warehouse, plan) if a.verb == "created"}
    assert "caption_bandit_stats" in created
    assert list(warehouse.query(f"SELECT * FROM `{PREFIX}.schedule_recommendations_messages`")) == []


def test_a_view_that_lost_a_column_it_reads_is_mended(warehouse: Warehouse, plan: Path) -> None:
    """The engine refuses even to show such a view."""
    warehouse.query(f"ALTER TABLE `{PREFIX}.caption_bank` DROP COLUMN usage_status")
    actions = deploy(warehouse, plan)
    assert "caption_bank" in {a.resource.name for a in actions if a.verb == "updated"}
    assert list(warehouse.query(f"SELECT * FROM `{PREFIX}.available_captions`")) == []
    assert {a.verb for a in deploy(reach_again(warehouse), plan)} == {"unchanged"}


def test_a_table_in_the_place_of_a_view_is_not_deleted(warehouse: Warehouse, plan: Path) -> None:
    name = f"`{PREFIX}.caption_bank_enriched`"
    warehouse.query(f"DROP VIEW {name}")
    warehouse.query(f"CREATE TABLE {name} AS SELECT 1 AS kept")
    with pytest.raises(UserError, match="a table stands in its place"):
        deploy(warehouse, plan)
    assert [row["kept"] for row in warehouse.query(f"SELECT kept FROM {name}")] == [1]


def test_a_missing_plan_is_one_clear_line(unchanged_engine: Engine, model: Model, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no plan here") as refused:
        deploy(reach(unchanged_engine, model), tmp_path)
    assert "\n" not in str(refused.value)


def reach_again(warehouse: Warehouse) -> Warehouse:
    """The same engine with fresh clients, so that nothing is answered from memory."""
    return Warehouse(warehouse.environment, warehouse.client, warehouse.transfer_client)
