"""update_caption_performance: what every message of 90 days says about the captions of a page."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from eros.sample.caption_key import caption_key
from tests.sql.reference import log
from tests.sql.reference.words import Row, World, bank_key, wilson, within

JOB = "update_caption_performance"
INTEGERS = ("successes", "failures", "total_observations", "performance_percentile", "last_used")
FLOATS = (
    "total_revenue",
    "avg_conversion_rate",
    "avg_emv",
    "last_emv_observed",
    "confidence_lower_bound",
    "confidence_upper_bound",
    "exploration_score",
)


@dataclass(frozen=True)
class Evidence:
    """A message that counts, with its expected monetary value."""

    message: Row
    emv: float


def update(world: World, now: datetime) -> None:
    """Run the procedure on a world."""
    log.abandon(world, JOB, now)
    pages = evidence(world, now)
    medians = {page: found for page, counted in pages.items() if (found := page_median(counted, now)) is not None}
    ids = smallest_ids(world)
    for page, middle in medians.items():
        merge(world, learn(page, pages[page], middle, ids), now)
    if not medians:
        log.alert(world, now, "WARNING", JOB, ".")
    log.ended(world, JOB, now, "SUCCESS" if medians else "COMPLETED_NO_WORK", processed=len(medians))


def evidence(world: World, now: datetime) -> dict[str, list[Evidence]]:
    """The messages that count, by page."""
    found: dict[str, list[Evidence]] = defaultdict(list)
    for m in world["mass_messages"]:
        numbers = (m["purchased_count"], m["earnings"])
        if (
            m["page_name"] is not None
            and (m["price"] or 0) > 0
            and (m["viewed_count"] or 0) > 0
            and all(x is not None and math.isfinite(x) for x in numbers)
            and within(m["sending_time"], now, days=90)
        ):
            found[m["page_name"]].append(Evidence(m, m["purchased_count"] / m["viewed_count"] * m["earnings"]))
    return found


def page_median(counted: list[Evidence], now: datetime) -> float | None:
    """The exact median EMV of the last 30 days."""
    recent = [e.emv for e in counted if within(e.message["sending_time"], now, days=30)]
    return median(recent) if recent else None


def smallest_ids(world: World) -> dict[str, int]:
    """Key of a text -> smallest caption_id of the bank."""
    found: dict[str, int] = {}
    for caption in world["caption_bank"]:
        key = bank_key(caption)
        found[key] = min(caption["caption_id"], found.get(key, caption["caption_id"]))
    return found


def learn(page: str, counted: list[Evidence], middle: float, ids: dict[str, int]) -> list[Row]:
    """One row a caption of the page."""
    messages: dict[int, list[Evidence]] = defaultdict(list)
    for e in counted:
        caption = e.message["caption_id"]
        if caption is None and e.message["message"] is not None:
            caption = ids.get(caption_key(e.message["message"]))
        if caption is not None:
            messages[caption].append(e)
    rows = [summary(page, caption, found, middle) for caption, found in messages.items()]
    for row in rows:
        below = sum(other["avg_emv"] < row["avg_emv"] for other in rows)
        # 100 * below / (rows - 1), halves up, in whole numbers: a float would lose some halves.
        row["performance_percentile"] = (200 * below + len(rows) - 1) // (2 * (len(rows) - 1)) if len(rows) > 1 else 0
    return rows


def summary(page: str, caption: int, found: list[Evidence], middle: float) -> Row:
    """What the messages of one caption say, the percentile left out."""
    n = len(found)
    successes = 1 + sum(e.emv > middle for e in found)
    failures = 1 + sum(e.emv <= middle for e in found)
    bounds = wilson(successes, failures)
    sent = sum(e.message["sent_count"] or 0 for e in found)
    newest = max(found, key=_age)
    return {
        "caption_id": caption,
        "page_name": page,
        "successes": successes,
        "failures": failures,
        "total_observations": n,
        "total_revenue": math.fsum(e.message["earnings"] for e in found),
        "avg_conversion_rate": math.fsum(e.message["purchased_count"] for e in found) / sent if sent else 0.0,
        "avg_emv": math.fsum(e.emv for e in found) / n,
        "last_emv_observed": newest.emv,
        "confidence_lower_bound": bounds.lower,
        "confidence_upper_bound": bounds.upper,
        "exploration_score": bounds.bonus,
        "last_used": newest.message["sending_time"],
    }


def _age(e: Evidence) -> tuple[datetime, bool, int]:
    row = e.message["row_id"]
    return e.message["sending_time"], row is not None, row or 0


def merge(world: World, rows: list[Row], now: datetime) -> None:
    """Write the rows in which something differs."""
    existing: dict[tuple[int, str], list[Row]] = defaultdict(list)
    for row in world["caption_bandit_stats"]:
        existing[row["caption_id"], row["page_name"]].append(row)
    for new in rows:
        matched = existing[new["caption_id"], new["page_name"]]
        for old in matched:
            if differs(old, new):
                old |= new | {"last_updated": now}
        if not matched:
            world["caption_bandit_stats"].append(new | {"last_updated": now})


def differs(old: Row, new: Row) -> bool:
    """Whether a computed column differs."""
    return any(old[c] != new[c] for c in INTEGERS) or any(apart(old[c], new[c]) for c in FLOATS)


def apart(a: float | None, b: float | None) -> bool:
    """Whether two figures differ by more than 1e-9 x max(1, |a|, |b|)."""
    if a is None or b is None:
        return a is not b
    return abs(a - b) > 1e-9 * max(1.0, abs(a), abs(b))
