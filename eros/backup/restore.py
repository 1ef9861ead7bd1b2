"""A table restored from a snapshot: beside the live one under a new name, or in place of its rows.

In place, the table itself is never replaced. One MERGE that matches nothing deletes every row and inserts those of
the snapshot: a single atomic statement, after which the table still has its schema, partitioning, clustering, key,
defaults, labels and grants. CREATE OR REPLACE TABLE … CLONE, or a copy job, would give it the snapshot's, or none.
A table that is gone is first made from the plan.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from google.api_core.exceptions import Conflict, NotFound

from eros.backup.snapshots import BEFORE_RESTORE, Snapshot, create, read, snapshots, stamp
from eros.errors import UserError, nearest
from eros.local.deploy import Action, apply_actions
from eros.model import PREFIX, Contract, Model
from eros.state import Resource, plan_folder, read_stack
from eros.warehouse import Warehouse

type Columns = dict[str, str]


@dataclass(frozen=True)
class Restoration:
    """What a restore is going to do.

    Attributes:
        contract: the table.
        snapshot: what it is restored from.
        target: the table to write, its own name where it is in place.
        live_rows: rows the target holds now; None where it does not exist.
        resource: the planned table, if it has to be made first.
    """

    contract: Contract
    snapshot: Snapshot
    target: str
    live_rows: int | None
    resource: Resource | None = None

    @property
    def in_place(self) -> bool:
        """Whether the table's own rows are replaced."""
        return self.target == self.contract.name


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes:
        table, snapshot, target: as asked for.
        rows: rows the target holds now.
        expired: rows of the snapshot left out because the table's retention has passed for them.
        kept: the snapshot of what was overwritten; None where there was nothing.
        recreated: whether the table had to be made first.
    """

    table: str
    snapshot: str
    target: str
    rows: int
    expired: int = 0
    kept: str | None = None
    recreated: bool = False


def prepare(
    warehouse: Warehouse,
    model: Model,
    table: str,
    *,
    snapshot: str | None = None,
    target: str | None = None,
    in_place: bool = False,
    plan: Callable[[], Path] | None = None,
    now: datetime | None = None,
) -> Restoration:
    """Look at everything a restore needs, and change nothing.

    Args:
        warehouse: where.
        model: the loaded model.
        table: the owned table to restore.
        snapshot: name of the snapshot; None is the newest that was not taken by a restore itself.
        target: the new table's name; None is `<table>_restored_<time>`.
        in_place: replace the rows of the table itself.
        plan: gives cdktf's output folder, asked for only where the table has to be made again.
        now: the instant of the new name; default the clock.

    Raises:
        UserError: no such table or snapshot, the target is taken, or the columns do not fit.
    """
    contract = _owned(model, table)
    if in_place and target is not None:
        raise UserError("--to and --in-place exclude each other.", remedy="Leave one out.")
    name = target or f"{table}_restored_{stamp(now or datetime.now(UTC))}"
    _check_target(model, name)
    chosen = _choose(warehouse, table, snapshot)
    if not in_place:
        return Restoration(contract, chosen, name, None)
    live = _columns_of(warehouse, f"{PREFIX}.{table}")
    resource = _planned(warehouse, table, plan) if live is None else None
    wanted = live if resource is None else _columns(resource.rest)
    _check_columns(warehouse, table, chosen.name, wanted or {})
    rows = None if live is None else count(warehouse, f"{PREFIX}.{table}")
    return Restoration(contract, chosen, table, rows, resource)


def restore(warehouse: Warehouse, restoration: Restoration, *, now: datetime | None = None) -> Restored:
    """Carry it out, and count the rows afterwards.

    Raises:
        UserError: the target appeared meanwhile, what is there could not be kept, or rows are missing afterwards.
        google.api_core.exceptions.GoogleAPICallError: BigQuery refused it.
    """
    if restoration.in_place:
        return _in_place(warehouse, restoration, now)
    table, source, target = restoration.contract.name, restoration.snapshot.name, restoration.target
    try:
        warehouse.query(f"CREATE TABLE `{PREFIX}.{target}` CLONE `{PREFIX}_backup.{source}`")
    except Conflict:
        raise UserError("a table of that name exists.", where=target, remedy="Choose another with --to.") from None
    rows = _verified(warehouse, target, count(warehouse, f"{PREFIX}_backup.{source}"), source)
    return Restored(table, source, target, rows)


def count(warehouse: Warehouse, table: str, condition: str = "TRUE") -> int:
    """Rows of a table (canonical name), counted: the API's own figure lags behind on a table that is written to."""
    (row,) = warehouse.query(f"SELECT COUNT(*) AS n FROM `{table}` AS s WHERE {condition}")
    return int(row["n"])


