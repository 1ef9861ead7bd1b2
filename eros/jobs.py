"""`eros run`: call a procedure that keeps a job log, now, and read the row it wrote. Schedules are Data Transfer's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.cloud.bigquery import ScalarQueryParameter

from eros.errors import UserError, nearest
from eros.model import PREFIX, Model, Routine
from eros.warehouse import Warehouse, reason

LOG = "etl_job_runs"
LOG_COLUMNS = (
    "job_id",
    "job_name",
    "job_status",
    "job_start_time",
    "job_end_time",
    "job_duration_seconds",
    "execution_date",
    "creators_processed",
    "creators_failed",
    "error_message",
)

#: The daily job reads the calendar; the monitor judges all others.
_FIRST, _LAST = {"refresh_holiday_calendar"}, {"monitor_system_health"}


@dataclass(frozen=True)
class Run:
    """One call: the log row it wrote (None if none), and BigQuery's message if it raised."""

    job: str
    row: dict[str, Any] | None
    error: str | None


def jobs(model: Model) -> dict[str, Routine]:
    """The procedures that write the job log, in the order in which a new deployment runs them."""
    found = [
        routine
        for name, routine in model.routines.items()
        if routine.kind == "PROCEDURE" and LOG in model.graph.depends_on(name)
    ]
    return {r.name: r for r in sorted(found, key=lambda r: (r.name in _LAST, r.name not in _FIRST, r.name))}


def run(warehouse: Warehouse, model: Model, job: str, execution_date: date | None = None) -> Run:
    """Call a job and wait for its end.

    Args:
        warehouse: where.
        model: what may be called.
        job: the procedure's name.
        execution_date: for a job that takes a date; None is today in Los Angeles.

    Raises:
        UserError: no such job, or a date for a job that takes none.
    """
    known = jobs(model)
    if job not in known:
        raise UserError(f"no job {job!r}.", remedy=nearest(job, known))
    takes_date = [a.type for a in known[job].arguments] == ["DATE"]
    if execution_date and not takes_date:
        raise UserError(f"{job} takes no date.", remedy="Leave out --date.")
    argument = "COALESCE(@execution_date, CURRENT_DATE('America/Los_Angeles'))" if takes_date else ""
    before = _newest(warehouse, job)
    error = None
    try:
        parameters = [ScalarQueryParameter("execution_date", "DATE", execution_date)] if takes_date else []
        warehouse.query(f"CALL `{PREFIX}.{job}`({argument})", parameters)
    except GoogleAPICallError as failure:
        error = reason(failure)
    row = _newest(warehouse, job)
    return Run(job, row if row != before else None, error)


def _newest(warehouse: Warehouse, job: str) -> dict[str, Any] | None:
    sql = f"""
      SELECT {", ".join(LOG_COLUMNS)}
      FROM `{PREFIX}.{LOG}`
      WHERE job_name = @job
      ORDER BY job_start_time DESC, job_end_time DESC, job_id DESC
      LIMIT 1
    """
    rows = [dict(row.items()) for row in warehouse.query(sql, [ScalarQueryParameter("job", "STRING", job)])]
    return rows[0] if rows else None
