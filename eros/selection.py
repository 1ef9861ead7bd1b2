"""`eros select`: the captions the warehouse would pick for a page now. Choosing is done by the procedure."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from google.cloud.bigquery import ScalarQueryParameter
from rich import box
from rich.table import Table
from rich.text import Text

from eros.model import PREFIX
from eros.warehouse import Warehouse

CLASSES = ("budget", "mid", "premium", "bump")


def select(warehouse: Warehouse, page: str, segment: str | None, needed: Mapping[str, int]) -> list[dict[str, Any]]:
    """Call select_captions_for_creator and return its rows, best first.

    Args:
        warehouse: where.
        page: the creator's page name.
        segment: behavioural segment, None for STANDARD.
        needed: captions wanted per class, see CLASSES.

    Raises:
        google.api_core.exceptions.GoogleAPICallError: the procedure refused the input; its message says why.
    """
    parameters = [
        ScalarQueryParameter("page", "STRING", page),
        ScalarQueryParameter("segment", "STRING", segment),
        *(ScalarQueryParameter(name, "INT64", needed.get(name, 0)) for name in CLASSES),
    ]
    call = f"CALL `{PREFIX}.select_captions_for_creator`(@page, @segment, @budget, @mid, @premium, @bump)"
    return [dict(row.items()) for row in warehouse.query(call, parameters)]


def unknown(warehouse: Warehouse, page: str) -> str | None:
    """A word about a page that never sent a message, which may be new or misspelt; None for a known one."""
    sql = f"SELECT DISTINCT page_name FROM `{PREFIX}.mass_messages` WHERE page_name IS NOT NULL"
    pages = {row["page_name"] for row in warehouse.query(sql)}
    if page in pages:
        return None
    close = get_close_matches(page, sorted(pages), 1)
    return f"{_printable(page)} has sent no message yet.{f' Did you mean {close[0]!r}?' if close else ''}"


def table(page: str, rows: list[dict[str, Any]]) -> Table:
    """The selection for a person: one line a caption. Ids are whole on every terminal, the text gives way first."""
    title = Text(f"{len(rows)} captions for {_printable(page)}")
    shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    # What one line a caption needs is fixed here, because rich takes from every column alike where it lacks room.
    ids = max((len(str(row["caption_id"])) for row in rows), default=0)
    shown.add_column("caption_id", justify="right", no_wrap=True, min_width=ids, overflow="fold")
    shown.add_column("score", justify="right", no_wrap=True, min_width=5)
    shown.add_column("tier", no_wrap=True, min_width=6, overflow="ellipsis")
    shown.add_column("category", max_width=14, overflow="ellipsis")
    shown.add_column("urgent", max_width=6, overflow="ellipsis")
    shown.add_column("caption", overflow="ellipsis")
    for row in rows:
        shown.add_row(
            str(row["caption_id"]),
            f"{row['final_score']:.3f}",
            Text(str(row["price_tier"])),
            Text(str(row["content_category"] or ""), no_wrap=True),
            "yes" if row["has_urgency"] else "",
            Text(_printable(str(row["caption_text"])), no_wrap=True),
        )
    return shown


def _printable(text: str) -> str:
    """The text without line breaks, control and direction characters, which would disturb a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