def _in_place(warehouse: Warehouse, restoration: Restoration, now: datetime | None) -> Restored:
    contract, source = restoration.contract, f"{PREFIX}_backup.{restoration.snapshot.name}"
    table, kept = contract.name, None
    if restoration.resource is not None:
        apply_actions(warehouse.client, warehouse.schedules, [Action("created", restoration.resource)])
    else:
        (taken,) = create(warehouse, [table], mark=BEFORE_RESTORE, now=now)
        if taken.error is not None:
            raise UserError(
                f"what is there could not be kept, so nothing was restored: {taken.error}",
                where=table,
                remedy="Mend that, or restore to a new name: leave out --in-place.",
            )
        kept = taken.snapshot
    alive = _alive(contract)
    columns = [c.name for c in contract.columns]
    warehouse.query(f"""
      MERGE `{PREFIX}.{table}` AS t
      USING (SELECT * FROM `{source}` AS s WHERE {alive}) AS s
      ON FALSE
      WHEN NOT MATCHED BY SOURCE THEN DELETE
      WHEN NOT MATCHED BY TARGET THEN
        INSERT ({", ".join(columns)}) VALUES ({", ".join(f"s.{c}" for c in columns)})
    """)
    expected = count(warehouse, source, alive)
    rows = _verified(warehouse, table, expected, restoration.snapshot.name)
    expired = count(warehouse, source) - expected
    return Restored(table, restoration.snapshot.name, table, rows, expired, kept, restoration.resource is not None)


def _alive(contract: Contract) -> str:
    """Rows whose partition has not outlived its retention: BigQuery would drop the others as they are written.

    A partition expires keep_days after its beginning, UTC:
    https://cloud.google.com/bigquery/docs/managing-partitioned-tables#partition-expiration
    """
    partition = contract.partition
    if partition is None or partition.keep_days is None:
        return "TRUE"
    column, unit = f"s.{partition.column}", partition.by.upper()
    if contract.column(partition.column).type == "DATE":
        start, limit = (
            f"DATE_TRUNC({column}, {unit})",
            f"DATE_SUB(CURRENT_DATE('UTC'), INTERVAL {partition.keep_days} DAY)",
        )
    else:
        start = f"TIMESTAMP_TRUNC({column}, {unit})"
        limit = f"TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL {partition.keep_days} DAY)"
    return f"({column} IS NULL OR {start} > {limit})"


def _verified(warehouse: Warehouse, target: str, expected: int, source: str) -> int:
    rows = count(warehouse, f"{PREFIX}.{target}")
    if rows != expected:
        raise UserError(
            f"{rows:,} rows are there, {expected:,} were expected from {source}.",
            where=target,
            remedy="Something else may be writing to it: pause its schedule and restore again.",
        )
    return rows


def _owned(model: Model, table: str) -> Contract:
    owned = model.owned_tables()
    if table in owned:
        return owned[table]
    if table in model.contracts:
        contract = model.contracts[table]
        why = "it is a view, which holds no rows" if contract.kind == "view" else "it belongs to another system"
        raise UserError(f"EROS keeps no snapshots of it: {why}.", where=table, remedy=nearest("", owned))
    raise UserError(f"no table {table!r}.", remedy=nearest(table, owned))


