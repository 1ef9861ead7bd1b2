"""`make bench`: how long the routines take on the embedded engine, at the real sizes and at the growth target.

The figures are evidence for the engine and an estimate for BigQuery. Each is the best of several runs in one process,
after one that warms up; run it on a machine that does nothing else.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eros import sample
from eros.jobs import run
from eros.local import process
from eros.local.up import deploy
from eros.model import PREFIX, REPOSITORY, Model, load_model
from eros.selection import CLASSES, select
from eros.synth import synthesize
from eros.warehouse import Warehouse

RUNS = 3


def best(action: Callable[[], object], runs: int = RUNS) -> float:
    """Seconds of the quickest of several runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        action()
        times.append(time.perf_counter() - start)
    return min(times)


def job(warehouse: Warehouse, model: Model, name: str) -> Callable[[], None]:
    """A call of a job that has to succeed to be measured."""

    def call() -> None:
        done = run(warehouse, model, name)
        if done.error:
            sys.exit(f"error: {name} failed, so there is nothing to measure: {done.error}")

    return call


def measure_size(model: Model, plan: Path, sizes: sample.Sizes, label: str, table: Table) -> None:
    """The jobs and the selection on an engine with a sample world of the given size."""
    with process.running_engine() as engine:
        warehouse = Warehouse(model.environment("local"), engine.client(), engine.transfer_client)
        deploy(warehouse, plan)
        environment = warehouse.environment
        start = time.perf_counter()
        world = sample.generate(sizes=sizes)
        sample.load(warehouse.client, f"{environment.project}.{environment.dataset}", world)
        table.add_row(label, "sample data, generate and load", f"{time.perf_counter() - start:.2f}", "")
        for name, limit in (
            ("refresh_holiday_calendar", ""),
            ("update_caption_performance", "3 s real, 20 s growth"),
            ("run_daily_automation", "5 s for 100 creators"),
            ("sweep_expired_caption_locks", ""),
            ("monitor_system_health", ""),
        ):
            table.add_row(label, name, f"{best(job(warehouse, model, name)):.2f}", limit)
        page = world.pages[0]
        seconds = best(lambda: select(warehouse, page, None, dict.fromkeys(CLASSES, 5)), 5)
        table.add_row(label, "select_captions_for_creator", f"{seconds:.2f}", "0.7 s real")
        keys = f"SELECT COUNT(DISTINCT `{PREFIX}.caption_key`(caption_text)) AS n FROM `{PREFIX}.caption_bank`"
        table.add_row(label, "caption_key on the whole bank", f"{best(lambda: warehouse.query(keys)):.2f}", "")


def main() -> None:
    """Measure everything and print one table."""
    model = load_model()
    table = Table("size", "what", "seconds", "stated limit", title=f"best of {RUNS}, embedded engine")
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "cdktf.out"
        table.add_row("", "synth, all stacks", f"{best(lambda: synthesize(plan)):.2f}", "1 s")
        check = [sys.executable, "-m", "eros.cli", "gate"]
        gate = best(lambda: subprocess.run(check, cwd=REPOSITORY, capture_output=True, check=True))
        table.add_row("", "eros gate, every SQL file", f"{gate:.2f}", "")
        measure_size(model, plan, sample.REAL, "real", table)
        measure_size(model, plan, sample.GROWTH, "growth", table)
    Console().print(table)


if __name__ == "__main__":
    main()
