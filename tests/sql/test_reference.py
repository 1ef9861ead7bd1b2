"""The updater and the sweep against the reference model, on random worlds: every row of every table they write.

Each example is one world of many independent pages, put on the engine once; see profiles.py for how many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eros.model import PREFIX, Model
from eros.warehouse import Warehouse
from tests.sql import frozen
from tests.sql.compare import Bench, as_scenario
from tests.sql.profiles import examples
from tests.sql.reference import sweep, updater
from tests.sql.reference.words import World
from tests.sql.worlds import learning, locks
from tests.sql.worlds.edges import CLOCKS

LATER = (timedelta(0), timedelta(microseconds=1), timedelta(days=1), timedelta(days=40))
LOGS = ("etl_job_runs", "automation_alerts")

seeds = st.lists(st.integers(0, 2**32), min_size=50, max_size=50, unique=True)
clocks = st.sampled_from(CLOCKS)
waits = st.sampled_from(LATER)


@pytest.fixture
def bench(scenario_warehouse: Warehouse, model: Model) -> Bench:
    return Bench(scenario_warehouse, model)


@examples(2)
@given(pages=seeds, now=clocks, wait=waits)
def test_updater_learns_what_the_model_learns(bench: Bench, pages: list[int], now: datetime, wait: timedelta) -> None:
    world = bench.complete(learning.draw(pages, now))
    world = learning.with_stats(world, pages, now)
    follow(bench, world, updater.update, updater.JOB, (now, now + wait), ("caption_bandit_stats", *LOGS))


@examples(1)
@given(pages=seeds, now=clocks, wait=waits)
def test_sweep_releases_what_the_model_releases(bench: Bench, pages: list[int], now: datetime, wait: timedelta) -> None:
    world = bench.complete(locks.draw(pages, now))
    written = ("active_caption_assignments", "lock_sweep_log", *LOGS)
    follow(bench, world, sweep.sweep, sweep.JOB, (now, now + wait), written)


def follow(
    bench: Bench,
    world: World,
    run: Callable[[World, datetime], None],
    job: str,
    clocks: Iterable[datetime],
    written: Iterable[str],
) -> None:
    """Run a job at each clock, in the model and on the engine, and compare all they write after each run."""
    clocks, written = tuple(clocks), tuple(written)
    bench.put(world, clocks[0])
    kept = bench.kept(world, written)
    call = f"CALL `{PREFIX}.{job}`()"
    for clock in clocks:
        before = deepcopy(world)
        run(world, clock)
        frozen.freeze(bench.warehouse, clock)
        _, raised = bench.call(call)
        assert raised is None
        difference = bench.difference(world, written)
        assert not difference, f"at {clock}:\n{difference}\n{as_scenario(before, clock, call, difference)}"
    assert bench.kept(world, written) == kept, "a table was changed that is only read"
