"""The timetable: when every schedule runs, in UTC and on the clock of Los Angeles in both seasons."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from eros.docs.markdown import code, prose, table
from eros.errors import UserError
from eros.model import Environment, Model, Schedule

LOS_ANGELES = ZoneInfo("America/Los_Angeles")

#: A day of daylight saving time and one of standard time.
SUMMER, WINTER = date(2026, 7, 1), date(2026, 1, 15)

_EVERY_HOURS = re.compile(r"every (\d+) hours?")
_EVERY_DAY = re.compile(r"every day (\d\d):(\d\d)")


def timetable(model: Model, environment: Environment) -> str:
    """A row a schedule: its words for Data Transfer, its times in UTC, and in Los Angeles in summer and in winter."""
    head = ("schedule", "in Data Transfer's words", "UTC", "Los Angeles, summer", "Los Angeles, winter", "what it does")
    rows = []
    for name, schedule in sorted(model.schedules.items()):
        utc = times(schedule, environment.schedule_start_times[name])
        summer, winter = (_listed([local(t, day) for t in utc]) for day in (SUMMER, WINTER))
        words = prose(schedule.description)
        rows.append((code(schedule.display_name), code(schedule.schedule), _listed(utc), summer, winter, words))
    return table(head, rows)


def times(schedule: Schedule, start: str) -> list[time]:
    """The UTC times of day at which a schedule runs.

    Args:
        schedule: `every N hours`, N a divisor of 24, or `every day HH:MM`.
        start: its start time, RFC 3339, from which the hours are counted.

    Raises:
        UserError: it does not run at the same times every day, or not in words we know.
    """
    if match := _EVERY_DAY.fullmatch(schedule.schedule):
        return [time(int(match[1]), int(match[2]))]
    match = _EVERY_HOURS.fullmatch(schedule.schedule)
    if match is None or not int(match[1]) or 24 % int(match[1]):
        raise UserError(
            f"the times of day of {schedule.schedule!r} are not known.",
            where=schedule.file,
            remedy="Write `every day HH:MM`, or `every N hours` with a divisor of 24, or teach eros/docs/timetable.py.",
        )
    hours = int(match[1])
    first = datetime.fromisoformat(start).astimezone(UTC)
    return sorted((first + timedelta(hours=hours * n)).time() for n in range(24 // hours))


def local(utc: time, day: date) -> time:
    """A time of a UTC day on the clock of Los Angeles."""
    return datetime.combine(day, utc, UTC).astimezone(LOS_ANGELES).time()


def _listed(found: list[time]) -> str:
    """`03:05`; `every hour at :37` where all hours are in it."""
    if len(found) == 24 and len({t.minute for t in found}) == 1:
        return f"every hour at :{found[0].minute:02}"
    return ", ".join(f"{t:%H:%M}" for t in sorted(found))
