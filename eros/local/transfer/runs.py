"""Manual runs: the script of a config as a query job on the engine, in the background."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery

from eros.local.engine import Engine
from eros.local.transfer import schedule
from eros.local.transfer.configs import anchor, format_time, parse_time
from eros.local.transfer.errors import ApiError, invalid
from eros.local.transfer.store import Json, Store, created

WORKERS = 4
MOST_RUNS_AT_ONCE = 100
SPACING = timedelta(seconds=15)  # the service schedules the runs of a range this far apart; here they only say so
INVALID_ARGUMENT = 3  # google.rpc.Code, which the service gives for any failed query


class Runner:
    """Starts runs. Runs of one config follow one another; those of different configs may overlap."""

    def __init__(self, store: Store, engine: Engine) -> None:
        self._store, self._engine = store, engine
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="transfer-run")
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def start(self, name: str, request: object) -> list[Json]:
        """Create the runs a startManualRuns request asks for, and let them begin.

        Raises:
            ApiError: no such config, a disabled one, or a time that is missing, malformed or in the future.
        """
        record = self._store.record(name)
        config = record["config"]
        if config.get("disabled"):
            raise ApiError("FAILED_PRECONDITION", f"Transfer config {config['displayName']} is disabled.")
        now = datetime.now(UTC)
        runs = [
            _run(config, run_time, now + number * SPACING)
            for number, run_time in enumerate(_requested(record, request, now))
        ]
        self._store.add_runs(name, runs)
        for run in runs:
            self._pool.submit(self._execute, run, record["project"])
        return runs

    def _execute(self, run: Json, project: str) -> None:
        name = run["name"]
        with self._turns[name.rpartition("/runs/")[0]]:
            self._store.change_run(name, state="RUNNING", startTime=format_time(datetime.now(UTC)))
            try:
                self._query(run, project)
                outcome: Json = {"state": "SUCCEEDED"}
            except Exception as error:  # whatever it was, the run must not stay RUNNING for ever
                outcome = {"state": "FAILED", "errorStatus": {"code": INVALID_ARGUMENT, "message": _message(error)}}
            self._store.change_run(name, endTime=format_time(datetime.now(UTC)), **outcome)

    def _query(self, run: Json, project: str) -> None:
        if "destination_table_name_template" in run["params"]:
            raise NotImplementedError("The local stand-in does not write destination tables; write them in the script.")
        run_time = parse_time(run["runTime"])
        config = bigquery.QueryJobConfig(
            query_parameters=[
                bigquery.ScalarQueryParameter("run_time", "TIMESTAMP", run_time),
                bigquery.ScalarQueryParameter("run_date", "DATE", run_time.date()),
            ]
        )
        _, _, _, location, _, _, _, run_id = run["name"].split("/")
        client = self._engine.client(location.upper(), project=project)
        try:
            script, job_id = run["params"]["query"], f"scheduled_query_{run_id}"
            job = client.query(script, config, job_id=job_id, job_retry=None)
            job.result(job_retry=None)
        finally:
            client.close()  # type: ignore[no-untyped-call]


def _requested(record: Json, request: object, now: datetime) -> list[datetime]:
    """The run times a request means: one, or every scheduled one in a range (end exclusive)."""
    if not isinstance(request, dict):
        raise invalid("Invalid JSON payload received. An object is expected.")
    if unknown := sorted(set(request) - {"requestedRunTime", "requestedTimeRange"}):
        raise invalid(f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot find field.')
    if len(request) != 1:
        raise invalid("Exactly one of requested_run_time and requested_time_range is required.")
    if "requestedRunTime" in request:
        run_time = _time(request["requestedRunTime"], "requested_run_time")
        if run_time > now:
            raise invalid("requested_run_time must not be in the future.")
        return [run_time]
    wanted = request["requestedTimeRange"]
    if not isinstance(wanted, dict):
        raise invalid("requested_time_range must have start_time and end_time.")
    start = _time(wanted.get("startTime"), "requested_time_range.start_time")
    end = _time(wanted.get("endTime"), "requested_time_range.end_time")
    if start >= end or end > now:
        raise invalid("requested_time_range must end after its start and not in the future.")
    parsed = schedule.parse(record["config"].get("schedule", ""))
    if parsed is None:
        raise invalid("The local stand-in does not compute the run times of this schedule; use requested_run_time.")
    times: list[datetime] = []
    for run_time in takewhile(lambda run: run < end, parsed.runs(anchor(record["config"], created(record)), start)):
        times.append(run_time)
        if len(times) > MOST_RUNS_AT_ONCE:
            raise invalid(f"requested_time_range holds more than {MOST_RUNS_AT_ONCE} runs.")
    return times


def _time(value: object, field: str) -> datetime:
    try:
        return parse_time(value if isinstance(value, str) else "")
    except ValueError:
        raise invalid(f"{field} must be a timestamp such as 2026-01-05T10:05:00Z.") from None


def _run(config: Json, run_time: datetime, schedule_time: datetime) -> Json:
    copied: Json = {
        field: config[field]
        for field in ("params", "dataSourceId", "userId", "destinationDatasetId", "emailPreferences")
        if field in config
    }
    return {
        "name": f"{config['name']}/runs/{uuid.uuid4()}",
        "scheduleTime": format_time(schedule_time),
        "runTime": format_time(run_time),
        "updateTime": format_time(schedule_time),
        "state": "PENDING",
        **copied,
    }


def _message(error: Exception) -> str:
    """What BigQuery said, without the client's wrapping of URL, job id and location."""
    details: list[dict[str, Any]] = list(error.errors) if isinstance(error, GoogleAPICallError) else []
    return str(details[0].get("message", error)) if details else f"{error}"
