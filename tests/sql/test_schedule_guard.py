"""The daily job's two triggers: on every day of seven years exactly one of them works, with that day's date.

The guard is taken out of the scheduled script and asked about every trigger in one query; Python's own time zones say
what it must answer. A few whole scripts are run as Data Transfer runs them, with @run_time as a parameter.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from google.cloud.bigquery import ScalarQueryParameter

from eros.model import PREFIX, Model
from eros.warehouse import Warehouse
from tests.sql import frozen
from tests.sql.reference.words import LOS_ANGELES

FIRST, LAST = date(2024, 1, 1), date(2030, 12, 31)
DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]

#: Run times of manual and back-fill runs, UTC.
BY_HAND = (time(0, 0), time(7, 30), time(12, 0), time(10, 4), time(11, 6), time(23, 59))

SCRIPT = re.compile(
    r"\s*IF (?P<guard>.*?) THEN\s*CALL `[\w.-]+\.run_daily_automation`\((?P<day>.*)\);\s*END IF;?\s*", re.S
)


@pytest.fixture(scope="module")
def script(model: Model) -> str:
    """The script both triggers run."""
    pdt, pst = (model.schedules[f"daily_automation_{season}"].script for season in ("pdt", "pst"))
    assert pdt == pst
    return pdt


@pytest.fixture(scope="module")
def triggers(model: Model) -> list[time]:
    """The times of day the two schedules name, UTC."""
    texts = [model.schedules[f"daily_automation_{season}"].schedule for season in ("pdt", "pst")]
    return [time.fromisoformat(text.removeprefix("every day ")) for text in texts]


@pytest.fixture
def called(script: str, triggers: list[time], scenario_warehouse: Warehouse) -> dict[datetime, date | None]:
    """Run time -> the date the procedure is called with, None where it is not called; for all run times at once."""
    parts = SCRIPT.fullmatch(re.sub(r"--.*", "", script))
    assert parts, f"the script has another form than IF … THEN CALL … END IF:\n{script}"
    guard, day = (parts[name].replace("@run_time", "run_time") for name in ("guard", "day"))
    times = ", ".join(f"TIME '{t}'" for t in (*triggers, *BY_HAND))
    rows = scenario_warehouse.query(
        f"""
        SELECT run_time, IF({guard}, {day}, NULL) AS day
        FROM (
          SELECT TIMESTAMP(DATETIME(d, t), 'UTC') AS run_time
          FROM UNNEST(GENERATE_DATE_ARRAY(DATE '{FIRST}', DATE '{LAST}')) AS d CROSS JOIN UNNEST([{times}]) AS t
        )
        """
    )
    found = {row["run_time"]: row["day"] for row in rows}
    assert len(found) == len(DAYS) * (len(triggers) + len(BY_HAND))
    return found


def test_exactly_one_trigger_works_each_day(called: dict[datetime, date | None], triggers: list[time]) -> None:
    days = Counter(called[datetime.combine(d, t, UTC)] for d in DAYS for t in triggers)
    assert days.pop(None, 0) == len(DAYS), "the other trigger is skipped"
    assert days == Counter(DAYS)


def test_the_trigger_that_works_is_at_three_in_los_angeles(
    called: dict[datetime, date | None], triggers: list[time]
) -> None:
    wrong = {}
    for run_time in (datetime.combine(d, t, UTC) for d in DAYS for t in triggers):
        there = run_time.astimezone(LOS_ANGELES)
        if called[run_time] != (there.date() if there.hour == 3 else None):
            wrong[str(run_time)] = called[run_time]
    assert not wrong


def test_run_times_by_hand_always_call_with_their_date(called: dict[datetime, date | None]) -> None:
    wrong = {}
    for run_time in (datetime.combine(d, t, UTC) for d in DAYS for t in BY_HAND):
        if called[run_time] != run_time.astimezone(LOS_ANGELES).date():
            wrong[str(run_time)] = called[run_time]
    assert not wrong


def test_the_whole_script_runs(script: str, scenario_warehouse: Warehouse, model: Model) -> None:
    """In winter, an hour late: one trigger skips, one works, and midnight UTC belongs to the day before."""
    frozen.clear(scenario_warehouse, frozen.tables_of(model))
    frozen.freeze(scenario_warehouse, datetime(2025, 12, 3, 12, 0, tzinfo=UTC))
    dates = []
    for run_time in ("2025-12-03T10:05:00Z", "2025-12-03T11:05:00Z", "2025-12-03T00:00:00Z"):
        parameter = ScalarQueryParameter("run_time", "TIMESTAMP", datetime.fromisoformat(run_time))
        scenario_warehouse.query(script, [parameter])
        ran = f"SELECT execution_date FROM `{PREFIX}.etl_job_runs` WHERE job_name = 'run_daily_automation'"
        dates.append(sorted(str(row["execution_date"]) for row in scenario_warehouse.query(ran)))
    assert dates == [[], ["2025-12-03"], ["2025-12-02", "2025-12-03"]]
