"""The cost of a day without BigQuery: what counts as a statement, how often a schedule runs, the arithmetic."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eros.cost import estimate, plan_costing
from eros.cost.cadence import MONTH_DAYS, runs_per_day
from eros.cost.command import run
from eros.cost.estimate import REAL_BYTES, SNAPSHOTS, billed
from eros.cost.statements import Statement, statements
from eros.errors import UserError
from eros.limits import MINIMUM_BYTES_PER_TABLE as FLOOR
from eros.limits import PRICE_PER_TIB_USD, TIB
from eros.model import PREFIX, Model
from eros.review.planfile import read_plan
from tests.unit.review.plans import PERFORMANCE, RECORDED, document, live, resource, updated


def read(model: Model, sql: str) -> list[tuple[str, tuple[str, ...], int]]:
    return [(s.verb, s.tables, s.small) for s in statements(model, sql.replace("@", PREFIX))]


class TestStatements:
    def test_each_table_once_however_often_it_is_named(self, model: Model) -> None:
        sql = "SELECT * FROM `@.captions` AS a JOIN `@.captions` AS b USING (caption_id) JOIN `@.caption_bank` AS c"
        assert read(model, sql) == [("SELECT", ("caption_bank", "captions"), 0)]

    def test_a_view_is_its_tables_and_a_function_none(self, model: Model) -> None:
        assert read(model, "SELECT `@.caption_key`(x) FROM `@.available_captions`") == [
            ("SELECT", ("caption_bank",), 0)
        ]
        assert read(model, "SET v = `@.eros_now`();") == []

    def test_comments_and_texts_are_no_tables(self, model: Model) -> None:
        sql = """-- reads `@.captions`; often
          EXECUTE IMMEDIATE 'CREATE SNAPSHOT TABLE x CLONE `@.captions`';"""
        assert read(model, sql) == []

    def test_a_condition_is_a_query_of_its_own(self, model: Model) -> None:
        sql = """IF (SELECT COUNT(*) FROM `@.captions`) > 0 THEN
            DELETE FROM `@.captions` WHERE TRUE;
          END IF;"""
        assert [verb for verb, _, _ in read(model, sql)] == ["SELECT", "DELETE"]

    def test_case_and_merge_are_not_cut(self, model: Model) -> None:
        sql = """MERGE `@.captions` AS t USING (SELECT CASE WHEN TRUE THEN 1 END AS x FROM `@.caption_bank`) AS s
          ON t.caption_id = s.x
          WHEN MATCHED THEN UPDATE SET caption_text = CASE WHEN TRUE THEN 'a;b' ELSE 'c' END
          WHEN NOT MATCHED THEN INSERT (caption_id) VALUES ((SELECT MAX(caption_id) FROM `@.caption_bank`));
          SELECT CASE WHEN 1 = 1 THEN 2 END FROM `@.captions`;"""
        assert read(model, sql) == [("MERGE", ("caption_bank", "captions"), 0), ("SELECT", ("captions",), 0)]

    def test_temporary_tables_and_the_schema_cost_the_minimum(self, model: Model) -> None:
        sql = """CREATE OR REPLACE TEMP TABLE t AS SELECT 1 FROM `@.captions`;
          SELECT * FROM t;
          SELECT * FROM `@.INFORMATION_SCHEMA.TABLES`;"""
        assert [small for _, _, small in read(model, sql)] == [0, 1, 1]

    def test_a_call_brings_the_procedures_statements(self, model: Model) -> None:
        script = model.schedules["daily_automation_pdt"].script
        assert {s.routine for s in statements(model, script)} == {"run_daily_automation", "sweep_expired_caption_locks"}

    def test_no_table_of_a_procedure_is_overlooked(self, model: Model) -> None:
        for name, routine in model.routines.items():
            # snapshot_state names the tables it copies in texts; copying is free.
            if routine.kind == "PROCEDURE" and name != "snapshot_state":
                found = {t for s in statements(model, routine.body, name) for t in s.tables}
                assert found == model.graph.needs(name) & model.tables.keys(), name


class TestCadence:
    @pytest.mark.parametrize(
        ("schedule", "runs"),
        [
            ("every 6 hours", 4),
            ("every 1 hours", 24),
            ("Every  48 Hours", 0.5),
            ("every 15 minutes", 96),
            ("every 90 mins", 16),
            ("every day 10:05", 1),
            ("every day", 1),
            ("every mon,thu 09:00", 2 / 7),
            ("every monday 09:00", 1 / 7),
            ("1,15 of month 04:00", 2 / MONTH_DAYS),
            ("every 0 hours", None),
            ("every blue moon", None),
            ("first sunday of month", None),
            ("", None),
        ],
    )
    def test_runs_a_day(self, schedule: str, runs: float | None) -> None:
        assert runs_per_day(schedule) == (None if runs is None else pytest.approx(runs))


class TestArithmetic:
    def test_every_statement_pays_each_table_at_least_the_minimum(self) -> None:
        found = [Statement("p", "SELECT", ("big", "small")), Statement("p", "SELECT", ("unknown",), small=2)]
        assert billed(found, {"big": 3 * FLOOR, "small": 1}) == (3 + 1 + 1 + 2) * FLOOR

    def test_runs_times_bytes_times_price(self, model: Model) -> None:
        jobs = {j.name: j for j in estimate(model, REAL_BYTES).jobs}
        sweep = jobs["lock_sweep"]
        assert sweep.runs == 24
        assert sweep.bytes_per_run == sweep.tables_read * FLOOR, "all its tables are below the minimum"
        assert sweep.usd_per_day == pytest.approx(24 * sweep.bytes_per_run / TIB * PRICE_PER_TIB_USD)

    def test_seasonal_twins_run_once(self, model: Model) -> None:
        jobs = {j.name: j for j in estimate(model, {}).jobs}
        assert jobs["daily_automation"].runs == 1
        assert len(jobs) == 7, "six scripts and the selection"

    def test_selections(self, model: Model) -> None:
        none, many = (estimate(model, REAL_BYTES, selections=n) for n in (0, 1000))
        assert many.queries_usd_per_day > none.queries_usd_per_day
        assert [j.usd_per_day for j in none.jobs if j.name == "select_captions_for_creator"] == [0]

    def test_growth_and_storage(self, model: Model) -> None:
        once = estimate(model, {"mass_messages": 2**30, "caption_bandit_stats": 2**30})
        assert once.storage_usd_per_month == pytest.approx((2 + SNAPSHOTS) * 0.02)
        grown = estimate(model, {"mass_messages": 2**30, "caption_bandit_stats": 2**30}, growth=25)
        assert grown.storage_usd_per_month == pytest.approx(25 * once.storage_usd_per_month)
        assert grown.sizes["mass_messages"] == 25 * 2**30

    def test_the_stated_target_is_within_the_budget(self, model: Model) -> None:
        """One million messages and learned rows, see the growth target of the sample data."""
        assert estimate(model, REAL_BYTES, growth=25).within_budget

    def test_nonsense_is_refused(self, model: Model) -> None:
        nan, inf = float("nan"), float("inf")
        for wrong in (
            *({"growth": figure} for figure in (0.0, -1.0, nan, inf)),
            *({"selections": figure} for figure in (-1.0, nan, inf)),
        ):
            with pytest.raises(UserError, match="growth must be"):
                estimate(model, {}, **wrong)
        odd = {n: replace(s, schedule="every blue moon") for n, s in model.schedules.items()}
        with pytest.raises(UserError, match="every blue moon"):
            estimate(replace(model, schedules=odd), {})


class TestCommand:
    def refuse(self) -> Any:
        raise AssertionError("nothing has to be reached")

    def test_within_and_over_the_budget(self, model: Model, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(model, self.refuse, assume_real_sizes=True) == 0
        assert "within the budget of 5.00" in capsys.readouterr().out
        assert run(model, self.refuse, assume_real_sizes=True, growth=1000) == 2
        text = capsys.readouterr().out
        assert "OVER the budget" in text
        assert "Every table 1000 times that size" in text

    def test_json_adds_up(self, model: Model, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(model, self.refuse, assume_real_sizes=True, as_json=True) == 0
        found = json.loads(capsys.readouterr().out)
        total = sum(j["usd_per_day"] for j in found["jobs"]) + found["storage_usd_per_month"] / MONTH_DAYS
        assert found["usd_per_day"] == pytest.approx(total)
        assert all(j["statements"] for j in found["jobs"])


class TestWhatAPlanChanges:
    def cost(self, model: Model, path: Path) -> float | None:
        found = plan_costing(model)(read_plan(path))
        return None if found is None else found.usd_per_month

    def made(self, model: Model, tmp_path: Path, *resources: dict[str, Any]) -> float | None:
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(document(*resources)), encoding="utf-8")
        return self.cost(model, path)

    def monthly(self, model: Model, job: str) -> float:
        (found,) = [j for j in estimate(model, REAL_BYTES).jobs if j.name == job]
        return found.usd_per_day * MONTH_DAYS

    def test_recorded_plans(self, model: Model) -> None:
        six_hourly = self.monthly(model, "caption_performance")
        hourly = self.monthly(model, "lock_sweep")
        for name, change in {
            "change_schedule": -six_hourly / 2,
            "remove_schedule": -six_hourly,
            "disable_schedule": -six_hourly,
            "create_all": six_hourly + hourly,
            "change_schedule_query": 0.0,
            "add_column": None,
            "no_op": None,
        }.items():
            found = self.cost(model, RECORDED / f"{name}.json")
            assert found == (None if change is None else pytest.approx(change, abs=1e-3)), name

    def test_seasonal_twins(self, model: Model, tmp_path: Path) -> None:
        twin = {**live(PERFORMANCE), "schedule": "every day 10:05", "display_name": "one"}
        other = {**twin, "schedule": "every day 11:05", "display_name": "two"}
        added = resource(f"{PERFORMANCE}_2", ["create"], None, other)
        kept = resource(PERFORMANCE, ["no-op"], twin, twin)
        assert self.made(model, tmp_path, kept, added) == 0

    def test_a_schedule_that_only_leaves_the_state_runs_on(self, model: Model, tmp_path: Path) -> None:
        assert self.made(model, tmp_path, resource(PERFORMANCE, ["forget"], live(PERFORMANCE), None)) == 0

    @pytest.mark.parametrize(
        "new", [{"schedule": "every blue moon"}, {"params": {"query": "CALL `a.b.unknown`()"}}, {"params": None}]
    )
    def test_what_is_not_understood_is_not_guessed(self, model: Model, tmp_path: Path, new: dict[str, Any]) -> None:
        assert self.made(model, tmp_path, updated(PERFORMANCE, **new)) is None
