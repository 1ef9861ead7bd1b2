"""`eros preflight` on a real engine: what is deployed, what is not yet, and an older world of somebody else's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from google.cloud.bigquery import Dataset
from requests.exceptions import ConnectionError as Unreachable

from eros.model import PREFIX, Model
from eros.preflight import Check, preflight, run
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse


@pytest.fixture(scope="module")
def warehouse(started: StartWarehouse, deployed_template: Path) -> Iterator[Warehouse]:
    with started(deployed_template) as running:
        yield running


def elsewhere(warehouse: Warehouse, dataset: str, **changes: object) -> Warehouse:
    """The same engine, another dataset in it."""
    return replace(warehouse, environment=warehouse.environment.model_copy(update={"dataset": dataset, **changes}))


def looked_at(model: Model, warehouse: Warehouse) -> dict[str, Check]:
    return {c.name: c for c in preflight(model, warehouse)}


class TestDeployed:
    def test_nothing_stands_in_the_way(
        self, warehouse: Warehouse, model: Model, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(model, warehouse, as_json=True) == 0
        found = json.loads(capsys.readouterr().out)
        assert [c for c in found["checks"] if c["level"] != "ok"] == []
        assert {"external mass_messages", "name etl_job_runs", "caption keys"} <= {c["name"] for c in found["checks"]}


class TestNotDeployedYet:
    def test_every_name_is_free_and_the_sources_will_be_made(self, warehouse: Warehouse, model: Model) -> None:
        found = looked_at(model, elsewhere(warehouse, "fresh"))
        # Schedules belong to the project, not to a dataset: those of the other deployment would run twice.
        assert {c.name for c in found.values() if c.level != "ok"} == {"names of routines and schedules"}
        assert "caption keys" not in found

    def test_where_the_sources_are_not_made_they_are_missed(self, warehouse: Warehouse, model: Model) -> None:
        found = looked_at(model, elsewhere(warehouse, "fresh", creates_sources=False))
        assert found["external mass_messages"].level == "problem"
        assert found["external caption_bank_enriched"].level == "warning"
        assert "external creator_caption_restrictions" not in found, "only the view of it is read there"


class TestAnOlderWorld:
    """Tables as the first version and a mail ETL left them."""

    @pytest.fixture(scope="class")
    @staticmethod
    def found(warehouse: Warehouse, model: Model) -> dict[str, Check]:
        old = elsewhere(warehouse, "older", creates_sources=False)
        abroad = Dataset(f"{old.environment.project}.older")
        abroad.location = "EU"
        old.client.create_dataset(abroad)
        mail = ", ".join(f"mail_{n} STRING" for n in range(18))
        locks = [c for c in model.contracts["active_caption_assignments"].columns if not c.name.startswith("deactiv")]
        old.query(f"""
          CREATE TABLE `{PREFIX}.etl_job_runs` ({mail});
          CREATE TABLE `{PREFIX}.holiday_calendar` (holiday_date DATE, holiday_name STRING);
          CREATE TABLE `{PREFIX}.captions` (caption_id STRING, caption_text STRING);
          CREATE TABLE `{PREFIX}.active_caption_assignments`
            ({", ".join(f"{c.name} {c.type}{' NOT NULL' if c.mode == 'REQUIRED' else ''}" for c in locks)});
          CREATE TABLE `{PREFIX}.caption_bank`
            ({", ".join(f"{c.name} {c.type}" for c in model.contracts["caption_bank"].columns)});
          INSERT INTO `{PREFIX}.caption_bank` (caption_id, caption_text, caption_key)
          VALUES (1, 'a', TO_HEX(SHA256('a'))), (2, 'b', TO_HEX(MD5('b'))), (3, 'c', NULL);
        """)
        return looked_at(model, old)

    @pytest.mark.parametrize(
        ("check", "level", "says", "sql"),
        [
            ("dataset older", "problem", "it is in EU", ""),
            (
                "name etl_job_runs",
                "problem",
                "18 columns",
                "ALTER TABLE `of-scheduler-proj.older.etl_job_runs` RENAME TO",
            ),
            ("name holiday_calendar", "problem", "2 columns", "RENAME TO holiday_calendar_before_eros;"),
            ("name lock_sweep_log", "ok", "free", ""),
            ("external mass_messages", "problem", "missing", ""),
            ("external captions", "problem", "no column price_tier", ""),
            ("external captions", "problem", "caption_id is STRING, expected INT64", ""),
            (
                "external active_caption_assignments",
                "problem",
                "deactivated_at",
                "ADD COLUMN deactivation_reason STRING;",
            ),
            ("external caption_bank", "warning", "caption_id, caption_text may be NULL", ""),
            ("caption keys", "warning", "2 of 3 captions", "UPDATE `of-scheduler-proj.older.caption_bank`"),
        ],
    )
    def test_each_finding(self, found: dict[str, Check], check: str, level: str, says: str, sql: str) -> None:
        assert found[check].level == level
        assert says in found[check].found
        assert sql in found[check].sql
        assert level == "ok" or found[check].remedy

    def test_the_statements_can_be_run(self, warehouse: Warehouse, model: Model, found: dict[str, Check]) -> None:
        warehouse.query(found["name etl_job_runs"].sql)
        warehouse.query(found["external active_caption_assignments"].sql)
        # The key's function comes with the apply, which has not been; the deployed dataset has it.
        update = found["caption keys"].sql.replace(
            "`of-scheduler-proj.older.caption_key_v2`", f"`{PREFIX}.caption_key_v2`"
        )
        assert update != found["caption keys"].sql
        warehouse.query(update)
        after = looked_at(model, elsewhere(warehouse, "older", creates_sources=False))
        assert after["name etl_job_runs"].level == "ok"
        assert after["external active_caption_assignments"].level == "ok"
        assert after["caption keys"].level == "ok"


def test_keys_that_cannot_be_counted_do_not_end_the_preflight(warehouse: Warehouse, model: Model) -> None:
    strange = elsewhere(warehouse, "strange", creates_sources=False)
    strange.client.create_dataset(f"{strange.environment.project}.strange")
    strange.query(f"CREATE TABLE `{PREFIX}.caption_bank` (caption_text STRING, caption_key DATE)")
    found = looked_at(model, strange)
    assert (found["caption keys"].level, found["caption keys"].remedy != "") == ("warning", True)
    assert "caption_key is DATE, expected STRING" in found["external caption_bank"].found
    assert "provider lock file" in found, "the checks after it were made"


def test_an_engine_that_is_gone_is_one_clear_row(
    warehouse: Warehouse, model: Model, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def gone(*args: object, **options: object) -> None:
        raise Unreachable("connection refused")

    monkeypatch.setattr(warehouse.client, "get_dataset", gone)
    assert run(model, warehouse) == 1
    assert "connection refused" in capsys.readouterr().out
