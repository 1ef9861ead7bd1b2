"""What the running engine says of itself is what the contracts say, column for column."""

from __future__ import annotations

from pathlib import Path

from eros.model import PREFIX, Model
from eros.state import plan_folder, read_stack
from eros.warehouse import Warehouse


def schema_rows(warehouse: Warehouse, view: str, columns: str) -> list[tuple[object, ...]]:
    sql = f"SELECT {columns} FROM `{PREFIX}.INFORMATION_SCHEMA.{view}`"
    return [tuple(row.values()) for row in warehouse.query(sql)]


def test_columns_with_types_modes_and_positions(empty_warehouse: Warehouse, model: Model) -> None:
    rows = schema_rows(
        empty_warehouse,
        "COLUMNS",
        "table_name, ordinal_position, column_name, data_type, is_nullable, is_partitioning_column, "
        "clustering_ordinal_position",
    )
    for name, contract in model.contracts.items():
        found = sorted(row[1:] for row in rows if row[0] == name)
        is_view = contract.kind == "view"
        partition = contract.partition.column if contract.partition else None
        assert found == [
            (
                position,
                column.name,
                column.type,
                # A view's columns are nullable whatever its sources say.
                "NO" if column.mode == "REQUIRED" and not is_view else "YES",
                "YES" if column.name == partition else "NO",
                contract.cluster.index(column.name) + 1 if column.name in contract.cluster else None,
            )
            for position, column in enumerate(contract.columns, 1)
        ], name


def test_keys_are_as_contracted(empty_warehouse: Warehouse, model: Model) -> None:
    rows = schema_rows(empty_warehouse, "KEY_COLUMN_USAGE", "table_name, ordinal_position, column_name")
    for name, contract in model.tables.items():
        assert tuple(row[2] for row in sorted(rows, key=lambda r: r[:2]) if row[0] == name) == contract.primary_key


def test_partitions_and_retention_are_as_contracted(empty_warehouse: Warehouse, model: Model) -> None:
    for name, contract in model.tables.items():
        environment = empty_warehouse.environment
        found = empty_warehouse.client.get_table(f"{environment.project}.{environment.dataset}.{name}")
        if contract.partition is None:
            assert found.time_partitioning is None, name
            continue
        assert found.time_partitioning.type_ == contract.partition.by.upper()
        assert found.time_partitioning.field == contract.partition.column
        days = contract.keep_days
        assert found.time_partitioning.expiration_ms == (days * 86_400_000 if days else None), name


def test_defaults_are_applied_to_new_rows(empty_warehouse: Warehouse, model: Model) -> None:
    """Column defaults were missing in the first version, where NULL + n gave NULL."""
    expected = {
        "caption_bandit_stats": (
            "caption_id, page_name",
            "1, 'a'",
            "successes = 1 AND failures = 1 AND total_observations = 0 AND total_revenue = 0.0 "
            "AND avg_conversion_rate = 0.0 AND avg_emv = 0.0 AND last_updated IS NOT NULL AND last_used IS NULL",
        ),
        "holiday_calendar": (
            "holiday_date, holiday_name",
            "DATE '2025-01-01', 'x'",
            "is_major_holiday IS FALSE AND saturation_impact_factor = 1.0",
        ),
        "schedule_export_log": ("schedule_id, page_name", "'s', 'p'", "export_timestamp IS NOT NULL"),
        "schedule_generation_queue": (
            "page_name, execution_date, queued_at, status",
            "'p', DATE '2025-01-01', TIMESTAMP '2025-01-01', 'PENDING'",
            "volume_factor = 1.0",
        ),
        "automation_alerts": (
            "alert_time, alert_level, alert_source, alert_kind",
            "TIMESTAMP '2025-01-01', 'INFO', 's', 'k'",
            "LENGTH(alert_id) = 36 AND acknowledged IS FALSE",
        ),
    }
    assert set(expected) == {n for n, t in model.owned_tables().items() if any(c.default for c in t.columns)}
    for table, (columns, values, holds) in expected.items():
        empty_warehouse.query(f"TRUNCATE TABLE `{PREFIX}.{table}`")
        empty_warehouse.query(f"INSERT INTO `{PREFIX}.{table}` ({columns}) VALUES ({values})")
        (row,) = empty_warehouse.query(f"SELECT COUNT(*) AS n, COUNTIF({holds}) AS good FROM `{PREFIX}.{table}`")
        assert (row["n"], row["good"]) == (1, 1), table
        empty_warehouse.query(f"TRUNCATE TABLE `{PREFIX}.{table}`")


def test_routine_parameters_are_as_in_the_files(empty_warehouse: Warehouse, model: Model) -> None:
    rows = schema_rows(
        empty_warehouse, "PARAMETERS", "specific_name, ordinal_position, parameter_mode, parameter_name, data_type"
    )
    for name, routine in model.routines.items():
        found = [row[1:] for row in sorted(rows, key=lambda r: (r[0], r[1] or 0)) if row[0] == name and row[1]]
        assert [(row[2], row[3]) for row in found] == [(a.name, a.type) for a in routine.arguments], name
        if routine.kind == "PROCEDURE":
            assert [row[1] for row in found] == [a.mode for a in routine.arguments], name


def test_every_planned_object_is_there_with_its_description(
    empty_warehouse: Warehouse, plan: Path, model: Model
) -> None:
    client, environment = empty_warehouse.client, empty_warehouse.environment
    for resource in read_stack(plan_folder(plan, "eros-local-warehouse")):
        full = f"{environment.project}.{environment.dataset}.{resource.name}"
        if resource.kind in ("table", "view"):
            assert client.get_table(full).description == resource.rest["description"]
        elif resource.kind == "routine":
            assert client.get_routine(full).description == resource.rest["description"]
