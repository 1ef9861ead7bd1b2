"""The job log and the alerts, as every scheduled procedure writes them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from tests.sql.reference.words import ANYTHING, Row, World, within

ABANDONED = re.compile("abandoned")
SUCCESSFUL = {"SUCCESS", "COMPLETED_NO_WORK"}


def abandon(world: World, job: str, now: datetime) -> None:
    """Mark the job's own RUNNING rows older than 2 hours FAILED."""
    for row in world["etl_job_runs"]:
        if (
            row["job_name"] == job
            and row["job_status"] == "RUNNING"
            and row["job_start_time"] < now - timedelta(hours=2)
        ):
            give_up(row)


def give_up(row: Row) -> None:
    """FAILED 'abandoned'; what else the row says about its end is left open."""
    row |= {
        "job_status": "FAILED",
        "error_message": ABANDONED,
        "job_end_time": ANYTHING,
        "job_duration_seconds": ANYTHING,
    }


def ended(
    world: World,
    job: str,
    now: datetime,
    status: str,
    execution_date: date | Any | None = None,
    processed: int | Any | None = None,
    failed: int | Any | None = ANYTHING,
) -> None:
    """The row of a run that ended."""
    world["etl_job_runs"].append(
        {
            "job_id": re.compile(f"^{job}_"),
            "job_name": job,
            "job_start_time": now,
            "job_end_time": ANYTHING,
            "job_status": status,
            "execution_date": execution_date,
            "creators_processed": processed,
            "creators_failed": failed,
            "error_message": None if status in SUCCESSFUL else re.compile("."),
            "job_duration_seconds": ANYTHING,
        }
    )


def alert(world: World, now: datetime, level: str, source: str, about: str, says: str = ".") -> None:
    """An alert, unless one about the same is younger than 6 hours. `about` and `says` are regular expressions."""
    kind = re.compile(about)
    for row in world["automation_alerts"]:
        same = (row["alert_level"], row["alert_source"]) == (level, source) and row["alert_kind"] in (kind, ANYTHING)
        if same and within(row["alert_time"], now, hours=6):
            return
    world["automation_alerts"].append(
        {
            "alert_id": ANYTHING,
            "alert_time": now,
            "alert_level": level,
            "alert_source": source,
            "alert_message": re.compile(says, re.S),
            "job_id": ANYTHING,
            "acknowledged": ANYTHING,
            "acknowledged_at": None,
            "acknowledged_by": None,
            "alert_kind": kind,
        }
    )
