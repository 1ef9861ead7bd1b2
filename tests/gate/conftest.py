"""A small catalog of its own, so that the gate's tests say what they need and no contract can break them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from eros.gate import Finding, Source, check_text
from eros.gate.analyzer import Analyzer, start
from eros.gate.catalog import Catalog
from eros.model import Argument, Column, Routine

TABLES = {
    "captions": "caption_id INT64, caption_text STRING, price_tier STRING, content_category STRING, has_urgency BOOL",
    "caption_bank": "caption_id INT64 NOT NULL, caption_text STRING NOT NULL, usage_status STRING, caption_key STRING",
    "caption_bandit_stats": "caption_id INT64 NOT NULL, page_name STRING NOT NULL, successes INT64, avg_emv FLOAT64",
    "mass_messages": "row_id INT64, page_name STRING, sending_time TIMESTAMP, viewed_count INT64, "
    "purchased_count FLOAT64, earnings FLOAT64, caption_id INT64, message STRING",
    "etl_job_runs": "job_id STRING NOT NULL, job_name STRING NOT NULL, job_start_time TIMESTAMP NOT NULL, "
    "job_status STRING NOT NULL, execution_date DATE",
    "active_creator_caption_restrictions_v": "page_name STRING, hard_patterns ARRAY<STRING>",
    "holiday_calendar": "holiday_date DATE NOT NULL, holiday_name STRING NOT NULL, is_major_holiday BOOL",
}
FUNCTIONS = {
    "caption_key": ("message STRING", "STRING"),
    "caption_key_v2": ("message STRING", "STRING"),
    "wilson_score_bounds": ("successes INT64, failures INT64", "STRUCT<lower_bound FLOAT64, upper_bound FLOAT64>"),
    "wilson_sample": ("successes INT64, failures INT64", "FLOAT64"),
    "eros_now": ("", "TIMESTAMP"),
}
PROCEDURES = {
    "sweep_expired_caption_locks": "",
    "run_daily_automation": "IN p_execution_date DATE",
    "example_out": "IN p_from INT64, OUT p_count INT64",
}


def columns(text: str) -> list[Column]:
    """`name TYPE [NOT NULL], …` as contract columns."""
    found = []
    for part in text.split(", "):
        name, sql_type, *rest = part.split(" ")
        mode = "REQUIRED" if rest else "REPEATED" if sql_type.startswith("ARRAY") else "NULLABLE"
        found.append(Column(name=name, type=sql_type, mode=mode, description=name))
    return found


def arguments(text: str) -> tuple[Argument, ...]:
    """`[IN] name TYPE, …` as arguments."""
    parts = [part.split(" ") for part in text.split(", ") if part]
    return tuple(Argument(p[-2], p[-1], p[0] if len(p) == 3 else None) for p in parts)


def routine(name: str, kind: str, argument_text: str, return_type: str | None) -> Routine:
    return Routine(name, kind, arguments(argument_text), return_type, "", "", "", f"{name}.sql")


@pytest.fixture(scope="session")
def analyzer() -> Analyzer:
    return start()


@pytest.fixture(scope="session")
def catalog(analyzer: Analyzer) -> Catalog:
    catalog = Catalog(analyzer)
    for name, text in TABLES.items():
        catalog.add_table(name, columns(text), is_view=name.endswith("_v"))
    for name, (argument_text, return_type) in FUNCTIONS.items():
        catalog.add_routine(routine(name, "FUNCTION", argument_text, return_type))
    for name, argument_text in PROCEDURES.items():
        catalog.add_routine(routine(name, "PROCEDURE", argument_text, None))
    return catalog


@pytest.fixture(scope="session")
def check(catalog: Catalog) -> Callable[..., list[Finding]]:
    """Check a text; `file` is what findings call it."""

    def run(sql: str, file: str = "example.sql", **parameters: str) -> list[Finding]:
        return check_text(Source(file, sql), catalog, parameters)

    return run
