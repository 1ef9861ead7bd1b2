"""Schedules in the words of the Data Transfer API: reading them, and when they run. Always UTC.

The format is App Engine's cron.yaml: https://cloud.google.com/appengine/docs/flexible/scheduling-jobs-with-cron-yaml
The two simple forms are computed: `every 6 hours` and `every day 10:05` (or weekdays in place of day). Rarer
ones (`first sunday of quarter 00:00`, `every 2 hours from 10:00 to 14:00`) are accepted without run times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

DEFAULT = "every 24 hours"  # what the data source scheduled_query uses for an empty schedule
SHORTEST = timedelta(minutes=5)

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = "january february march april may june july august september october november december"
UNITS = {"minutes": "minutes", "mins": "minutes", "hours": "hours", "days": "days"}

_DAY = "(?:" + "|".join(f"{day}|{day[:3]}" for day in DAYS) + ")"
_MONTH = "(?:" + "|".join(f"{month}|{month[:3]}" for month in MONTHS.split()) + "|month|quarter)"
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_ORDINAL = r"(?:1st|2nd|3rd|4th|5th|first|second|third|fourth|fifth)"
_NUMBER = r"(?:[12]?\d|3[01])"

INTERVAL = re.compile(r"every (?P<count>\d+) (?P<unit>minutes|mins|hours|days)")
WEEKLY = re.compile(rf"every (?P<days>day|{_DAY}(?:,{_DAY})*)(?: (?P<time>{_TIME}))?")
RARE = re.compile(
    rf"every \d+ (?:minutes|mins|hours) (?:from {_TIME} to {_TIME}|synchronized)"
    rf"|(?:every|{_ORDINAL}(?:,{_ORDINAL})*) {_DAY}(?:,{_DAY})* of {_MONTH}(?:,{_MONTH})*(?: {_TIME})?"
    rf"|(?:every day|{_NUMBER}(?:,{_NUMBER})*) of {_MONTH}(?:,{_MONTH})*(?: {_TIME})?"
)


@dataclass(frozen=True)
class Interval:
    """Every so long, counted from the start time."""

    period: timedelta

    def runs(self, anchor: datetime, since: datetime) -> Iterator[datetime]:
        """Run times at or after both `anchor` and `since`, without end."""
        steps = max(0, -((anchor - since) // self.period))  # rounded up
        while True:
            yield anchor + steps * self.period
            steps += 1


@dataclass(frozen=True)
class Weekly:
    """At a time of day, on some days of the week (0 = Monday)."""

    days: frozenset[int]
    at: time

    def runs(self, anchor: datetime, since: datetime) -> Iterator[datetime]:
        """Run times at or after both `anchor` and `since`, without end."""
        first = max(anchor, since)
        day = first.astimezone(UTC).date()
        while True:
            run = datetime.combine(day, self.at, UTC)
            if day.weekday() in self.days and run >= first:
                yield run
            day += timedelta(days=1)


type Schedule = Interval | Weekly


def parse(text: str) -> Schedule | None:
    """The schedule a text means; None for a valid one of a form that is not computed here.

    Raises:
        ValueError: not a schedule, or more often than every five minutes.
    """
    words = re.sub(r"\s*,\s*", ",", " ".join(text.lower().split())) or DEFAULT
    if match := INTERVAL.fullmatch(words):
        period = timedelta(**{UNITS[match["unit"]]: int(match["count"])})
        if period < SHORTEST:
            raise ValueError(f"{text!r} runs more often than every 5 minutes")
        return Interval(period)
    if match := WEEKLY.fullmatch(words):
        named = {day[:3] for day in match["days"].split(",")}
        days = frozenset(number for number, day in enumerate(DAYS) if named & {"day", day[:3]})
        hour, minute = (match["time"] or "00:00").split(":")
        return Weekly(days, time(int(hour), int(minute)))
    if RARE.fullmatch(words):
        return None
    raise ValueError(f"{text!r} is not a schedule such as 'every 6 hours' or 'every day 10:05'")


def next_run(schedule: Schedule | None, *, anchor: datetime, now: datetime, end: datetime | None) -> datetime | None:
    """The first run after now, or None if there is none before `end` or the form is not computed."""
    if schedule is None:
        return None
    run = next(run for run in schedule.runs(anchor, now) if run > now)
    return run if end is None or run < end else None
