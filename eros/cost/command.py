"""`eros cost`: sizes from the live tables or as measured, the estimate as a table. Exit codes: 0, 2 over the budget."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from google.api_core.exceptions import NotFound
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eros.cost.estimate import REAL_BYTES, SELECTIONS_PER_DAY, Estimate, Job, estimate
from eros.limits import PRICE_PER_TIB_USD
from eros.model import Model
from eros.warehouse import Warehouse


def run(
    model: Model,
    connect: Callable[[], Warehouse],
    *,
    selections: float = SELECTIONS_PER_DAY,
    growth: float = 1.0,
    assume_real_sizes: bool = False,
    as_json: bool = False,
) -> int:
    """Print the estimate. Returns 0 within the day's budget, 2 above it.

    Args:
        model: schedules and procedures.
        connect: reaches the environment; not called where sizes are assumed.
        selections: calls of the selection a day.
        growth: factor on every table's size.
        assume_real_sizes: the sizes measured in production instead of the live ones.
        as_json: for a program, with every statement.
    """
    if assume_real_sizes:
        sizes, said = REAL_BYTES, ["Table sizes as measured in production, other tables below the minimum."]
    else:
        sizes, said = live_sizes(model, connect())
    if growth != 1:
        said.append(f"Every table {growth:g} times that size.")
    found = estimate(model, sizes, selections=selections, growth=growth, assumptions=said)
    if as_json:
        sys.stdout.write(json.dumps(as_dict(found), indent=2, ensure_ascii=False) + "\n")
    else:
        show(found, Console(highlight=False))
    return 0 if found.within_budget else 2


def live_sizes(model: Model, warehouse: Warehouse) -> tuple[dict[str, int], list[str]]:
    """Bytes of every table there is, and what has to be said about them."""
    environment = warehouse.environment
    sizes, unknown = {}, []
    for name, table in model.tables.items():
        if table.sources_only and not environment.creates_sources:
            continue
        try:
            found = warehouse.client.get_table(f"{environment.project}.{environment.dataset}.{name}")
        except NotFound:
            unknown.append(f"{name} (missing)")
            continue
        if found.table_type == "VIEW":
            unknown.append(f"{name} (a view here)")
        sizes[name] = int(found.num_bytes or 0)
    said = [f"Table sizes as they are in {environment.name} now."]
    if environment.local:
        said = ["Table sizes of the embedded engine, which takes 8 bytes a value; its sample data has the real rows."]
    if unknown:
        said.append(f"Size unknown, so the minimum is taken: {', '.join(unknown)}.")
    return sizes, said


def show(found: Estimate, out: Console) -> None:
    """The estimate for a person: a row a job with its arithmetic, the sum against the budget, the assumptions."""
    shown = Table("job", "runs", "statements", "tables", "billed a run", "USD a day")
    shown.columns[0].no_wrap = True
    for column in shown.columns[1:]:
        column.justify = "right"
    for job in found.jobs:
        shown.add_row(
            job.name,
            f"{job.runs:g}",
            str(len(job.statements)),
            str(job.tables_read),
            _megabytes(job.bytes_per_run),
            f"{job.usd_per_day:.4f}",
        )
    storage = found.usd_per_day - found.queries_usd_per_day
    shown.add_row("storage", "", "", "", "", f"{storage:.4f}", end_section=True)
    shown.add_row(Text("together", style="bold"), "", "", "", "", Text(f"{found.usd_per_day:.4f}", style="bold"))
    out.print(shown)
    for job in found.jobs:
        out.print(Text(f"{job.name}: {arithmetic(job)}"), soft_wrap=True)
    out.print(Text("\nAssumed:", style="bold"))
    for line in found.assumptions:
        out.print(Text(f"- {line}"), soft_wrap=True)
    part = found.usd_per_day / found.budget
    verdict = "within" if found.within_budget else "OVER"
    style = "bold green" if found.within_budget else "bold red"
    text = f"\n{found.usd_per_day:.2f} USD a day, {verdict} the budget of {found.budget:.2f} ({part:.0%} of it)."
    out.print(Text(text, style=style))


def arithmetic(job: Job) -> str:
    """`4 runs (every 6 hours) × 210 MiB (9 statements reading 21 tables) × 6.25 USD/TiB = 0.0050 USD a day`."""
    runs = f"{job.runs:g} run{'' if job.runs == 1 else 's'} ({job.why})"
    read = f"{_megabytes(job.bytes_per_run)} ({len(job.statements)} statements reading {job.tables_read} tables)"
    return f"{runs} × {read} × {PRICE_PER_TIB_USD} USD/TiB = {job.usd_per_day:.4f} USD a day"


def as_dict(found: Estimate) -> dict[str, Any]:
    """The estimate for a program, every statement included."""
    return {
        "usd_per_day": found.usd_per_day,
        "budget_usd_per_day": found.budget,
        "within_budget": found.within_budget,
        "queries_usd_per_day": found.queries_usd_per_day,
        "storage_usd_per_month": found.storage_usd_per_month,
        "growth": found.growth,
        "table_bytes": found.sizes,
        "jobs": [
            {
                "name": job.name,
                "runs_per_day": job.runs,
                "why": job.why,
                "bytes_per_run": job.bytes_per_run,
                "usd_per_day": job.usd_per_day,
                "statements": [asdict(s) for s in job.statements],
            }
            for job in found.jobs
        ],
        "assumptions": list(found.assumptions),
    }


def _megabytes(count: float) -> str:
    return f"{count / 2**20:,.0f} MiB"
