"""The changes of a configuration that test_changes.py makes: what Terraform plans for each and what the review says.

The rows are those of tests/fixtures/plans/README.md, section A, as far as our stacks have such objects (there is no
seed job). Within a round every change is to another object.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eros.review.rules import ChangeClass
from tests.conformance.edits import Edit, column, columns, dataset, removes, routine, schedule, sets, table

ADD, WIDEN, CHANGE, REPLACE, LOSS = ChangeClass
DAY = 86_400_000
REBUILT = "it comes back empty"
FLOAT = {"name": "decay", "type": "FLOAT", "mode": "NULLABLE", "description": "New."}


@dataclass(frozen=True)
class Case:
    """One change.

    Attributes:
        object: the address it is about.
        edit: makes it.
        action: what Terraform plans; None is nothing.
        classed: how the review classes the object; None where it says nothing.
        says: words of the review.
        replace_paths: why Terraform rebuilds it.
        keeps_row: whether the one row of the table is still there after the apply.
        drift: properties that `eros drift` finds after the apply, because Terraform has left them.
    """

    object: str
    edit: Edit
    action: str | None = "update"
    classed: ChangeClass | None = CHANGE
    says: str = ""
    replace_paths: tuple[tuple[str | int, ...], ...] = ()
    keeps_row: bool = True
    drift: tuple[str, ...] = ()


def rebuilt(name: str, edit: Edit, *path: str | int) -> Case:
    """A change for which Terraform drops the table and creates it empty."""
    return Case(table(name), edit, "replace", LOSS, REBUILT, (path,), keeps_row=False)


def wrapped(head: str, tail: str) -> Any:
    return lambda text: head + text + tail


IN_PLACE = {
    "add_column": Case(
        table("schedule_export_log"),
        columns(table("schedule_export_log"), lambda c: [*c, FLOAT]),
        classed=WIDEN,
        says="Column decay (FLOAT64) is added",
    ),
    "drop_column": Case(
        table("automation_alerts"),
        columns(table("automation_alerts"), lambda c: [x for x in c if x["name"] != "acknowledged_by"]),
        classed=LOSS,
        says="Column acknowledged_by is dropped and its values are gone",
    ),
    "change_column_description": Case(
        table("lock_sweep_log"),
        column(table("lock_sweep_log"), "sweep_time", description="Other."),
        says="description of column sweep_time changes",
    ),
    "change_column_default": Case(
        table("caption_bandit_stats"),
        column(table("caption_bandit_stats"), "successes", defaultValueExpression="2"),
        says="default of column successes changes from 1 to 2",
    ),
    "relax_mode": Case(
        table("etl_job_runs"),
        column(table("etl_job_runs"), "job_name", mode="NULLABLE"),
        classed=WIDEN,
        says="Column job_name no longer refuses NULL",
    ),
    "change_clustering": Case(
        table("creator_processing_errors"),
        sets(table("creator_processing_errors"), clustering=["page_name"]),
        says="from job_id, page_name to page_name",
    ),
    "change_primary_key": Case(
        table("schedule_generation_queue"),
        sets(table("schedule_generation_queue"), table_constraints={"primary_key": {"columns": ["page_name"]}}),
        says="primary key changes from page_name, execution_date to page_name",
    ),
    "change_labels": Case(
        table("holiday_calendar"),
        sets(table("holiday_calendar"), labels=lambda labels: labels | {"owner": "others"}),
        says="labels.owner changes from scheduling to others",
    ),
    "change_table_description": Case(
        table("mass_messages"),
        sets(table("mass_messages"), description="Other."),
        says="to Other.",
    ),
    "change_function_body": Case(
        routine("caption_key"),
        sets(routine("caption_key"), definition_body=wrapped("CONCAT('', ", ")")),
        says="The SQL changes",
    ),
    "change_function_return_type": Case(
        routine("eros_now"),
        sets(
            routine("eros_now"),
            return_type='{"typeKind": "STRING"}',
            definition_body=wrapped("CAST(", " AS STRING)"),
        ),
        says="from TIMESTAMP to STRING",
    ),
    "change_function_arguments": Case(
        routine("wilson_sample"),
        sets(
            routine("wilson_sample"),
            arguments=lambda found: [
                *found,
                {"name": "draws", "argument_kind": "FIXED_TYPE", "data_type": '{"typeKind": "INT64"}'},
            ],
        ),
        says="from (successes INT64, failures INT64) to (successes INT64, failures INT64, draws INT64)",
    ),
    "change_procedure_body": Case(
        routine("sweep_expired_caption_locks"),
        sets(
            routine("sweep_expired_caption_locks"), definition_body=lambda b: f"{b.rpartition('END')[0]}SELECT 1;\nEND"
        ),
        says="The SQL changes",
    ),
    "change_view_query": Case(
        table("available_captions"),
        sets(
            table("available_captions"),
            view=lambda view: view | {"query": f"{view['query']}\n  AND caption_id IS NOT NULL"},
        ),
        says="The SQL changes",
    ),
    "change_dataset_description": Case(
        dataset("eros_scheduling_brain"),
        sets(dataset("eros_scheduling_brain"), description="Other."),
        says="description changes",
    ),
    "change_schedule": Case(
        schedule("lock_sweep"),
        sets(schedule("lock_sweep"), schedule="every 2 hours"),
        says="runs every 2 hours instead of every 1 hours",
    ),
    "change_schedule_query": Case(
        schedule("snapshots"),
        sets(schedule("snapshots"), params=lambda params: {"query": f"{params['query']}\nSELECT 1;"}),
        says="The SQL changes",
    ),
    "disable_schedule": Case(
        schedule("health_monitor"),
        sets(schedule("health_monitor"), disabled=True),
        says="switched off: it does not run again",
    ),
}

OTHERS = {
    "reorder_columns": Case(
        table("caption_bandit_stats"),
        columns(table("caption_bandit_stats"), lambda c: c[::-1]),
        action=None,
        classed=None,
    ),
    "remove_partition_expiration": Case(
        table("creator_processing_errors"),
        sets(
            table("creator_processing_errors"),
            time_partitioning=lambda p: {k: v for k, v in p.items() if k != "expiration_ms"},
        ),
        action=None,
        classed=None,
        drift=("partition.expiration_ms",),
    ),
    "longer_partition_expiration": Case(
        table("lock_sweep_log"),
        sets(table("lock_sweep_log"), time_partitioning=lambda p: p | {"expiration_ms": 60 * DAY}),
        classed=WIDEN,
        says="kept 60 days instead of 30 days",
    ),
    "shorter_partition_expiration": Case(
        table("automation_alerts"),
        sets(table("automation_alerts"), time_partitioning=lambda p: p | {"expiration_ms": 300 * DAY}),
        classed=LOSS,
        says="300 days instead of 365 days",
    ),
    "change_partition_type": Case(
        table("schedule_export_log"),
        sets(table("schedule_export_log"), time_partitioning=lambda p: p | {"type": "HOUR"}),
        says="BigQuery cannot change the partition type",
    ),
    "remove_schedule": Case(
        schedule("holiday_calendar"),
        removes(schedule("holiday_calendar")),
        action="delete",
        classed=REPLACE,
        says="is removed and no longer runs",
    ),
    "set_schedule_start": Case(
        schedule("lock_sweep"),
        sets(schedule("lock_sweep"), schedule_options={"start_time": "2026-02-02T00:37:00Z"}),
        says="start_time",
    ),
}

REBUILDS = {
    "add_required_column": rebuilt(
        "lock_sweep_log",
        columns(table("lock_sweep_log"), lambda c: [*c, FLOAT | {"mode": "REQUIRED"}]),
        "schema",
    ),
    "widen_type": rebuilt("etl_job_runs", column(table("etl_job_runs"), "creators_failed", type="FLOAT"), "schema"),
    "narrow_type": rebuilt(
        "schedule_generation_queue",
        column(table("schedule_generation_queue"), "saturation_pct", type="INTEGER"),
        "schema",
    ),
    "rename_column": rebuilt(
        "schedule_export_log", column(table("schedule_export_log"), "exported_by", name="exporter"), "schema"
    ),
    "require_column": rebuilt(
        "holiday_calendar", column(table("holiday_calendar"), "holiday_type", mode="REQUIRED"), "schema"
    ),
    "change_partition_field": rebuilt(
        "creator_processing_errors",
        sets(table("creator_processing_errors"), time_partitioning=lambda p: p | {"field": "execution_date"}),
        "time_partitioning",
        0,
        "field",
    ),
    "rename_table": rebuilt(
        "creator_content_inventory",
        sets(table("creator_content_inventory"), table_id="content_inventory"),
        "table_id",
    ),
    "remove_table": Case(
        table("active_caption_assignments"),
        removes(table("active_caption_assignments")),
        "delete",
        LOSS,
        "Table active_caption_assignments is removed with",
        keeps_row=False,
    ),
}

ROUNDS = {"in place": IN_PLACE, "others": OTHERS, "rebuilds": REBUILDS}
