"""The world copies the real tables' shape: sizes, shares, freshness, edges. Without an engine."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from math import isfinite
from statistics import mean
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from eros.errors import UserError
from eros.sample import GROWTH, REAL, SampleWorld, Sizes, generate
from eros.sample.bank import EDGE_IDS
from eros.sample.caption_key import caption_key
from eros.sample.world import TABLES
from tests.unit.sample.conftest import NOW

LA = ZoneInfo("America/Los_Angeles")
TODAY = NOW.astimezone(LA).date()


def column(world: SampleWorld, table: str, name: str) -> list[Any]:
    values: list[Any] = world.tables[table][name].to_pylist()
    return values


def rows(world: SampleWorld, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.tables[table].to_pylist()
    return found


def is_evidence(row: dict[str, Any]) -> bool:
    """What the updater learns from: 30-routines' filter without its window."""
    figures = row["purchased_count"], row["earnings"]
    return bool(
        row["page_name"]
        and (row["price"] or 0) > 0
        and (row["viewed_count"] or 0) > 0
        and all(f is not None and isfinite(f) for f in figures)
        and row["sending_time"] <= NOW
    )


class TestRealSizes:
    def test_rows(self, world: SampleWorld) -> None:
        assert {name: table.num_rows for name, table in world.tables.items()} == {
            "mass_messages": 63_411,
            "caption_bank": 44_651,
            "captions": 2_000,
            "schedule_recommendations": 900,
            "active_caption_assignments": 153,
            "creator_caption_restrictions": 12,
            "creator_content_inventory": 36,
            "schedule_export_log": 400,
        }
        assert tuple(world.tables) == TABLES

    def test_39_pages_sent_messages(self, world: SampleWorld) -> None:
        assert {page for page in column(world, "mass_messages", "page_name") if page} == set(world.pages)
        assert len(world.pages) == len(set(world.pages)) == 39

    def test_9_percent_carry_a_caption_id(self, world: SampleWorld) -> None:
        ids = column(world, "mass_messages", "caption_id")
        assert sum(i is not None for i in ids) == round(0.09 * 63_411)
        lost = set(ids) - set(column(world, "caption_bank", "caption_id")) - {None}
        assert 0 < len(lost) < 0.06 * 5_707, "a few ids are unknown to the bank"

    def test_distinct_texts_and_keys(self, world: SampleWorld) -> None:
        texts = set(column(world, "caption_bank", "caption_text"))
        assert len(texts) == 37_271
        assert len({caption_key(text) for text in texts}) == REAL.texts - REAL.variant_texts == 36_711

    def test_15_categories_and_7_tiers(self, world: SampleWorld) -> None:
        assert len(set(column(world, "caption_bank", "content_category")) - {None}) == 15
        assert set(column(world, "caption_bank", "price_tier")) - {None} == {
            "bump", "low", "budget", "mid", "high", "premium", "luxury",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("tier", "price"),
        [("bump", 0), ("low", 3.60), ("budget", 6.60), ("mid", 14.93), ("high", 31.96), ("premium", 35.46)]
        + [("luxury", 70.37)],
    )
    def test_mean_price_of_a_tier(self, world: SampleWorld, tier: str, price: float) -> None:
        tiers, prices = column(world, "caption_bank", "price_tier"), column(world, "caption_bank", "avg_price")
        found = mean(p for p, t in zip(prices, tiers, strict=True) if t == tier)
        assert found == pytest.approx(price, rel=0.005)

    def test_stored_keys(self, world: SampleWorld) -> None:
        lengths: Counter[int] = Counter()
        for row in rows(world, "caption_bank"):
            key = row["caption_key"]
            lengths[len(key or "")] += 1
            assert len(key or "") != 64 or key == caption_key(row["caption_text"])
        share = {length: n / 44_651 for length, n in lengths.items()}
        assert share == {
            64: pytest.approx(0.90, abs=0.01),
            32: pytest.approx(0.09, abs=0.01),
            0: pytest.approx(0.01, abs=0.003),
        }


