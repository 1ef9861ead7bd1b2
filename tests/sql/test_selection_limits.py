"""The selection's limits against a plain greedy pick, without an engine: test_reference_selection.py shows that the
SQL takes what reference/limits.py takes.

The four steps of the contract stand in for a loop that SQL does not have. They never pass a limit; they may miss a
caption that the loop finds, and this is how seldom.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from tests.sql.reference.limits import PER_CATEGORY, URGENT, Candidate, greedy, take, within_limits
from tests.sql.reference.usage import Usage
from tests.sql.worlds.edges import Chance, chance

WORLDS = 1_000
type Kind = Callable[[Chance], tuple[list[Candidate], Used]]

CLASSES = ("budget", "mid", "premium", "bump")


class Used(Usage):
    """A usage of which only the counts are known."""

    def __init__(self, urgent: int, categories: Mapping[str, int]) -> None:
        self._urgent, self._categories = urgent, categories

    def urgent(self) -> int:
        return self._urgent

    def of_category(self, category: str | None) -> int:
        return self._categories.get(category, 0) if category else 0


def candidates(some: Chance, number: int, categories: int, urgent: float) -> list[Candidate]:
    """A pool of captions in so many categories, of which a share is urgent."""
    rows = []
    for caption_id in range(number):
        caption = {
            "caption_id": caption_id,
            "content_category": some.pick([*(f"category {n}" for n in range(categories)), None]),
            "has_urgency": some.yes(urgent),
        }
        rows.append(Candidate(caption, some.pick(CLASSES), some.yes(0.05), some.count(0, 1000) / 1000))
    return rows


def usual(some: Chance) -> tuple[list[Candidate], Used]:
    """15 categories and a tenth urgent, as in the sample; up to a hundred captions used in the week."""
    pool = candidates(some, some.count(50, 400), 15, 0.1)
    lately = candidates(some, some.count(0, 100), 15, 0.1)
    urgent = min(URGENT, sum(c.urgent for c in lately))
    return pool, Used(urgent, Counter(c.category for c in lately if c.category))


def tight(some: Chance) -> tuple[list[Candidate], Used]:
    """3 categories, a third urgent, every limit anywhere between untouched and already passed, a pool of any size."""
    used = Used(some.count(0, URGENT + 1), {f"category {n}": some.count(0, PER_CATEGORY + 1) for n in range(3)})
    return candidates(some, some.count(5, 200), 3, 0.33), used


def request(some: Chance) -> dict[str, int]:
    """Up to 10 of each class."""
    return {name: some.pick((0, 1, 3, 5, 10)) for name in CLASSES}


#: Worlds, and the least share of them in which as many captions are found as by greedy.
PRESSURE = [(usual, 0.99), (tight, 0.65)]


@pytest.mark.parametrize(("kind", "least"), PRESSURE, ids=lambda value: getattr(value, "__name__", ""))
def test_limits_hold_and_greedy_seldom_finds_more(kind: Kind, least: float) -> None:
    lead: Counter[int] = Counter()
    for seed in range(WORLDS):
        some = chance(seed)
        (pool, used), wanted = kind(some), request(some)
        taken = take(pool, wanted, used)
        assert within_limits(taken, used), f"world {seed} passes a limit"
        assert all(sum(c.price_class == name for c in taken) <= n for name, n in wanted.items()), f"world {seed}"
        lead[len(greedy(pool, wanted, used)) - len(taken)] += 1
    share = sum(count for more, count in lead.items() if more <= 0) / WORLDS
    print(
        f"{kind.__name__}: as many as greedy in {share:.1%} of {WORLDS} worlds; greedy's lead: {sorted(lead.items())}"
    )
    assert share >= least, sorted(lead.items())


def test_without_pressure_the_steps_are_the_greedy_pick() -> None:
    for seed in range(200):
        some = chance(seed)
        pool, wanted, free = candidates(some, 100, 40, 0.0), request(some), Used(0, {})
        assert take(pool, wanted, free) == greedy(pool, wanted, free)
