"""select_captions_for_creator: who is a candidate, what it scores, and what the call returns."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.sql.reference import log
from tests.sql.reference.limits import Candidate, take
from tests.sql.reference.usage import Usage, locks_of
from tests.sql.reference.words import (
    SCOPES,
    Draw,
    Refused,
    Row,
    World,
    available,
    bank_key,
    due,
    excludes,
    restrictions,
    today,
    wilson,
)

CLASSES = {
    "low": "budget",
    "budget": "budget",
    "mid": "mid",
    "high": "premium",
    "premium": "premium",
    "luxury": "premium",
    "bump": "bump",
}
SEGMENTS = {name: name for name in ("EXPLORATORY", "BUDGET", "STANDARD", "PREMIUM", "LUXURY")} | {
    "BUDGET-CONSCIOUS": "BUDGET",
    "HIGH-VALUE/PRICE-INSENSITIVE": "PREMIUM",
}


@dataclass(frozen=True)
class Request:
    """The arguments of a call."""

    page: str | None
    segment: str | None
    budget: int | None
    mid: int | None
    premium: int | None
    bump: int | None

    @property
    def wanted(self) -> dict[str, int]:
        """Captions asked for, by class."""
        return {name: getattr(self, name) or 0 for name in ("budget", "mid", "premium", "bump")}

    def check(self) -> str:
        """The segment meant. Refused where an argument is none."""
        if self.page is None or not self.page.strip():
            raise Refused("page")
        if negative := [n for n in self.wanted.values() if n < 0]:
            raise Refused(str(negative[0]))
        if self.segment is None:
            return "STANDARD"
        if self.segment.strip().upper() not in SEGMENTS:
            raise Refused(self.segment, *sorted(set(SEGMENTS.values())))
        return SEGMENTS[self.segment.strip().upper()]


def select(world: World, now: datetime, request: Request, draw: Draw) -> list[Row]:
    """The rows of a call, with the draw told in advance; the alert it may leave goes into the world."""
    segment = request.check()
    assert request.page is not None
    if not any(request.wanted.values()):
        return []
    found = take(
        candidates(world, now, request.page, segment, request.wanted, draw),
        request.wanted,
        Usage(world, request.page, now),
    )
    short = {
        name: (wanted, count)
        for name, wanted in request.wanted.items()
        if (count := sum(c.price_class == name for c in found)) < wanted
    }
    if short:
        about = f"(?=.*{re.escape(request.page)})(?=.*{today(now)})"
        says = "".join(rf"(?=.*\b{name}\b[^0-9]*{pair(*figures)})" for name, figures in short.items())
        log.alert(world, now, "WARNING", "select_captions", about, says)
    return [shown(c) for c in sorted(found, key=lambda c: (-c.score, c.caption["caption_id"]))]


def pair(wanted: int, count: int) -> str:
    """Two figures near each other, in any order."""
    return rf"(\b{wanted}\b[^0-9]+\b{count}\b|\b{count}\b[^0-9]+\b{wanted}\b)"


def candidates(
    world: World, now: datetime, page: str, segment: str, wanted: Mapping[str, int], draw: Draw
) -> list[Candidate]:
    """Everything there is to choose from, scored."""
    rules = restrictions(world, page)
    for rule in rules:
        if rule["applies_to_scope"] not in SCOPES:
            raise Refused(page, rule["applies_to_scope"])
    hard, soft = patterns(page, rules, "hard_patterns"), patterns(page, rules, "soft_patterns")
    vault = vault_categories(world, page)
    stats = {row["caption_id"]: row for row in world["caption_bandit_stats"] if row["page_name"] == page}
    usage = Usage(world, page, now)
    cooling = cooling_keys(world, page, now)

    same_text: dict[str, dict[int, Row]] = defaultdict(dict)
    for caption in available(world):
        if (
            wanted.get(CLASSES.get(caption["price_tier"], ""), 0) > 0
            and not any(excludes(rule, caption) for rule in rules)
            and not matches(hard, caption)
            and (vault is None or caption["content_category"] in {None, "General"} | vault)
        ):
            same_text[caption["caption_key_norm"]][caption["caption_id"]] = caption
    return [
        score(list(ids.values()), stats, usage, segment, draw, soft)
        for key, ids in same_text.items()
        if key not in cooling
    ]


def score(
    ids: list[Row],
    stats: Mapping[int, Row],
    usage: Usage,
    segment: str,
    draw: Draw,
    soft: list[tuple[frozenset[bool], re.Pattern[str]]],
) -> Candidate:
    """One candidate from the ids that share a text."""
    rows = [stats.get(caption["caption_id"], {}) for caption in ids]
    successes = 1 + sum(row["successes"] - 1 for row in rows if row.get("successes") is not None)
    failures = 1 + sum(row["failures"] - 1 for row in rows if row.get("failures") is not None)
    caption = min(
        ids, key=lambda c: (-(stats.get(c["caption_id"], {}).get("total_observations") or 0), c["caption_id"])
    )
    percentile = stats.get(caption["caption_id"], {}).get("performance_percentile")
    value = 0.5 if percentile is None else min(1.0, max(0.0, percentile / 100))
    price_class = CLASSES[caption["price_tier"]]
    multiplier = 1.0
    if segment in ("PREMIUM", "LUXURY") and price_class == "premium":
        multiplier = 1.25
    if segment == "BUDGET" and price_class in ("budget", "mid"):
        multiplier = 1.15
    bounds = wilson(successes, failures)
    thompson = draw(successes, failures)
    bonus, penalty = usage.diversity_bonus(caption), usage.budget_penalty(caption)
    final = (0.70 * thompson + 0.15 * bonus + 0.15 * value) * multiplier * (1 - penalty)
    debug = {
        "thompson_score": thompson,
        "diversity_bonus": bonus,
        "segment_multiplier": multiplier,
        "successes": successes,
        "failures": failures,
        "confidence_lower": bounds.lower,
        "confidence_upper": bounds.upper,
        "budget_penalty": penalty,
    }
    return Candidate(caption, price_class, matches(soft, caption), max(0.0, final), debug)


def shown(candidate: Candidate) -> Row:
    """A row of the result."""
    columns = ("caption_id", "caption_text", "price_tier", "content_category", "has_urgency")
    return {c: candidate.caption[c] for c in columns} | {"final_score": candidate.score, "debug_info": candidate.debug}


def patterns(page: str, rules: list[Row], column: str) -> list[tuple[frozenset[bool], re.Pattern[str]]]:
    """Patterns with what they apply to; empty ones are none. Refused where one is invalid."""
    found: list[tuple[frozenset[bool], re.Pattern[str]]] = []
    for rule in rules:
        for pattern in filter(None, rule[column] or ()):
            try:
                found.append((SCOPES[rule["applies_to_scope"]], re.compile(pattern, re.IGNORECASE)))
            except re.error:
                raise Refused(page, pattern) from None
    return found


def matches(rules: list[tuple[frozenset[bool], re.Pattern[str]]], caption: Row) -> bool:
    """Whether a pattern that applies to the caption is found in its text."""
    bump = caption["price_tier"] == "bump"
    return any(bump in applies and pattern.search(caption["caption_text"]) for applies, pattern in rules)


def vault_categories(world: World, page: str) -> set[str] | None:
    """Categories of the page's newest inventory; None where it has no inventory."""
    rows = [row for row in world["creator_content_inventory"] if row["page_name"] == page]
    newest = max((row["inventory_date"] for row in rows), default=None)
    return {c for r in rows if r["inventory_date"] == newest for c in r["available_categories"] or ()} if rows else None


def cooling_keys(world: World, page: str, now: datetime) -> set[str]:
    """Keys of the texts the page has used, or is to use, seven days ago or later."""
    last = today(now) - timedelta(days=7)
    locked = {lock["caption_id"] for lock in locks_of(world, page) if due(lock) >= last}
    return {bank_key(caption) for caption in world["caption_bank"] if caption["caption_id"] in locked}
