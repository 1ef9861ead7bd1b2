"""`eros rollback`: take away what the plan declares and EROS owns. Snapshots and restores: eros.backup.

Full: schedules, procedures, view, tables, functions, each before what it needs, after a snapshot of every table.
Procedures only: every row and every schedule stays; the schedules fail, loudly, until the next deployment.
Neither touches a dataset, a snapshot or an external object, also where the plan declares external ones. What is gone
already is skipped, so that a rollback that was interrupted is finished by running it again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from google.api_core.exceptions import GoogleAPICallError, NotFound
from google.cloud import bigquery
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eros.backup import Taken, create
from eros.confirm import Ask, confirm
from eros.errors import UserError
from eros.model import Environment, Model
from eros.state import Resource, plan_folder, read_stack
from eros.state.live import list_objects, read_live
from eros.warehouse import Warehouse, reason

PARTS = ("warehouse", "automation")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@dataclass(frozen=True)
class Kept:
    """A declared object that stays although it was asked for. `foreign`: something else bears its name."""

    resource: Resource
    reason: str
    foreign: bool = False


@dataclass(frozen=True)
class Rollback:
    """What a rollback is going to do: `remove` in this order, after snapshots of the tables in it."""

    environment: Environment
    remove: tuple[Resource, ...]
    kept: tuple[Kept, ...] = ()

    @property
    def tables(self) -> list[str]:
        """Names of the tables to be removed."""
        return [r.name for r in self.remove if r.kind == "table"]


def prepare(model: Model, warehouse: Warehouse, plan: Path, procedures_only: bool = False) -> Rollback:
    """Look at what is declared and what is there, and change nothing.

    Args:
        model: the loaded model; it knows which tables and views are owned.
        warehouse: the environment.
        plan: cdktf's output folder.
        procedures_only: take away the procedures alone.

    Raises:
        UserError: there is no plan.
    """
    environment = warehouse.environment
    declared = [r for part in PARTS for r in read_stack(plan_folder(plan, f"eros-{environment.name}-{part}"))]
    wanted = removable(model, declared, procedures_only)
    there = _there(warehouse, wanted)
    needed = needed_by_others(model, declared, {name for kind, name in there if kind != "schedule"})
    remove, kept = [], []
    for resource in wanted:
        if (resource.kind, resource.name) not in there:
            other = {"table": "view", "view": "table"}.get(resource.kind, "")
            if (other, resource.name) in there:
                kept.append(Kept(resource, f"a {other} has its name", foreign=True))
        elif resource.address in needed:
            kept.append(Kept(resource, f"{needed[resource.address]} needs it, which is not EROS's"))
        elif (why := _foreign(warehouse, resource)) is not None:
            kept.append(Kept(resource, why, foreign=True))
        else:
            remove.append(resource)
    return Rollback(environment, tuple(remove), tuple(kept))


def removable(model: Model, declared: Sequence[Resource], procedures_only: bool = False) -> list[Resource]:
    """What a rollback may take away of what is declared, in the order in which it goes."""
    return [r for r in removal_order(declared) if _owned(model, r) and (not procedures_only or _procedure(r))]


def removal_order(resources: Sequence[Resource]) -> list[Resource]:
    """Schedules, procedures, views, tables, functions; within each, users before what they use.

    `resources` come in the plan's order, each after what it needs.
    """

    groups: list[list[Resource]] = [[] for _ in range(6)]
    kinds = {"schedule": 0, "view": 2, "table": 3}
    for resource in reversed(resources):
        place = (1 if _procedure(resource) else 4) if resource.kind == "routine" else kinds.get(resource.kind, 5)
        groups[place].append(resource)
    return [resource for group in groups for resource in group]


def needed_by_others(model: Model, declared: Iterable[Resource], there: set[str]) -> dict[str, str]:
    """Address -> the external object that needs it, directly or through others; such an object must keep working.

    Args:
        model: it knows which tables and views are owned.
        declared: the plan's objects.
        there: names of the objects that exist.
    """
    by_address = {r.address: r for r in declared}
    needed: dict[str, str] = {}
    for resource in by_address.values():
        if resource.kind not in ("table", "view") or _owned(model, resource) or resource.name not in there:
            continue
        todo = list(resource.depends_on)
        while todo:
            address = todo.pop()
            if address in by_address and address not in needed:
                needed[address] = resource.name
                todo += by_address[address].depends_on
    return needed


def execute(
    warehouse: Warehouse, rollback: Rollback, progress: Callable[[Resource], None] = lambda resource: None
) -> list[Taken]:
    """Take the snapshots, then remove. Returns the snapshots.

    Raises:
        UserError: a table could not be snapshotted; nothing was removed then.
    """
    taken = create(warehouse, rollback.tables) if rollback.tables else []
    if failed := [f"  {t.table}: {t.error}" for t in taken if t.error]:
        raise UserError(
            "nothing was removed, because not every table could be kept in a snapshot:\n" + "\n".join(failed)
        )
    for resource in rollback.remove:
        progress(resource)
        _remove(warehouse, resource)
    return taken


def run(
    model: Model,
    warehouse: Warehouse,
    plan: Path,
    *,
    procedures_only: bool = False,
    yes: bool = False,
    dataset: str | None = None,
    ask: Ask | None = None,
    as_json: bool = False,
) -> int:
    """Show what would go, ask, do it. Returns 0, or 2 where an object that is not ours bears a declared name.

    Raises:
        UserError: not confirmed, or not every table could be kept.
    """
    rollback = prepare(model, warehouse, plan, procedures_only)
    taken: list[Taken] = []
    if rollback.remove:
        err.print(_table(rollback))
        for line in _warnings(rollback, procedures_only):
            err.print(Text(line), soft_wrap=True)
        confirm(warehouse.environment, "rollback", yes=yes, dataset=dataset, ask=ask)
        with err.status("Taking snapshots") as status:
            taken = execute(warehouse, rollback, lambda r: status.update(f"Removing {r.kind} {r.name}"))
    if as_json:
        sys.stdout.write(json.dumps(_as_dict(rollback, taken), indent=2, ensure_ascii=False) + "\n")
    else:
        for line in _done(rollback, taken):
            out.print(Text(line), soft_wrap=True)
    return 2 if any(k.foreign for k in rollback.kept) else 0


def _owned(model: Model, resource: Resource) -> bool:
    if resource.kind in ("table", "view"):
        return resource.name in model.contracts and model.contracts[resource.name].owned
    return resource.kind in ("routine", "schedule")


def _procedure(resource: Resource) -> bool:
    return resource.kind == "routine" and resource.rest["routineType"] == "PROCEDURE"


def _there(warehouse: Warehouse, wanted: Iterable[Resource]) -> set[tuple[str, str]]:
    """(kind, name) of everything in the dataset, and of the declared schedules."""
    environment = warehouse.environment
    objects = list_objects(warehouse.client, environment.project, environment.dataset) or []
    names = warehouse.schedules.names() if any(r.kind == "schedule" for r in wanted) else []
    return {(o.kind, o.name) for o in objects} | {("schedule", name) for name in names}


def _foreign(warehouse: Warehouse, resource: Resource) -> str | None:
    """Why a table or view of a declared name is not the declared one: our stacks label what they create."""
    if resource.kind not in ("table", "view"):
        return None
    system = resource.rest["labels"]["system"]
    try:
        live = read_live(warehouse.client, resource)
    except GoogleAPICallError as error:  # the embedded engine cannot read a view whose source lost a column
        return f"it cannot be read, so it may not be ours: {reason(error)}"
    if live is None or (live.get("labels") or {}).get("system") == system:
        return None
    return f"it has no label system={system}, so another system may have made it; eros preflight says what to do"


def _remove(warehouse: Warehouse, resource: Resource) -> None:
    if resource.kind == "schedule":
        with suppress(NotFound):  # gone since we looked
            warehouse.schedules.delete(resource.name)
    elif resource.kind == "routine":
        routine = bigquery.RoutineReference.from_api_repr(resource.rest["routineReference"])
        warehouse.client.delete_routine(routine, not_found_ok=True)
    else:
        table = bigquery.TableReference.from_api_repr(resource.rest["tableReference"])
        warehouse.client.delete_table(table, not_found_ok=True)


def _warnings(rollback: Rollback, procedures_only: bool) -> list[str]:
    environment = rollback.environment
    if procedures_only:
        return ["Every row and every schedule stays. The schedules fail until the next deployment."]
    lines = [f"Before that, {len(rollback.tables)} tables are kept in snapshots in {environment.backup_dataset}."]
    if environment.deletion_protection:
        lines.append(
            "This goes through BigQuery's API: Terraform's deletion_protection and prevent_destroy do not stop it."
        )
    if not environment.local:
        lines.append("Terraform's state still lists what is removed; its next plan creates all of it again, empty.")
    return lines


def _table(rollback: Rollback) -> Table:
    shown = Table("in this order", "name", title=f"Removed from {rollback.environment.name}:", title_justify="left")
    for resource in rollback.remove:
        kind = resource.kind if resource.kind != "routine" else resource.rest["routineType"].split("_")[-1].lower()
        shown.add_row(kind, Text(resource.name))
    return shown


def _done(rollback: Rollback, taken: Sequence[Taken]) -> list[str]:
    removed = len(rollback.remove)
    lines = [f"Removed {removed} objects." if removed else "Nothing to remove: none of it is there."]
    lines += [f"Kept {k.resource.kind} {k.resource.name}: {k.reason}." for k in rollback.kept]
    lines += [f"{t.table}: {t.rows:,} rows in {t.snapshot}" for t in taken]
    if taken:
        lines.append("To have it back: deploy, then for each table: eros backup restore TABLE --in-place")
    return lines


def _as_dict(rollback: Rollback, taken: Sequence[Taken]) -> dict[str, object]:
    return {
        "environment": rollback.environment.name,
        "removed": [{"kind": r.kind, "name": r.name, "address": r.address} for r in rollback.remove],
        "kept": [{"kind": k.resource.kind, "name": k.resource.name, "reason": k.reason} for k in rollback.kept],
        "snapshots": [{"table": t.table, "snapshot": t.snapshot, "rows": t.rows} for t in taken],
    }
