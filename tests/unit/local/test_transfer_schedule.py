"""When the Data Transfer stand-in says a schedule runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eros.local.transfer import schedule
from eros.local.transfer.schedule import Interval, next_run, parse


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


ANCHOR = at("2026-01-05 00:17")  # a Monday


class TestTextsTheServiceAccepts:
    @pytest.mark.parametrize(
        ("text", "now", "expected"),
        [
            ("every 6 hours", "2026-01-01 00:00", "2026-01-05 00:17"),
            ("every 6 hours", "2026-01-05 00:17", "2026-01-05 06:17"),
            ("every 6 hours", "2026-11-23 07:00", "2026-11-23 12:17"),
            ("Every  6   HOURS", "2026-01-05 00:18", "2026-01-05 06:17"),
            ("every 30 mins", "2026-01-05 00:18", "2026-01-05 00:47"),
            ("every 15 minutes", "2026-01-05 00:18", "2026-01-05 00:32"),
            ("every 2 days", "2026-01-05 00:18", "2026-01-07 00:17"),
            ("", "2026-01-05 00:18", "2026-01-06 00:17"),
            ("every day 10:05", "2026-01-01 00:00", "2026-01-05 10:05"),
            ("every day 10:05", "2026-01-05 10:05", "2026-01-06 10:05"),
            ("every day 00:10", "2026-01-05 00:05", "2026-01-06 00:10"),
            ("every day 10:05", "2026-02-28 10:06", "2026-03-01 10:05"),
            ("every day", "2026-01-05 00:18", "2026-01-06 00:00"),
            ("every mon, thursday 9:30", "2026-01-05 09:31", "2026-01-08 09:30"),
            ("every sunday 23:59", "2026-12-28 00:00", "2027-01-03 23:59"),
        ],
    )
    def test_next_run(self, text: str, now: str, expected: str) -> None:
        assert next_run(parse(text), anchor=ANCHOR, now=at(now), end=None) == at(expected)

    @pytest.mark.parametrize(
        "text",
        [
            "1st,3rd monday of month 15:30",
            "every wed,fri of jan,jun 13:15",
            "first sunday of quarter 00:00",
            "1,15 of month 10:00",
            "every day of april 00:00",
            "every 2 hours from 10:00 to 14:00",
            "every 2 hours synchronized",
        ],
    )
    def test_rare_forms_are_valid_without_a_run_time(self, text: str) -> None:
        assert parse(text) is None
        assert next_run(None, anchor=ANCHOR, now=ANCHOR, end=None) is None

    def test_none_at_or_after_the_end(self) -> None:
        every_hour = parse("every 1 hours")
        run = at("2026-01-05 01:17")
        assert next_run(every_hour, anchor=ANCHOR, now=ANCHOR, end=run + timedelta(seconds=1)) == run
        assert next_run(every_hour, anchor=ANCHOR, now=ANCHOR, end=run) is None


class TestTextsTheServiceRefuses:
    @pytest.mark.parametrize(
        "text",
        [
            "hourly",
            "0 10 * * *",
            "every",
            "every 6 hour s",
            "every x hours",
            "every -1 hours",
            "every day 24:00",
            "every day 10:60",
            "every day 10:05 UTC",
            "every noday 10:00",
            "every 0 hours",
            "every 4 minutes",
            "6 hours",
        ],
    )
    def test_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"schedule such as|more often than every 5 minutes"):
            parse(text)


class TestIntervals:
    @given(
        period=st.timedeltas(schedule.SHORTEST, timedelta(days=40)),
        since=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    )
    def test_runs_lie_on_the_grid_and_none_is_left_out(self, period: timedelta, since: datetime) -> None:
        first, second = islice(Interval(period).runs(ANCHOR, since), 2)
        assert first >= max(ANCHOR, since)
        assert first == ANCHOR or first - period < since
        assert (first - ANCHOR) % period == timedelta(0)
        assert second - first == period
