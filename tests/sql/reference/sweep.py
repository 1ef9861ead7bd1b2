"""sweep_expired_caption_locks: locks whose day has passed are released."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tests.sql.reference import log
from tests.sql.reference.words import ANYTHING, World, due, today

JOB = "sweep_expired_caption_locks"


def sweep(world: World, now: datetime) -> None:
    """Run the procedure on a world."""
    log.abandon(world, JOB, now)
    day = today(now)
    stale = past = 0
    for lock in world["active_caption_assignments"]:
        if lock["is_active"] and due(lock) < day:
            old = due(lock) < day - timedelta(days=7)
            stale, past = stale + old, past + (not old)
            reason = "STALE_7DAY" if old else "PAST_SEND_DATE"
            lock |= {"is_active": False, "deactivated_at": now, "deactivation_reason": reason}
    world["lock_sweep_log"].append(
        {
            "sweep_id": re.compile(f"^sweep_{now.astimezone(UTC):%Y%m%d_%H%M%S}_[0-9a-f-]{{36}}$"),
            "sweep_time": now,
            "locks_expired_stale": stale,
            "locks_expired_past_date": past,
            "total_locks_cleaned": stale + past,
            "sweep_duration_seconds": ANYTHING,
        }
    )
    if stale + past > 1000:
        log.alert(world, now, "WARNING", "lock_cleanup", ".", str(stale + past))
    log.ended(world, JOB, now, "SUCCESS", processed=ANYTHING)
