"""Worlds for the selection: one bank, and pages that differ in locks, evidence, restrictions and inventory."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from eros.sample.caption_key import caption_key
from tests.sql.reference.selection import Request
from tests.sql.reference.words import Row, World, today
from tests.sql.worlds.edges import IDS, Chance, chance
from tests.sql.worlds.locks import lock

TIERS = ("bump", "low", "budget", "mid", "high", "premium", "luxury")
CATEGORIES = (*["Solo"] * 5, *["Duo"] * 2, "General", "Toys", "Feet", "Outdoor", "Cosplay", None)
NAMED = ("Solo", "Duo", "Toys", "Feet", "Gone")
FORMS = ("hey {0}", "Hey {0}!!", "\U0001f525 HEY  {0}", "only {0} left", "vip {0}", "sale {0} now")
PATTERNS = ("^hey", "VIP", r"only \d+ left", "", "sale|vip", r"\b7\b", "no such words")
SEGMENTS = (
    "STANDARD",
    " premium ",
    "Luxury",
    "BUDGET",
    "exploratory",
    None,
    "Budget-Conscious",
    "High-Value/Price-Insensitive",
)
#: No two of these differ by a multiple of the steps of the diversity bonus, so that scores seldom meet by chance.
PERCENTILES = (None, 0, 7, 33, 51, 92, 100, -5, 130)


def draw(seeds: Iterable[int], now: datetime) -> tuple[World, list[Request]]:
    """A world with one page a seed, and one request for each page."""
    seeds = list(seeds)
    bank = captions(chance(seeds[0]))
    world: World = {
        "caption_bank": bank,
        "active_caption_assignments": [],
        "caption_bandit_stats": [],
        "creator_caption_restrictions": [],
        "creator_content_inventory": [],
    }
    requests: list[Request] = []
    for number, seed in enumerate(seeds):
        some, page = chance(seed), f"page {number}"
        world["active_caption_assignments"] += usage(some, page, bank, now)
        world["caption_bandit_stats"] += evidence(some, page, bank, now)
        world["creator_caption_restrictions"] += rules(some, page, now)
        world["creator_content_inventory"] += vault(some, page, now)
        requests.append(request(some, page))
    return world, requests


def captions(some: Chance) -> list[Row]:
    """A bank of about 120 rows: several ids to a text and to a stored key, across tiers and categories."""
    rows: list[Row] = []
    ids = [*IDS, *(some.random.sample(range(10, 10_000), 105))]
    for caption_id in ids:
        text = some.pick(FORMS).format(some.count(1, 60))
        row = {
            "caption_id": caption_id,
            "caption_text": text,
            "content_category": some.pick(CATEGORIES),
            "price_tier": some.often(TIERS, [None, "odd"], 0.04),
            "has_urgency": some.pick((True, False, False, None)),
            "overall_performance_score": some.often([1.0, 0.001], [0.0, -1.0, None], 0.08),
            "usage_status": some.often(["available", "moderate_recency"], ["recent", None], 0.08),
            "caption_key": some.pick((caption_key(text), caption_key(text), None, "d41d8cd98f00b204e9800998ecf8427e")),
        }
        if some.yes(0.03):
            row["caption_key"] = caption_key(FORMS[0].format(1))  # stored for another text: the stored one counts
        rows += [row] * some.often([1], [2], 0.04)
    return rows


def usage(some: Chance, page: str, bank: list[Row], now: datetime) -> list[Row]:
    """Locks that bring a page near its limits, or a few around the edges of usage and cooldown."""
    kind = some.pick(("none", "few", "many", "category", "category", "urgent"))
    solo = [row["caption_id"] for row in bank if row["content_category"] == "Solo"]
    urgent = [row["caption_id"] for row in bank if row["has_urgency"]]
    everything = [row["caption_id"] for row in bank]
    ids = {
        "none": [],
        "few": some.some([*everything, 5], 1, 6),
        "many": some.some(sorted(set(everything)), 8, 16),
        "category": some.some(sorted(set(solo)), 11, 20),
        "urgent": some.some(sorted(set(urgent)), 2, 6) + some.some(everything, 0, 3),
    }[kind]
    rows = [lock(some, page, now, caption_id) for caption_id in ids]
    if kind in ("many", "category", "urgent"):
        for row in rows:
            row["scheduled_send_date"] = today(now) - timedelta(days=some.often(range(-2, 6), [6, 7], 0.1))
    return rows + some.some(rows, 0, 1)


def evidence(some: Chance, page: str, bank: list[Row], now: datetime) -> list[Row]:
    """What is learned of some of the captions; columns that have a default may still be NULL."""
    share = some.pick((0.0, 0.2, 0.4))
    return [
        {
            "caption_id": caption_id,
            "page_name": page,
            "successes": some.often([1, 2, 3, 8, 40], [None, 200], 0.05),
            "failures": some.often([1, 2, 5, 9, 35], [None, 300], 0.05),
            "total_observations": some.often([0, 3, 7, 100], [None]),
            "performance_percentile": some.pick(PERCENTILES),
            "last_updated": now - timedelta(days=1),
        }
        for caption_id in sorted({row["caption_id"] for row in bank})
        if some.yes(share)
    ]


def rules(some: Chance, page: str, now: datetime) -> list[Row]:
    """Restriction rows of all scopes; few pages have one that cannot be used."""
    rows: list[Row] = []
    for version in range(some.pick((0, 0, 1, 1, 2, 3))):
        bad = some.often([""], ["scope", "pattern"], 0.05)
        scope = "EVERYBODY" if bad == "scope" else some.pick((None, "ALL", "PPV_ONLY", "BUMP_ONLY"))
        rows.append(
            {
                "page_name": page,
                "applies_to_scope": scope,
                "hard_patterns": ["(vip"] if bad == "pattern" else some.pick((None, [], some.some(PATTERNS, 0, 2))),
                "soft_patterns": some.pick((None, [], some.some(PATTERNS, 2, 4), some.some(PATTERNS, 2, 4))),
                "restricted_categories": some.pick((None, [], some.some(NAMED, 0, 2))),
                "restricted_price_tiers": some.pick((None, [], some.some(TIERS, 0, 2))),
                "is_active": some.often([True], [False], 0.2),
                "version": version,
                "updated_at": now,
            }
        )
    return rows


def vault(some: Chance, page: str, now: datetime) -> list[Row]:
    """Inventories, of which the newest counts."""
    return [
        {
            "page_name": page,
            "inventory_date": today(now) - timedelta(days=30 * age),
            "available_categories": some.pick((None, some.some(NAMED, 0, 5))),
            "total_content_pieces": 1,
            "inventory_quality_score": 1.0,
            "vault_audit_date": today(now),
        }
        for age in range(some.pick((0, 0, 1, 2, 2)))
    ]


def request(some: Chance, page: str) -> Request:
    """Mostly a request that can be answered; now and then one that must be refused."""
    counts = [some.often([0, 1, 3, 5, 9, 30], [None], 0.05) for _ in range(4)]
    if some.yes(0.03):
        counts[some.count(0, 3)] = -1
    segment = some.often(SEGMENTS, ["VIP", ""], 0.02)
    return Request(some.often([page], [None, "", "  ", "unknown page"], 0.03), segment, *counts)
