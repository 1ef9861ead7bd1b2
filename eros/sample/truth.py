"""The ground truth of a sample world: how good each caption really is on each page. Pure arithmetic.

A message of caption c at price x on page p is bought by a viewer with probability

    conversion(p, c, x) = logistic(level[p] + quality(p, c) - ELASTICITY * ln(x / REFERENCE_PRICE))
    quality(p, c)       = base[c] + category_taste[p, category(c)] + tier_taste[p, tier(c)]

an additive latent-factor model in log-odds: 0 is a usual caption, +1 multiplies the odds of a purchase by e.
A caption is its text: ids whose texts have one key share base, category and tier, and so the quality.
Observed messages add noise: a mood per message, binomial views and purchases, and rounding of earnings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from eros.errors import UserError, nearest

#: Tier -> mean price in USD, the cheapest first.
TIER_PRICES = {
    "bump": 0.0,
    "low": 3.60,
    "budget": 6.60,
    "mid": 14.93,
    "high": 31.96,
    "premium": 35.46,
    "luxury": 70.37,
}
TIERS = tuple(TIER_PRICES)

#: With 0.5 a dearer caption is bought just so much less that price alone hardly changes the EMV.
ELASTICITY = 0.5
REFERENCE_PRICE = 15.0

BASE_SPREAD, CATEGORY_SPREAD, TIER_SPREAD = 0.6, 0.4, 0.2

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Truth:
    """Hidden factors. Arrays over pages (P), texts (T), categories (C) and tiers; `row_text[i]` is row i's text."""

    pages: tuple[str, ...]
    caption_ids: Integers
    row_text: Integers
    base: Floats
    category: Integers
    tier: Integers
    category_taste: Floats
    tier_taste: Floats
    level: Floats
    audience: Floats
    view_rate: Floats
    price_factor: Floats

    def text_quality(self, page: ArrayLike, text: ArrayLike) -> Floats:
        """Quality by index of page and text, vectorised."""
        p, t = np.asarray(page), np.asarray(text)
        taste = self.category_taste[p, self.category[t]] + self.tier_taste[p, self.tier[t]]
        return np.asarray(self.base[t] + taste, float)

    def text_conversion(self, page: ArrayLike, text: ArrayLike, price: ArrayLike, mood: ArrayLike = 0.0) -> Floats:
        """Probability that a viewer buys, by index; `mood` is a message's own deviation in log-odds."""
        effect = ELASTICITY * np.log(np.maximum(np.asarray(price, float), 0.5) / REFERENCE_PRICE)
        odds = self.level[np.asarray(page)] + self.text_quality(page, text) - effect + np.asarray(mood, float)
        return np.asarray(1.0 / (1.0 + np.exp(-odds)), float)

    @cached_property
    def _rows(self) -> Mapping[int, int]:
        return {caption_id: row for row, caption_id in enumerate(self.caption_ids.tolist())}

    def page_index(self, page: str) -> int:
        """Position of a page in `pages`. UserError when the world has no such page."""
        if page not in self.pages:
            raise UserError(f"the sample world has no page {page!r}.", remedy=nearest(page, self.pages))
        return self.pages.index(page)

    def texts_of(self, caption_ids: ArrayLike) -> Integers:
        """Text index of each caption id. UserError for an id that is not in the bank."""
        ids = np.atleast_1d(np.asarray(caption_ids, dtype=np.int64)).tolist()
        unknown = [i for i in ids if i not in self._rows]
        if unknown:
            raise UserError(f"the sample's caption_bank has no caption {unknown[0]}.")
        return self.row_text[[self._rows[i] for i in ids]]

    def qualities(self, page: str, caption_ids: ArrayLike) -> Floats:
        """True quality of captions on a page, in log-odds."""
        return self.text_quality(self.page_index(page), self.texts_of(caption_ids))

    def quality(self, page: str, caption_id: int) -> float:
        """True quality of one caption on a page, in log-odds."""
        return float(self.qualities(page, [caption_id])[0])

    def expected_emv(self, page: str, caption_ids: ArrayLike) -> Floats:
        """USD one message is worth on the page: price x views x conversion², at the tier's price and usual views.

        EMV = purchases / views x earnings and earnings = price x purchases, hence the square. 0 for a bump.
        """
        p, texts = self.page_index(page), self.texts_of(caption_ids)
        price = np.array(list(TIER_PRICES.values()))[self.tier[texts]] * self.price_factor[p]
        views = self.audience[p] * self.view_rate[p]
        return np.asarray(price * views * self.text_conversion(p, texts, price) ** 2, float)
