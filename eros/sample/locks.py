"""active_caption_assignments: locks in every state, so that a sweep has work and a cooldown matters."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from eros.sample.arrow import Columns, strings, where_null
from eros.sample.bank import Bank
from eros.sample.clock import Clock
from eros.sample.sizes import Sizes
from eros.sample.texts import Texts
from eros.sample.truth import TIERS, Integers

#: Pages, by position, that many locks lie on: one uses the same captions a lot, one has a tiny pool (creators.py).
BUSY, TIGHT = 0, 1


@dataclass(frozen=True)
class Kind:
    """A state of locks. Its due date is `due` days from today, both ends included."""

    share: float
    due: tuple[int, int]
    active: bool
    planned: bool = True  # has a scheduled_send_date; otherwise due 7 days after assignment
    reason: str | None = None


KINDS = (
    Kind(0.45, (0, 6), active=True),
    Kind(0.10, (0, 6), active=True, planned=False),
    Kind(0.18, (-7, -1), active=True),
    Kind(0.05, (-20, -8), active=True),
    Kind(0.05, (-20, -8), active=True, planned=False),
    Kind(0.10, (-7, -1), active=False, reason="PAST_SEND_DATE"),
    Kind(0.07, (-30, -9), active=False, reason="STALE_7DAY"),
)


def lock(texts: Texts, bank: Bank, names: tuple[str, ...], sizes: Sizes, clock: Clock, rng: Generator) -> Columns:
    """The locks' columns. One inactive lock has is_active NULL, some keys are NULL, and two are the same."""
    n = sizes.locks
    ends = np.round(np.cumsum([kind.share for kind in KINDS]) * n).astype(int)
    state = [KINDS[k] for k in np.searchsorted(ends, np.arange(n), side="right").clip(max=len(KINDS) - 1).tolist()]
    due = [int(rng.integers(kind.due[0], kind.due[1] + 1)) for kind in state]
    assigned = [
        min(0, d - int(rng.integers(1, 6))) if kind.planned else d - 7 for kind, d in zip(state, due, strict=True)
    ]

    page = _pages(n, sizes, rng)
    row = rng.choice(len(bank.ids), n, replace=n > len(bank.ids))
    # The busy page draws from one category's urgent captions, so that penalties and limits come into play.
    pressing = np.flatnonzero(texts.urgent[bank.text] & (texts.category[bank.text] == 1) & (bank.tier > 0))
    busy = np.flatnonzero(page == BUSY)[::3]
    if len(pressing) and len(busy):
        row[busy] = rng.choice(pressing, len(busy))

    ids = bank.ids[row]
    keys: list[str | None] = [
        hashlib.sha256(f"{names[p]}|{i}|{a}".encode()).hexdigest()[:32]
        for p, i, a in zip(page.tolist(), ids.tolist(), assigned, strict=True)
    ]
    keys[::17] = [None] * len(keys[::17])
    if n > 5:
        keys[5] = keys[4]
    is_active: list[bool | None] = [kind.active for kind in state]
    if n and not is_active[-1]:
        is_active[-1] = None
    hour = rng.integers(6, 24, n)
    now = clock.micros
    assigned_at = clock.midnights(-np.array(assigned, dtype=np.int64)) if n else np.zeros(0, np.int64)
    assigned_at = np.minimum(assigned_at + rng.integers(0, 82_000, n) * 1_000_000, now)
    ended = np.array([kind.reason is not None for kind in state], bool)
    deactivated = clock.midnights(-np.minimum(np.array(due, dtype=np.int64) + 1, 0)) if n else assigned_at
    return {
        "page_name": strings(names).take(page),
        "caption_id": ids,
        "caption_text": strings(texts.text).take(bank.text[row]),
        "assigned_date": [clock.day(a) for a in assigned],
        "scheduled_send_date": [clock.day(d) if kind.planned else None for kind, d in zip(state, due, strict=True)],
        "scheduled_send_hour": where_null(hour, rng.random(n) < 0.1),
        "price_tier": strings(TIERS).take(bank.tier[row]),
        "is_active": is_active,
        "assigned_at": assigned_at,
        "assignment_key": keys,
        "schedule_id": [
            f"sched_{names[p]}_{clock.day(a):%Y%m%d}" for p, a in zip(page.tolist(), assigned, strict=True)
        ],
        "deactivated_at": where_null(np.minimum(deactivated + 37 * 60 * 1_000_000, now), ~ended),
        "deactivation_reason": [kind.reason for kind in state],
    }


def _pages(n: int, sizes: Sizes, rng: Generator) -> Integers:
    """Whose lock each is: every seventh the busy page's, every ninth the tight page's, the rest anyone's."""
    page = rng.integers(0, sizes.active_pages, n)
    page[::7] = BUSY
    page[::9] = min(TIGHT, sizes.active_pages - 1)
    return page
