"""Nothing is lost between the contracts and the plan: what went into cdktf's struct classes comes out again.

cdktf drops fields of plain dicts with snake_case keys without a word, so every declared property is looked up.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from eros.model import Model
from eros.model.types import routine_type, table_schema_type
from eros.state import Resource, plan_folder, read_stack

ENVIRONMENTS = ["local", "dev", "prod"]


def resources(plan: Path, environment: str, part: str) -> dict[str, Resource]:
    return {r.address.partition(".")[2]: r for r in read_stack(plan_folder(plan, f"eros-{environment}-{part}"))}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_tables_are_as_contracted(environment: str, plan: Path, model: Model) -> None:
    planned = resources(plan, environment, "warehouse")
    declared = model.environment(environment)
    for name, contract in model.tables.items():
        if not (contract.owned or declared.creates_sources):
            assert name not in planned
            continue
        rest = planned[name].rest
        fields = [
            (f["name"], f["type"], f["mode"], f["description"], f.get("defaultValueExpression"))
            for f in rest["schema"]["fields"]
        ]
        assert fields == [
            (c.name, table_schema_type(c.type), c.mode, c.description, c.default) for c in contract.columns
        ]
        assert rest["description"] == contract.description
        assert tuple(rest.get("clustering", {}).get("fields", ())) == contract.cluster
        keys = rest.get("tableConstraints", {}).get("primaryKey", {}).get("columns", ())
        assert tuple(keys) == contract.primary_key
        partitioning = rest.get("timePartitioning")
        if contract.partition is None:
            assert partitioning is None
        else:
            assert partitioning["type"] == contract.partition.by.upper()
            assert partitioning["field"] == contract.partition.column
            days = contract.keep_days
            assert partitioning.get("expirationMs") == (str(days * 24 * 60 * 60 * 1000) if days else None)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_routines_are_as_in_their_files(environment: str, plan: Path, model: Model) -> None:
    planned = resources(plan, environment, "warehouse")
    for name, routine in model.routines.items():
        rest = planned[name].rest
        body = model.environment(environment).rewrite(routine.body)
        assert rest["definitionBody"] == body
        assert "\r" not in body
        assert rest.get("returnType") == (routine_type(routine.return_type) if routine.return_type else None)
        assert [(a["name"], a["dataType"], a.get("mode")) for a in rest.get("arguments", [])] == [
            (a.name, routine_type(a.type), a.mode) for a in routine.arguments
        ]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_views_are_standard_sql_without_a_schema(environment: str, plan: Path, model: Model) -> None:
    planned = resources(plan, environment, "warehouse")
    for name, view in model.views.items():
        if name in planned:
            rest = planned[name].rest
            assert rest["view"] == {"query": model.environment(environment).rewrite(view.query), "useLegacySql": False}
            assert "schema" not in rest


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_schedules_are_as_in_their_files(environment: str, plan: Path, model: Model) -> None:
    planned = resources(plan, environment, "automation")
    declared = model.environment(environment)
    for name, schedule in model.schedules.items():
        rest = planned[name].rest
        assert rest["displayName"] == schedule.display_name
        assert rest["schedule"] == schedule.schedule
        assert rest["params"] == {"query": declared.rewrite(schedule.script)}
        assert rest["scheduleOptions"] == {"startTime": declared.schedule_start_times[name]}
        assert rest["emailPreferences"] == {"enableFailureEmail": False}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_object_comes_after_everything_its_sql_names(environment: str, plan: Path, model: Model) -> None:
    order = list(resources(plan, environment, "warehouse"))
    for name in order:
        if name in model.routines or name in model.contracts:
            for needed in model.graph.depends_on(name) & set(order):
                assert order.index(needed) < order.index(name), f"{name} is declared before {needed}"
