"""run_daily_automation: which creators are ready for a schedule on a date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tests.sql.reference import log, sweep
from tests.sql.reference.usage import locks_of
from tests.sql.reference.words import (
    ANYTHING,
    LOS_ANGELES,
    SCOPES,
    Refused,
    Row,
    World,
    available,
    due,
    excludes,
    restrictions,
    today,
)

JOB = "run_daily_automation"
SOURCE = "daily_automation"
SATURATED = 80
PPV_POOL, BUMP_POOL = 200, 50


@dataclass(frozen=True)
class Share:
    """Captions locked, and captions there are to choose from."""

    locked: int
    of: int

    @property
    def saturated(self) -> bool:
        """80 per cent or more, in whole numbers."""
        return 100 * self.locked >= SATURATED * self.of

    @property
    def per_cent(self) -> float:
        return 100 * self.locked / self.of


def run(world: World, now: datetime, day: date | None) -> None:
    """Run the procedure on a world. Refused where it must raise an error; what it wrote before stays written."""
    if day is None or not today(now) - timedelta(days=89) <= day <= today(now) + timedelta(days=1):
        raise Refused("date")
    log.abandon(world, JOB, now)
    if younger := rivals(world, now, day):
        log.ended(world, JOB, now, "FAILED", day, processed=ANYTHING)
        raise Refused("another run is in progress", min(younger)[1])

    pages = active(world, day)
    problems = {page: problem for page in pages if (problem := mend(world, page))}
    for page, problem in problems.items():
        world["creator_processing_errors"].append(
            {
                "job_id": re.compile(f"^{JOB}_{day:%Y%m%d}_"),
                "page_name": page,
                "execution_date": day,
                "error_message": re.compile(problem),
                "error_time": now,
            }
        )
    broken = len(problems) >= 5 and 4 * len(problems) > len(pages)
    if not broken:
        merge(world, now, day, {page: saturation(world, page, now, day) for page in pages - problems.keys()})
    sweep.sweep(world, now)

    verdict = f"Circuit breaker triggered: {len(problems)} of {len(pages)} creators failed"
    if broken:
        status = "FAILED"
        log.alert(world, now, "CRITICAL", SOURCE, "(?#breaker).", verdict)
    elif problems:
        status = "COMPLETED_WITH_ERRORS"
        log.alert(world, now, "WARNING", SOURCE, "(?#errors).", str(len(problems)))
    elif pages:
        status = "SUCCESS"
    else:
        status = "COMPLETED_NO_WORK"
        log.alert(world, now, "WARNING", SOURCE, "(?#no creators).")
    log.ended(world, JOB, now, status, day, processed=len(pages) - len(problems), failed=len(problems))
    if broken:
        raise Refused(verdict)


def rivals(world: World, now: datetime, day: date) -> list[tuple[datetime, str]]:
    """Earlier runs of the date that may still be at work; those that no longer can be are given up."""
    found = []
    for row in world["etl_job_runs"]:
        if (row["job_name"], row["job_status"], row["execution_date"]) == (JOB, "RUNNING", day) and row[
            "job_start_time"
        ] < now:
            if row["job_start_time"] > now - timedelta(minutes=30):
                found.append((row["job_start_time"], row["job_id"]))
            else:
                log.give_up(row)
    return found


def active(world: World, day: date) -> set[str]:
    """Pages with a message on one of the 30 dates that end with the day."""
    return {
        m["page_name"]
        for m in world["mass_messages"]
        if m["page_name"] is not None
        and m["sending_time"] is not None
        and day - timedelta(days=29) <= m["sending_time"].astimezone(LOS_ANGELES).date() <= day
    }


def mend(world: World, page: str) -> str:
    """What the error of a page must speak of, as a regular expression; '' where its data can be used."""
    for rule in restrictions(world, page):
        if rule["applies_to_scope"] not in SCOPES:
            return re.escape(str(rule["applies_to_scope"]))
    return "" if captions_of(world, page) else "(?i)caption"


def captions_of(world: World, page: str) -> set[int]:
    """Captions available to a page; a pattern excludes none here."""
    rules = restrictions(world, page)
    return {c["caption_id"] for c in available(world) if not any(excludes(rule, c) for rule in rules)}


def saturation(world: World, page: str, now: datetime, day: date) -> Share:
    """How much of what a page can choose from is locked."""
    first = max(day, today(now))
    locked = {k["caption_id"] for k in locks_of(world, page) if k["is_active"] and due(k) >= first}
    return Share(len(locked), min(len(captions_of(world, page)), pools(world, page)))


def pools(world: World, page: str) -> int:
    """The page's minimum pools together: the largest of each that its rows name, else the default."""
    rules = restrictions(world, page)
    ppv = max((r["min_ppv_pool"] for r in rules if r["min_ppv_pool"] is not None), default=PPV_POOL)
    bump = max((r["min_bump_pool"] for r in rules if r["min_bump_pool"] is not None), default=BUMP_POOL)
    return int(ppv + bump)


def merge(world: World, now: datetime, day: date, shares: Mapping[str, Share]) -> None:
    """Queue the creators that are not saturated."""
    holiday: Row = next((row for row in world["holiday_calendar"] if row["holiday_date"] == day), {})
    factor = holiday.get("saturation_impact_factor")
    queued = {row["page_name"]: row for row in world["schedule_generation_queue"] if row["execution_date"] == day}
    for page, share in shares.items():
        if share.saturated:
            continue
        new = {
            "saturation_pct": share.per_cent,
            "queued_at": now,
            "holiday_name": holiday.get("holiday_name"),
            "volume_factor": 1.0 if factor is None else factor,
        }
        if page not in queued:
            ids = {"page_name": page, "execution_date": day, "status": "PENDING"}
            world["schedule_generation_queue"].append(
                ids | new | {"processed_at": None, "schedule_id": None, "error_message": None}
            )
        elif queued[page]["status"] == "PENDING":
            queued[page] |= new
