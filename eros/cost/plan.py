"""What a Terraform plan changes about the monthly bill, as far as its schedules tell: the costing of eros review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eros.cost.cadence import MONTH_DAYS, runs_per_day
from eros.cost.estimate import QUERY_ASSUMPTIONS, REAL_BYTES, billed, query_usd
from eros.cost.statements import called_procedures, statements
from eros.model import Model
from eros.review.plan import Action, Change, Kind, Plan
from eros.review.review import CostChange, Costing

ASSUMPTIONS = (
    "Tables at the sizes measured in production; only schedules added, removed, paused or with another cadence count.",
    "Schedules that share one script count once: the script skips the one that is out of season.",
    *QUERY_ASSUMPTIONS,
)


class _Unclear(Exception):
    """A schedule whose cost cannot be computed."""


def plan_costing(model: Model, sizes: Mapping[str, int] | None = None) -> Costing:
    """A costing for eros.review: the change in USD a month; None where no schedule changes, or one is not understood.

    Args:
        model: the procedures, as they are in this checkout.
        sizes: bytes a table; default the real ones.
    """
    known = REAL_BYTES if sizes is None else sizes

    def cost(plan: Plan) -> CostChange | None:
        schedules = [c for c in plan.changes if c.kind is Kind.SCHEDULE and not c.deposed]
        touched = {q for c in schedules if not c.is_kept for q in (_query(c.before), _query(c.after)) if q is not None}
        if all(c.is_kept for c in schedules):
            return None
        try:
            before = _monthly(model, known, [c.before for c in schedules], touched)
            after = _monthly(model, known, [body for c in schedules for body in _afterwards(c)], touched)
        except _Unclear:
            return None
        return CostChange(round(after - before, 4), ASSUMPTIONS)

    return cost


def _afterwards(change: Change) -> list[dict[str, Any] | None]:
    """What runs after the apply. A schedule that only leaves Terraform's state goes on running."""
    if change.action is Action.FORGET:
        return [change.before]
    return [change.before, change.after] if change.action is Action.RECREATE else [change.after]


def _monthly(
    model: Model, sizes: Mapping[str, int], bodies: Iterable[dict[str, Any] | None], touched: set[str]
) -> float:
    """USD a month of the schedules whose script a change touches; the others cost the same before and after."""
    runs: dict[str, float] = {}
    for body in bodies:
        query = _query(body)
        if body is None or (query is not None and query not in touched) or body.get("disabled") is True:
            continue
        cadence = body.get("schedule")
        often = runs_per_day(cadence) if isinstance(cadence, str) else None
        if query is None or often is None or not called_procedures(model, query):
            raise _Unclear
        runs[query] = max(runs.get(query, 0.0), often)
    return sum(often * MONTH_DAYS * _run_usd(model, sizes, query) for query, often in runs.items())


def _run_usd(model: Model, sizes: Mapping[str, int], query: str) -> float:
    called = [s for name in called_procedures(model, query) for s in statements(model, model.routines[name].body, name)]
    return query_usd(billed(called, sizes))


def _query(body: Mapping[str, Any] | None) -> str | None:
    """The script of a schedule; None where there is none, or it is known only after the apply."""
    params = (body or {}).get("params")
    query = params.get("query") if isinstance(params, Mapping) else None
    return query if isinstance(query, str) else None
