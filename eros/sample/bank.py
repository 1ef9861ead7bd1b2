"""caption_bank and captions: which rows hold which text, with ids, tiers, prices and stored keys."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from eros.sample.arrow import Columns, strings, where_null
from eros.sample.caption_key import caption_key
from eros.sample.languages import CATEGORIES
from eros.sample.sizes import Sizes
from eros.sample.texts import Texts
from eros.sample.truth import TIER_PRICES, TIERS, Floats, Integers

TIER_SHARES = (0.25, 0.12, 0.18, 0.20, 0.12, 0.09, 0.04)

#: Ids a float or a JSON number would change: both ends of INT64, and the edges of exact floats.
EDGE_IDS = (-(2**63), 2**63 - 1, 2**53 - 1, 2**53, 2**53 + 1, 1 - 2**53, -(2**53), -(2**53) - 1)

STATUSES = ("available", "moderate_recency", "recently_used", "retired", None)
STATUS_SHARES = (0.72, 0.15, 0.08, 0.04, 0.01)


@dataclass(frozen=True)
class Bank:
    """Rows of caption_bank as parallel arrays; `text` indexes Texts, `tier` indexes TIERS.

    The first rows hold each text once, in order, so row t of the bank holds text t; the rest repeat texts.
    """

    ids: Integers
    text: Integers
    tier: Integers
    price: Floats
    keys: list[str]
    stored_keys: list[str | None]


def deal(texts: Texts, tiers: Integers, sizes: Sizes, rng: Generator) -> Bank:
    """Lay out the rows. `tiers` holds the tier of each text; a repeated text now and then has another one."""
    count = len(texts.text)
    repeated = rng.choice(count, max(1, count // 9), replace=False)
    text = np.concatenate([np.arange(count), rng.choice(repeated, sizes.captions - count)])
    tier = tiers[text].copy()
    strays = count + np.flatnonzero(rng.random(sizes.captions - count) < 0.1)
    tier[strays] = rng.choice(len(TIERS), len(strays), p=TIER_SHARES)

    keys = [caption_key(value) for value in texts.text]
    kind = rng.random(sizes.captions).tolist()
    stored = [
        keys[t] if k < 0.90 else hashlib.md5(texts.text[t].lower().encode()).hexdigest() if k < 0.99 else None
        for k, t in zip(kind, text.tolist(), strict=True)
    ]
    return Bank(_ids(texts, text, tiers), text, tier, _prices(tier, rng), keys, stored)


def edge_texts(tiers: Integers) -> Integers:
    """The texts whose captions carry EDGE_IDS: the first few that are sold."""
    return np.flatnonzero(tiers > 0)[: len(EDGE_IDS)]


def _ids(texts: Texts, text: Integers, tiers: Integers) -> Integers:
    """Signed 64-bit hashes of text and row, distinct, with EDGE_IDS in between."""
    ids = [
        int.from_bytes(hashlib.blake2b(f"{row}\0{texts.text[t]}".encode(), digest_size=8).digest(), signed=True)
        for row, t in enumerate(text.tolist())
    ]
    for row, edge in zip(edge_texts(tiers).tolist(), EDGE_IDS, strict=False):
        ids[row] = edge
    return np.array(ids, dtype=np.int64)


def _prices(tier: Integers, rng: Generator) -> Floats:
    """A price per caption, spread by a tenth around the tier's mean, which it keeps."""
    spread = 1 + 0.1 * rng.standard_normal(len(tier)).clip(-2, 2)
    for t in range(len(TIERS)):
        if (members := tier == t).any():
            spread[members] /= spread[members].mean()
    return np.round(np.array(list(TIER_PRICES.values()))[tier] * spread, 2)


def bank_columns(texts: Texts, bank: Bank, base: Floats, used: Columns, rng: Generator) -> Columns:
    """caption_bank's columns. `used` gives last_used and avg_revenue, as the messages made them."""
    n = len(bank.ids)
    score = (1 / (1 + np.exp(-base[bank.text])) * 0.6 + 0.4 * rng.random(n)).round(4)
    score[rng.random(n) < 0.04] = 0.0
    return {
        "caption_id": bank.ids,
        "caption_text": strings(texts.text).take(bank.text),
        "content_category": strings(CATEGORIES).take(where_null(texts.category[bank.text], rng.random(n) < 0.004)),
        "price_tier": strings(TIERS).take(where_null(bank.tier, rng.random(n) < 0.002)),
        "has_urgency": where_null(texts.urgent[bank.text] ^ (rng.random(n) < 0.01), rng.random(n) < 0.01),
        "overall_performance_score": where_null(score, rng.random(n) < 0.02),
        "avg_price": bank.price,
        "usage_status": strings(STATUSES).take(rng.choice(len(STATUSES), n, p=STATUS_SHARES)),
        "caption_key": strings(bank.stored_keys),
        **used,
    }


def fallback_columns(texts: Texts, bank: Bank, count: int, rng: Generator) -> tuple[Columns, Integers]:
    """captions, the older source, and the ids only it knows: half known to the bank, a few repeated or NULL."""
    known = bank.ids[rng.choice(len(bank.ids), count // 2, replace=False)]
    own = rng.integers(-(2**63), 2**63 - 1, count - len(known), dtype=np.int64)
    own[1::20] = own[: len(own) - 1 : 20]  # an id twice, under different texts
    ids = np.concatenate([known, own])
    text = rng.choice(len(texts.text), count)
    source = strings([f"{value} (archive)" for value in np.array(texts.text, dtype=object)[text].tolist()])
    columns: Columns = {
        "caption_id": where_null(ids, rng.random(count) < 0.005),
        "caption_text": source,
        "price_tier": strings(TIERS).take(where_null(bank.tier[text], rng.random(count) < 0.1)),
        "content_category": strings(CATEGORIES).take(where_null(texts.category[text], rng.random(count) < 0.1)),
        "has_urgency": where_null(texts.urgent[text], rng.random(count) < 0.1),
    }
    return columns, own
