"""The moment a sample world is made for. All times are relative to it, so that the data is always fresh."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from eros.sample.truth import Integers

LA = ZoneInfo("America/Los_Angeles")
HOUR = 3600 * 1_000_000
DAY = 24 * HOUR
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Clock:
    """`now` with the business dates around it. Times are microseconds since 1970, UTC."""

    now: datetime

    @cached_property
    def micros(self) -> int:
        """The moment itself."""
        return (self.now - _EPOCH) // timedelta(microseconds=1)

    @cached_property
    def today(self) -> date:
        """The business date."""
        return self.now.astimezone(LA).date()

    def day(self, offset: int) -> date:
        """The business date `offset` days from today."""
        return self.today + timedelta(days=offset)

    def midnights(self, days_ago: Integers) -> Integers:
        """The LA midnight that begins the day that many days ago; daylight saving counted."""
        begins = [
            (datetime.combine(self.day(-back), datetime.min.time(), LA) - _EPOCH) // timedelta(microseconds=1)
            for back in range(int(days_ago.max()) + 1)
        ]
        return np.array(begins, dtype=np.int64)[days_ago]