class TestIds:
    def test_edges_of_int64_and_of_exact_floats_are_in_the_bank_and_in_use(self, world: SampleWorld) -> None:
        text = dict(
            zip(
                column(world, "caption_bank", "caption_id"),
                column(world, "caption_bank", "caption_text"),
                strict=True,
            )
        )
        assert {-(2**63), 2**63 - 1, 2**53 + 1, -(2**53) - 1} < set(EDGE_IDS) <= set(text)
        sent = set(column(world, "mass_messages", "message"))
        assert [edge for edge in EDGE_IDS if text[edge] not in sent] == []

    def test_ids_are_distinct_and_most_do_not_fit_a_float(self, world: SampleWorld) -> None:
        ids = column(world, "caption_bank", "caption_id")
        assert len(set(ids)) == len(ids)
        assert 0.45 < sum(i < 0 for i in ids) / len(ids) < 0.55
        assert sum(int(float(i)) != i for i in ids) > 0.9 * len(ids)


class TestMessages:
    def test_most_repeat_a_caption_to_the_letter(self, world: SampleWorld) -> None:
        texts = set(column(world, "caption_bank", "caption_text"))
        keys = {caption_key(text) for text in texts}
        messages = column(world, "mass_messages", "message")
        assert sum(m in texts for m in messages) / len(messages) > 0.85
        others = {m for m in messages if m and m not in texts}
        known = {m for m in others if caption_key(m) in keys}
        assert known, "some reword a caption without changing its key"
        assert others - known, "some are no caption at all"
        assert {None, ""} < set(messages)

    def test_free_bumps_mostly_have_no_price_and_no_purchases(self, world: SampleWorld) -> None:
        free = [row for row in rows(world, "mass_messages") if not row["price"]]
        assert {row["message_type"] for row in free} == {"BUMP"}
        assert 0.8 < mean(row["price"] is None for row in free) < 1
        assert 0.8 < mean(row["purchased_count"] is None for row in free) < 1

    def test_rows_that_are_no_evidence_occur(self, world: SampleWorld) -> None:
        messages = rows(world, "mass_messages")
        paid = [row for row in messages if row["price"]]
        assert sum(row["page_name"] is None for row in messages) == 12
        assert any(row["viewed_count"] == 0 for row in paid)
        assert any(row["sent_count"] is None for row in paid)
        assert any(row["sending_time"] > NOW for row in paid)
        assert {str(row["earnings"]) for row in paid if not isfinite(row["earnings"] or 0)} == {"nan", "inf"}
        assert 0.55 < mean(map(is_evidence, messages)) < 0.65

    def test_earnings_are_price_times_purchases_with_noise(self, world: SampleWorld) -> None:
        sold = [r for r in rows(world, "mass_messages") if is_evidence(r) and r["purchased_count"]]
        ratio = [r["earnings"] / (r["price"] * r["purchased_count"]) for r in sold]
        assert mean(ratio) == pytest.approx(1, abs=0.005)
        assert len({round(r, 3) for r in ratio}) > 20
        assert all(r["purchased_count"] <= r["viewed_count"] for r in sold)
        assert all(r["viewed_count"] <= r["sent_count"] for r in sold if r["sent_count"] is not None)


class TestFreshness:
    @pytest.mark.parametrize("now", [NOW, NOW + timedelta(days=17, hours=9)])
    def test_every_active_page_has_evidence_of_the_last_30_days_the_last_page_none(self, now: datetime) -> None:
        world = generate(7, now, REAL.scaled(0.02))
        newest: dict[str, date] = {}
        for row in rows(world, "mass_messages"):
            if is_evidence(row | {"sending_time": NOW}) and row["sending_time"] <= now:
                day = row["sending_time"].astimezone(LA).date()
                newest[row["page_name"]] = max(day, newest.get(row["page_name"], day))
        today = now.astimezone(LA).date()
        fresh = {page for page, day in newest.items() if day >= today - timedelta(days=29)}
        assert fresh == set(world.pages[:38])
        assert world.pages[38] in newest

    def test_windows_cut(self, world: SampleWorld) -> None:
        ages = [NOW - t for t in column(world, "mass_messages", "sending_time")]
        assert max(ages) < timedelta(days=121)
        assert mean(age > timedelta(days=90) for age in ages) == pytest.approx(0.25, abs=0.03)
        assert mean(age > timedelta(days=30) for age in ages) == pytest.approx(0.75, abs=0.03)
        assert sum(age < timedelta(0) for age in ages) in range(10, 60), "a few are still to be sent"

    def test_last_use_is_the_newest_message(self, world: SampleWorld) -> None:
        """Reworded and tagged rows included, so the bank is never behind what its own texts show."""
        newest: dict[str, datetime] = {}
        for row in rows(world, "mass_messages"):
            if row["message"] and row["sending_time"] <= NOW:
                newest[row["message"]] = max(row["sending_time"], newest.get(row["message"], row["sending_time"]))
        for row in rows(world, "caption_bank"):
            if seen := newest.get(row["caption_text"]):
                assert seen <= row["last_used"] <= NOW
        assert None in column(world, "caption_bank", "last_used")


