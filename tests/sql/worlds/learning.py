"""Worlds for the updater: messages at the edges of the windows, and stats rows that nearly agree already."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from datetime import datetime, timedelta
from math import inf, nan

from eros.sample.caption_key import caption_key
from tests.sql.reference import updater
from tests.sql.reference.words import Row, World
from tests.sql.worlds.edges import Chance, chance

FORMS = (
    "sun {0} rises",
    "SUN {0}  rises!!",
    "\U0001f31e sun {0} rises",
    "ｓｕｎ {0} rises",
    "moon {0}",
    "caf\u00e9 {0}",
)
SIGNS = ("\u2764\ufe0f", "\u2600\ufe0f", "")


def draw(seeds: Iterable[int], now: datetime) -> World:
    """A world with one page a seed, and a stats table that a first run would partly leave alone."""
    world: World = {"mass_messages": [], "caption_bank": [], "caption_bandit_stats": [], "etl_job_runs": runs(now)}
    for number, seed in enumerate(seeds):
        some, page = chance(seed), f"page {number}"
        bank = captions(some, page)
        world["caption_bank"] += bank
        world["mass_messages"] += messages(some, page, now)
    return world


def with_stats(complete: World, seeds: Iterable[int], now: datetime) -> World:
    """The world with a stats table near what it should hold: rows right, slightly off, wrong, or of other captions."""
    learned = deepcopy(complete)
    updater.update(learned, now)
    old = now - timedelta(days=3)
    rows: list[Row] = []
    streams = {f"page {number}": chance(seed + 1) for number, seed in enumerate(seeds)}
    for row in learned["caption_bandit_stats"]:
        some = streams[row["page_name"]]
        if some.yes(0.8):
            found = spoilt(some, row) | {"last_updated": some.often([old], [None])}
            rows += [found] * some.pick((1, 1, 1, 2))  # the key is not enforced
    for page, some in streams.items():
        if some.yes(0.3):
            rows.append(
                {"caption_id": 77, "page_name": page, "successes": 3, "last_updated": old}
            )  # no evidence any more
    return complete | {"caption_bandit_stats": rows}


def spoilt(some: Chance, row: Row) -> Row:
    """The row as it should be, or with one column off."""
    kind = some.pick(("right", "null", "count", "figure", "figure", "figure"))
    if kind == "right":
        return dict(row)
    if kind == "null":
        column = some.pick([c for c in (*updater.INTEGERS, *updater.FLOATS) if row[c] is not None])
        return row | {column: None}
    if kind == "count":
        column = some.pick(("successes", "failures", "total_observations", "performance_percentile"))
        return row | {column: row[column] + some.pick((-1, 1))}
    column = some.pick(updater.FLOATS)
    unit = 1e-9 * max(1.0, abs(row[column]))
    return row | {column: row[column] + some.pick((-1.5, -0.7, 0.7, 1.5)) * unit}


def captions(some: Chance, page: str) -> list[Row]:
    """Bank rows whose texts are this page's alone; several ids to a text, ids repeated, keys stored, old or missing."""
    rows: list[Row] = []
    for _ in range(some.count(0, 6)):
        text = some.pick(FORMS).format(page)
        stored = some.pick(
            (caption_key(text), caption_key(text), None, "d41d8cd98f00b204e9800998ecf8427e", "", "0" * 64)
        )
        rows += [{"caption_id": some.caption_id(), "caption_text": text, "caption_key": stored}] * some.pick(
            (1, 1, 1, 2)
        )
    return rows


def messages(some: Chance, page: str, now: datetime) -> list[Row]:
    """Messages of a page, most of them evidence."""
    size = some.pick((0, 1, 2, 5, 9, 14))
    rows = [message(some, page, now, row_id) for row_id in some.random.sample(range(-50, 100), size)]
    if rows and some.yes(0.3):
        rows.append(dict(rows[0]))  # sent twice, so it counts twice
    if rows and some.yes(0.3):
        # Two of one instant, the one without a row_id comes first.
        rows.append(rows[-1] | {"row_id": None, "earnings": 8.0})
    return rows


def message(some: Chance, page: str, now: datetime, row_id: int) -> Row:
    """A message; each column is now and then at an edge or beyond it."""
    text = some.pick((*FORMS, "unknown {0}")).format(page)
    return {
        "row_id": row_id,
        "page_name": some.often([page], [None], 0.02),
        "message": some.often([text], [*SIGNS, None]),
        "sending_time": some.often([some.instant(now, (7, 30, 90))], [None, now + timedelta(days=1)], 0.05),
        "price": some.often([5.0, 0.01], [0.0, -1.0, None, nan, inf, -inf], 0.05),
        "sent_count": some.often([10, 100], [0, None]),
        "viewed_count": some.often([1, 2, 4], [0, -2, None], 0.05),
        "purchased_count": some.often([0.0, 1.0, 2.0, 0.5], [None, nan, inf, -inf], 0.05),
        "earnings": some.often([0.0, 1.0, 2.25, 16.0], [-4.0, None, nan, inf, -inf], 0.08),
        "message_type": None,
        "caption_id": some.often([None], [some.caption_id()], 0.5),
    }


def runs(now: datetime) -> list[Row]:
    """Log rows of earlier runs, around the two hours after which one counts as abandoned."""
    ages = (timedelta(hours=2, microseconds=1), timedelta(hours=2), timedelta(minutes=5), timedelta(days=2))
    return [
        {
            "job_id": f"{job}_{number}_{status}",
            "job_name": job,
            "job_start_time": now - age,
            "job_status": status,
            "error_message": None if status == "RUNNING" else "as before",
        }
        for job in (updater.JOB, "sweep_expired_caption_locks", "another_job")
        for number, age in enumerate(ages)
        for status in ("RUNNING", "SUCCESS", "FAILED")
    ]
