"""Reads everything live that a drift run looks at. Judging it is not done here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from google.api_core.exceptions import (
    Forbidden,
    GoogleAPICallError,
    NotFound,
    ServerError,
    TooManyRequests,
    Unauthenticated,
    Unauthorized,
)
from google.cloud.bigquery.retry import DEFAULT_RETRY

from eros.state import Grant, Resource
from eros.state.live import Listed, list_objects, list_schedules, read_live
from eros.state.planned import Rest
from eros.warehouse import Warehouse, reason

#: Seconds an API may be out of reach; the client's own limit of ten minutes would hide that it is.
PATIENCE = 20.0
_RETRY = DEFAULT_RETRY.with_timeout(PATIENCE)


@dataclass(frozen=True)
class Unreadable:
    """The API gave an error instead of an object."""

    said: str


@dataclass(frozen=True)
class NotSeen:
    """We may not look at the object, which says nothing about it."""


type Read = Rest | Unreadable | NotSeen | None


@dataclass(frozen=True)
class Survey:
    """The live project, as far as the plan touches it.

    Attributes:
        bodies: what stands under each declared address, schedules left out.
        listed: all objects of each declared dataset; None where the dataset is missing.
        schedules: every scheduled query of the project and location.
        table_roles: (role, member) pairs granted on each table, by address; empty where access is not managed.
        unseen: what could not be looked at, and why, in sentences.
    """

    bodies: dict[str, Read]
    listed: dict[str, list[Listed] | None]
    schedules: list[Rest]
    table_roles: dict[str, set[tuple[str, str]]]
    unseen: tuple[str, ...] = ()


def survey(
    warehouse: Warehouse,
    resources: Sequence[Resource],
    grants: Iterable[Grant],
    say: Callable[[str], None] = lambda step: None,
) -> Survey:
    """Look at the live project.

    Raises:
        GoogleAPICallError, requests.ConnectionError: datasets or schedules cannot be read at all. An error with a
            single object is part of the answer.
    """
    project = warehouse.environment.project
    datasets = [r for r in resources if r.kind == "dataset"]
    bodies: dict[str, Read] = {r.address: read_live(warehouse.client, r, _RETRY) for r in datasets}
    unseen: list[str] = []
    say("Listing objects")
    listed = {r.name: list_objects(warehouse.client, project, r.name, _RETRY) for r in datasets}
    there = {(o.dataset, o.name) for objects in listed.values() for o in objects or []}
    for resource in resources:
        if resource.kind in ("dataset", "schedule"):
            continue
        say(f"Reading {resource.name}")
        # What no list names is missing; asking for it would be one more request each.
        known = (_dataset(resource), resource.name) in there
        try:
            bodies[resource.address] = _read(warehouse, resource) if known else None
        except Forbidden as error:
            bodies[resource.address] = NotSeen()
            unseen.append(f"The {resource.kind} {resource.name} was not looked at: {reason(error)}")
    say("Reading schedules")
    schedules = _schedules(warehouse, resources)
    roles, unseen_grants = _table_roles(warehouse, resources, grants, say)
    return Survey(bodies, listed, schedules, roles, (*unseen, *unseen_grants))


def _dataset(resource: Resource) -> str:
    reference = resource.rest.get("tableReference") or resource.rest["routineReference"]
    return str(reference["datasetId"])


def _read(warehouse: Warehouse, resource: Resource) -> Read:
    try:
        return read_live(warehouse.client, resource, _RETRY)
    except (Forbidden, ServerError, TooManyRequests, Unauthenticated, Unauthorized):
        raise  # about us or about the API, not about the object
    except GoogleAPICallError as error:
        return Unreadable(reason(error))


def _schedules(warehouse: Warehouse, resources: Iterable[Resource]) -> list[Rest]:
    environment = warehouse.environment
    client = warehouse.transfer_client()
    found = list_schedules(client, environment.project, environment.location)
    # Only the single config says whose account its runs use.
    wanted = {r.name for r in resources if r.kind == "schedule" and r.rest.get("serviceAccountName")}
    for rest in found:
        if rest.get("displayName") in wanted:
            owner = client.get_transfer_config(name=rest["name"]).owner_info
            rest["ownerInfo"] = {"email": owner.email} if owner.email else {}
    return found


def _table_roles(
    warehouse: Warehouse, resources: Iterable[Resource], grants: Iterable[Grant], say: Callable[[str], None]
) -> tuple[dict[str, set[tuple[str, str]]], tuple[str, ...]]:
    environment = warehouse.environment
    if not environment.managed_access:
        return {}, ()
    # The external table that our jobs write is granted on, though another system declares it.
    names = {r.name for r in resources if r.kind == "table"} | {g.table for g in grants if g.table}
    found: dict[str, set[tuple[str, str]]] = {}
    for name in sorted(names):
        say(f"Reading grants on {name}")
        try:
            policy: Any = warehouse.client.get_iam_policy(
                f"{environment.project}.{environment.dataset}.{name}", retry=_RETRY
            )
        except NotFound:
            continue
        except Forbidden as error:
            return found, (f"Grants on single tables were not looked at: {reason(error)}",)
        found[name] = {(b["role"], str(member)) for b in policy.bindings for member in b["members"]}
    return found, ()