class TestLocks:
    def test_the_sweep_has_work_of_both_kinds_and_leaves_some(self, world: SampleWorld) -> None:
        state: Counter[str] = Counter()
        for row in rows(world, "active_caption_assignments"):
            due = row["scheduled_send_date"] or row["assigned_date"] + timedelta(days=7)
            late = (TODAY - due).days
            active = "active" if row["is_active"] else "inactive"
            state[f"{active} {'upcoming' if late <= 0 else 'past' if late <= 7 else 'stale'}"] += 1
        assert set(state) == {
            "active upcoming", "active past", "active stale", "inactive past", "inactive stale",
        }  # fmt: skip
        assert min(state.values()) >= 9, state

    def test_one_page_is_saturated_and_no_other(self, world: SampleWorld) -> None:
        """Locked captions against the least of captions to choose from, as the daily automation counts."""
        pools = dict.fromkeys(world.pages, 250)
        for row in rows(world, "creator_caption_restrictions"):
            if row["min_ppv_pool"] and row["is_active"]:
                pools[row["page_name"]] = row["min_ppv_pool"] + row["min_bump_pool"]
        locked = defaultdict(set)
        for row in rows(world, "active_caption_assignments"):
            due = row["scheduled_send_date"] or row["assigned_date"] + timedelta(days=7)
            if row["is_active"] and due >= TODAY:
                locked[row["page_name"]].add(row["caption_id"])
        saturated = {page for page, ids in locked.items() if len(ids) / pools[page] >= 0.8}
        assert saturated == {"o'malley_jo"}

    def test_odd_keys_and_flags_occur(self, world: SampleWorld) -> None:
        keys = Counter(column(world, "active_caption_assignments", "assignment_key"))
        assert keys.pop(None) > 3
        assert max(keys.values()) == 2
        assert {True, False, None} == set(column(world, "active_caption_assignments", "is_active"))
        assert {date, type(None)} == {
            type(d) for d in column(world, "active_caption_assignments", "scheduled_send_date")
        }

    def test_nothing_happens_in_the_future_and_texts_are_the_banks(self, world: SampleWorld) -> None:
        text = dict(
            zip(
                column(world, "caption_bank", "caption_id"),
                column(world, "caption_bank", "caption_text"),
                strict=True,
            )
        )
        for row in rows(world, "active_caption_assignments"):
            assert row["assigned_at"] <= NOW
            assert row["assigned_at"].astimezone(LA).date() == row["assigned_date"]
            assert (row["deactivated_at"] is None) == (row["deactivation_reason"] is None) == bool(row["is_active"])
            assert row["deactivated_at"] is None or row["deactivated_at"] <= NOW
            assert row["caption_text"] == text[row["caption_id"]]


class TestCreators:
    def test_active_restrictions_can_be_used_inactive_ones_need_not(self, world: SampleWorld) -> None:
        scopes = set()
        broken = 0
        for row in rows(world, "creator_caption_restrictions"):
            assert row["page_name"] in world.pages[:38]
            if row["is_active"]:
                scopes.add(row["applies_to_scope"])
                for pattern in row["hard_patterns"] + row["soft_patterns"]:
                    re.compile(pattern)
            else:
                broken += row["applies_to_scope"] == "EVERYTHING" or "(" in row["hard_patterns"]
        assert scopes == {"PPV_ONLY", "BUMP_ONLY", "ALL", None}
        assert broken == 2

    def test_only_the_newest_inventory_tells_what_a_creator_has(self, world: SampleWorld) -> None:
        by_page = defaultdict(list)
        for row in rows(world, "creator_content_inventory"):
            by_page[row["page_name"]].append((row["inventory_date"], row["available_categories"]))
        assert len(by_page) == 33
        counts = [sorted(counts) for counts in by_page.values() if len(counts) > 1]
        assert len(counts) == 3
        assert all(old[1] != new[1] for old, new in counts)
        assert all(len(max(counts)[1]) >= 4 for counts in by_page.values())

    def test_schedules_name_captions_of_every_source(self, world: SampleWorld) -> None:
        ids = set(column(world, "schedule_recommendations", "caption_id"))
        in_bank = set(column(world, "caption_bank", "caption_id"))
        in_captions = set(column(world, "captions", "caption_id"))
        assert ids & in_bank
        assert ids & in_captions - in_bank - {None}
        assert ids - in_captions - in_bank - {None}
        assert None in ids
        repeats = Counter(i for i in column(world, "captions", "caption_id") if i is not None)
        assert max(repeats.values()) > 1


