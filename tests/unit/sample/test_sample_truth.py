"""What the messages show agrees with the truth they were drawn from, and the truth is what truth.py says."""

from __future__ import annotations

from collections import defaultdict
from math import exp, isfinite, log
from statistics import mean

import numpy as np
import pytest

from eros.errors import UserError
from eros.sample import SampleWorld
from eros.sample.caption_key import caption_key


def ranks(values: list[float]) -> list[float]:
    return np.argsort(np.argsort(values)).astype(float).tolist()


def spearman(one: list[float], other: list[float]) -> float:
    return float(np.corrcoef(ranks(one), ranks(other))[0, 1])


@pytest.fixture(scope="module")
def observed(world: SampleWorld) -> dict[str, dict[int, list[float]]]:
    """EMV of each message with a bank caption's very text: page -> caption_id -> values."""
    bank = world.tables["caption_bank"]
    by_text = dict(zip(bank["caption_text"].to_pylist(), bank["caption_id"].to_pylist(), strict=True))
    emv: dict[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in world.tables["mass_messages"].to_pylist():
        earned, known = row["earnings"], row["page_name"] and row["message"] in by_text
        if known and row["price"] and row["viewed_count"] and earned is not None and isfinite(earned):
            value = row["purchased_count"] / row["viewed_count"] * earned
            emv[row["page_name"]][by_text[row["message"]]].append(value)
    return emv


class TestLearningIsPossible:
    def test_mean_emv_follows_the_quality_on_every_page(
        self, world: SampleWorld, observed: dict[str, dict[int, list[float]]]
    ) -> None:
        for page in world.pages:
            seen = {caption: mean(values) for caption, values in observed[page].items() if len(values) >= 5}
            assert len(seen) >= 10, f"{page} repeats too few captions to learn from"
            assert spearman(world.truth.qualities(page, list(seen)).tolist(), list(seen.values())) > 0.7, page

    def test_and_the_quality_of_the_wrong_page_says_less(
        self, world: SampleWorld, observed: dict[str, dict[int, list[float]]]
    ) -> None:
        own, foreign = [], []
        for page, other in zip(world.pages, world.pages[1:], strict=False):
            seen = {caption: mean(values) for caption, values in observed[page].items() if len(values) >= 5}
            own.append(spearman(world.truth.qualities(page, list(seen)).tolist(), list(seen.values())))
            foreign.append(spearman(world.truth.qualities(other, list(seen)).tolist(), list(seen.values())))
        assert mean(own) > mean(foreign) + 0.1

    def test_one_message_alone_says_little(
        self, world: SampleWorld, observed: dict[str, dict[int, list[float]]]
    ) -> None:
        """Log EMV of one caption's messages spreads about as far as the captions of a page differ."""
        often = [values for page in observed.values() for values in page.values() if len(values) >= 8]
        spreads = [float(np.std(np.log(values))) for values in often if min(values) > 0]
        differences = np.std(2 * world.truth.text_quality(0, np.arange(len(world.truth.base))))
        assert 0.7 * differences < float(np.median(spreads)) < 1.3 * differences

    def test_expected_emv_is_of_the_size_observed(
        self, world: SampleWorld, observed: dict[str, dict[int, list[float]]]
    ) -> None:
        ratios = []
        for page in world.pages:
            seen = {caption: mean(values) for caption, values in observed[page].items() if len(values) >= 5}
            ratios.append(mean(seen.values()) / float(np.mean(world.truth.expected_emv(page, list(seen)))))
        assert 0.7 < float(np.median(ratios)) < 1.8


class TestFormula:
    def test_quality_and_expected_emv_by_hand(self, world: SampleWorld) -> None:
        truth, page = world.truth, 5
        row = int(np.flatnonzero(truth.tier[truth.row_text] == 3)[0])  # tier mid, 14.93 USD
        caption, text = int(truth.caption_ids[row]), int(truth.row_text[row])
        quality = truth.base[text] + truth.category_taste[page, truth.category[text]] + truth.tier_taste[page, 3]
        assert world.quality(world.pages[page], caption) == pytest.approx(quality)
        price = 14.93 * truth.price_factor[page]
        conversion = 1 / (1 + exp(-(truth.level[page] + quality - 0.5 * log(price / 15))))
        emv = price * truth.audience[page] * truth.view_rate[page] * conversion**2
        assert truth.expected_emv(world.pages[page], [caption]) == pytest.approx([emv])

    def test_a_caption_is_its_text(self, world: SampleWorld) -> None:
        bank = world.tables["caption_bank"]
        by_key = defaultdict(list)
        for caption, text in zip(bank["caption_id"].to_pylist(), bank["caption_text"].to_pylist(), strict=True):
            by_key[caption_key(text)].append(caption)
        shared = [ids for ids in by_key.values() if len(ids) > 1]
        assert len(shared) > 1_000
        for ids in shared:
            assert len(set(world.truth.qualities(world.pages[0], ids).tolist())) == 1

    def test_pages_differ_in_taste(self, world: SampleWorld) -> None:
        ids = world.tables["caption_bank"]["caption_id"].to_pylist()[:2_000]
        best = [int(np.argmax(world.truth.qualities(page, ids))) for page in world.pages]
        assert len(set(best)) > 5

    def test_unknown_names_are_told(self, world: SampleWorld) -> None:
        with pytest.raises(UserError, match="Did you mean 'aurora_ash'"):
            world.quality("aurora_ahs", 1)
        with pytest.raises(UserError, match="no caption 42"):
            world.quality(world.pages[0], 42)
