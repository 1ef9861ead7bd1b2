"""From statements, cadences and sizes to USD a day: an upper estimate that says what it assumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf

from eros.cost.cadence import MONTH_DAYS, runs_per_day
from eros.cost.statements import Statement, statements
from eros.errors import UserError
from eros.limits import DAILY_BUDGET_USD, MINIMUM_BYTES_PER_TABLE, PRICE_PER_TIB_USD, TIB
from eros.model import Model, Schedule

#: List price of active logical storage, USD per GiB and month (location US): https://cloud.google.com/bigquery/pricing
STORAGE_USD_PER_GIB_MONTH = 0.02
GIB = 2**30

#: Daily snapshots that exist at a time.
SNAPSHOTS = 30

#: What applications call, and how often a day unless the user says otherwise.
ON_DEMAND, SELECTIONS_PER_DAY = "select_captions_for_creator", 100

#: The production tables as they were measured: 63,411 messages, 44,651 captions, the whole dataset 41 MB, which these
#: two share by their rows. Learned rows: at most one per caption and page sent; 20,000 of 130 bytes is much.
REAL_BYTES = {
    "mass_messages": round(41e6 * 63_411 / (63_411 + 44_651)),
    "caption_bank": round(41e6 * 44_651 / (63_411 + 44_651)),
    "caption_bandit_stats": 20_000 * 130,
}

QUERY_ASSUMPTIONS = (
    f"On-demand list price {PRICE_PER_TIB_USD} USD per TiB billed; the free first TiB of a month is not taken off.",
    "Each statement bills every table it names whole, at least 10 MB: no pruning of partitions or columns, no cache,"
    " the target of a write included.",
    "All branches of a procedure run. Temporary tables and INFORMATION_SCHEMA count 10 MB each time they are read.",
)
STORAGE_ASSUMPTIONS = (
    f"Storage at {STORAGE_USD_PER_GIB_MONTH} USD per GiB and month, nothing long-term, the free 10 GiB not taken off;"
    f" {SNAPSHOTS} snapshots of every owned table at full size, though BigQuery bills only what changed since.",
)


@dataclass(frozen=True)
class Job:
    """One thing that runs: `runs` a day, why so often, and the statements of one run."""

    name: str
    runs: float
    why: str
    statements: tuple[Statement, ...]
    bytes_per_run: int

    @property
    def tables_read(self) -> int:
        """Tables read by one run, each as often as a statement reads it."""
        return sum(len(s.tables) + s.small for s in self.statements)

    @property
    def usd_per_day(self) -> float:
        """Runs × bytes × price."""
        return self.runs * query_usd(self.bytes_per_run)


@dataclass(frozen=True)
class Estimate:
    """What a day costs. `sizes` are bytes a table, `growth` already in them."""

    jobs: tuple[Job, ...]
    sizes: dict[str, int]
    storage_usd_per_month: float
    growth: float
    assumptions: tuple[str, ...]
    budget: float = DAILY_BUDGET_USD

    @property
    def queries_usd_per_day(self) -> float:
        """All jobs together."""
        return sum(job.usd_per_day for job in self.jobs)

    @property
    def usd_per_day(self) -> float:
        """Queries and a day's share of storage."""
        return self.queries_usd_per_day + self.storage_usd_per_month / MONTH_DAYS

    @property
    def within_budget(self) -> bool:
        """Whether the day costs no more than it may."""
        return self.usd_per_day <= self.budget


def estimate(
    model: Model,
    sizes: Mapping[str, int],
    *,
    selections: float = SELECTIONS_PER_DAY,
    growth: float = 1.0,
    assumptions: Iterable[str] = (),
) -> Estimate:
    """Compute a day.

    Args:
        model: schedules and procedures.
        sizes: bytes of each table; a table left out counts as empty, which still bills the minimum.
        selections: calls of select_captions_for_creator a day.
        growth: factor on every size.
        assumptions: what the caller assumed about the sizes, one sentence each.

    Raises:
        UserError: a schedule whose cadence is not understood, or a figure that makes no sense.
    """
    if not (0 < growth < inf and 0 <= selections < inf):  # neither holds for NaN
        raise UserError(
            "growth must be above 0, selections not below, and both finite.", where=f"{growth:g}, {selections:g}"
        )
    grown = {name: round(sizes.get(name, 0) * growth) for name in model.tables}
    jobs = [
        _job(name, runs, why, statements(model, script), grown)
        for name, (runs, why, script) in _scheduled(model.schedules.values()).items()
    ]
    body = model.routines[ON_DEMAND].body
    why = f"{selections:g} selections a day are assumed"
    jobs.append(_job(ON_DEMAND, selections, why, statements(model, body, ON_DEMAND), grown))
    owned = sum(grown[name] for name in model.owned_tables())
    storage = (sum(grown.values()) + SNAPSHOTS * owned) / GIB * STORAGE_USD_PER_GIB_MONTH
    said = (*assumptions, *QUERY_ASSUMPTIONS, *STORAGE_ASSUMPTIONS)
    return Estimate(tuple(jobs), grown, storage, growth, said)


def query_usd(billed: float) -> float:
    """List price of so many bytes billed."""
    return billed / TIB * PRICE_PER_TIB_USD


def billed(run: Iterable[Statement], sizes: Mapping[str, int]) -> int:
    """Bytes one run is billed: for every statement every table, each at least the minimum."""
    return sum(
        sum(max(sizes.get(table, 0), MINIMUM_BYTES_PER_TABLE) for table in statement.tables)
        + statement.small * MINIMUM_BYTES_PER_TABLE
        for statement in run
    )


def _job(name: str, runs: float, why: str, found: list[Statement], sizes: Mapping[str, int]) -> Job:
    return Job(name, runs, why, tuple(found), billed(found, sizes))


def _scheduled(schedules: Iterable[Schedule]) -> dict[str, tuple[float, str, str]]:
    """Script file -> effective runs a day, why, and the script.

    Triggers that share one script are seasonal twins: the script skips the one that is out of season, and a skipped
    run reads nothing. So a script runs as often as its most frequent trigger.
    """
    jobs: dict[str, tuple[float, str, str]] = {}
    for schedule in schedules:
        runs = runs_per_day(schedule.schedule)
        if runs is None:
            raise UserError(
                f"how often is {schedule.schedule!r}?", where=schedule.file, remedy="Teach it to eros/cost/cadence.py."
            )
        name = schedule.file.rpartition("/")[2].removesuffix(".sql")
        before, said, _ = jobs.get(name, (0.0, "", ""))
        why = f"{said}, or {schedule.schedule}: one of them works" if said else schedule.schedule
        jobs[name] = (max(before, runs), why, schedule.script)
    return jobs
