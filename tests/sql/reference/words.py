"""The words all routine contracts share: today, due dates, windows, keys, Wilson bounds, and what is left open."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from eros.model import Model
from eros.sample.caption_key import caption_key

type Row = dict[str, Any]
type World = dict[str, list[Row]]

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
Z = 1.96


def complete(model: Model, world: World) -> World:
    """The world with every table and every column: what is left out is empty, or NULL."""
    return {
        name: [{c.name: row.get(c.name) for c in table.columns} for row in world.get(name, [])]
        for name, table in model.tables.items()
    }


class Anything:
    """Stands for a value the contract leaves open."""

    def __repr__(self) -> str:
        return "<anything>"


ANYTHING = Anything()


class Refused(Exception):
    """The contract demands an error. `says` are texts its message must hold."""

    def __init__(self, *says: str) -> None:
        super().__init__(" … ".join(says))
        self.says = says


@dataclass(frozen=True)
class Bounds:
    """Wilson interval and exploration bonus."""

    lower: float
    upper: float
    bonus: float


def today(now: datetime) -> date:
    """The date in Los Angeles."""
    return now.astimezone(LOS_ANGELES).date()


def due(lock: Row) -> date:
    """The due date of a lock."""
    planned: date | None = lock["scheduled_send_date"]
    assigned: date = lock["assigned_date"]
    return planned if planned is not None else assigned + timedelta(days=7)


def within(moment: datetime | None, now: datetime, **span: int) -> bool:
    """Whether now - span < moment <= now."""
    return moment is not None and now - timedelta(**span) < moment <= now


def bank_key(caption: Row) -> str:
    """The key of a caption of the bank: as stored where that has 64 characters, else computed."""
    stored: str | None = caption["caption_key"]
    return stored if stored is not None and len(stored) == 64 else caption_key(caption["caption_text"])


def wilson(successes: int, failures: int) -> Bounds:
    """The Wilson score interval at 95 %, clamped to [0, 1]; a negative count counts as 0."""
    s, f = max(successes, 0), max(failures, 0)
    n = s + f
    if n == 0:
        return Bounds(0.0, 1.0, 1.0)
    p = s / n
    centre = (p + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n)) / (1 + Z * Z / n)
    return Bounds(max(0.0, centre - half), min(1.0, centre + half), 1 / math.sqrt(n + 1))


def available(world: World) -> list[Row]:
    """The view available_captions."""
    return [
        row | {"caption_key_norm": bank_key(row)}
        for row in world["caption_bank"]
        if row["usage_status"] in ("available", "moderate_recency") and (row["overall_performance_score"] or 0) > 0
    ]


def restrictions(world: World, page: str) -> list[Row]:
    """The page's rows of the view active_creator_caption_restrictions_v."""
    return [row for row in world["creator_caption_restrictions"] if row["is_active"] and row["page_name"] == page]


#: What a restriction row applies to: bump captions (True) and the others (False).
SCOPES: dict[str | None, frozenset[bool]] = {
    None: frozenset({True, False}),
    "ALL": frozenset({True, False}),
    "BUMP_ONLY": frozenset({True}),
    "PPV_ONLY": frozenset({False}),
}


def excludes(rule: Row, caption: Row) -> bool:
    """Whether a restriction row excludes a caption by its category or tier. NULL is not restricted."""
    return (caption["price_tier"] == "bump") in SCOPES[rule["applies_to_scope"]] and (
        (
            caption["content_category"] is not None
            and caption["content_category"] in (rule["restricted_categories"] or ())
        )
        or (caption["price_tier"] is not None and caption["price_tier"] in (rule["restricted_price_tiers"] or ()))
    )


#: Evidence -> thompson_score. The draws told in advance, as tests/sql/frozen.py puts them on the engine.
type Draw = Callable[[int, int], float]

DRAWS: dict[str, Draw] = {
    "lower": lambda s, f: wilson(s, f).lower,
    "middle": lambda s, f: (wilson(s, f).lower + wilson(s, f).upper) / 2,
    "upper": lambda s, f: wilson(s, f).upper,
}
