"""`eros up`: from nothing, or from where an earlier run was interrupted, to a running and verified local EROS.

Every step looks at what is there and does what is missing, so that running it again is quick and changes nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from eros.errors import UserError
from eros.jobs import LOG, Run, jobs, run
from eros.local import datadir, process
from eros.local.deploy import Action, apply_actions, plan_actions
from eros.local.engine import Engine
from eros.model import PREFIX, Model
from eros.state import Resource, plan_folder, read_stack
from eros.synth import synthesize
from eros.verify import Result, verify
from eros.warehouse import Warehouse, connect

#: The stacks of the local environment, in the order of their dependencies.
STACKS = ("eros-local-warehouse", "eros-local-automation")

type Say = Callable[[str], None]


@dataclass
class Summary:
    """What `up` found or did. Times are seconds."""

    engine: Engine
    started: bool
    actions: list[Action] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    loaded: bool = False
    runs: list[Run] = field(default_factory=list)
    tests: list[Result] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether every job that ran ended well and every test passed."""
        return not any(r.error for r in self.runs) and all(t.passed for t in self.tests)


def up(
    model: Model,
    say: Say,
    port: int = process.DEFAULT_PORT,
    data_dir: Path | None = None,
    plan: Path | None = None,
) -> Summary:
    """Start the engine, deploy the plan, load the sample data, run each job once and verify.

    Args:
        model: the loaded model.
        say: told each step as it begins.
        port: of the engine's BigQuery API.
        data_dir: its data folder; None is the checkout's own.
        plan: cdktf's output folder; None synthesizes the plan first.

    Raises:
        UserError: a step could not be done; what was done before stays and the next run goes on from there.
    """
    with datadir.alone(process.HOME / "up.lock", lambda: say("Waiting for another `eros up` of this checkout")):
        return _up(model, say, port, data_dir, plan)


def _up(model: Model, say: Say, port: int, data_dir: Path | None, plan: Path | None) -> Summary:
    seconds: dict[str, float] = {}
    running = _running(port, data_dir)
    with _timed(seconds, "synth"):
        if plan is None:
            say("Synthesizing the plan")
            plan = synthesize()
        planned = resources(plan)  # a plan that is missing is told before an engine is started
    with _timed(seconds, "start"):
        summary = Summary(running or _start(say, port, data_dir), running is None, seconds=seconds)
    warehouse = connect(model, "local", summary.engine.port)
    with _timed(seconds, "deploy"):
        say("Deploying the plan")
        summary.actions = _deploy(warehouse, planned)
    with _timed(seconds, "sample data"):
        _load_sample(warehouse, summary, say)
    with _timed(seconds, "jobs"):
        done = _jobs_done(warehouse)
        for job in jobs(model):
            if job not in done:
                say(f"Running {job}")
                summary.runs.append(run(warehouse, model, job))
    with _timed(seconds, "verify"):
        tests = model.verification.values()
        summary.tests = verify(warehouse, tests, lambda r: say(f"Verified {r.id} {r.name}: {r.status}"))
    return summary


def deploy(warehouse: Warehouse, plan: Path) -> list[Action]:
    """Deploy both local stacks of a synthesized plan. Raises UserError where that would lose data."""
    return _deploy(warehouse, resources(plan))


def resources(plan: Path) -> list[Resource]:
    """What both local stacks of a synthesized plan declare, in order. Raises UserError where there is no plan."""
    return [resource for stack in STACKS for resource in read_stack(plan_folder(plan, stack))]


def _deploy(warehouse: Warehouse, planned: list[Resource]) -> list[Action]:
    actions = plan_actions(warehouse.client, warehouse.schedules, planned)
    apply_actions(warehouse.client, warehouse.schedules, actions)
    return actions


def _running(port: int, data_dir: Path | None) -> Engine | None:
    """The engine there, if it is this checkout's or on the named folder. Another checkout's plan is not ours to change.

    Raises:
        UserError: it is another's, or of other versions than those installed.
    """
    engine = process.find(port)
    if engine is None:
        return None
    ours = engine in process.engines() if data_dir is None else engine.data_dir == data_dir.expanduser().resolve()
    if not ours:
        raise UserError(
            f"port {port} is used by an engine on {engine.data_dir}.", remedy="Choose another one with --port."
        )
    if dict(engine.versions) != (now := datadir.versions()):
        raise UserError(
            f"the engine on port {port} is {datadir.named(engine.versions)}; installed is {datadir.named(now)}.",
            remedy=f"Stop it with `eros down --port {port}`, then run this again.",
        )
    return engine


def _start(say: Say, port: int, data_dir: Path | None) -> Engine:
    say("Starting the embedded BigQuery")
    return process.start(port, data_dir=data_dir) if data_dir else process.start(port)


def _load_sample(warehouse: Warehouse, summary: Summary, say: Say) -> None:
    from eros import sample

    client, dataset = warehouse.client, f"{warehouse.environment.project}.{warehouse.environment.dataset}"
    if missing := sample.missing(client, dataset):
        say(f"Loading sample data into {len(missing)} tables")
        sample.load(client, dataset, sample.generate(now=datetime.now(UTC)))
        summary.loaded = True
    # Counted, because the engine's num_rows does not go down when rows are deleted.
    tables = [action.resource.name for action in summary.actions if action.resource.kind == "table"]
    counts = " UNION ALL ".join(f"SELECT '{name}' AS name, COUNT(*) AS n FROM `{dataset}.{name}`" for name in tables)
    summary.rows = {row["name"]: row["n"] for row in client.query_and_wait(counts)}


def _jobs_done(warehouse: Warehouse) -> set[str]:
    sql = f"SELECT DISTINCT job_name FROM `{PREFIX}.{LOG}` WHERE job_status NOT IN ('RUNNING', 'FAILED')"
    return {row["job_name"] for row in warehouse.query(sql)}


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[step] = time.perf_counter() - start
