"""The learning loop in the reference model: a message a caption, an update, a selection, day after day.

Pages and captions are those of a sample world; what a message earns is drawn from its hidden truth.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from eros.model import load_model
from eros.sample import Sizes, generate
from eros.sample.truth import TIER_PRICES
from tests.sql.reference import selection, updater
from tests.sql.reference.selection import CLASSES, Request
from tests.sql.reference.words import Draw, Row, World, available, complete, today, wilson

#: The noise of one message, in log-odds, as the sample's own messages have it.
MOOD = 0.5
GOOD = 0.25

SMALL = Sizes(messages=40, pages=2, active_pages=2, captions=330, texts=300, variant_texts=4, fallback_captions=0)


@dataclass
class Loop:
    """A world in which only the bank is given, and the days that have passed in it."""

    seed: int
    now: datetime
    draw: Draw
    a_day: int = 2
    chosen: list[tuple[int, str, int]] = field(default_factory=list)
    """(day, page, caption_id) of everything sent."""

    def __post_init__(self) -> None:
        self.sample = generate(seed=self.seed, now=self.now, sizes=SMALL)
        self.random = np.random.default_rng([self.seed, 1])
        self.world: World = complete(load_model(), {"caption_bank": self.sample.tables["caption_bank"].to_pylist()})
        self.day = 0
        self.good = {page: self._good(page) for page in self.sample.pages}

    def _good(self, page: str) -> set[int]:
        """The best quarter of each class on a page, by what a message with the caption is truly worth."""
        by_class: dict[str, list[int]] = {}
        for caption in available(self.world):
            by_class.setdefault(CLASSES.get(caption["price_tier"], "none"), []).append(caption["caption_id"])
        good: set[int] = set()
        for ids in by_class.values():
            worth = self.sample.truth.expected_emv(page, ids)
            good |= {ids[i] for i in np.argsort(-worth)[: round(GOOD * len(ids))]}
        return good

    def pass_day(self) -> dict[Request, list[Row]]:
        """Choose, send and learn, on every page. Returns what was chosen."""
        asked = [Request(page, None, self.a_day, self.a_day, self.a_day, 0) for page in self.sample.pages]
        chosen = {request: selection.select(self.world, self.now, request, self.draw) for request in asked}
        for request, rows in chosen.items():
            for row in rows:
                self.send(str(request.page), row)
        self.day += 1
        self.now += timedelta(days=1)
        updater.update(self.world, self.now)
        return chosen

    def send(self, page: str, row: Row) -> None:
        """A message with a caption, what it earns, and the lock that keeps the caption from coming back at once."""
        truth, chance = self.sample.truth, self.random
        number = truth.page_index(page)
        price = TIER_PRICES[row["price_tier"]] * float(truth.price_factor[number])
        text = truth.texts_of([row["caption_id"]])
        rate = truth.text_conversion(number, text, price, MOOD * chance.standard_normal())[0]
        sent = int(truth.audience[number])
        viewed = int(chance.binomial(sent, truth.view_rate[number]))
        bought = float(chance.binomial(viewed, rate))
        self.world["mass_messages"].append(
            {
                "row_id": len(self.world["mass_messages"]),
                "page_name": page,
                "message": row["caption_text"],
                "sending_time": self.now,
                "price": price,
                "sent_count": sent,
                "viewed_count": viewed,
                "purchased_count": bought,
                "earnings": bought * price,
                "message_type": None,
                "caption_id": row["caption_id"],
            }
        )
        self.world["active_caption_assignments"].append(
            {
                "page_name": page,
                "caption_id": row["caption_id"],
                "caption_text": row["caption_text"],
                "assigned_date": today(self.now),
                "scheduled_send_date": today(self.now),
                "scheduled_send_hour": 12,
                "is_active": True,
                "assigned_at": self.now,
                "schedule_id": str(len(self.chosen)),
            }
        )
        self.chosen.append((self.day, page, row["caption_id"]))

    def share_of_good(self, first: int, last: int) -> float:
        """Share of good captions among those sent on these days, both included."""
        found = [caption in self.good[page] for day, page, caption in self.chosen if first <= day <= last]
        return sum(found) / len(found)


def thompson(seed: int) -> Draw:
    """wilson_sample: uniform between the Wilson bounds."""
    random = np.random.default_rng([seed, 2])

    def draw(successes: int, failures: int) -> float:
        bounds = wilson(successes, failures)
        return float(random.uniform(bounds.lower, bounds.upper))

    return draw


def exploit(seed: int) -> Draw:
    """Only ever repeat: the share of successes seen, nothing for an untried caption, noise to tell equal ones apart."""
    random = np.random.default_rng([seed, 2])

    def draw(successes: int, failures: int) -> float:
        tried = successes + failures > 2
        return (successes / (successes + failures) if tried else 0.0) + 0.01 * float(random.standard_normal())

    return draw


def guess(seed: int) -> Draw:
    """Learn nothing."""
    random = np.random.default_rng([seed, 2])
    return lambda successes, failures: float(random.uniform())
