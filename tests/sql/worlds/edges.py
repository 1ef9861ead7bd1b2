"""Draws that prefer the edges: instants, dates, ids and texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from tests.sql.reference.words import today

LARGEST = 2**63 - 1
IDS = (-LARGEST - 1, LARGEST, -1, 0, 1, 2, 2**53 + 1, 2**53, -(2**53) - 1)

#: Clocks: an ordinary noon, just before and at midnight in Los Angeles, both change-overs, a leap day, New Year's Eve.
CLOCKS = tuple(
    datetime.fromisoformat(text)
    for text in (
        "2025-06-15T12:00:00+00:00",
        "2025-06-15T06:59:59.999999+00:00",
        "2025-06-15T07:00:00+00:00",
        "2025-03-09T10:00:00+00:00",
        "2025-11-02T09:30:00.000001+00:00",
        "2028-03-01T07:59:59+00:00",
        "2026-01-01T07:30:00+00:00",
    )
)


@dataclass
class Chance:
    """A stream of draws."""

    random: Random

    def pick[T](self, options: Sequence[T]) -> T:
        """One of the options."""
        return self.random.choice(options)

    def often[T](self, usual: Sequence[T], rare: Sequence[T], share: float = 0.1) -> T:
        """Usually one of the usual, in a share of the draws one of the rare."""
        return self.pick(rare if self.random.random() < share else usual)

    def yes(self, share: float) -> bool:
        """True in a share of the draws."""
        return self.random.random() < share

    def count(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return self.random.randint(low, high)

    def some[T](self, options: Sequence[T], low: int, high: int) -> list[T]:
        """Some of the options, none twice."""
        return self.random.sample(options, min(len(options), self.count(low, high)))

    def instant(self, now: datetime, days: Sequence[int]) -> datetime:
        """An instant within the longest window, or on, just before or just after the edge of one."""
        if self.yes(0.5):
            return now - timedelta(seconds=self.count(0, max(days) * 86_400))
        jitter = timedelta(microseconds=self.pick((-1, 0, 1)))
        return now - timedelta(days=self.pick((0, *days))) + jitter

    def day(self, now: datetime, edges: Sequence[int]) -> date:
        """A date that lies `edges` days from today, or one day more or less."""
        return today(now) + timedelta(days=self.pick(edges) + self.pick((-1, 0, 0, 1)))

    def caption_id(self) -> int:
        """A small id, or one at an end of INT64 or beyond the whole numbers a float can hold."""
        return self.often(range(1, 9), IDS, 0.3)


def chance(seed: int) -> Chance:
    """The stream of a seed."""
    return Chance(Random(seed))
