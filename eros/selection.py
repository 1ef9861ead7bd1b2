"""`eros select`: the captions the warehouse would pick for a page now. Choosing is done by the procedure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.cloud.bigquery import ScalarQueryParameter
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


def table(page: str, rows: list[dict[str, Any]]) -> Table:
    """The selection for a person: one line a caption, ids whole."""
    shown = Table(title=Text(f"{len(rows)} captions for {page}"), title_justify="left")
    for name in ("caption_id", "score"):
        shown.add_column(name, no_wrap=True, justify="right")
    for name in ("tier", "category", "urgent", "caption"):
        shown.add_column(name, no_wrap=True, overflow="ellipsis")
    for row in rows:
        shown.add_row(
            str(row["caption_id"]),
            f"{row['final_score']:.3f}",
            Text(str(row["price_tier"])),
            Text(str(row["content_category"] or "")),
            "yes" if row["has_urgency"] else "",
            Text(_printable(str(row["caption_text"]))),
        )
    return shown


def _printable(text: str) -> str:
    """The text without line breaks, control and direction characters, which would disturb a terminal."""
    return "".join(c if c.isprintable() else " " for c in text)
