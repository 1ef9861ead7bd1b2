"""Deploys a synthesized plan onto the embedded BigQuery, through the same APIs as the Terraform provider.

First every object is compared with what is live, then all refusals are shown together, and only then is anything
sent: a deployment is either begun whole or not at all. What already is as planned gets no request but a read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from google.api_core.exceptions import BadRequest
from google.cloud import bigquery

from eros.errors import UserError
from eros.schedules import Schedules
from eros.state import Difference, Resource, differences
from eros.state.live import read_live
from eros.state.planned import Rest

type Verb = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True)
class Action:
    """What a deployment does to one object, and which properties differ (none where it is created)."""

    verb: Verb
    resource: Resource
    changed: tuple[Difference, ...] = ()


def plan_actions(client: bigquery.Client, schedules: Schedules, resources: Iterable[Resource]) -> list[Action]:
    """Compare every resource with the engine.

    Raises:
        UserError: a change would lose data or cannot be made in place; all such changes are listed.
    """
    actions, refusals = [], []
    for resource in resources:
        try:
            live = schedules.read(resource.name) if resource.kind == "schedule" else read_live(client, resource)
        except BadRequest:
            if resource.kind != "view":
                raise
            # The engine cannot even show a view that reads what is gone; making it anew is what mends it.
            actions.append(Action("updated", resource, (Difference("query", resource.rest["view"]["query"], None),)))
            continue
        if live is None:
            actions.append(Action("created", resource))
            continue
        if other := _other_kind(resource, live):
            refusals.append(f"{resource.address}: a {other} stands in its place, which would have to be deleted")
            continue
        changed = differences(resource.kind, resource.rest, live)
        refusals += [f"{resource.address}: {reason}" for reason in _refusals(resource, changed)]
        actions.append(Action("updated" if changed else "unchanged", resource, tuple(changed)))
    if refusals:
        raise UserError(
            "nothing was deployed, because it would lose data:\n  " + "\n  ".join(refusals),
            remedy="\nUndo the change, or start over: remove the data folder that eros status names, then eros up.",
        )
    return actions


def apply_actions(
    client: bigquery.Client,
    schedules: Schedules,
    actions: Iterable[Action],
    progress: Callable[[Action], None] = lambda action: None,
) -> None:
    """Send what has to be sent, in the given order, and tell `progress` after each object."""
    for action in actions:
        if action.verb != "unchanged":
            resource = action.resource
            if resource.kind == "schedule":
                schedules.write(resource, changed=[d.property for d in action.changed])
            elif action.verb == "created":
                _create(client, resource)
            else:
                _update(client, action)
        progress(action)


def _create(client: bigquery.Client, resource: Resource) -> None:
    rest = resource.rest
    if resource.kind == "dataset":
        client.create_dataset(bigquery.Dataset.from_api_repr(rest))
    elif resource.kind == "routine":
        client.create_routine(bigquery.Routine.from_api_repr(rest))
    else:
        if resource.kind == "view":
            # The engine says a view is not there while a table it reads is gone, and then that it is there already.
            client.delete_table(bigquery.Table.from_api_repr(rest), not_found_ok=True)
        client.create_table(bigquery.Table.from_api_repr(rest))
        _set_defaults(client, rest, [f["name"] for f in _fields(rest) if "defaultValueExpression" in f])


def _update(client: bigquery.Client, action: Action) -> None:
    resource, rest = action.resource, action.resource.rest
    if resource.kind == "dataset":
        body = {**rest, "labels": _labels(rest, action.changed)}
        client.update_dataset(bigquery.Dataset.from_api_repr(body), [f for f in body if f != "datasetReference"])
    elif resource.kind == "routine":
        # The routines API has no PATCH: every field is sent, as the provider does.
        client.update_routine(bigquery.Routine.from_api_repr(rest), [f for f in rest if f != "routineReference"])
    elif resource.kind == "view" and any(d.property == "query" for d in action.changed):
        # The engine keeps running the old SELECT after a tables.update. A view holds no rows, so it is made anew.
        _create(client, resource)
    else:
        body = {**rest, "labels": _labels(rest, action.changed)}
        if resource.kind == "table":
            # A field that the plan no longer has is sent as null, or the live value would stay.
            optional = ("description", "clustering", "tableConstraints", "timePartitioning", "expirationTime")
            body = {**dict.fromkeys(optional), **body}
        fields = [f for f in body if f not in ("tableReference", "view")]
        client.update_table(bigquery.Table.from_api_repr(body), fields)
        columns = [d.property.split(".")[1] for d in action.changed if d.property.endswith(".default")]
        _set_defaults(client, rest, columns)


def _labels(rest: Rest, changed: Iterable[Difference]) -> dict[str, str | None]:
    """The planned labels, and None for a live one that goes: a PATCH merges labels, it does not replace them."""
    gone = [d.property.removeprefix("labels.") for d in changed if d.property.startswith("labels.")]
    return {**dict.fromkeys(gone), **(rest.get("labels") or {})}


def _set_defaults(client: bigquery.Client, rest: Rest, columns: Iterable[str]) -> None:
    """Give columns their defaults by DDL: the engine stores those of tables.insert but does not apply them."""
    table = rest["tableReference"]
    name = f"`{table['projectId']}.{table['datasetId']}.{table['tableId']}`"
    defaults = {f["name"]: f.get("defaultValueExpression") for f in _fields(rest)}
    for column in columns:
        if column in defaults:
            change = f"SET DEFAULT {defaults[column]}" if defaults[column] else "DROP DEFAULT"
            client.query_and_wait(f"ALTER TABLE {name} ALTER COLUMN {column} {change}")


def _fields(rest: Rest) -> list[dict[str, Any]]:
    return list((rest.get("schema") or {}).get("fields") or [])


def _other_kind(resource: Resource, live: Rest) -> str | None:
    """What stands live where a table or view is declared, if it is another kind of thing."""
    expected = {"table": "TABLE", "view": "VIEW"}.get(resource.kind)
    if expected is None or live.get("type", expected) == expected:
        return None
    return str(live["type"]).lower()


def _refusals(resource: Resource, changed: Iterable[Difference]) -> list[str]:
    """Why a change cannot be made in place without losing rows, one sentence each."""
    if resource.kind == "dataset":
        return [
            f"its location would change from {d.live} to {d.planned}, which rebuilds the dataset"
            for d in changed
            if d.property == "location"
        ]
    if resource.kind != "table":
        return []
    return [reason for d in changed if (reason := _table_refusal(d))]


def _table_refusal(change: Difference) -> str | None:
    group, _, rest = change.property.partition(".")
    column, _, aspect = rest.rpartition(".")
    if group == "columns" and aspect == "type":
        if change.planned is None:
            return f"column {column!r} would be dropped with its values"
        if change.live is not None:
            return f"column {column!r} was {change.live}, now {change.planned}: BigQuery would rebuild the table"
    if group == "columns" and aspect == "mode" and change.planned == "REQUIRED":
        return f"column {column!r} cannot become or be added as REQUIRED: BigQuery would rebuild the table"
    if group == "partition" and rest in ("type", "column"):
        return f"its partitioning would change from {change.live} to {change.planned}: BigQuery would rebuild the table"
    shortened = change.property == "partition.expiration_ms" and change.planned is not None
    if shortened and (change.live is None or change.planned < change.live):
        return f"its retention would shrink to {change.planned // 86_400_000} days, which removes older rows"
    return None
