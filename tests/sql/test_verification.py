"""The verification tests pass on a sound deployment, and each fails, with a detail that helps, when its subject breaks.

The breaks stand in verification_breaks.yaml: what is done to the engine, and what the detail must then say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from eros.jobs import run
from eros.local.deploy import apply_actions, plan_actions
from eros.model import PREFIX, Model
from eros.model.sqltext import references
from eros.state import plan_folder, read_stack
from eros.verify import verify
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse

BREAKS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "verification_breaks.yaml").read_text(encoding="utf-8")
)


#: Rows that are as they may be: schedules no longer active, a holiday of the operator's own without a factor.
WELCOME = f"""
  INSERT INTO `{PREFIX}.schedule_recommendations` (schedule_id, page_name, is_active)
  VALUES ('s', 'p', TRUE), ('s', 'p', FALSE), ('s', 'p', NULL);
  INSERT INTO `{PREFIX}.holiday_calendar` (holiday_date, holiday_name, holiday_type, saturation_impact_factor)
  VALUES (DATE '2024-03-03', 'Our Day', 'CULTURAL', NULL);
"""


@pytest.fixture(scope="module")
def sound(started: StartWarehouse, deployed_template: Path, model: Model) -> Iterator[Warehouse]:
    """A deployed warehouse whose calendar is filled: all that the verification tests need."""
    with started(deployed_template) as warehouse:
        assert run(warehouse, model, "refresh_holiday_calendar").error is None
        warehouse.query(WELCOME)
        yield warehouse


def all_pass(warehouse: Warehouse, model: Model) -> None:
    results = verify(warehouse, model.verification.values())
    assert [(r.id, r.detail) for r in results if not r.passed] == []
    assert len(results) == 21
    assert len({r.category for r in results}) == 8


def mend(warehouse: Warehouse, plan: Path, model: Model, statements: list[str]) -> None:
    """Make every object that the statements name anew, and fill the calendar again if it was one of them."""
    touched = {name for statement in statements for name, _ in references(statement)}
    dataset = f"{warehouse.environment.project}.{warehouse.environment.dataset}"
    for name in touched:
        warehouse.client.delete_table(f"{dataset}.{name}", not_found_ok=True)
        warehouse.client.delete_routine(f"{dataset}.{name}", not_found_ok=True)
    planned = read_stack(plan_folder(plan, "eros-local-warehouse"))
    resources = [r for r in planned if r.name in touched]
    apply_actions(warehouse.client, warehouse.schedules, plan_actions(warehouse.client, warehouse.schedules, resources))
    if "holiday_calendar" in touched:
        assert run(warehouse, model, "refresh_holiday_calendar").error is None


def test_all_pass_on_a_sound_deployment(sound: Warehouse, model: Model) -> None:
    all_pass(sound, model)


@pytest.mark.parametrize("broken", BREAKS, ids=[f"{b['id']} {b['name']}" for b in BREAKS])
def test_a_broken_subject_fails_under_its_own_id(
    broken: dict[str, Any], sound: Warehouse, plan: Path, model: Model
) -> None:
    statements = broken["break"] if isinstance(broken["break"], list) else [broken["break"]]
    try:
        for statement in statements:
            sound.query(statement)
        (result,) = verify(sound, [model.verification[str(broken["id"])]])
    finally:
        mend(sound, plan, model, statements)
    assert result.status == "FAIL", result.detail
    assert re.search(broken["expect"], result.detail, re.S), result.detail


def test_mending_leaves_a_sound_deployment(sound: Warehouse, model: Model) -> None:
    """Else a break could fail because of the one before it."""
    all_pass(sound, model)


def test_every_test_is_broken_at_least_once(model: Model) -> None:
    assert {str(b["id"]) for b in BREAKS} == set(model.verification)


class TestEveryDeclaredObjectIsNamed:
    """A verification test that leaves an object out of its list would pass without it."""

    def test_functions(self, model: Model) -> None:
        functions = {r.name for r in model.routines.values() if r.kind == "FUNCTION"}
        assert listed(model, "1.1") == functions
        timed = set(re.findall(r"\('(\w+)'(?: AS function_name)?, v_", model.verification["8.1"].sql))
        assert timed == functions

    def test_tables_and_views(self, model: Model) -> None:
        assert listed(model, "1.2") == {t.name for t in model.tables.values() if t.owned}
        assert listed(model, "1.3") == {v.name for v in model.views.values() if v.owned}

    def test_procedures(self, model: Model) -> None:
        assert listed(model, "1.4") == {r.name for r in model.routines.values() if r.kind == "PROCEDURE"}

    def test_definitions(self, model: Model) -> None:
        assert listed(model, "7.1") == set(model.routines)
        assert f"'{len(model.routines)} of {len(model.routines)}'" in model.verification["7.1"].sql


def listed(model: Model, number: str) -> set[str]:
    """The names that a verification test unnests as `declared`."""
    found = re.search(r"UNNEST\(\[([^\]]*)\]\) AS declared", model.verification[number].sql)
    assert found, f"{number} has no list"
    return set(re.findall(r"'(\w+)'", found[1]))
