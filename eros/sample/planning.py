"""Rows of tools around us: schedule_recommendations, schedule_export_log, and ready-made caption_bandit_stats."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from eros.sample.arrow import Columns, instants, strings, where_null
from eros.sample.bank import Bank
from eros.sample.clock import DAY, HOUR, Clock
from eros.sample.sizes import Sizes
from eros.sample.truth import Floats, Integers, Truth

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: Messages in one schedule.
_SLOTS = 12


def plan(
    bank: Bank, elsewhere: Integers, names: tuple[str, ...], sizes: Sizes, clock: Clock, rng: Generator
) -> tuple[Columns, list[tuple[str, str]]]:
    """schedule_recommendations' columns, and the (schedule_id, page) pairs in it.

    A schedule is a page's week, the newest first; captions come from the bank, from captions alone, from nowhere.
    """
    n = sizes.schedule_rows
    schedule = np.arange(n) // _SLOTS
    page = schedule % sizes.active_pages
    week = schedule // sizes.active_pages
    day = rng.integers(0, 7, n)
    dates = [clock.day(d - 7 * w) for d, w in zip(day.tolist(), week.tolist(), strict=True)]
    ids = [f"sched_{names[p]}_{clock.day(-7 * w):%Y%m%d}" for p, w in zip(page.tolist(), week.tolist(), strict=True)]
    row = rng.integers(0, len(bank.ids), n)
    caption = bank.ids[row]
    source = rng.random(n)
    if len(elsewhere):
        from_captions = source < 0.06
        caption[from_captions] = rng.choice(elsewhere, int(from_captions.sum()))
    nowhere = (source >= 0.06) & (source < 0.08)
    caption[nowhere] = rng.integers(-(2**63), 2**63 - 1, int(nowhere.sum()), dtype=np.int64)
    send = clock.micros - clock.micros % DAY + (day - 7 * week) * DAY + rng.integers(14, 30, n) * HOUR
    active = (week == 0) & (rng.random(n) < 0.95)
    columns: Columns = {
        "schedule_id": ids,
        "page_name": strings(names).take(page),
        "day_of_week": [_WEEKDAYS[date.weekday()] for date in dates],
        "scheduled_send_time": instants(send),
        "message_type": strings(["BUMP", "PPV"]).take((bank.tier[row] > 0).astype(np.int64)),
        "caption_id": where_null(caption, source > 0.98),
        "created_at": instants(clock.micros - (7 * week + 1) * DAY),
        "is_active": where_null(active, rng.random(n) < 0.02),
        "time_slot_rank": np.arange(n) % _SLOTS + 1,
    }
    return columns, sorted({(i, names[p]) for i, p in zip(ids, page.tolist(), strict=True)})


def export(schedules: list[tuple[str, str]], sizes: Sizes, clock: Clock, rng: Generator) -> Columns:
    """schedule_export_log's columns: exports of the last 85 days, most of them fine."""
    n = sizes.exports if schedules else 0
    chosen = [schedules[i] for i in rng.integers(0, max(1, len(schedules)), n).tolist()]
    outcome = rng.choice(3, n, p=[0.93, 0.04, 0.03])
    status = strings(["SUCCESS", "FAILED", "PARTIAL"]).take(outcome)
    return {
        "schedule_id": [schedule for schedule, _ in chosen],
        "page_name": [page for _, page in chosen],
        "export_timestamp": instants(clock.micros - rng.integers(HOUR, 85 * DAY, n)),
        "message_count": where_null(rng.integers(1, _SLOTS + 1, n), outcome == 1),
        "execution_time_seconds": rng.gamma(2.0, 1.5, n).round(3),
        "status": status,
        "error_message": strings([None, "Sheets answered 503: try again", "2 rows had no caption"]).take(outcome),
        "export_format": strings(["CSV", "SHEETS", "JSON"]).take(rng.integers(0, 3, n)),
        "exported_by": strings(["SYSTEM", "USER"]).take((rng.random(n) < 0.2).astype(np.int64)),
    }


def learned(truth: Truth, sizes: Sizes, clock: Clock, rng: Generator) -> Columns:
    """caption_bandit_stats as if learned before, for benchmarks: `sizes.stats` distinct pairs that fit the truth."""
    pairs = rng.choice(sizes.pages * len(truth.caption_ids), sizes.stats, replace=False)
    page, row = np.divmod(pairs, len(truth.caption_ids))
    text = truth.row_text[row]
    observed = 1 + rng.geometric(0.25, sizes.stats)
    wins = rng.binomial(observed, 1 / (1 + np.exp(-2 * truth.text_quality(page, text))))
    successes, failures = 1 + wins, 1 + observed - wins
    low, high, bonus = _wilson(successes, failures)
    emv = rng.lognormal(1.0, 0.5, sizes.stats) * np.exp(2 * truth.text_quality(page, text))
    used = clock.micros - rng.integers(HOUR, 80 * DAY, sizes.stats)
    return {
        "caption_id": truth.caption_ids[row],
        "page_name": strings(truth.pages).take(page),
        "successes": successes,
        "failures": failures,
        "total_observations": observed,
        "total_revenue": (emv * observed * 40).round(2),
        "avg_conversion_rate": truth.text_conversion(page, text, 15.0) * 0.5,
        "avg_emv": emv,
        "last_emv_observed": emv * rng.lognormal(0, 0.3, sizes.stats),
        "confidence_lower_bound": low,
        "confidence_upper_bound": high,
        "exploration_score": bonus,
        "last_used": instants(used),
        "last_updated": instants(np.minimum(used + rng.integers(HOUR, 6 * HOUR, sizes.stats), clock.micros)),
        "performance_percentile": rng.integers(0, 101, sizes.stats),
    }


def _wilson(successes: Integers, failures: Integers) -> tuple[Floats, Floats, Floats]:
    """wilson_score_bounds: the 95 % Wilson score interval and the exploration bonus."""
    z, n = 1.96, successes + failures
    p = successes / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1), 1 / np.sqrt(n + 1)
