"""The daily run against the reference model, on random worlds: queue, errors, log, alerts and locks."""

from __future__ import annotations

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
from tests.sql.reference import daily
from tests.sql.reference.words import Refused, today
from tests.sql.worlds import daily as worlds
from tests.sql.worlds.edges import CLOCKS

WRITTEN = (
    "schedule_generation_queue",
    "creator_processing_errors",
    "active_caption_assignments",
    "lock_sweep_log",
    "etl_job_runs",
    "automation_alerts",
)

seeds = st.lists(st.integers(0, 2**32), min_size=20, max_size=36, unique=True)
days = st.sampled_from((-89, -7, -1, 0, 0, 0, 1))
waits = st.sampled_from((timedelta(0), timedelta(minutes=29), timedelta(hours=6), timedelta(hours=23)))


@pytest.fixture
def bench(scenario_warehouse: Warehouse, model: Model) -> Bench:
    return Bench(scenario_warehouse, model)


@examples(2)
@given(pages=seeds, now=st.sampled_from(CLOCKS), offset=days, wait=waits)
def test_daily_run_queues_what_the_model_queues(
    bench: Bench, pages: list[int], now: datetime, offset: int, wait: timedelta
) -> None:
    day = today(now) + timedelta(days=offset)
    world = worlds.fail_some(bench.complete(worlds.draw(pages, now, day)), pages[-1], now, day)
    world = bench.complete(world)
    bench.put(world, now)
    kept = bench.kept(world, WRITTEN)
    call = f"CALL `{PREFIX}.run_daily_automation`(DATE '{day}')"
    for clock in (now, now + wait):
        before = deepcopy(world)
        refused: tuple[str, ...] = ()
        try:
            daily.run(world, clock, day)
        except Refused as refusal:
            refused = refusal.says
        frozen.freeze(bench.warehouse, clock)
        _, raised = bench.call(call)
        difference = bench.difference(world, WRITTEN)
        assert not difference, f"at {clock}:\n{difference}\n{as_scenario(before, clock, call, difference)}"
        assert (raised is not None) == bool(refused), raised
        assert all(text in (raised or "") for text in refused), raised
    assert bench.kept(world, WRITTEN) == kept, "a table was changed that is only read"
