"""What creators asked for and what they have: creator_caption_restrictions and creator_content_inventory."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from eros.sample.arrow import Columns
from eros.sample.clock import DAY, HOUR, Clock
from eros.sample.languages import CATEGORIES
from eros.sample.locks import TIGHT
from eros.sample.pages import Pages
from eros.sample.sizes import Sizes


class Restriction(NamedTuple):
    """One row: `page` is a position among the active pages, wrapped around in a smaller world."""

    page: int
    words: str
    scope: str | None = "ALL"
    hard: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    minimum: tuple[int | None, int | None] = (None, None)
    active: bool = True
    version: int = 1


#: Every shape the selection must cope with. What can't be used (a broken pattern, an unknown scope) is inactive, so
#: that the sample's jobs run clean.
RESTRICTIONS = (
    Restriction(TIGHT, "A small page: eight paid captions and three bumps are enough.", minimum=(8, 3)),
    Restriction(2, "No VIP talk, nothing on gaming.", hard=(r"\bvip\b", ""), soft=("🔥",), categories=("Gaming",)),
    Restriction(3, "No luxury prices.", "PPV_ONLY", tiers=("luxury",)),
    Restriction(4, "Bumps must not sound like the last of anything.", "BUMP_ONLY", hard=("last chance",)),
    Restriction(5, "Nothing about food or trips.", None, categories=("Cooking", "Travel")),
    Restriction(5, "Rather no pressure in paid messages.", "PPV_ONLY", soft=("expir(es|ing)", "tonight")),
    Restriction(6, "An older wish, mistyped.", hard=("(",), active=False),
    Restriction(6, "No counting down.", hard=(r"only \d+ left",), version=2),
    Restriction(7, "An older scope that is no longer used.", "EVERYTHING", categories=("General",), active=False),
    Restriction(8, "Wants a lot to choose from.", minimum=(300, 80)),
    Restriction(9, "Words in other scripts.", hard=("限定", "сегодня"), soft=("¿", "؟")),
    Restriction(10, "Bumps of two categories only elsewhere.", "BUMP_ONLY", categories=("Beach", "Dance")),
)


def restrict(names: tuple[str, ...], sizes: Sizes, clock: Clock) -> Columns:
    """creator_caption_restrictions' columns."""
    rows = RESTRICTIONS
    return {
        "page_name": [names[r.page % sizes.active_pages] for r in rows],
        "restriction_text": [r.words for r in rows],
        "applies_to_scope": [r.scope for r in rows],
        "min_ppv_pool": [r.minimum[0] for r in rows],
        "min_bump_pool": [r.minimum[1] for r in rows],
        "hard_patterns": [list(r.hard) for r in rows],
        "soft_patterns": [list(r.soft) for r in rows],
        "restricted_categories": [list(r.categories) for r in rows],
        "restricted_price_tiers": [list(r.tiers) for r in rows],
        "is_active": [r.active for r in rows],
        "version": [r.version for r in rows],
        "updated_at": [clock.micros - (50 - i) * DAY for i in range(len(rows))],
        "updated_by": ["creator success"] * len(rows),
    }


def take_inventory(pages: Pages, sizes: Sizes, clock: Clock, rng: Generator) -> Columns:
    """creator_content_inventory's columns: a newest row for most active pages, an older one for a few.

    Five active pages have none, which lifts the restriction to what they have. Older rows list other categories
    (one none at all), so that reading any row but the newest shows.
    """
    n = sizes.inventories
    current = min(n - n // 12, sizes.active_pages)
    page = np.concatenate([np.arange(current), np.arange(n - current)]).tolist()
    old = [i >= current for i in range(n)]
    counted = [clock.day(-int(rng.integers(40, 80) if o else rng.integers(1, 30))) for o in old]
    has: list[list[str]] = []
    for p, o in zip(page, old, strict=True):
        stock = pages.has_category[p % len(pages.names)] ^ o
        has.append([] if o and p == 0 else [c for c, there in zip(CATEGORIES, stock.tolist(), strict=True) if there])
    written: list[Any] = [clock.micros - int(rng.integers(30, 90) if o else 1) * DAY - HOUR for o in old]
    return {
        "page_name": [pages.names[p % len(pages.names)] for p in page],
        "inventory_date": counted,
        "available_categories": has,
        "total_content_pieces": rng.integers(80, 2_500, n),
        "inventory_quality_score": rng.uniform(0.4, 1.0, n).round(3),
        "vault_audit_date": counted,
        "created_at": written,
        "updated_at": written,
        "notes": ["Older count, kept for reference." if o else None for o in old],
        "audited_by": ["content team"] * n,
    }