def _choose(warehouse: Warehouse, table: str, name: str | None) -> Snapshot:
    if name is not None:
        chosen = read(warehouse, name) if re.fullmatch(r"\w+", name) else None
        if chosen is not None and chosen.table == table:
            return chosen
        what = f"{name!r} is a snapshot of {chosen.table}." if chosen else f"no snapshot {name!r}."
        raise UserError(what, remedy=nearest(name, [s.name for s in snapshots(warehouse, table)]))
    found = [s for s in snapshots(warehouse, table) if not s.before_restore]
    if not found:
        raise UserError(
            "there is no snapshot of it.",
            where=table,
            remedy="See eros backup list. BigQuery also keeps seven days of its own: SELECT … FOR SYSTEM_TIME AS OF.",
        )
    return found[0]


def _check_target(model: Model, name: str) -> None:
    if not re.fullmatch(r"[A-Za-z_]\w{0,299}", name, re.ASCII):
        raise UserError(f"{name!r} is no name for a table.", remedy="Use letters, digits and underscores.")
    if name in model.contracts or name in model.routines:
        raise UserError(f"{name!r} is declared already.", remedy="To replace a table's rows use --in-place.")


def _planned(warehouse: Warehouse, table: str, plan: Callable[[], Path] | None) -> Resource:
    if plan is None:
        raise UserError("the table is gone.", where=table, remedy="Deploy it, then restore it.")
    folder = plan_folder(plan(), f"eros-{warehouse.environment.name}-warehouse")
    found = {r.name: r for r in read_stack(folder) if r.kind == "table"}
    if table not in found:
        raise UserError("the plan does not declare it.", where=table, remedy="Synthesize it anew: python main.py")
    return found[table]


def _columns_of(warehouse: Warehouse, table: str) -> Columns | None:
    try:
        return _columns(warehouse.client.get_table(warehouse.environment.rewrite(table)).to_api_repr())
    except NotFound:
        return None


def _columns(rest: Mapping[str, Any]) -> Columns:
    """Column -> type, repeated and nested ones in full. REQUIRED is left out: the rows obeyed it when written."""

    def kind(field: Mapping[str, Any]) -> str:
        inner = ", ".join(f"{f['name']} {kind(f)}" for f in field.get("fields") or [])
        text = f"{field['type']}<{inner}>" if inner else str(field["type"])
        return f"ARRAY<{text}>" if field.get("mode") == "REPEATED" else text

    return {f["name"]: kind(f) for f in (rest.get("schema") or {}).get("fields") or []}


def _check_columns(warehouse: Warehouse, table: str, snapshot: str, new: Columns) -> None:
    """Refuse a snapshot with other columns than the table's. Their order does not matter: rows go by name."""
    old = _columns_of(warehouse, f"{PREFIX}_backup.{snapshot}") or {}
    if old == new:
        return
    found = [
        f"{name}: {old.get(name, 'absent')} in the snapshot, {new.get(name, 'absent')} in the table"
        for name in [*new, *(n for n in old if n not in new)]
        if old.get(name) != new.get(name)
    ]
    both = ", ".join(name for name in new if old.get(name) == new[name])
    dataset = warehouse.environment.rewrite(PREFIX)
    raise UserError(
        f"the columns of {snapshot} are not the table's, so it cannot be restored in place:\n  " + "\n  ".join(found),
        where=table,
        remedy=(
            "\nA column the table lost: deploy it again, then restore in place. Otherwise restore to a new name"
            f" (leave out --in-place) and copy what both have:\n  INSERT INTO `{dataset}.{table}` ({both})"
            f" SELECT {both} FROM `{dataset}.NEW_NAME`"
        ),
    )
