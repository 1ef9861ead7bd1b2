"""`eros backup` on a real engine: what is restored is what was there, and nothing is overwritten without a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from eros.backup import create, prepare, restore, snapshots
from eros.backup.command import run_create, run_list, run_restore
from eros.backup.restore import count
from eros.errors import UserError
from eros.local.up import deploy
from eros.model import PREFIX, Model
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse
from tests.sql.frozen import clear, contents, give

STATS = "caption_bandit_stats"
NOW = datetime(2025, 10, 31, 18, 0, tzinfo=UTC)  # 11:00 in Los Angeles

#: Ids that no float holds, NULLs, texts that break quoting, a row of 200 days ago.
ROWS = [
    {"caption_id": -9223372036854775807, "page_name": "anna", "successes": 3, "failures": 4, "last_updated": "now"},
    {"caption_id": 9007199254740993, "page_name": "it's `b`\n💋", "total_revenue": 0.1, "last_used": "now - 3d"},
    {"caption_id": 0, "page_name": "", "performance_percentile": 100, "last_updated": "now - 89d"},
]


@pytest.fixture(scope="module")
def warehouse(started: StartWarehouse, deployed_template: Path) -> Iterator[Warehouse]:
    with started(deployed_template) as running:
        yield running


@pytest.fixture
def stats(warehouse: Warehouse, model: Model) -> list[str]:
    """The table holds exactly ROWS; they are returned as JSON text."""
    clear(warehouse, [STATS])
    give(warehouse, model.tables[STATS], ROWS, datetime.now(UTC))
    return contents(warehouse, [STATS])[STATS]


def taken(warehouse: Warehouse) -> str:
    (snapshot,) = create(warehouse, [STATS])
    assert snapshot.error is None
    assert snapshot.snapshot is not None
    return snapshot.snapshot


class TestARestoredTableHoldsEveryRow:
    def test_after_the_table_was_dropped(
        self, warehouse: Warehouse, model: Model, stats: list[str], plan: Path
    ) -> None:
        snapshot = taken(warehouse)
        warehouse.client.delete_table(warehouse.environment.rewrite(f"{PREFIX}.{STATS}"))
        code = run_restore(model, warehouse, STATS, snapshot=snapshot, in_place=True, yes=True, plan=lambda: plan)
        assert code == 0
        assert contents(warehouse, [STATS])[STATS] == stats
        # Schema, partitioning, clustering, key, defaults and labels are the plan's: deploying again changes nothing.
        assert {a.verb for a in deploy(warehouse, plan)} == {"unchanged"}
        warehouse.query(f"INSERT INTO `{PREFIX}.{STATS}` (caption_id, page_name) VALUES (7, 'new')")
        (row,) = warehouse.query(f"SELECT successes FROM `{PREFIX}.{STATS}` WHERE caption_id = 7")
        assert row["successes"] == 1

    def test_over_what_is_there_and_back_again(self, warehouse: Warehouse, model: Model, stats: list[str]) -> None:
        snapshot = taken(warehouse)
        warehouse.query(f"UPDATE `{PREFIX}.{STATS}` SET successes = 1000 WHERE caption_id != 0")
        ruined = contents(warehouse, [STATS])[STATS]
        assert ruined != stats
        done = restore(warehouse, prepare(warehouse, model, STATS, snapshot=snapshot, in_place=True))
        assert (done.rows, done.expired, done.recreated) == (3, 0, False)
        assert contents(warehouse, [STATS])[STATS] == stats
        # The newest snapshot is now the one of the ruined rows; it is not what the next restore takes by itself.
        assert done.kept is not None
        assert prepare(warehouse, model, STATS, in_place=True).snapshot.name == snapshot
        restore(warehouse, prepare(warehouse, model, STATS, snapshot=done.kept, in_place=True))
        assert contents(warehouse, [STATS])[STATS] == ruined

    def test_under_a_new_name(self, warehouse: Warehouse, model: Model, stats: list[str]) -> None:
        taken(warehouse)
        warehouse.query(f"DELETE FROM `{PREFIX}.{STATS}` WHERE caption_id = 0")
        done = restore(warehouse, prepare(warehouse, model, STATS, target="look_at_it"))
        assert contents(warehouse, ["look_at_it"])["look_at_it"] == stats
        assert (done.target, done.rows, done.kept) == ("look_at_it", 3, None)
        assert count(warehouse, f"{PREFIX}.{STATS}") == 2
        with pytest.raises(UserError, match="--to"):
            restore(warehouse, prepare(warehouse, model, STATS, target="look_at_it"))

    def test_but_not_rows_that_outlived_their_retention(
        self, warehouse: Warehouse, model: Model, stats: list[str]
    ) -> None:
        old = [{"caption_id": 5, "page_name": "old", "last_updated": f"now - {days}d"} for days in (92, 200)]
        give(warehouse, model.tables[STATS], old, datetime.now(UTC))
        snapshot = taken(warehouse)
        done = restore(warehouse, prepare(warehouse, model, STATS, snapshot=snapshot, in_place=True))
        assert (done.rows, done.expired) == (3, 2)
        assert contents(warehouse, [STATS])[STATS] == stats


class TestNothingIsRestoredThatDoesNotFit:
    def test_other_columns(self, warehouse: Warehouse, model: Model) -> None:
        log = "lock_sweep_log"
        (before,) = create(warehouse, [log])
        warehouse.query(f"ALTER TABLE `{PREFIX}.{log}` ADD COLUMN note STRING")
        with pytest.raises(UserError, match=r"note: absent in the snapshot, STRING in the table") as refused:
            prepare(warehouse, model, log, snapshot=before.snapshot, in_place=True)
        assert "INSERT INTO" in str(refused.value)
        warehouse.query(f"ALTER TABLE `{PREFIX}.{log}` DROP COLUMN note")

    def test_what_is_not_ours_or_not_there(self, warehouse: Warehouse, model: Model, stats: list[str]) -> None:
        own = taken(warehouse)
        for table, snapshot, target, says in [
            ("mass_messages", None, None, "another system"),
            ("caption_bandit_stat", None, None, "'caption_bandit_stats'"),
            ("holiday_calendar", own, None, "is a snapshot of caption_bandit_stats"),
            (STATS, "caption_bandit_stats_19990101", None, "no snapshot"),
            (STATS, "x`; DROP TABLE y", None, "no snapshot"),
            (STATS, None, "mass_messages", "declared already"),
            (STATS, None, "a.b", "no name for a table"),
        ]:
            with pytest.raises(UserError, match=says):
                prepare(warehouse, model, table, snapshot=snapshot, target=target)

    def test_without_a_confirmation(self, warehouse: Warehouse, model: Model, stats: list[str]) -> None:
        taken(warehouse)
        warehouse.query(f"DELETE FROM `{PREFIX}.{STATS}` WHERE caption_id = 0")
        left = contents(warehouse, [STATS])
        with pytest.raises(UserError, match="not confirmed"):
            run_restore(model, warehouse, STATS, in_place=True, ask=lambda question: "yes")
        assert contents(warehouse, [STATS]) == left


class TestSnapshotsOfNow:
    def test_every_owned_table_and_how_long_it_is_kept(
        self, warehouse: Warehouse, model: Model, stats: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run_create(model, warehouse) == 0
        found = snapshots(warehouse)
        newest = {s.table: s for s in reversed(found)}
        assert newest.keys() == model.owned_tables().keys()
        assert newest[STATS].rows == 3
        assert newest[STATS].expires - newest[STATS].taken < timedelta(days=30, minutes=1)
        assert newest[STATS].expires - newest[STATS].taken > timedelta(days=29)
        capsys.readouterr()
        assert run_list(model, warehouse, STATS, as_json=True) == 0
        assert f'"table": "{STATS}"' in capsys.readouterr().out

    def test_two_in_one_second_and_one_that_fails(self, warehouse: Warehouse, stats: list[str]) -> None:
        first = create(warehouse, [STATS], now=NOW)
        second = create(warehouse, [STATS, "no_such_table"], now=NOW)
        assert [t.snapshot for t in first] == [f"{STATS}_20251031_110000"]
        assert [t.snapshot for t in second] == [f"{STATS}_20251031_110001", None]
        assert "no_such_table" in (second[1].error or "")


class TestLearnedRowsComeBackFromTheMessages:
    """What was learned needs no snapshot: the table is deployed again and the updater recomputes it."""

    def test_drop_deploy_and_update(self, warehouse: Warehouse, model: Model, plan: Path) -> None:
        clear(warehouse, [STATS, "mass_messages", "caption_bank"])
        messages = [
            {
                "row_id": n,
                "page_name": "anna" if n % 3 else "it's",
                "caption_id": -(2**62) + n % 5,
                "sending_time": f"now - {n}d",
                "price": 10.0,
                "sent_count": 100,
                "viewed_count": 50 + n,
                "purchased_count": float(n % 7),
                "earnings": 10.0 * (n % 7),
            }
            for n in range(1, 40)
        ]
        give(warehouse, model.tables["mass_messages"], messages, datetime.now(UTC))
        call = f"CALL `{PREFIX}.update_caption_performance`()"
        warehouse.query(call)
        evidence = self.evidence(warehouse, model)
        assert len(evidence) > 5
        warehouse.client.delete_table(warehouse.environment.rewrite(f"{PREFIX}.{STATS}"))
        # The view that reads the table goes with it: the engine cannot tell one that does not work from none.
        warehouse.client.delete_table(
            warehouse.environment.rewrite(f"{PREFIX}.schedule_recommendations_messages"), not_found_ok=True
        )
        created = {a.resource.name for a in deploy(warehouse, plan) if a.verb == "created"}
        assert created == {STATS, "schedule_recommendations_messages"}
        assert count(warehouse, f"{PREFIX}.{STATS}") == 0
        warehouse.query(call)
        assert self.evidence(warehouse, model) == evidence

    @staticmethod
    def evidence(warehouse: Warehouse, model: Model) -> list[tuple[object, ...]]:
        columns = ", ".join(c.name for c in model.tables[STATS].columns if c.name != "last_updated")
        sql = f"SELECT {columns} FROM `{PREFIX}.{STATS}` ORDER BY page_name, caption_id"
        return [tuple(row.values()) for row in warehouse.query(sql)]
