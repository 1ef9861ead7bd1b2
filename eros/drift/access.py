"""Who may do what, live and planned: dataset access entries and grants on tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from eros.drift import consequences
from eros.drift.finding import Consequence, Finding
from eros.state import Grant, Resource
from eros.state.planned import Rest

type Entry = tuple[str, str]  # role, member

#: What BigQuery gives every new dataset besides its creator.
#: https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets#Dataset.FIELDS.access
DEFAULTS = frozenset(
    {
        ("OWNER", "specialGroup:projectOwners"),
        ("WRITER", "specialGroup:projectWriters"),
        ("READER", "specialGroup:projectReaders"),
    }
)
#: IAM roles that an access list shows by their older names.
_OLD_NAMES = {
    "roles/bigquery.dataOwner": "OWNER",
    "roles/bigquery.dataEditor": "WRITER",
    "roles/bigquery.dataViewer": "READER",
}
_PRINCIPALS = {"userByEmail": "email", "groupByEmail": "email", "domain": "domain", "specialGroup": "specialGroup"}


def dataset_access(dataset: Resource, live: Rest, grants: Iterable[Grant]) -> list[Finding]:
    """The dataset's access entries that nobody planned, and planned ones that are gone.

    The one person or account that owns the dataset by name is taken for its creator, whom BigQuery makes an owner by
    itself; of two or more each is a finding, for then somebody was added.
    """
    planned = {_planned(g): g for g in grants if g.dataset == dataset.name and g.table is None}
    entries = {entry for access in live.get("access") or [] if (entry := _entry(access))}
    extra = entries - planned.keys() - DEFAULTS
    owners = {e for e in extra if e[0] == "OWNER" and e[1].startswith("email:")}
    if len(owners) == 1:
        extra -= owners
    return [
        *(
            _finding(dataset.address, "dataset", dataset.name, e, "live", consequences.EXTRA_ACCESS)
            for e in sorted(extra)
        ),
        *(
            _finding(dataset.address, "dataset", dataset.name, e, "planned", consequences.LOST_DEFAULT_ACCESS)
            for e in sorted(DEFAULTS - entries)
        ),
        *(
            _finding(grant.address, "grant", dataset.name, e, "planned", consequences.LOST_GRANT)
            for e, grant in sorted(planned.items())
            if e not in entries
        ),
    ]


def table_grants(roles: Mapping[str, set[Entry]], grants: Iterable[Grant]) -> Iterator[Finding]:
    """The same for single tables, on which nobody but our grants gives anybody a role."""
    planned = {(g.table, g.role, g.member.lower()): g for g in grants if g.table}
    for table, entries in roles.items():
        found = {(role, member.lower()) for role, member in entries}
        for role, member in sorted(found):
            if (table, role, member) not in planned:
                address = f"google_bigquery_table.{table}"
                yield _finding(address, "table", table, (role, member), "live", consequences.EXTRA_ACCESS)
        for (name, role, member), grant in planned.items():
            if name == table and (role, member) not in found:
                yield _finding(grant.address, "grant", table, (role, member), "planned", consequences.LOST_GRANT)


def _finding(address: str, kind: str, name: str, entry: Entry, side: str, follows: Consequence) -> Finding:
    role, member = entry
    return Finding(
        address,
        kind,
        name,
        "changed",
        f"access.{role}.{member}",
        "granted" if side == "planned" else None,
        "granted" if side == "live" else None,
        follows,
    )


def _planned(grant: Grant) -> Entry:
    kind, _, who = grant.member.partition(":")
    kind = "email" if kind in ("user", "serviceAccount", "group") else kind
    return _OLD_NAMES.get(grant.role, grant.role), f"{kind}:{who}".lower()


def _entry(access: Mapping[str, Any]) -> Entry | None:
    role = str(access.get("role") or "")
    role = _OLD_NAMES.get(role, role)
    for field, kind in _PRINCIPALS.items():
        if who := access.get(field):
            # A special group's name is no e-mail address: it keeps its capitals.
            return role, f"{kind}:{who}" if kind == "specialGroup" else f"{kind}:{who}".lower()
    if who := access.get("iamMember"):
        kind, _, rest = str(who).partition(":")
        return role, f"email:{rest}".lower() if kind in ("user", "serviceAccount", "group") else str(who)
    # An authorized view, routine or dataset reads without any role.
    for field, keys in (("view", "tableId"), ("routine", "routineId"), ("dataset", "dataset")):
        if reference := access.get(field):
            inner = reference.get("dataset", reference) if field == "dataset" else reference
            parts = [inner.get("projectId"), inner.get("datasetId"), inner.get(keys) if field != "dataset" else None]
            return "authorized", f"{field}:{'.'.join(str(p) for p in parts if p)}"
    return None
