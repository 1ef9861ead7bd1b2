"""What a page has used lately: the captions of its locks that are due six days ago or later."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.sql.reference.words import Row, World, due, today

CATEGORIES, TIERS, LOCKS = 5, 7, 3


class Usage:
    """The captions used, most recent first, each caption_id once; only those the bank knows."""

    def __init__(self, world: World, page: str, now: datetime) -> None:
        bank = {caption["caption_id"]: caption for caption in world["caption_bank"]}
        first_day = today(now) - timedelta(days=6)
        locks = [k for k in locks_of(world, page) if due(k) >= first_day and k["caption_id"] in bank]
        newest_first = sorted(locks, key=_recency, reverse=True)
        ids = dict.fromkeys(lock["caption_id"] for lock in newest_first)
        self.captions = [bank[caption_id] for caption_id in ids]

    def urgent(self) -> int:
        """How many urgent captions."""
        return sum(caption["has_urgency"] is True for caption in self.captions)

    def of_category(self, category: str | None) -> int:
        """How many captions of a category; without a category there is nothing to count."""
        return sum(caption["content_category"] == category for caption in self.captions) if category is not None else 0

    def diversity_bonus(self, caption: Row) -> float:
        """From 0, all of it used lately, to 1, none of it."""
        category = -0.2 if caption["content_category"] in self._newest("content_category", CATEGORIES) else 0.1
        tier = -0.2 if caption["price_tier"] in self._newest("price_tier", TIERS) else 0.1
        urgency = -0.1 if any(used["has_urgency"] is True for used in self.captions[:LOCKS]) else 0.05
        return (category + tier + urgency + 0.5) / 0.75

    def budget_penalty(self, caption: Row) -> float:
        """What nearness to the limits costs, as a share of the score."""
        if caption["has_urgency"] is True and self.urgent() >= 4:
            return 0.5
        used = self.of_category(caption["content_category"])
        return 0.3 if used >= 16 else 0.15 if used >= 12 else 0.0

    def _newest(self, column: str, number: int) -> list[str]:
        """The values used most recently, each once."""
        return list(dict.fromkeys(c[column] for c in self.captions if c[column] is not None))[:number]


def locks_of(world: World, page: str) -> list[Row]:
    """A page's locks, active or not."""
    return [lock for lock in world["active_caption_assignments"] if lock["page_name"] == page]


def _recency(lock: Row) -> tuple[date, tuple[bool, Any], tuple[bool, Any], int]:
    hour, assigned = lock["scheduled_send_hour"], lock["assigned_at"]
    return (
        due(lock),
        (hour is not None, hour or 0),
        (assigned is not None, assigned.timestamp() if assigned else 0.0),
        lock["caption_id"],
    )