class TestRepeatability:
    def test_same_seed_same_world(self) -> None:
        sizes = REAL.scaled(0.02)
        first, second = generate(3, NOW, sizes), generate(3, NOW, sizes)
        for name, table in first.tables.items():
            # By text, for NaN is not equal to itself.
            assert str(table.to_pylist()) == str(second.tables[name].to_pylist()), name

    def test_another_seed_is_another_world(self) -> None:
        sizes = REAL.scaled(0.02)
        one, other = (generate(seed, NOW, sizes) for seed in (3, 4))
        assert column(one, "caption_bank", "caption_text") != column(other, "caption_bank", "caption_text")

    def test_texts_ids_and_truth_do_not_depend_on_the_moment(self) -> None:
        sizes = REAL.scaled(0.02)
        one, other = generate(3, NOW, sizes), generate(3, NOW + timedelta(days=200, hours=5), sizes)
        for name in ("caption_id", "caption_text", "caption_key", "price_tier"):
            assert column(one, "caption_bank", name) == column(other, "caption_bank", name)
        ids = column(one, "caption_bank", "caption_id")
        assert (one.truth.qualities(one.pages[0], ids) == other.truth.qualities(one.pages[0], ids)).all()


class TestSizes:
    @pytest.mark.parametrize("factor", [0.0, 0.003, 0.1])
    def test_scaled_keeps_the_pages(self, factor: float) -> None:
        sizes = REAL.scaled(factor)
        world = generate(1, NOW, sizes)
        assert {page for page in column(world, "mass_messages", "page_name") if page} == set(world.pages)
        assert len(set(column(world, "caption_bank", "caption_text"))) == sizes.texts
        assert world.tables["active_caption_assignments"].num_rows == 153

    def test_smallest_world(self) -> None:
        sizes = Sizes(
            messages=4, pages=1, active_pages=1, captions=200, texts=200, variant_texts=0,
            locks=0, inventories=0, fallback_captions=0, schedule_rows=0, exports=0,
        )  # fmt: skip
        world = generate(0, NOW, sizes)
        assert world.tables["mass_messages"].num_rows == 4
        assert world.tables["active_caption_assignments"].num_rows == 0

    def test_growth_stats_are_distinct_pairs_with_sound_figures(self) -> None:
        sizes = GROWTH.scaled(0.01)
        stats = rows(generate(1, NOW, sizes), "caption_bandit_stats")
        assert len({(row["page_name"], row["caption_id"]) for row in stats}) == len(stats) == 10_000
        for row in stats:
            assert row["total_observations"] == row["successes"] + row["failures"] - 2
            assert 0 <= row["confidence_lower_bound"] <= row["confidence_upper_bound"] <= 1
            assert NOW - timedelta(days=90) < row["last_updated"] <= NOW

    def test_growth_target(self) -> None:
        assert (GROWTH.messages, GROWTH.stats, GROWTH.active_pages) == (1_000_000, 1_000_000, 100)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"messages": -1}, "messages is negative"),
            ({"active_pages": 40}, "between 1 and pages"),
            ({"messages": 100}, "at least 4 a page"),
            ({"texts": 50_000}, "at most captions"),
            ({"variant_texts": 20_000}, "at most half"),
            ({"stats": 10**9}, "one row a page and caption"),
            ({"days": 20}, "60 or more"),
        ],
    )
    def test_contradictions_are_refused(self, change: dict[str, int], message: str) -> None:
        with pytest.raises(UserError, match=message):
            Sizes(**change)

    def test_a_moment_needs_a_time_zone_and_a_seed_a_sign(self) -> None:
        with pytest.raises(UserError, match="time zone"):
            generate(1, datetime(2026, 1, 1))
        with pytest.raises(UserError, match="0 or more"):
            generate(-1, NOW)
