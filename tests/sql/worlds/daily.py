"""Worlds for the daily run: creators at the edges of activity, saturation, the queue and the circuit breaker."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from tests.sql.reference import daily
from tests.sql.reference.words import LOS_ANGELES, Row, World, today
from tests.sql.worlds import learning
from tests.sql.worlds.edges import IDS, Chance, chance
from tests.sql.worlds.locks import lock

TIERS = ("bump", "low", "mid", "premium", None)
CATEGORIES = ("Solo", "Duo", "General", None)


def draw(seeds: Iterable[int], now: datetime, day: date) -> World:
    """A world with one creator a seed."""
    seeds = list(seeds)
    some = chance(seeds[0])
    world: World = {
        "caption_bank": bank(some),
        "holiday_calendar": holidays(some, day),
        "etl_job_runs": learning.runs(now) + runs(some, now, day),
        "mass_messages": [],
        "active_caption_assignments": [],
        "creator_caption_restrictions": [],
        "schedule_generation_queue": [],
    }
    for number, seed in enumerate(seeds):
        some, page = chance(seed), f"page {number}"
        world["mass_messages"] += messages(some, page, day)
        near = some.yes(0.3)
        world["active_caption_assignments"] += near_limit(some, page, now, day) if near else locks(some, page, now)
        world["creator_caption_restrictions"] += [five(page, now)] if near else rules(some, page, now)
        world["schedule_generation_queue"] += queue(some, page, now, day)
    return world


def fail_some(world: World, seed: int, now: datetime, day: date) -> World:
    """The world with unknown scopes for a few active creators, or for as many as bring the breaker to its edge."""
    some = chance(seed)
    active = sorted(daily.active(world, day))
    dropped = set(active[: len(active) % 4])  # so that a quarter of them is a whole number
    messages = [m for m in world["mass_messages"] if m["page_name"] not in dropped]
    pages = [page for page in active if page not in dropped]
    fine = [page for page in pages if not daily.mend(world, page)]
    edge = len(pages) // 4 - (len(pages) - len(fine))
    failing = fine[: max(0, some.pick((0, 4, edge, edge + 1)))]
    bad = [restriction(page, "EVERYBODY", now) for page in failing]
    return world | {
        "mass_messages": messages,
        "creator_caption_restrictions": world["creator_caption_restrictions"] + bad,
    }


def locks(some: Chance, page: str, now: datetime) -> list[Row]:
    """Locks of all kinds."""
    return [lock(some, page, now, caption_id) for caption_id in some.some([*IDS, 11, 12, 13, 14], 0, 9)]


def near_limit(some: Chance, page: str, now: datetime, day: date) -> list[Row]:
    """Three to five captions locked, one of them twice; of a pool of five, 80 per cent are four."""
    first = max(day, today(now))
    ids = some.some(range(20, 30), 3, 5)
    live = {"is_active": True, "scheduled_send_date": first, "deactivated_at": None, "deactivation_reason": None}
    return [lock(some, page, now, caption_id) | live for caption_id in [*ids, ids[0]]]


def five(page: str, now: datetime) -> Row:
    """Minimum pools of five together."""
    return restriction(page, None, now) | {"min_ppv_pool": 4, "min_bump_pool": 1}


def bank(some: Chance) -> list[Row]:
    """About 14 captions, an id now and then twice."""
    rows: list[Row] = []
    for caption_id in (*IDS, 11, 12, 13, 14, 15):
        row = {
            "caption_id": caption_id,
            "caption_text": f"text {caption_id}",
            "content_category": some.pick(CATEGORIES),
            "price_tier": some.pick(TIERS),
            "overall_performance_score": some.often([1.0], [0.0, None]),
            "usage_status": some.often(["available", "moderate_recency"], ["recent", None], 0.15),
        }
        rows += [row] * some.pick((1, 1, 1, 2))
    return rows


def messages(some: Chance, page: str, day: date) -> list[Row]:
    """Messages around the first and the last midnight that count. A free one without views counts too."""
    rows: list[Row] = []
    for _ in range(some.pick((0, 1, 2, 3))):
        midnight = datetime.combine(day + timedelta(days=some.pick((-29, 1))), time(), LOS_ANGELES).astimezone(UTC)
        edge = midnight + timedelta(microseconds=some.pick((-1, 0)))
        inside = midnight + timedelta(hours=some.count(-40, 40))
        sent = some.often([edge, inside], [None], 0.05)
        rows.append({"page_name": some.often([page], [None], 0.03), "sending_time": sent})
    return rows


def rules(some: Chance, page: str, now: datetime) -> list[Row]:
    """Restriction rows; few of them leave nothing to choose from."""
    rows = [
        restriction(page, some.pick((None, "ALL", "PPV_ONLY", "BUMP_ONLY")), now)
        for _ in range(some.pick((0, 1, 1, 2)))
    ]
    for row in rows:
        row["min_ppv_pool"] = some.often([None], [1, 2, 4, 8], 0.4)
        row["min_bump_pool"] = some.often([None], [1, 2], 0.4)
        row["restricted_categories"] = some.pick((None, [], some.some(["Solo", "Duo", "Gone"], 0, 2)))
        row["restricted_price_tiers"] = some.pick((None, [], some.some(["bump", "low", "mid"], 0, 2)))
        row["hard_patterns"] = some.pick((None, ["text"]))
        row["is_active"] = some.often([True], [False], 0.15)
    return rows


def restriction(page: str, scope: str | None, now: datetime) -> Row:
    """A row that restricts nothing."""
    return {"page_name": page, "applies_to_scope": scope, "is_active": True, "version": 1, "updated_at": now}


def queue(some: Chance, page: str, now: datetime, day: date) -> list[Row]:
    """What is queued already, for the day and for another one."""
    return [
        {
            "page_name": page,
            "execution_date": queued,
            "saturation_pct": some.pick((None, 12.5)),
            "queued_at": now - timedelta(hours=1),
            "status": some.pick(("PENDING", "PENDING", "PROCESSING", "COMPLETED", "FAILED")),
            "holiday_name": some.pick((None, "Old Holiday")),
            "volume_factor": some.pick((None, 0.5)),
            "schedule_id": some.pick((None, "schedule 1")),
        }
        for queued in (day, day - timedelta(days=1))
        if some.yes(0.3)
    ]


def holidays(some: Chance, day: date) -> list[Row]:
    """The day itself, in two of three worlds, and its neighbour."""
    row = {"holiday_name": "Some Day", "holiday_type": "CULTURAL", "saturation_impact_factor": some.pick((0.7, None))}
    return [row | {"holiday_date": d} for d in (day, day + timedelta(days=1))][some.pick((0, 0, 1)) :]


def runs(some: Chance, now: datetime, day: date) -> list[Row]:
    """Runs of the job that have not ended: of the day and of another, around 30 minutes and 2 hours. Few are rivals."""
    ages = [timedelta(minutes=30), timedelta(minutes=30, microseconds=1), timedelta(hours=2), timedelta(hours=3)]
    if some.yes(0.2):
        ages.append(timedelta(minutes=30) - timedelta(microseconds=1))
    return [
        {
            "job_id": f"{daily.JOB}_{of}_{number}",
            "job_name": daily.JOB,
            "job_start_time": now - age,
            "job_status": "RUNNING",
            "execution_date": of,
        }
        for of in (day, day - timedelta(days=1))
        for number, age in enumerate(ages)
    ]
