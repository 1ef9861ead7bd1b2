"""Names, texts and ids of any kind come through every procedure, the view and the verbs as they were."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from google.cloud.bigquery import LoadJobConfig

from eros.model import PREFIX, Contract, Model
from eros.selection import select, table
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse
from tests.sql import frozen

NOW = datetime(2025, 6, 18, 12, 0, tzinfo=UTC)
#: Their texts differ in letters, too: what differs in symbols alone is one caption.
NAMES = {
    "quotes": 'O\'Brien "Bob" \'\'\' """',
    "backticks": f"`{PREFIX}.caption_bank`",
    "braces": "{name} ${project} %{if} {{x}} %s %d",
    "a comment": "*/ -- # ; DROP TABLE x",
    "a backslash": "\\ \\' \\n C:\\new",
    "long": "x" * 10_000,
    "a plain one, whose text holds U+0000": "plain",  # the engine's storage keeps no U+0000 in what is joined by name
    "U+FFFD": "replaced\ufffdb",
    "U+202E": "turned\u202eb",
    "U+2028": "broken\u2028b\u2029\r\n",
    "rich markup": "[bold red]x[/] [link=file:///]",
}
TEXTS = {name: f"text {name}" for name in NAMES.values()} | {"plain": "text a\x00b"}
IDS = [-(2**63), 2**63 - 1, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) + 1, -(2**53), -(2**53) - 1, -1, 0, 1]


def load(warehouse: Warehouse, contract: Contract, rows: list[dict[str, Any]]) -> None:
    """Rows by a load job: the engine cannot take U+0000 in a literal."""
    types = {c.name: c.type for c in contract.columns}
    shown = [{key: plain(item, types[key]) for key, item in row.items()} for row in rows]
    environment = warehouse.environment
    target = warehouse.client.get_table(f"{environment.project}.{environment.dataset}.{contract.name}")
    fields = [f for f in target.schema if any(f.name in row for row in rows)]
    config = LoadJobConfig(schema=fields, create_disposition="CREATE_NEVER", write_disposition="WRITE_APPEND")
    warehouse.client.load_table_from_json(shown, target.reference, job_config=config).result()


def plain(item: Any, kind: str) -> Any:
    """A value as JSON carries it: ids as text, for a number may be read as a float."""
    found = frozen.value(item, kind, NOW)
    if kind == "INT64":
        return str(found)
    return found.isoformat() if isinstance(found, date) else found


@pytest.fixture(scope="module")
def world(started: StartWarehouse, deployed_template: Path, model: Model) -> Iterator[Warehouse]:
    """A page for every name, each with one caption of an id and a text that is as odd as the name."""
    pages = list(zip(NAMES.values(), IDS, strict=True))
    given: dict[str, list[dict[str, Any]]] = {
        "caption_bank": [
            {
                "caption_id": caption,
                "caption_text": TEXTS[name],
                "price_tier": "mid",
                "usage_status": "available",
                "overall_performance_score": 1.0,
            }
            for name, caption in pages
        ],
        "mass_messages": [
            {
                "row_id": row,
                "page_name": name,
                "message": TEXTS[name],  # no id: attributed by the text
                "sending_time": "now - 1d",
                "price": 5.0,
                "sent_count": 10,
                "viewed_count": 10,
                "purchased_count": 2.0,
                "earnings": 10.0,
            }
            for row, (name, _) in enumerate(pages)
        ],
        "creator_caption_restrictions": [
            {
                "page_name": name,
                "is_active": True,
                "version": 1,
                "updated_at": "now",
                "hard_patterns": [r"\Q" + "q'`\\E"],
            }
            for name, _ in pages
        ],
        "schedule_recommendations": [
            {"schedule_id": name, "page_name": name, "caption_id": caption, "is_active": True}
            for name, caption in pages
        ],
        "active_caption_assignments": [
            {
                "page_name": name,
                "caption_id": caption,
                "caption_text": name,
                "assigned_date": "today - 30d",
                "is_active": True,
            }
            for name, caption in pages
        ],
    }
    with started(deployed_template) as warehouse:
        frozen.freeze(warehouse, NOW)
        frozen.fix_draw(warehouse, "middle")
        for name, rows in given.items():
            load(warehouse, model.tables[name], rows)
        for call in ("update_caption_performance()", "run_daily_automation(DATE '2025-06-18')"):
            procedure, _, arguments = call.partition("(")
            warehouse.query(f"CALL `{PREFIX}.{procedure}`({arguments}")
        yield warehouse


PAGES = dict(zip(NAMES.values(), IDS, strict=True))


def test_the_updater_learns_each_caption_of_each_page(world: Warehouse) -> None:
    rows = frozen.rows_of(world, "caption_bandit_stats", ["page_name", "caption_id"])
    assert {r["page_name"]: r["caption_id"] for r in rows} == PAGES


def test_the_daily_job_queues_each_page_and_releases_each_lock(world: Warehouse) -> None:
    assert {r["page_name"] for r in frozen.rows_of(world, "schedule_generation_queue", ["page_name"])} == set(PAGES)
    assert frozen.rows_of(world, "creator_processing_errors") == []
    locks = frozen.rows_of(world, "active_caption_assignments", ["page_name", "caption_id", "is_active"])
    assert {r["page_name"]: r["caption_id"] for r in locks if r["is_active"] is False} == PAGES


def test_the_view_shows_each_schedule(world: Warehouse) -> None:
    rows = frozen.rows_of(world, "schedule_recommendations_messages", ["page_name", "caption_id", "caption_text"])
    assert {r["page_name"]: r["caption_id"] for r in rows} == PAGES
    assert {r["page_name"]: r["caption_text"] for r in rows} == TEXTS


@pytest.mark.parametrize("kind", NAMES)
def test_the_selection_gives_every_caption_back_exactly(kind: str, world: Warehouse) -> None:
    rows = select(world, NAMES[kind], None, {"mid": 20})
    assert {r["caption_id"]: r["caption_text"] for r in rows} == {i: TEXTS[name] for name, i in PAGES.items()}
    assert table(NAMES[kind], rows).row_count == len(IDS)
