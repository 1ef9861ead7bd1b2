"""mass_messages: what each page sent, to how many, and what it earned by the ground truth."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from eros.sample.arrow import Columns, instants, strings, where_null
from eros.sample.bank import Bank, edge_texts
from eros.sample.clock import DAY, HOUR, Clock
from eros.sample.pages import Pages
from eros.sample.sizes import Sizes
from eros.sample.texts import Texts
from eros.sample.truth import TIER_PRICES, Floats, Integers, Truth

FREE_SHARE = 0.4
#: Spread of a single message's luck in log-odds: one observation says little, ten say much.
MOOD = 0.5
WITH_CAPTION_ID = 0.09
#: Of the messages: reworded with the same key, not from the bank at all, without text.
REWORDED, AD_HOC, TEXTLESS = 0.05, 0.06, 0.006

#: How likely a message goes out in each LA hour: quiet nights, busy evenings.
_HOURS = np.array([4, 2, 1, 1, 1, 1, 2, 4, 6, 7, 7, 8, 9, 8, 7, 7, 8, 10, 12, 14, 15, 14, 11, 7], float)


def send(
    texts: Texts, bank: Bank, pages: Pages, truth: Truth, sizes: Sizes, clock: Clock, rng: Generator
) -> tuple[Columns, Columns]:
    """mass_messages' columns, and the columns of caption_bank that follow from them (last_used, avg_revenue)."""
    page = _authors(pages, sizes, rng)
    n = len(page)
    leads = np.flatnonzero(np.diff(page, prepend=-1))  # each page's first row: a paid message of these weeks
    free = rng.random(n) < FREE_SHARE
    free[leads] = False
    text = _captions(page, free, bank, pages, truth, rng)
    sent_at = _times(page, sizes, clock, rng)
    active = leads[page[leads] < sizes.active_pages]
    sent_at[active] = clock.micros - rng.integers(3 * HOUR, 20 * DAY, len(active))

    # Everything that makes a row special is drawn from the rows that are no page's lead.
    rest = rng.permutation(np.setdiff1d(np.arange(n), leads))
    cuts = np.cumsum([round(share * n) for share in (AD_HOC, TEXTLESS, REWORDED)])
    ad_hoc, textless, reworded = rest[: cuts[0]], rest[cuts[0] : cuts[1]], rest[cuts[1] : cuts[2]]
    future = rest[cuts[2] : cuts[2] + max(1, n // 2000)]
    future = future[page[future] < sizes.active_pages]
    sent_at[future] = clock.micros + rng.integers(HOUR, 3 * DAY, len(future))

    price = _prices(page, text, bank, pages, free, rng)
    audience = pages.audience[page] * rng.uniform(0.8, 1.0, n)
    sent = np.round(audience).astype(np.int64)
    # A message is opened over a day or so: the newest have not all their views yet.
    ripe = 1 - np.exp(-np.maximum(clock.micros - sent_at, 0) / (8 * HOUR))
    viewed = rng.binomial(sent, np.clip(pages.view_rate[page] * rng.uniform(0.85, 1.15, n), 0, 1) * ripe)
    viewed[rest[rng.random(len(rest)) < 0.003]] = 0
    mood = MOOD * rng.standard_normal(n)
    bought = rng.binomial(viewed, truth.text_conversion(page, text, price, mood)).astype(float)
    bought[free] = 0.0
    earned = np.round(price * bought * rng.normal(1, 0.02, n).clip(0.9, 1.1), 2)
    paid = rest[~free[rest]]
    earned[paid[-2:]] = np.nan
    earned[paid[-3:-2]] = np.inf

    unsent = np.zeros(n, bool)
    unsent[future] = True
    gift = free & (rng.random(n) < 0.9)  # no price was ever typed in
    no_sale = free & (rng.random(n) < 0.95)
    message = _wording(texts, text, ad_hoc, textless, reworded, rng)
    caption_id, has_id = _tagged(text, bank, np.setdiff1d(rest, ad_hoc), rng)
    order = np.argsort(sent_at, kind="stable")
    columns: Columns = {
        "row_id": where_null(np.arange(1, n + 1), rng.random(n) < 0.0005),
        "page_name": strings(pages.names).take(where_null(page, _some(n, rest, n // 5000, rng))).take(order),
        "message": message.take(order),
        "sending_time": instants(sent_at[order]),
        "price": where_null(price, gift).take(order),
        "sent_count": where_null(sent, unsent | _some(n, rest, n // 200, rng)).take(order),
        "viewed_count": where_null(viewed, unsent).take(order),
        "purchased_count": where_null(bought, unsent | no_sale).take(order),
        "earnings": where_null(earned, unsent | no_sale).take(order),
        "message_type": strings(["PPV", "BUMP"]).take(free.astype(np.int64)).take(order),
        "caption_id": where_null(caption_id, ~has_id).take(order),
    }
    from_bank = ~unsent & ~np.isin(np.arange(n), np.concatenate([ad_hoc, textless]))
    finite = np.where(np.isfinite(earned), earned, 0.0)
    return columns, _used(text[from_bank], sent_at[from_bank], finite[from_bank], bank)


def _authors(pages: Pages, sizes: Sizes, rng: Generator) -> Integers:
    """The page of each row, sorted. Every page has at least three rows, the others go by volume."""
    n = sizes.pages
    drawn = rng.choice(n, sizes.messages - 3 * n, p=pages.volume / pages.volume.sum())
    return np.sort(np.concatenate([np.repeat(np.arange(n), 3), drawn]))


def _captions(
    page: Integers, free: NDArray[np.bool_], bank: Bank, pages: Pages, truth: Truth, rng: Generator
) -> Integers:
    """The text of each row: each page has a repertoire it repeats, the favourites most (Zipf)."""
    text = np.empty(len(page), np.int64)
    first_tier = bank.tier[: len(truth.base)]
    edges = edge_texts(first_tier)
    for p in range(len(pages.names)):
        suits = pages.has_category[p][truth.category]
        for is_free, share in ((True, 0.15), (False, 0.3)):
            rows = np.flatnonzero((page == p) & (free == is_free))
            pool = np.flatnonzero(suits & ((first_tier == 0) == is_free))
            repertoire = rng.choice(pool, min(len(pool), max(5, round(len(rows) * share))), replace=False)
            if not is_free:
                repertoire[0] = edges[p % len(edges)]
            weight = np.arange(1, len(repertoire) + 1) ** -0.7
            text[rows] = rng.choice(repertoire, len(rows), p=weight / weight.sum())
    return text


def _times(page: Integers, sizes: Sizes, clock: Clock, rng: Generator) -> Integers:
    """Sending instants: any of the last days, silent pages only the ones before the 40th, evenings most."""
    quiet = np.where(page < sizes.active_pages, 0, 40)
    days_ago = rng.integers(quiet, sizes.days)
    hour = rng.choice(24, len(page), p=_HOURS / _HOURS.sum())
    sent_at = clock.midnights(days_ago) + hour * HOUR + rng.integers(0, 3600, len(page)) * 1_000_000
    return np.where(sent_at > clock.micros, sent_at - DAY, sent_at)


def _prices(
    page: Integers, text: Integers, bank: Bank, pages: Pages, free: NDArray[np.bool_], rng: Generator
) -> Floats:
    """The caption's price in the page's manner, in steps of a quarter dollar; 0 for free messages."""
    menu = np.array(list(TIER_PRICES.values()))[bank.tier[text]] * pages.price_factor[page]
    stepped = np.round(menu * rng.normal(1, 0.08, len(page)).clip(0.8, 1.2) * 4) / 4
    return np.where(free, 0.0, np.maximum(stepped, 1.0))


def _wording(
    texts: Texts, text: Integers, ad_hoc: Integers, textless: Integers, reworded: Integers, rng: Generator
) -> pa.StringArray:
    """The text as it was sent: nearly always the caption's own, to the letter."""
    count = len(texts.text)
    # Emoji texts are hashed as they stand, so any decoration would make them another caption.
    decorated = [
        value if wordless else f"{value} 💛"
        for value, wordless in zip(texts.text, texts.wordless.tolist(), strict=True)
    ]
    notes = [f"A note from me, number {i}: thank you for being here!" for i in range(max(20, len(ad_hoc) // 2))]
    index = text.copy()
    index[reworded] += count
    index[ad_hoc] = 2 * count + rng.integers(0, len(notes), len(ad_hoc))
    index[textless] = 2 * count + len(notes) + rng.integers(0, 2, len(textless))
    return strings([*texts.text, *decorated, *notes, "", None]).take(index)


def _tagged(text: Integers, bank: Bank, rows: Integers, rng: Generator) -> tuple[Integers, NDArray[np.bool_]]:
    """caption_id where a row has one: any id of the row's text, now and then one the bank has lost."""
    by_text = np.argsort(bank.text, kind="stable")
    starts = np.searchsorted(bank.text[by_text], np.arange(bank.text.max() + 2))
    copies = np.diff(starts)[text]
    chosen = by_text[starts[text] + np.floor(rng.random(len(text)) * copies).astype(np.int64)]
    ids = bank.ids[chosen]
    lost = rng.random(len(text)) < 0.03
    ids[lost] = rng.integers(-(2**63), 2**63 - 1, int(lost.sum()), dtype=np.int64)
    has_id = np.zeros(len(text), bool)
    has_id[rng.choice(rows, round(len(text) * WITH_CAPTION_ID), replace=False)] = True
    return ids, has_id


def _some(n: int, rows: Integers, count: int, rng: Generator) -> NDArray[np.bool_]:
    """A mask of `n` rows with `count` of `rows` set."""
    mask = np.zeros(n, bool)
    mask[rng.choice(rows, count, replace=False)] = True
    return mask


def _used(text: Integers, sent_at: Integers, earned: Floats, bank: Bank) -> Columns:
    """last_used and avg_revenue of every bank row, by its text; NULL where it was never sent."""
    count = int(bank.text.max()) + 1
    times = np.bincount(text, minlength=count)
    newest = np.zeros(count, np.int64)
    np.maximum.at(newest, text, sent_at)
    mean = np.bincount(text, earned, count) / np.maximum(times, 1)
    never = (times == 0)[bank.text]
    return {
        "last_used": instants(newest[bank.text], never),
        "avg_revenue": where_null(mean.round(2)[bank.text], never),
    }
