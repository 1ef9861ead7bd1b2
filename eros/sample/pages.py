"""The creator pages and their characters: taste, audience, prices and how much they send."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from eros.sample.languages import CATEGORIES
from eros.sample.sizes import Sizes
from eros.sample.truth import CATEGORY_SPREAD, TIER_SPREAD, TIERS, Floats

#: Two names that break careless quoting, then plain ones.
_ODD = ("zoë_lark", "o'malley_jo")
# fmt: off
_FIRST = (
    "aurora", "bella", "clara", "dahlia", "elena", "freya", "gemma", "hazel", "iris", "juno", "kira", "luna",
    "maya", "nora", "opal",
)
_LAST = (
    "ash", "blake", "cole", "dune", "ember", "frost", "grey", "hart", "ives", "jade", "knox", "lane", "moss",
    "north",
)
# fmt: on


@dataclass(frozen=True)
class Pages:
    """One entry a page in each array. `has_category` says what the creator has content for (pages x categories)."""

    names: tuple[str, ...]
    volume: Floats
    category_taste: Floats
    tier_taste: Floats
    level: Floats
    audience: Floats
    view_rate: Floats
    price_factor: Floats
    has_category: NDArray[np.bool_]


def found(sizes: Sizes, rng: Generator) -> Pages:
    """The pages of a world, the active ones first."""
    n = sizes.pages
    plain = [f"{first}_{last}" for last in _LAST for first in _FIRST]
    names = [*_ODD, *plain, *(f"creator_{i}" for i in range(n))][:n]
    has_category = rng.random((n, len(CATEGORIES))) < rng.uniform(0.55, 0.95, (n, 1))
    has_category[:, 0] = True  # General
    return Pages(
        names=tuple(names),
        volume=rng.lognormal(0, 0.5, n),
        category_taste=rng.normal(0, CATEGORY_SPREAD, (n, len(CATEGORIES))),
        tier_taste=rng.normal(0, TIER_SPREAD, (n, len(TIERS))),
        level=rng.normal(-4.0, 0.3, n),
        audience=rng.lognormal(np.log(2500), 0.6, n).round(),
        view_rate=rng.uniform(0.35, 0.7, n),
        price_factor=rng.lognormal(0, 0.08, n),
        has_category=has_category,
    )
