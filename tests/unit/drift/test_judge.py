"""A whole survey judged: missing and unmanaged objects, snapshots, other systems' tables, twin schedules."""

from __future__ import annotations

from typing import Any

from eros.drift.drift import judge
from eros.drift.finding import Finding
from eros.drift.survey import Survey, Unreadable
from eros.model import Model
from eros.state.live import Listed
from tests.unit.drift.objects import DATASET, ROUTINE, SCHEDULE, TABLE, VIEW, Body, live

RESOURCES = (DATASET, TABLE, VIEW, ROUTINE, SCHEDULE)
DEFAULT_ACCESS = [
    {"role": "WRITER", "specialGroup": "projectWriters"},
    {"role": "OWNER", "specialGroup": "projectOwners"},
    {"role": "READER", "specialGroup": "projectReaders"},
]


def surveyed(**changes: Any) -> Survey:
    """A clean project, with some of it changed."""
    bodies = {r.address: live(r) for r in RESOURCES if r.kind != "schedule"}
    bodies[DATASET.address]["access"] = DEFAULT_ACCESS
    listed = {
        "d": [
            Listed("table", "d", "stats", "TABLE"),
            Listed("view", "d", "v", "VIEW"),
            Listed("routine", "d", "sweep", "PROCEDURE"),
        ]
    }
    schedules = [live(SCHEDULE, lambda b: b.update(name="projects/1/locations/us/transferConfigs/a"))]
    clean: dict[str, Any] = {"bodies": bodies, "listed": listed, "schedules": schedules, "table_roles": {}}
    return Survey(**{**clean, **changes})


def judged(model: Model, survey: Survey) -> dict[str, Finding]:
    environment = model.environment("local").model_copy(update={"dataset": "d", "project": "p"})
    return {f.object: f for f in judge(RESOURCES, (), survey, environment, {"mass_messages"})}


def with_listed(*more: Listed) -> Survey:
    clean = surveyed()
    return surveyed(listed={"d": [*(clean.listed["d"] or []), *more], "d_backup": []})


def with_schedules(*more: Body) -> Survey:
    return surveyed(schedules=[*surveyed().schedules, *more])


def test_a_clean_project_is_silent(model: Model) -> None:
    assert judged(model, surveyed()) == {}


def test_each_missing_object_says_what_comes_back(model: Model) -> None:
    gone = surveyed(bodies={**surveyed().bodies, TABLE.address: None, ROUTINE.address: None}, schedules=[])
    found = judged(model, gone)
    assert set(found) == {TABLE.address, ROUTINE.address, SCHEDULE.address}
    assert {f.change for f in found.values()} == {"missing"}
    assert "EMPTY" in found[TABLE.address].consequence.next_apply


def test_a_missing_dataset_is_said_once(model: Model) -> None:
    found = judged(model, surveyed(bodies={DATASET.address: None}, listed={"d": None}))
    assert set(found) == {DATASET.address}


def test_an_unreadable_view_is_a_finding(model: Model) -> None:
    broken = Unreadable("Unrecognized name: price_tier")
    found = judged(model, surveyed(bodies={**surveyed().bodies, VIEW.address: broken}))
    assert (found[VIEW.address].change, found[VIEW.address].live) == ("unreadable", "Unrecognized name: price_tier")


class TestUnmanaged:
    def test_tables_views_and_routines_are_named_by_kind(self, model: Model) -> None:
        extra = (
            Listed("table", "d", "scratch", "TABLE"),
            Listed("view", "d", "mv", "MATERIALIZED_VIEW"),
            Listed("routine", "d", "rogue", "PROCEDURE"),
            Listed("table", "d", "old", "SNAPSHOT"),
            Listed("table", "d_backup", "notes_20260101", "TABLE"),
        )
        found = judged(model, with_listed(*extra))
        assert set(found) == {"table scratch", "view mv", "routine rogue", "table old", "table d_backup.notes_20260101"}

    def test_other_systems_tables_are_preflights(self, model: Model) -> None:
        assert judged(model, with_listed(Listed("view", "d", "mass_messages", "VIEW"))) == {}

    def test_snapshots_in_the_backup_dataset_are_not_drift(self, model: Model) -> None:
        """Also those of a table that was retired, and those that a backup by hand numbered."""
        extra = [
            Listed("table", "d_backup", n, "SNAPSHOT") for n in ("stats_20260101", "gone_20251231", "s_20260101_2")
        ]
        assert judged(model, with_listed(*extra)) == {}

    def test_a_routine_named_as_a_table_is_unmanaged(self, model: Model) -> None:
        assert set(judged(model, with_listed(Listed("routine", "d", "stats", "PROCEDURE")))) == {"routine stats"}


class TestSchedules:
    def test_one_that_names_our_dataset_weighs_more(self, model: Model) -> None:
        ours = {"displayName": "mine", "name": "x/1", "params": {"query": "DELETE FROM `p.d.stats` WHERE TRUE"}}
        other = {"displayName": "lunch", "name": "x/2", "params": {"query": "SELECT 1"}}
        environment = model.environment("local").model_copy(update={"dataset": "p.d", "project": "p"})
        found = {f.object: f for f in judge((SCHEDULE,), (), with_schedules(ours, other), environment, ())}
        assert found["schedule mine"].severity.label == "CHANGED"
        assert found["schedule lunch"].severity.label == "UNMANAGED"

    def test_a_second_one_of_a_declared_name_runs_the_job_twice(self, model: Model) -> None:
        """The one most like the declaration counts as the declared one, whichever comes first."""
        copy = live(
            SCHEDULE, lambda b: b.update(name="projects/1/locations/us/transferConfigs/0", schedule="every 5 minutes")
        )
        for schedules in ([copy, *surveyed().schedules], [*surveyed().schedules, copy]):
            [(name, finding)] = judged(model, surveyed(schedules=schedules)).items()
            assert name == "schedule EROS: sweep"
            assert finding.live == "a second one, every 5 minutes"
            assert finding.severity.label == "CHANGED"
