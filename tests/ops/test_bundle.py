"""`eros bundle`: its scripts build what the plan builds, verify it and take it away, each by being run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.api_core.exceptions import BadRequest, NotFound

from eros.backup import snapshots
from eros.bundle import bundle, ddl
from eros.drift.compare import all_differences
from eros.gate.analyzer import start
from eros.local import process
from eros.model import PREFIX, Model
from eros.state import Resource, plan_folder, read_stack
from eros.state.live import list_objects, read_live
from eros.warehouse import Warehouse
from tests.conftest import reach
from tests.sql.frozen import contents, give

BUILD, VERIFY = "PRODUCTION_INFRASTRUCTURE.sql", "verify_production_infrastructure.sql"
ROLLBACK, PROCEDURES_ONLY = "rollback_full.sql", "rollback_procedures_only.sql"


@pytest.fixture(scope="module")
def declared(plan: Path) -> list[Resource]:
    return read_stack(plan_folder(plan, "eros-local-warehouse"))


@pytest.fixture(scope="module")
def scripts(model: Model, plan: Path) -> dict[str, str]:
    return bundle(model, model.environment("local"), plan)


@pytest.fixture(scope="module")
def built(model: Model, scripts: dict[str, str]) -> Iterator[Warehouse]:
    """An engine on which nothing but the script has run."""
    with process.running_engine() as engine:
        warehouse = reach(engine, model)
        execute(warehouse, scripts[BUILD])
        yield warehouse


def execute(warehouse: Warehouse, script: str) -> list[dict[str, object]]:
    return [dict(row.items()) for row in warehouse.client.query_and_wait(script)]


def unseen(resource: Resource, name: str) -> bool:
    """What the embedded engine takes in a CREATE statement, and then does not tell; the tests below look otherwise."""
    if resource.kind == "table":
        return name == "partition.expiration_ms" or name.endswith(".default")
    return resource.kind == "routine" and resource.rest["routineType"] == "PROCEDURE" and name == "description"


def test_builds_what_the_plan_builds(built: Warehouse, declared: list[Resource]) -> None:
    for resource in declared:
        live = read_live(built.client, resource)
        assert live is not None, f"{resource.address} was not made"
        assert [d for d in all_differences(resource, live) if not unseen(resource, d.property)] == [], resource.address


def test_defaults_apply(built: Warehouse) -> None:
    row = "(caption_id, page_name) VALUES (-9223372036854775808, 'defaults')"
    built.query(f"INSERT INTO `{PREFIX}.caption_bandit_stats` {row}")
    [found] = built.query(f"SELECT * FROM `{PREFIX}.caption_bandit_stats` WHERE page_name = 'defaults'")
    assert (found.caption_id, found.successes, found.failures, found.avg_emv) == (-(2**63), 1, 1, 0.0)
    assert found.last_updated is not None
    built.query(f"DELETE FROM `{PREFIX}.caption_bandit_stats` WHERE page_name = 'defaults'")


def test_says_the_retention_of_every_table(declared: list[Resource], model: Model) -> None:
    tables = [r for r in declared if r.kind == "table" and model.tables[r.name].keep_days]
    assert len(tables) >= 7
    for resource in tables:
        days = model.tables[resource.name].keep_days
        assert f"\n  partition_expiration_days = {days}\n)" in ddl.create(resource), resource.name


def test_says_what_a_procedure_is_for(declared: list[Resource]) -> None:
    [resource] = [r for r in declared if r.name == "snapshot_state"]
    assert f"OPTIONS (\n  description = {ddl.literal(resource.rest['description'])}\n)\nBEGIN" in ddl.create(resource)


def test_a_second_run_keeps_every_row(built: Warehouse, scripts: dict[str, str], model: Model) -> None:
    give(built, model.tables["captions"], [{"caption_id": 2**53 + 1, "caption_text": "kept"}], datetime.now(UTC))
    before = contents(built, ["captions", "holiday_calendar"])
    execute(built, scripts[BUILD])
    assert contents(built, ["captions", "holiday_calendar"]) == before


class TestVerification:
    def test_all_pass_on_what_was_built(self, built: Warehouse, scripts: dict[str, str], model: Model) -> None:
        rows = execute(built, scripts[VERIFY])
        assert [row["test_id"] for row in rows] == list(model.verification)
        assert [row for row in rows if row["status"] != "PASS"] == []

    def test_fails_and_says_which(self, built: Warehouse, scripts: dict[str, str], declared: list[Resource]) -> None:
        """A function that is gone cannot even be compiled; the tests that do not need it still run."""
        [wilson] = [r for r in declared if r.name == "wilson_score_bounds"]
        built.query(ddl.drop(wilson))
        try:
            with pytest.raises(BadRequest, match=r"verification failed: 1\.1 .*2\.3 ") as failure:
                execute(built, scripts[VERIFY])
        finally:
            built.query(ddl.create(wilson))
        assert " 3.1 " not in failure.value.message

    def test_a_test_without_a_row_fails(self, built: Warehouse, scripts: dict[str, str]) -> None:
        silent = scripts[VERIFY].replace("'6.2' AS test_id", "'unknown' AS test_id", 1)
        assert silent != scripts[VERIFY]
        with pytest.raises(BadRequest, match=r"verification failed: 6\.2 the test gave no row"):
            execute(built, silent)


class TestRollback:
    """These take away what the tests above look at, so they build it anew first."""

    @pytest.fixture
    def rebuilt(self, built: Warehouse, scripts: dict[str, str]) -> Warehouse:
        execute(built, scripts[BUILD])
        return built

    @staticmethod
    def there(warehouse: Warehouse) -> set[str]:
        environment = warehouse.environment
        return {o.name for o in list_objects(warehouse.client, environment.project, environment.dataset) or []}

    def test_procedures_only(self, rebuilt: Warehouse, scripts: dict[str, str], model: Model) -> None:
        before, rows = self.there(rebuilt), contents(rebuilt, ["holiday_calendar"])
        execute(rebuilt, scripts[PROCEDURES_ONLY])
        procedures = {name for name, routine in model.routines.items() if routine.kind == "PROCEDURE"}
        assert self.there(rebuilt) == before - procedures
        assert contents(rebuilt, ["holiday_calendar"]) == rows

    def test_full_keeps_rows_in_snapshots(self, rebuilt: Warehouse, scripts: dict[str, str], model: Model) -> None:
        give(rebuilt, model.tables["captions"], [{"caption_id": 1, "caption_text": "not ours"}], datetime.now(UTC))
        external = contents(rebuilt, ["captions"])
        [days] = rebuilt.query(f"SELECT COUNT(*) AS n FROM `{PREFIX}.holiday_calendar`")
        execute(rebuilt, scripts[ROLLBACK])
        # A view that is not ours, but declared here, calls these two.
        sources = {name for name, contract in model.contracts.items() if not contract.owned}
        assert self.there(rebuilt) == sources | {"caption_key", "caption_key_v2"}
        assert contents(rebuilt, ["captions"]) == external
        assert {s.table for s in snapshots(rebuilt)} == set(model.owned_tables())
        assert snapshots(rebuilt, "holiday_calendar")[0].rows == days.n
        execute(rebuilt, scripts[ROLLBACK])  # finds nothing left to do

    def test_nothing_goes_where_nothing_can_be_kept(self, rebuilt: Warehouse, scripts: dict[str, str]) -> None:
        nowhere = scripts[ROLLBACK].replace("_backup.%s", "_nowhere.%s")
        before = self.there(rebuilt)
        with pytest.raises(NotFound, match="nowhere"):
            execute(rebuilt, nowhere)
        assert self.there(rebuilt) == before


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_googlesql_reads_every_script(model: Model, plan: Path, environment: str) -> None:
    for text in bundle(model, model.environment(environment), plan).values():
        start().parse(text)


def test_prod_leaves_external_objects_alone(model: Model, plan: Path) -> None:
    scripts = bundle(model, model.environment("prod"), plan)
    for name, contract in model.contracts.items():
        if not contract.owned:
            assert f"EXISTS `{PREFIX}.{name}`" not in "".join(scripts.values())


class TestStatements:
    @pytest.mark.parametrize("text", ["it's", "a\\b", "two\nlines", "\r\u2028\u202e\0", "`${x}`", "é🙂", ""])
    def test_a_literal_is_the_text(self, built: Warehouse, text: str) -> None:
        literal = ddl.literal(text)
        assert literal.isprintable()
        if "\0" not in text:  # the embedded engine ends a literal there
            [row] = built.query(f"SELECT {literal} AS text")
            assert row.text == text

    def test_columns_within_columns(self) -> None:
        fields = [
            {"name": "at", "type": "DATETIME", "mode": "REQUIRED"},
            {"name": "tags", "type": "RECORD", "mode": "REPEATED", "fields": [{"name": "n", "type": "FLOAT"}]},
        ]
        rest = {
            "tableReference": {"projectId": "p", "datasetId": "d", "tableId": "t"},
            "schema": {"fields": fields},
            "timePartitioning": {"type": "MONTH", "field": "at", "expirationMs": str(36 * 3_600_000)},
        }
        text = ddl.create(Resource("table", "a", "t", rest))
        start().parse(text)
        assert "  `at` DATETIME NOT NULL,\n  `tags` ARRAY<STRUCT<`n` FLOAT64>>\n" in text
        assert "PARTITION BY DATETIME_TRUNC(`at`, MONTH)" in text
        assert "partition_expiration_days = 1.5" in text
