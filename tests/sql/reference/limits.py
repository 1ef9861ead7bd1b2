"""Which candidates a selection takes: the contract's four steps, and the plain greedy pick they stand for."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.sql.reference.usage import Usage
from tests.sql.reference.words import Row

URGENT, PER_CATEGORY = 5, 20


@dataclass(frozen=True)
class Candidate:
    """A caption to choose from: how it is shown, its class, and where it stands in the order."""

    caption: Row
    price_class: str
    soft: bool
    score: float
    debug: Mapping[str, Any] = field(default_factory=dict)

    @property
    def urgent(self) -> bool:
        return self.caption["has_urgency"] is True

    @property
    def category(self) -> str | None:
        category: str | None = self.caption["content_category"]
        return category

    @property
    def order(self) -> tuple[bool, float, int]:
        """No soft match first, then the highest score, then the smallest id."""
        return self.soft, -self.score, self.caption["caption_id"]


def take(candidates: Iterable[Candidate], wanted: Mapping[str, int], usage: Usage) -> list[Candidate]:
    """The four steps of the contract."""
    ordered = sorted(candidates, key=lambda c: c.order)
    ranks = _ranks(ordered, lambda c: c.price_class)
    near = [c for c in ordered if c.urgent and ranks[id(c)] <= wanted[c.price_class]]
    kept = {id(c) for c in near[: max(0, URGENT - usage.urgent())]}
    left = [c for c in ordered if not c.urgent or id(c) in kept]
    left = _within_category(left, usage, lambda c: (c.price_class, c.category))
    ranks = _ranks(left, lambda c: c.price_class)
    taken = [c for c in left if ranks[id(c)] <= wanted[c.price_class]]
    return _within_category(taken, usage, lambda c: c.category)


def greedy(candidates: Iterable[Candidate], wanted: Mapping[str, int], usage: Usage) -> list[Candidate]:
    """One after the other in order, whatever still fits: what the steps come near without a loop."""
    taken: list[Candidate] = []
    room = Counter(wanted)
    for candidate in sorted(candidates, key=lambda c: c.order):
        if room[candidate.price_class] > 0 and within_limits([*taken, candidate], usage):
            taken.append(candidate)
            room[candidate.price_class] -= 1
    return taken


def within_limits(taken: Iterable[Candidate], usage: Usage) -> bool:
    """Whether no limit is passed by what is taken; a limit that usage alone has passed admits nothing more."""
    taken = list(taken)
    urgent = sum(c.urgent for c in taken)
    categories = Counter(c.category for c in taken if c.category is not None)
    return (not urgent or urgent + usage.urgent() <= URGENT) and all(
        count + usage.of_category(category) <= PER_CATEGORY for category, count in categories.items()
    )


def _ranks(ordered: Iterable[Candidate], group: Callable[[Candidate], object]) -> dict[int, int]:
    """Rank from 1 of each candidate within its group."""
    seen: dict[object, int] = defaultdict(int)
    ranks: dict[int, int] = {}
    for c in ordered:
        seen[group(c)] += 1
        ranks[id(c)] = seen[group(c)]
    return ranks


def _within_category(ordered: list[Candidate], usage: Usage, group: Callable[[Candidate], object]) -> list[Candidate]:
    """Without those that pass their category's limit within a group; no category, no limit."""
    ranks = _ranks(ordered, group)
    return [c for c in ordered if c.category is None or ranks[id(c)] <= PER_CATEGORY - usage.of_category(c.category)]
