"""`eros backup create|list|restore`: what a person or a program sees, and the exit codes. 0 done, 1 not."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from eros.backup.restore import Restoration, Restored, prepare, restore
from eros.backup.snapshots import Snapshot, Taken, create, snapshots
from eros.confirm import Ask, confirm
from eros.errors import UserError, nearest
from eros.model import Model
from eros.warehouse import Warehouse

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def run_create(model: Model, warehouse: Warehouse, tables: Sequence[str] = (), as_json: bool = False) -> int:
    """Take a snapshot of each owned table, or of those named. Returns 1 if one could not be taken.

    Raises:
        UserError: an unknown table, or no backup dataset.
    """
    owned = model.owned_tables()
    for table in tables:
        if table not in owned:
            raise UserError(f"EROS owns no table {table!r}.", remedy=nearest(table, owned))
    with err.status("Taking snapshots") as status:
        taken = create(
            warehouse, tables or owned, progress=lambda table: status.update(f"Taking a snapshot of {table}")
        )
    if as_json:
        _print_json([asdict(t) for t in taken])
    else:
        out.print(_taken(taken))
    return 1 if any(t.error for t in taken) else 0


def run_list(model: Model, warehouse: Warehouse, table: str | None = None, as_json: bool = False) -> int:
    """Show the snapshots there are, newest first.

    Raises:
        UserError: an unknown table, or no backup dataset.
    """
    if table is not None and table not in model.owned_tables():
        raise UserError(f"EROS owns no table {table!r}.", remedy=nearest(table, model.owned_tables()))
    with err.status("Reading snapshots"):
        found = snapshots(warehouse, table)
    if as_json:
        _print_json([asdict(s) for s in found])
    elif found:
        out.print(_listed(found))
    else:
        out.print("No snapshots. Take them with: eros backup create")
    return 0


def run_restore(
    model: Model,
    warehouse: Warehouse,
    table: str,
    *,
    snapshot: str | None = None,
    target: str | None = None,
    in_place: bool = False,
    yes: bool = False,
    dataset: str | None = None,
    plan: Callable[[], Path] | None = None,
    ask: Ask | None = None,
    as_json: bool = False,
) -> int:
    """Restore a table beside the live one, or in place after a confirmation.

    Raises:
        UserError: it cannot be restored, or was not confirmed.
    """
    planned = prepare(warehouse, model, table, snapshot=snapshot, target=target, in_place=in_place, plan=plan)
    if planned.in_place:
        err.print(Text(_announced(planned)), soft_wrap=True)
        confirm(warehouse.environment, f"restore {table}", yes=yes, dataset=dataset, ask=ask)
    with err.status(f"Restoring {planned.target}"):
        done = restore(warehouse, planned)
    if as_json:
        _print_json(asdict(done))
    else:
        for line in _done(done, warehouse):
            out.print(Text(line), soft_wrap=True)
    return 0


def _announced(planned: Restoration) -> str:
    source = planned.snapshot
    if planned.live_rows is None:
        now = "The table does not exist and is made anew from the plan."
    else:
        now = f"The {planned.live_rows:,} rows it holds now are replaced, after a snapshot of them."
    return f"{planned.target} gets the {source.rows:,} rows of {source.name}, taken {source.taken:%F %T} UTC. {now}"


def _done(done: Restored, warehouse: Warehouse) -> list[str]:
    lines = [f"Restored {done.target} from {done.snapshot}: {done.rows:,} rows, counted."]
    if done.expired:
        lines.append(f"{done.expired:,} rows of the snapshot are past the table's retention and were left out.")
    if done.kept:
        lines.append(f"What was there before is in {done.kept}; to go back: --from {done.kept}")
    if done.recreated and warehouse.environment.managed_access:
        stack = f"eros-{warehouse.environment.name}-automation"
        lines.append(f"The table is new, so grants on it are gone: deploy {stack}, or the jobs cannot write to it.")
    if done.target != done.table:
        lines.append(f"It stands beside {done.table}. When you no longer need it: DROP TABLE (eros drift reminds you).")
    return lines


def _taken(taken: Sequence[Taken]) -> Table:
    shown = Table("table", "snapshot", "rows")
    for t in taken:
        if t.error is not None:
            shown.add_row(t.table, Text(f"failed: {t.error}", style="bold red"), "")
        else:
            shown.add_row(t.table, t.snapshot, f"{t.rows:,}")
    return shown


def _listed(found: Sequence[Snapshot]) -> Table:
    shown = Table()
    for name in ("table", "snapshot", "taken (UTC)", "rows", "expires (UTC)"):
        shown.add_column(name, no_wrap=True, justify="right" if name == "rows" else "left", overflow="fold")
    for s in found:
        expires = f"{s.expires:%Y-%m-%d %H:%M}" if s.expires else "never"
        shown.add_row(s.table, s.name, f"{s.taken:%Y-%m-%d %H:%M}", f"{s.rows:,}", expires)
    return shown


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")
