"""Worlds for the sweep: locks around today and around the eighth day before it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from tests.sql.reference.words import Row, World
from tests.sql.worlds import learning
from tests.sql.worlds.edges import Chance, chance


def draw(seeds: Iterable[int], now: datetime) -> World:
    """A world with the locks of one page a seed."""
    world: World = {"active_caption_assignments": [], "etl_job_runs": learning.runs(now)}
    for number, seed in enumerate(seeds):
        some = chance(seed)
        for _ in range(some.count(0, 6)):
            row = lock(some, f"page {number}", now, some.caption_id())
            world["active_caption_assignments"] += [row] * some.pick((1, 1, 1, 2))
    return world


def lock(some: Chance, page: str, now: datetime, caption_id: int) -> Row:
    """A lock, most of them active; one without a planned day is due 7 days after it was assigned."""
    active = some.often([True], [False, None], 0.3)
    return {
        "page_name": page,
        "caption_id": caption_id,
        "caption_text": "text",
        "assigned_date": some.day(now, (-14, -7, 0, -3)),
        "scheduled_send_date": some.pick((None, some.day(now, (-8, -7, -6, 0, 1)))),
        "scheduled_send_hour": some.pick((None, 0, 9, 23)),
        "is_active": active,
        "assigned_at": some.often([now - timedelta(days=some.count(0, 9))], [None], 0.2),
        "assignment_key": some.pick((None, "same", str(caption_id))),
        "schedule_id": str(some.count(0, 10**9)),
        "deactivated_at": None if active else some.pick((None, now - timedelta(days=1))),
        "deactivation_reason": None if active else some.pick((None, "BY_HAND")),
    }
