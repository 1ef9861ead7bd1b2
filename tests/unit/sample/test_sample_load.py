"""Loading on a real engine with the deployed plan: every value arrives as it was, and never twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from math import isnan
from pathlib import Path
from typing import Any

import pytest
from google.cloud import bigquery

from eros.errors import UserError
from eros.model import PREFIX
from eros.sample import REAL, Loaded, SampleWorld, generate, load, missing
from eros.sample.caption_key import caption_key
from eros.sample.world import TABLES
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse
from tests.unit.sample.conftest import NOW


@pytest.fixture(scope="module")
def small() -> SampleWorld:
    return generate(7, NOW, REAL.scaled(0.03))


@pytest.fixture(scope="module")
def warehouse(started: StartWarehouse, deployed_template: Path) -> Iterator[Warehouse]:
    """An engine of our own, since the tests count rows."""
    with started(deployed_template) as warehouse:
        yield warehouse


@pytest.fixture
def empty(warehouse: Warehouse) -> Warehouse:
    warehouse.query("\n".join(f"TRUNCATE TABLE `{PREFIX}.{name}`;" for name in TABLES))
    return warehouse


def dataset(warehouse: Warehouse) -> str:
    return f"{warehouse.environment.project}.{warehouse.environment.dataset}"


def counts(warehouse: Warehouse, tables: Iterable[str]) -> dict[str, int]:
    parts = [f"SELECT '{name}' AS name, COUNT(*) AS n FROM `{PREFIX}.{name}`" for name in tables]
    return {row["name"]: row["n"] for row in warehouse.query(" UNION ALL ".join(parts))}


def sizes(world: SampleWorld, tables: Iterable[str]) -> dict[str, int]:
    return {name: world.tables[name].num_rows for name in tables}


def comparable(row: dict[str, Any]) -> str:
    """NaN is not equal to itself, so rows are compared as text."""
    return repr(
        {k: "nan" if isinstance(v, float) and isnan(v) else str(v) if v is not None else v for k, v in row.items()}
    )


class TestEverythingArrives:
    def test_each_value_of_each_table_and_the_views_see_them(self, empty: Warehouse, small: SampleWorld) -> None:
        load(empty.client, dataset(empty), small)
        for name, table in small.tables.items():
            there = [comparable(dict(row.items())) for row in empty.query(f"SELECT * FROM `{PREFIX}.{name}`")]
            assert sorted(there) == sorted(map(comparable, table.to_pylist())), name
        for view in (
            "available_captions",
            "active_creator_caption_restrictions_v",
            "schedule_recommendations_messages",
        ):
            [row] = empty.query(f"SELECT COUNT(*) FROM `{PREFIX}.{view}`")
            assert row[0] > 0, view


class TestCaptionKeyTwin:
    """eros.sample.caption_key and caption_key_v2.sql give the same keys."""

    HARD = (
        "", " ", "\t\n", "_", "a_b", "½ ¼ Ⅷ ⅷ", "ﬁﬂ", "straße STRASSE", "İstanbul ı", "ΣΑΣ σας", "ｶﾞｷﾞ ガギ",
        "한국어", "नमस्ते", "שָׁלוֹם", "١٢٣", "Å \u212b A\u030a", "e\u0301 é", "\u212a \u017f", "\u0301",
        "a\x1cb", "a\x85b", "a\x0bb", "a\u180eb", "a\u2028b", "a\u00adb", "a\u200db", "1️⃣ 2️⃣", "™ © ℃ ㎏",
        "ⓐ Ⓐ ㊗️", "𝐓𝐞𝐬𝐭 𝕋𝕖𝕤𝕥 𝓣𝓮𝓼𝓽", "Ｆｕｌｌ＿Ｗｉｄｔｈ", "❤️", "☀️", "☀", "\U0001f469\u200d\U0001f4bb",
    )  # fmt: skip

    def test_on_every_text_of_the_sample(self, empty: Warehouse, world: SampleWorld) -> None:
        load(empty.client, dataset(empty), world, tables=["caption_bank", "mass_messages"])
        bank = f"SELECT caption_text AS text FROM `{PREFIX}.caption_bank`"
        sent = f"SELECT message FROM `{PREFIX}.mass_messages` WHERE message IS NOT NULL"
        assert self.compared(empty, f"{bank} UNION DISTINCT {sent}") > 37_271

        ids = empty.query(f"SELECT caption_id FROM `{PREFIX}.caption_bank`")
        assert sorted(row[0] for row in ids) == sorted(world.tables["caption_bank"]["caption_id"].to_pylist())

    def test_on_hard_texts(self, warehouse: Warehouse) -> None:
        parameter = bigquery.ArrayQueryParameter("texts", "STRING", self.HARD)
        assert self.compared(warehouse, "SELECT text FROM UNNEST(@texts) AS text", parameter) == len(self.HARD)

    @staticmethod
    def compared(warehouse: Warehouse, texts: str, *parameters: bigquery.ArrayQueryParameter) -> int:
        """How many texts were compared; none may differ."""
        rows = warehouse.query(f"SELECT text, `{PREFIX}.caption_key_v2`(text) AS key FROM ({texts})", parameters)
        found = {row["text"]: row["key"] for row in rows}
        assert {text: key for text, key in found.items() if key != caption_key(text)} == {}
        return len(found)


class TestNothingTwice:
    """Shown on three small tables; a load is one job a table, whatever its size."""

    FEW = ("captions", "active_caption_assignments", "schedule_export_log")

    def fill(self, warehouse: Warehouse, world: SampleWorld, **options: Any) -> list[Loaded]:
        return load(warehouse.client, dataset(warehouse), world, **{"tables": self.FEW} | options)

    def test_a_repeat_loads_nothing(self, empty: Warehouse, small: SampleWorld) -> None:
        assert set(missing(empty.client, dataset(empty))) == set(TABLES)
        assert {done.table: (done.rows, done.kept) for done in self.fill(empty, small)} == {
            name: (small.tables[name].num_rows, 0) for name in self.FEW
        }
        assert set(missing(empty.client, dataset(empty))) == set(TABLES) - set(self.FEW)
        assert {done.table: (done.rows, done.kept) for done in self.fill(empty, small)} == {
            name: (0, small.tables[name].num_rows) for name in self.FEW
        }
        assert counts(empty, self.FEW) == sizes(small, self.FEW)

    def test_two_loaders_at_once(self, empty: Warehouse, small: SampleWorld) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda _: self.fill(empty, small), range(2)))
        assert counts(empty, self.FEW) == sizes(small, self.FEW)

    def test_a_half_finished_load_is_finished(self, empty: Warehouse, small: SampleWorld) -> None:
        self.fill(empty, small, tables=["captions"])
        self.fill(empty, small)
        assert counts(empty, self.FEW) == sizes(small, self.FEW)

    def test_rows_somebody_wrote_are_left_alone(self, empty: Warehouse, small: SampleWorld) -> None:
        empty.query(f"INSERT INTO `{PREFIX}.captions` (caption_id, caption_text) VALUES (1, 'mine')")
        self.fill(empty, small)
        assert counts(empty, self.FEW) == sizes(small, self.FEW) | {"captions": 1}

    def test_replace_renews_the_rows_and_keeps_the_table(self, empty: Warehouse, small: SampleWorld) -> None:
        def declared() -> dict[str, Any]:
            kept = ("schema", "clustering", "timePartitioning", "description")
            live = empty.client.get_table(f"{dataset(empty)}.schedule_export_log").to_api_repr()
            return {name: live.get(name) for name in kept}

        before = declared()
        self.fill(empty, small)
        other = generate(8, NOW, REAL.scaled(0.02))
        self.fill(empty, other, replace=True)
        assert counts(empty, self.FEW) == sizes(other, self.FEW)
        assert declared() == before


class TestErrorsTeach:
    def test_unknown_table_name(self, empty: Warehouse, small: SampleWorld) -> None:
        with pytest.raises(UserError, match="Did you mean 'captions'"):
            load(empty.client, dataset(empty), small, tables=["caption"])

    def test_dataset_without_tables(self, empty: Warehouse, small: SampleWorld) -> None:
        empty.client.create_dataset("no_tables", exists_ok=True)
        with pytest.raises(UserError, match="Deploy the warehouse first"):
            load(empty.client, "no_tables", small)
        with pytest.raises(UserError, match="Deploy the warehouse first"):
            missing(empty.client, "no_tables")

    def test_a_column_the_table_lacks(self, empty: Warehouse, small: SampleWorld) -> None:
        empty.client.create_dataset("older", exists_ok=True)
        columns = "page_name STRING NOT NULL, caption_id INT64 NOT NULL"
        empty.client.query_and_wait(f"CREATE OR REPLACE TABLE older.active_caption_assignments ({columns})")
        with pytest.raises(UserError, match="no column 'caption_text'"):
            load(empty.client, "older", small, tables=["active_caption_assignments"])
