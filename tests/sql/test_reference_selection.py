"""The selection against the reference model, on random worlds: rows, scores, refusals and alerts."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eros.model import PREFIX, Model
from eros.warehouse import Warehouse
from tests.sql import frozen
from tests.sql.compare import Bench, as_scenario, same
from tests.sql.profiles import examples
from tests.sql.reference import selection
from tests.sql.reference.selection import Request
from tests.sql.reference.words import DRAWS, Refused, Row, World
from tests.sql.worlds import selection as worlds
from tests.sql.worlds.edges import CLOCKS

seeds = st.lists(st.integers(0, 2**32), min_size=6, max_size=6, unique=True)


@pytest.fixture
def bench(scenario_warehouse: Warehouse, model: Model) -> Bench:
    return Bench(scenario_warehouse, model)


@examples(2)
@given(pages=seeds, now=st.sampled_from(CLOCKS), draw=st.sampled_from(sorted(frozen.DRAWS)))
def test_selection_chooses_what_the_model_chooses(bench: Bench, pages: list[int], now: datetime, draw: str) -> None:
    given_rows, requests = worlds.draw(pages, now)
    world = bench.complete(given_rows)
    bench.put(world, now)
    frozen.freeze(bench.warehouse, now)
    frozen.fix_draw(bench.warehouse, draw)
    kept = bench.kept(world, ["automation_alerts"])
    problems = [problem for request in requests if (problem := compared(bench, world, now, request, draw))]
    assert not problems, "\n".join(problems)
    assert not (difference := bench.difference(world, ["automation_alerts"])), difference
    assert bench.kept(world, ["automation_alerts"]) == kept, "a table was changed that is only read"


def compared(bench: Bench, world: World, now: datetime, request: Request, draw: str) -> str:
    """What one call does otherwise than the model; '' for nothing."""
    call = f"CALL `{PREFIX}.select_captions_for_creator`({arguments(request)})"
    rows, raised = bench.call(call)
    try:
        wanted = selection.select(world, now, request, DRAWS[draw])
    except Refused as refused:
        if raised is None or not all(text in raised for text in refused.says):
            return f"{request}: must be refused with {refused.says}, raised {raised}"
        return ""
    if raised is not None:
        return f"{request}: raised {raised}"
    if len(rows) == len(wanted) and all(equal(w, r) for w, r in zip(wanted, rows, strict=True)):
        return ""
    pairs = [(w, r) for w, r in zip(wanted, rows, strict=False) if not equal(w, r)]
    return "\n".join(
        [
            f"{request}: wanted {len(wanted)} rows, found {len(rows)}; the first that differ:",
            *(f"  wanted {w}\n  found  {r}" for w, r in pairs[:3]),
            as_scenario(world, now, call, f"'page_name': '{request.page}'"),
        ]
    )


def equal(wanted: Row, found: Row) -> bool:
    """Whether a row of the result is the one wanted, to the last column."""
    if set(wanted) != set(found):
        return False
    return all(equal(w, found[c]) if isinstance(w, dict) else same(w, found[c]) for c, w in wanted.items())


def arguments(request: Request) -> str:
    """The arguments of a call as GoogleSQL."""
    texts = (request.page, request.segment)
    counts = (request.budget, request.mid, request.premium, request.bump)
    literals = [frozen.literal(value, "STRING", CLOCKS[0]) for value in texts]
    return ", ".join(literals + [frozen.literal(value, "INT64", CLOCKS[0]) for value in counts])
