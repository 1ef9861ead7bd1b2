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
    """The selection for a person."""
    shown = Table("caption_id", "tier", "category", "urgent", "score", "caption", title=Text(f"{len(rows)} for {page}"))
    for row in rows:
        shown.add_row(
            str(row["caption_id"]),
            Text(str(row["price_tier"])),
            Text(str(row["content_category"] or "")),
            "yes" if row["has_urgency"] else "",
            f"{row['final_score']:.3f}",
            Text(_one_line(str(row["caption_text"]))),
        )
    return shown


def _one_line(text: str) -> str:
    """The text without line breaks and control or direction characters, which could disturb a terminal."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return shown if len(shown) <= 120 else f"{shown[:119]}…"
