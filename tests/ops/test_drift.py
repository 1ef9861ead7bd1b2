"""`eros drift` and `eros adopt` on the embedded engine: silent on a clean deployment, loud on changes by hand.

One engine serves the whole file, so its tests run in order: first what must stay silent, then the damage.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from eros.adopt import propose
from eros.drift import Drift, Finding, find_drift, run
from eros.errors import UserError
from eros.model import Model
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse

pytestmark = pytest.mark.xdist_group("drift")

DATASET = "of-scheduler-proj.eros_scheduling_brain"


@pytest.fixture(scope="module")
def warehouse(started: StartWarehouse, deployed_template: Path) -> Iterator[Warehouse]:
    with started(deployed_template) as warehouse:
        yield warehouse


def found(model: Model, warehouse: Warehouse, plan: Path) -> dict[tuple[str, str], Finding]:
    drift: Drift = find_drift(model, fresh(warehouse), plan)
    return {(f.object, f.attribute): f for f in drift.findings}


def fresh(warehouse: Warehouse) -> Warehouse:
    """The same engine with nothing remembered."""
    return Warehouse(warehouse.environment, warehouse.client, warehouse.transfer_client)


def command(model: Model, warehouse: Warehouse, plan: Path, output: str = "text") -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(model, lambda: fresh(warehouse), output, plan=plan, stdout=out, stderr=err)
    return code, out.getvalue(), err.getvalue()


class TestWhatIsNoDrift:
    def test_a_fresh_deployment_with_a_days_snapshots(self, model: Model, warehouse: Warehouse, plan: Path) -> None:
        warehouse.query(f"CALL `{DATASET}.snapshot_state`()")
        assert list(warehouse.client.list_tables(f"{DATASET}_backup"))  # there is something to leave alone
        for _ in range(10):  # never, not just not this time
            code, said, _ = command(model, warehouse, plan)
            assert (code, said.count("\n")) == (0, 1)
            assert "no drift" in said

    def test_a_body_replaced_by_ddl_with_the_same_text(self, model: Model, warehouse: Warehouse, plan: Path) -> None:
        """The engine stores such a text without comments, BEGIN and END, in other lines and parentheses."""
        replaced = [*model.routines.values()]
        for routine in replaced:
            warehouse.query(routine.text)
        for view in model.views.values():
            warehouse.query((model.root / view.file).read_text(encoding="utf-8"))
        findings = found(model, warehouse, plan)
        # The statements carry no OPTIONS: descriptions and labels are gone indeed, and that is said.
        assert {attribute.split(".")[0] for _, attribute in findings} == {"description", "labels"}
        assert ("google_bigquery_routine.eros_now", "description") in findings


@pytest.fixture(scope="module")
def findings(model: Model, warehouse: Warehouse, plan: Path) -> dict[tuple[str, str], Finding]:
    """What is found after changes of every kind."""
    for statement in (
        "ALTER TABLE `D.holiday_calendar` ADD COLUMN note STRING",
        "ALTER TABLE `D.holiday_calendar` SET OPTIONS (expiration_timestamp = TIMESTAMP '2040-01-01 00:00:00 UTC')",
        "ALTER TABLE `D.schedule_generation_queue` DROP PRIMARY KEY",
        "DROP TABLE `D.lock_sweep_log`",
        "DROP FUNCTION `D.wilson_sample`",
        "CREATE OR REPLACE FUNCTION `D.eros_now`() RETURNS TIMESTAMP AS (TIMESTAMP '2025-01-01 00:00:00 UTC')",
        "CREATE TABLE `D.scratch` AS SELECT 1 AS a",
        "CREATE PROCEDURE `D.rogue`() BEGIN SELECT 1; END",
        "DROP TABLE `D.captions`",
        "CREATE VIEW `D.captions` AS SELECT 1 AS caption_id",
        "ALTER TABLE `D.caption_bank` DROP COLUMN price_tier",
        "CREATE TABLE `D_backup.notes` AS SELECT 1 AS a",
    ):
        warehouse.query(statement.replace("`D", f"`{DATASET}"))
    # The engine's ALTER TABLE … SET OPTIONS neither removes labels nor changes a partition's expiration.
    runs = warehouse.client.get_table(f"{DATASET}.etl_job_runs")
    runs.labels = {**dict.fromkeys(runs.labels), "system": "eros", "team": "ops"}
    assert runs.time_partitioning is not None
    runs.time_partitioning.expiration_ms = 10 * 86_400_000
    warehouse.client.update_table(runs, ["labels", "time_partitioning"])
    sweep = warehouse.schedules.read("EROS: lock sweep")
    assert sweep is not None
    client = warehouse.transfer_client()
    copy = client.get_transfer_config(name=sweep["name"])
    for name, query in (("EROS: lock sweep", copy.params["query"]), ("Lunch menu", "SELECT 1")):
        parent = sweep["name"].rpartition("/transferConfigs")[0]
        client.create_transfer_config(
            parent=parent,
            transfer_config={
                "display_name": name,
                "data_source_id": "scheduled_query",
                "schedule": "every 2 hours",
                "params": {"query": query},
            },
        )
    warehouse.schedules.delete("EROS: snapshots")
    return found(model, warehouse, plan)


class TestChangesByHand:
    EXPECTED: ClassVar = {
        ("google_bigquery_table.holiday_calendar", "columns.note"): ("DATA AT RISK", "yes", "DROPS THE COLUMN"),
        ("google_bigquery_table.holiday_calendar", "expiration_time"): ("DATA AT RISK", "no", "deletes itself"),
        ("google_bigquery_table.schedule_generation_queue", "primary_key"): ("CHANGED", "no", "stays removed"),
        ("google_bigquery_table.etl_job_runs", "labels.team"): ("TEXT AND LABELS", "no", "stays"),
        ("google_bigquery_table.etl_job_runs", "labels.owner"): ("TEXT AND LABELS", "yes", "puts it back"),
        ("google_bigquery_table.etl_job_runs", "partition.expiration_ms"): ("DATA AT RISK", "yes", "longer retention"),
        ("google_bigquery_table.lock_sweep_log", ""): ("DATA AT RISK", "yes", "EMPTY"),
        ("google_bigquery_routine.wilson_sample", ""): ("CHANGED", "yes", "creates it again"),
        ("google_bigquery_routine.eros_now", "body"): ("CHANGED", "yes", "puts it back"),
        ("table scratch", ""): ("UNMANAGED", "no", "leaves it"),
        ("routine rogue", ""): ("UNMANAGED", "no", "leaves it"),
        ("table eros_scheduling_brain_backup.notes", ""): ("UNMANAGED", "no", "leaves it"),
        ("google_bigquery_table.captions", ""): ("DATA AT RISK", "unmeasured", "refuse turning a view into a table"),
        ("google_bigquery_table.caption_bank", "columns.price_tier"): ("DATA AT RISK", "yes", "EMPTY"),
        ("google_bigquery_table.available_captions", ""): ("CHANGED", "unmeasured", "cannot read it either"),
        ("schedule EROS: lock sweep", ""): ("CHANGED", "no", "leaves it"),
        ("schedule Lunch menu", ""): ("UNMANAGED", "no", "leaves it"),
        ("google_bigquery_data_transfer_config.snapshots", ""): ("CHANGED", "yes", "creates it again"),
    }

    def test_each_is_found_and_explained(self, findings: dict[tuple[str, str], Finding]) -> None:
        """One test for all, so that workers do not each start an engine and damage it."""
        seen = {
            key: (f.severity.label, f.consequence.seen.value, words if words in f.consequence.next_apply else f)
            for key, (_, _, words) in self.EXPECTED.items()
            if (f := findings.get(key))
        }
        assert seen == self.EXPECTED

    def test_nothing_else_but_texts_and_what_follows_from_the_damage(
        self, findings: dict[tuple[str, str], Finding]
    ) -> None:
        others = {key for key in findings if key not in self.EXPECTED}
        texts = {k for k in others if k[1].startswith(("description", "labels."))}
        # The other views that read the dropped column.
        assert others - texts == {
            ("google_bigquery_table.caption_bank_enriched", ""),
            ("google_bigquery_table.schedule_recommendations_messages", ""),
        }

    def test_a_changed_function_shows_its_lines(self, findings: dict[tuple[str, str], Finding]) -> None:
        diff = findings["google_bigquery_routine.eros_now", "body"].diff
        assert diff is not None
        assert any(line.startswith("+") and "2025-01-01" in line for line in diff.lines)

    @pytest.mark.parametrize("output", ["text", "markdown", "json"])
    def test_every_output_tells_it_and_exits_with_2(
        self, output: str, findings: dict[tuple[str, str], Finding], model: Model, warehouse: Warehouse, plan: Path
    ) -> None:
        code, said, _ = command(model, warehouse, plan, output)
        assert code == 2
        assert "columns.note" in said
        if output == "text":
            assert said.count("\n") <= 60
        if output == "json":
            assert len(json.loads(said)["findings"]) == len(findings)


class TestAdopt:
    @pytest.fixture(autouse=True)
    def damaged(self, model: Model, warehouse: Warehouse) -> None:
        """These go on from the state above, and make it where they run alone."""
        sql = "ALTER TABLE `D.holiday_calendar` ADD COLUMN IF NOT EXISTS note STRING"
        warehouse.query(sql.replace("`D", f"`{DATASET}"))

    def propose(self, model: Model, warehouse: Warehouse, plan: Path, name: str) -> Any:
        return propose(model, fresh(warehouse), plan, name)

    def test_an_object_gives_the_entry_and_what_would_change(
        self, model: Model, warehouse: Warehouse, plan: Path
    ) -> None:
        warehouse.query(f"ALTER TABLE `{DATASET}.automation_alerts` SET OPTIONS (description = 'by hand')")
        proposal = self.propose(model, warehouse, plan, "automation_alerts")
        assert proposal.entry() == ["adopt:", "  - object: google_bigquery_table.automation_alerts"]
        assert [c.attribute for c in proposal.changes] == ["description"]
        assert proposal.file == "environments/local.yaml"

    def test_a_schedule_gives_its_resource_name(self, model: Model, warehouse: Warehouse, plan: Path) -> None:
        proposal = self.propose(model, warehouse, plan, "EROS: health monitor")
        assert proposal.entry()[2].startswith("    id: projects/100000000000/locations/us/transferConfigs/")

    REFUSED: ClassVar = {
        "google_bigquery_table.holiday_calendar": "would drop the column",
        "holiday_calendar": "2 declared objects are called 'holiday_calendar'",
        "wilson_score_bound": "Did you mean 'wilson_score_bounds'",
    }

    @pytest.mark.parametrize("name", REFUSED)
    def test_is_refused_with_the_reason(self, name: str, model: Model, warehouse: Warehouse, plan: Path) -> None:
        with pytest.raises(UserError) as refused:
            self.propose(model, warehouse, plan, name)
        assert self.REFUSED[name] in str(refused.value)

    def test_what_is_not_there_cannot_be_adopted(self, model: Model, warehouse: Warehouse, plan: Path) -> None:
        warehouse.query(f"DROP TABLE IF EXISTS `{DATASET}.creator_processing_errors`")
        with pytest.raises(UserError, match="does not exist"):
            self.propose(model, warehouse, plan, "creator_processing_errors")


def test_an_engine_that_does_not_answer_is_no_clean_result(
    model: Model, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import bigquery

    from eros.drift import survey

    monkeypatch.setattr(survey, "_RETRY", survey._RETRY.with_timeout(0.1))
    nobody = bigquery.Client(
        "of-scheduler-proj",
        AnonymousCredentials(),  # type: ignore[no-untyped-call]
        client_options={"api_endpoint": "http://127.0.0.1:9"},
    )
    dead = Warehouse(model.environment("local"), nobody, lambda: pytest.fail("not reached"))
    code, said, error = command(model, dead, plan)
    assert (code, said) == (1, "")
    assert "could not look at local" in error


def test_without_a_plan_it_cannot_look(model: Model, warehouse: Warehouse, tmp_path: Path) -> None:
    code, said, error = command(model, warehouse, tmp_path)
    assert (code, said) == (1, "")
    assert "there is no plan here" in error
