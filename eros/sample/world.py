"""A sample world: every table a local EROS reads, and the truth behind it. load.py puts it into BigQuery."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
from numpy.random import Generator

from eros.errors import UserError
from eros.model import load_model
from eros.sample import arrow, bank, creators, locks, messages, pages, planning, texts
from eros.sample.arrow import Columns
from eros.sample.clock import Clock
from eros.sample.sizes import REAL, Sizes
from eros.sample.truth import BASE_SPREAD, TIERS, Truth

#: What every world fills. One with `sizes.stats` fills caption_bandit_stats too.
TABLES = (
    "mass_messages",
    "caption_bank",
    "captions",
    "schedule_recommendations",
    "active_caption_assignments",
    "creator_caption_restrictions",
    "creator_content_inventory",
    "schedule_export_log",
)


@dataclass(frozen=True)
class SampleWorld:
    """Tables by name, ready to load, with the ground truth they were drawn from."""

    seed: int
    now: datetime
    sizes: Sizes
    tables: dict[str, pa.Table]
    truth: Truth

    @property
    def pages(self) -> tuple[str, ...]:
        """All page names; the first `sizes.active_pages` of them are active."""
        return self.truth.pages

    def quality(self, page: str, caption_id: int) -> float:
        """True quality of a caption on a page in log-odds; the formula stands in truth.py."""
        return self.truth.quality(page, caption_id)


def generate(seed: int = 7, now: datetime | None = None, sizes: Sizes = REAL) -> SampleWorld:
    """Draw a world. The same seed, moment and sizes give the same world to the last bit.

    `now` is the moment the data looks fresh at, by default the current time; texts, ids, keys and the truth do not
    depend on it. UserError for a `now` without time zone or a negative seed.
    """
    now = (now or datetime.now(UTC)).replace(microsecond=0)
    if now.tzinfo is None:
        raise UserError(f"now is {now}, without a time zone.", where="sample", remedy="Give one, e.g. tzinfo=UTC.")
    if seed < 0:
        raise UserError(f"seed is {seed}.", where="sample", remedy="Give 0 or more.")

    def chance(part: str) -> Generator:
        # A stream of its own for each part, so that a change to one leaves the others as they are.
        return np.random.default_rng([seed, zlib.crc32(part.encode())])

    clock = Clock(now)
    cast = pages.found(sizes, chance("pages"))
    words = texts.compose(sizes.texts, sizes.variant_texts, chance("texts"))
    rng = chance("truth")
    base = rng.normal(0, BASE_SPREAD, sizes.texts)[words.canonical]
    tier = rng.choice(len(TIERS), sizes.texts, p=bank.TIER_SHARES)[words.canonical]
    rows = bank.deal(words, tier, sizes, chance("bank"))
    truth = Truth(
        pages=cast.names,
        caption_ids=rows.ids,
        row_text=rows.text,
        base=base,
        category=words.category,
        tier=tier,
        category_taste=cast.category_taste,
        tier_taste=cast.tier_taste,
        level=cast.level,
        audience=cast.audience,
        view_rate=cast.view_rate,
        price_factor=cast.price_factor,
    )
    sent, used = messages.send(words, rows, cast, truth, sizes, clock, chance("messages"))
    fallback, elsewhere = bank.fallback_columns(words, rows, sizes.fallback_captions, chance("captions"))
    planned, schedules = planning.plan(rows, elsewhere, cast.names, sizes, clock, chance("schedules"))
    columns: dict[str, Columns] = {
        "mass_messages": sent,
        "caption_bank": bank.bank_columns(words, rows, base, used, chance("attributes")),
        "captions": fallback,
        "schedule_recommendations": planned,
        "active_caption_assignments": locks.lock(words, rows, cast.names, sizes, clock, chance("locks")),
        "creator_caption_restrictions": creators.restrict(cast.names, sizes, clock),
        "creator_content_inventory": creators.take_inventory(cast, sizes, clock, chance("inventory")),
        "schedule_export_log": planning.export(schedules, sizes, clock, chance("exports")),
    }
    if sizes.stats:
        columns["caption_bandit_stats"] = planning.learned(truth, sizes, clock, chance("stats"))
    contracts = load_model().tables
    tables = {name: arrow.table(contracts[name], filled) for name, filled in columns.items()}
    return SampleWorld(seed, now, sizes, tables, truth)
