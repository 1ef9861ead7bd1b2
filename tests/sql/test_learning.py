"""Learning, end to end: message, update, selection, message, for sixty days on pages whose truth is known.

The sixty days run in the reference model, which the test_reference files hold against the SQL on random worlds; the
last test walks some of these days on the engine too. Good is the best quarter of a page's captions of each class, by
what a message with the caption is truly worth; so a quarter of what is chosen by chance is good.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean

import pytest

from eros.model import PREFIX, Model
from eros.warehouse import Warehouse
from tests.sql import frozen
from tests.sql.compare import Bench
from tests.sql.reference.simulation import GOOD, Loop, exploit, guess, thompson
from tests.sql.reference.words import DRAWS, Draw
from tests.sql.test_reference_selection import arguments, equal
from tests.sql.worlds.edges import CLOCKS

DAYS, SEEDS = 60, range(4)


def after(policy: Callable[[int], Draw]) -> tuple[float, float]:
    """Share of good captions in the first ten and in the last twenty days, over all seeds."""
    early, late = [], []
    for seed in SEEDS:
        loop = Loop(seed, CLOCKS[0], policy(seed))
        for _ in range(DAYS):
            loop.pass_day()
        early.append(loop.share_of_good(0, 9))
        late.append(loop.share_of_good(DAYS - 20, DAYS - 1))
    print(f"{policy.__name__}: {mean(early):.1%} of the first, {mean(late):.1%} of the last days; seeds {late}")
    return mean(early), mean(late)


@pytest.fixture(scope="module")
def learned() -> tuple[float, float]:
    return after(thompson)


def test_good_captions_are_chosen_ever_more(learned: tuple[float, float]) -> None:
    early, late = learned
    assert abs(early - GOOD) < 0.10, "nothing is known yet"
    assert late > GOOD + 0.12


def test_trying_beats_repeating(learned: tuple[float, float]) -> None:
    """The same loop with a draw that never tries an unknown caption while a known one is free stays near chance.

    One that takes unknown captions for half good is no rival to beat: a caption rests for a week after each use, so
    it tries them all, and within sixty days finds as many good ones.
    """
    assert learned[1] > after(exploit)[1] + 0.10


def test_evidence_counts_not_only_the_percentile(learned: tuple[float, float]) -> None:
    """A draw that knows nothing leaves 15 per cent of the score to what a caption earned."""
    assert learned[1] > after(guess)[1] + 0.05


def test_engine_goes_the_same_way(scenario_warehouse: Warehouse, model: Model) -> None:
    """Two of the days, selection and update, from a world that has learned for two weeks."""
    bench = Bench(scenario_warehouse, model)
    loop = Loop(0, CLOCKS[0], DRAWS["lower"])
    for _ in range(14):
        loop.pass_day()
    loop.world = bench.complete(loop.world)
    tables = ("caption_bank", "mass_messages", "active_caption_assignments", "caption_bandit_stats")
    bench.put({table: loop.world[table] for table in tables}, loop.now)
    frozen.fix_draw(bench.warehouse, "lower")
    for _ in range(2):
        sent = {table: len(loop.world[table]) for table in ("mass_messages", "active_caption_assignments")}
        frozen.freeze(bench.warehouse, loop.now)
        for request, wanted in loop.pass_day().items():
            rows, raised = bench.call(f"CALL `{PREFIX}.select_captions_for_creator`({arguments(request)})")
            assert raised is None
            assert [row["caption_id"] for row in rows] == [row["caption_id"] for row in wanted]
            assert all(equal(w, row) for w, row in zip(wanted, rows, strict=True))
        for table, before in sent.items():
            rows_sent = loop.world[table][before:]
            frozen.give(bench.warehouse, model.tables[table], rows_sent, loop.now)
        frozen.freeze(bench.warehouse, loop.now)
        bench.call(f"CALL `{PREFIX}.update_caption_performance`()")
        assert not (difference := bench.difference(loop.world, ["caption_bandit_stats"])), difference
