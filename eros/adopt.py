"""`eros adopt`: what importing a live object that is declared would change, and the entry that imports it.

Nothing is written: the entry goes into the environment file, and the next plan shows the import (stacks/base.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from eros.drift.compare import compare
from eros.drift.drift import declared
from eros.drift.finding import Finding
from eros.drift.text import STYLES, title, values
from eros.errors import UserError, nearest
from eros.model import Model
from eros.model.adoption import SCHEDULE
from eros.review.escape import guarded, shown, visible, visible_line
from eros.state import Resource
from eros.state.live import list_schedules, read_live
from eros.state.planned import Rest
from eros.warehouse import Warehouse


@dataclass(frozen=True)
class Proposal:
    """An object that may be adopted.

    Attributes:
        resource: as it is declared.
        id: a schedule's resource name; None where Terraform's import id follows from the name.
        changes: what the apply that imports it would change.
        file: the environment file the entry belongs into.
        listed: the entry is there already.
    """

    resource: Resource
    id: str | None
    changes: tuple[Finding, ...]
    file: str
    listed: bool

    def entry(self) -> list[str]:
        """The lines to add to the environment file."""
        return ["adopt:", f"  - object: {self.resource.address}", *([f"    id: {self.id}"] if self.id else [])]


def propose(model: Model, warehouse: Warehouse, plan: Path, name: str) -> Proposal:
    """Look at a live object and say what its adoption would do.

    Args:
        model: the loaded model.
        warehouse: the environment.
        plan: cdktf's output folder.
        name: a Terraform address, or an object's own name where only one object has it.

    Raises:
        UserError: nothing declared or nothing live has that name, or an import would rebuild it or lose data.
    """
    environment = warehouse.environment
    resource = find(declared(plan, environment)[0], name)
    live = _live(warehouse, resource)
    if live is None:
        raise UserError(
            "it does not exist, so there is nothing to adopt.",
            where=resource.address,
            remedy="The next apply creates it.",
        )
    changes = compare(resource, live)
    if refusals := [f for f in changes if f.consequence.refusal]:
        reasons = [f"  {visible(title(f))}: {visible(f.consequence.refusal or '')}" for f in refusals]
        remedies = dict.fromkeys(f"  {f.consequence.keep}" for f in refusals)
        raise UserError(
            "it cannot be adopted as it is:\n" + "\n".join(reasons),
            where=resource.address,
            remedy="\nFirst:\n" + "\n".join(remedies),
        )
    identity = str(live["name"]) if resource.kind == "schedule" else None
    listed = any(entry.object == resource.address for entry in environment.adopt)
    return Proposal(resource, identity, tuple(changes), environment.file, listed)


def find(resources: Sequence[Resource], name: str) -> Resource:
    """The declared object of an address or name. Raises UserError: unknown, or several have that name."""
    named = [r for r in resources if name == r.address] or [r for r in resources if name in _names(r)]
    if len(named) == 1:
        return named[0]
    if named:
        both = " or ".join(r.address for r in named)
        raise UserError(f"{len(named)} declared objects are called {name!r}.", remedy=f"Give the address: {both}.")
    known = {known for r in resources for known in (_names(r) if "." not in name else (r.address,))}
    raise UserError(
        f"nothing declared is called {name!r}.",
        remedy=f"{nearest(name, known)} An object has to be declared before it can be adopted.",
    )


def as_dict(proposal: Proposal) -> dict[str, Any]:
    """The proposal for a program."""
    return {
        "object": proposal.resource.address,
        "kind": proposal.resource.kind,
        "name": proposal.resource.name,
        "changes": [
            {
                "change": title(change),
                "attribute": change.attribute,
                "planned": change.planned,
                "live": change.live,
                "severity": change.severity,
                "apply": change.consequence.on_import or change.consequence.next_apply,
            }
            for change in proposal.changes
        ],
        "file": proposal.file,
        "listed": proposal.listed,
        "entry": "\n".join(proposal.entry()),
    }


def print_proposal(proposal: Proposal, console: Console) -> None:
    """Print what the adoption would change, and the entry."""
    for text, style in _lines(proposal):
        console.print(Text(guarded(text), style=style), soft_wrap=True, highlight=False)


def _lines(proposal: Proposal) -> Iterable[tuple[str, str]]:
    resource = proposal.resource
    if not proposal.changes:
        yield f"{resource.kind} {shown(resource.name)} is as declared: adopting it changes nothing.", "bold green"
    else:
        many = f"{len(proposal.changes)} difference{'s' if len(proposal.changes) > 1 else ''}"
        yield f"{resource.kind} {shown(resource.name)} can be adopted, with {many}:", "bold"
    for change in proposal.changes:
        yield f"  {title(change)}", STYLES[change.severity]
        for line in values(change, 100):
            yield f"    {line}", ""
        for line in (change.diff.lines if change.diff else ())[:20]:
            yield f"    | {visible_line(line)}", {"+": "green", "-": "red"}.get(line[:1], "dim")
        yield f"    The apply: {change.consequence.on_import or change.consequence.next_apply}.", ""
    yield "", ""
    if proposal.listed:
        yield f"{proposal.file} lists it already: the next apply imports it.", "bold"
        return
    yield f"To adopt it, add to {proposal.file}, then plan, review and apply:", "bold"
    for line in proposal.entry():
        yield visible_line(line), ""
    yield "After the apply the entry may be removed.", "dim"


def _names(resource: Resource) -> tuple[str, ...]:
    return resource.name, resource.address.partition(".")[2]


def _live(warehouse: Warehouse, resource: Resource) -> Rest | None:
    environment = warehouse.environment
    if resource.kind != "schedule":
        return read_live(warehouse.client, resource)
    found = list_schedules(warehouse.transfer_client(), environment.project, environment.location)
    same = [s for s in found if s.get("displayName") == resource.name]
    if len(same) > 1:
        raise UserError(
            f"{len(same)} live schedules have that display name: {', '.join(str(s['name']) for s in same)}.",
            where=f"{SCHEDULE}.{resource.address.partition('.')[2]}",
            remedy="Delete or rename all but the one to adopt.",
        )
    return same[0] if same else None
