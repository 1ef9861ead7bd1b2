"""How often a Data Transfer schedule runs.

Syntax: https://cloud.google.com/appengine/docs/flexible/scheduling-jobs-with-cron-yaml#formatting_the_schedule
"""

from __future__ import annotations

import re

#: Mean days of a month.
MONTH_DAYS = 365.25 / 12

_INTERVAL = re.compile(r"every (\d+) (hours?|minutes?|mins?)")
_DAYS = re.compile(r"every (day|[a-z]{3,9}(?:, ?[a-z]{3,9})*)(?: \d{1,2}:\d{2})?")
_DATES = re.compile(r"(?:day )?(\d+(?:, ?\d+)*) of month(?: \d{1,2}:\d{2})?")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def runs_per_day(schedule: str) -> float | None:
    """Mean runs a day: `every 6 hours` is 4, `every mon,thu 09:00` is 2/7; None for what is not understood."""
    text = " ".join(schedule.lower().split())
    if match := _INTERVAL.fullmatch(text):
        minutes = int(match[1]) * (60 if match[2].startswith("hour") else 1)
        return 24 * 60 / minutes if minutes else None
    if match := _DAYS.fullmatch(text):
        if match[1] == "day":
            return 1.0
        days = {word.strip()[:3] for word in match[1].split(",")}
        return len(days) / 7 if days <= set(_WEEKDAYS) else None
    if match := _DATES.fullmatch(text):
        return len(match[1].split(",")) / MONTH_DAYS
    return None
