"""What `eros up` says at its end: objects, rows, jobs, tests, and how to connect."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from eros.local.engine import Engine
from eros.local.up import Summary
from eros.verify import line, table

#: Ports of the local endpoints in environments/local.yaml: BigQuery, Data Transfer.
PLANNED_PORTS = (9050, 9051)


def engine_dict(engine: Engine) -> dict[str, Any]:
    """One engine for a program."""
    return {
        "endpoint": engine.endpoint,
        "transfer_endpoint": engine.transfer_endpoint,
        "grpc_endpoint": engine.grpc_endpoint,
        "pid": engine.pid,
        "project": engine.project,
        "data_dir": str(engine.data_dir),
        "started_at": engine.started_at,
    }


def as_dict(summary: Summary) -> dict[str, Any]:
    """The summary for a program."""
    return {
        "engine": engine_dict(summary.engine) | {"started_now": summary.started},
        "objects": dict(Counter(action.verb for action in summary.actions)),
        "rows": summary.rows,
        "jobs": [{"job": r.job, "row": r.row, "error": r.error} for r in summary.runs],
        "tests": [t.as_json() for t in summary.tests],
        "seconds": {step: round(seconds, 2) for step, seconds in summary.seconds.items()},
        "ok": summary.ok,
    }


def render(summary: Summary, console: Console) -> None:
    """The summary for a person."""
    verbs = Counter(action.verb for action in summary.actions)
    changed = [a for a in summary.actions if a.verb == "updated"]
    console.print(f"Objects: {', '.join(f'{count} {verb}' for verb, count in verbs.items())}")
    for action in changed:
        console.print(f"  {action.resource.address}: {', '.join(d.property for d in action.changed)}")
    console.print(f"Rows: {sum(summary.rows.values()):,} in {len(summary.rows)} tables")
    if summary.runs:
        jobs = Table("job", "status", "seconds", "message")
        for run in summary.runs:
            row = run.row or {}
            seconds = row.get("job_duration_seconds")
            status = str(row.get("job_status") or "no log row")
            jobs.add_row(run.job, status, "" if seconds is None else f"{seconds:.2f}", run.error or "")
        console.print(jobs)
    if all(test.passed for test in summary.tests):
        console.print(line(summary.tests))
    else:
        console.print(table([t for t in summary.tests if not t.passed]), line(summary.tests))
    console.print("Seconds: " + ", ".join(f"{step} {seconds:.1f}" for step, seconds in summary.seconds.items()))
    console.print(_connect(summary.engine), highlight=False, soft_wrap=True)


def _connect(engine: Engine) -> str:
    # The plan's endpoints are fixed; an engine elsewhere is not what `cdktf deploy` would reach.
    reached = (engine.port, engine.transfer_port) == PLANNED_PORTS
    cdktf = "cdktf deploy eros-local-warehouse" if reached else f"needs ports {PLANNED_PORTS[0]} and {PLANNED_PORTS[1]}"
    eros = _command()
    return f"""
EROS runs at {engine.endpoint} (Data Transfer: {engine.transfer_endpoint}); stop it with: {eros} down
  Python   bigquery.Client("{engine.project}", credentials=AnonymousCredentials(),
                           client_options={{"api_endpoint": "{engine.endpoint}"}})
  bq       bq --api {engine.endpoint} --project_id {engine.project} query --use_legacy_sql=false 'SELECT 1'
  cdktf    {cdktf}
  eros     {eros} select PAGE, {eros} run JOB, {eros} verify"""


def _command() -> str:
    """How the command is called from here: by its name where PATH leads to this one, else by its path."""
    ours = Path(sys.executable).with_name("eros")
    found = shutil.which("eros")
    return "eros" if found and Path(found) == ours else os.path.relpath(ours)
