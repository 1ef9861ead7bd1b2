"""One declared object against its live body. Pure: reading the live project is survey.py's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from eros.drift import consequences
from eros.drift.finding import Change, Consequence, Finding
from eros.drift.samesql import same_code
from eros.review.sqldiff import diff
from eros.state import Difference, Resource, differences
from eros.state.planned import Kind, Rest

_DAY_MS = 86_400_000
_CODE = ("body", "query")
_KINDS = {"TABLE": "table", "VIEW": "view"}


def compare(resource: Resource, live: Rest) -> list[Finding]:
    """The findings of one object that is there, none where it is as planned."""
    if (other := _other_kind(resource, live)) is not None:
        follows = consequences.other_kind(resource.kind, other)
        return [_finding(resource, Difference("", resource.kind, other), follows, "other kind")]
    changes = all_differences(resource, live)
    columns, parts = _whole_columns(resource.kind, changes), _whole_partitioning(changes)
    folded = ("partition.", *(f"{d.property}." for d in columns)) if parts else tuple(f"{d.property}." for d in columns)
    found = [(d, consequences.consequence(resource.kind, d)) for d in parts]
    found += [(d, consequences.whole_column(d, changes)) for d in columns]
    found += [(d, consequences.consequence(resource.kind, d)) for d in changes if not d.property.startswith(folded)]
    return [_finding(resource, change, follows) for change, follows in found]


def all_differences(resource: Resource, live: Rest) -> list[Difference]:
    """What a deployment would change, and what it leaves alone or cannot express."""
    declared = [
        d
        for d in differences(resource.kind, resource.rest, live)
        if not (d.property in _CODE and same_code(d.planned or "", d.live or ""))
    ]
    return declared + beyond(resource, live)


def beyond(resource: Resource, live: Mapping[str, Any]) -> list[Difference]:
    """Live properties that no plan of ours sets, so that they are not compared when it is deployed."""
    found: dict[str, Any] = {}
    if resource.kind == "table":
        constraints = live.get("tableConstraints") or {}
        found = {
            "friendly_name": live.get("friendlyName"),
            "foreign_keys": len(constraints.get("foreignKeys") or []) or None,
            "range_partitioning": (live.get("rangePartitioning") or {}).get("field"),
            "encryption_key": (live.get("encryptionConfiguration") or {}).get("kmsKeyName"),
            "max_staleness": live.get("maxStaleness"),
            **_column_options("columns", (live.get("schema") or {}).get("fields") or []),
        }
    elif resource.kind == "dataset":
        billing = live.get("storageBillingModel")
        found = {
            "friendly_name": live.get("friendlyName"),
            "encryption_key": (live.get("defaultEncryptionConfiguration") or {}).get("kmsKeyName"),
            "default_collation": live.get("defaultCollation"),
            "storage_billing_model": billing if billing == "PHYSICAL" else None,  # LOGICAL is the default
        }
    elif resource.kind == "view":
        found = {"expiration_time": live.get("expirationTime")}
    elif resource.kind == "schedule":
        options = live.get("scheduleOptions") or {}
        found = {
            "notification_topic": live.get("notificationPubsubTopic"),
            "end_time": options.get("endTime"),
            "scheduling_off": options.get("disableAutoScheduling"),
        }
        found |= {f"params.{key}": value for key, value in (live.get("params") or {}).items() if key != "query"}
        account, runs_as = resource.rest.get("serviceAccountName"), (live.get("ownerInfo") or {}).get("email")
        if account and runs_as and account.lower() != runs_as.lower():
            return [*_extra(found), Difference("service_account", account, runs_as)]
    return _extra(found)


def _extra(found: Mapping[str, Any]) -> list[Difference]:
    return [Difference(key, None, value) for key, value in found.items() if value]


def _column_options(path: str, fields: Iterable[Rest]) -> dict[str, Any]:
    """What a column can have and no contract of ours declares."""
    found: dict[str, Any] = {}
    for field in fields:
        at = f"{path}.{field['name']}"
        found |= {
            f"{at}.policy_tags": tuple((field.get("policyTags") or {}).get("names") or ()),
            f"{at}.max_length": field.get("maxLength"),
            f"{at}.precision": field.get("precision"),
            f"{at}.collation": field.get("collation"),
        }
        found |= _column_options(at, field.get("fields") or [])
    return found


def _other_kind(resource: Resource, live: Rest) -> str | None:
    """The kind of the live object in words, where it is not the declared one."""
    if resource.kind not in ("table", "view"):
        return None
    kind = live.get("type") or "TABLE"
    return None if _KINDS.get(kind) == resource.kind else kind.lower().replace("_", " ")


def _whole_columns(kind: Kind, changes: Iterable[Difference]) -> list[Difference]:
    """Columns that came or went, each as one difference, a RECORD's with all its fields."""
    if kind != "table":
        return []
    by_name = {d.property: d for d in changes if d.property.startswith("columns.")}
    columns = sorted(name.removesuffix(".type") for name in by_name if name.endswith(".type"))
    whole: dict[str, Difference] = {}
    for column in columns:  # sorted, so that a RECORD comes before its fields
        change = by_name[f"{column}.type"]
        if None not in (change.planned, change.live) or column.startswith(tuple(f"{w}." for w in whole)):
            continue
        mode = by_name.get(f"{column}.mode", change)
        planned, live = (" ".join(map(str, v)) if v[0] else None for v in _sides(change, mode))
        whole[column] = Difference(column, planned, live)
    return list(whole.values())


def _whole_partitioning(changes: Iterable[Difference]) -> list[Difference]:
    """Partitioning that came or went, as one difference."""
    parts = {d.property: d for d in changes if d.property in ("partition.type", "partition.column")}
    kind = parts.get("partition.type")
    if kind is None or None not in (kind.planned, kind.live):
        return []
    column = parts.get("partition.column", Difference("", "ingestion time", "ingestion time"))
    planned, live = (f"{v[0]} of {v[1]}" if v[0] else None for v in _sides(kind, column))
    return [Difference("partition", planned, live)]


def _sides(first: Difference, second: Difference) -> Iterable[tuple[Any, Any]]:
    return (first.planned, second.planned), (first.live, second.live)


def _finding(resource: Resource, change: Difference, follows: Consequence, how: Change = "changed") -> Finding:
    is_code = change.property in _CODE
    return Finding(
        resource.address,
        resource.kind,
        resource.name,
        how,
        change.property,
        None if is_code else _text(change.property, change.planned),
        None if is_code else _text(change.property, change.live),
        follows,
        diff(change.property, change.planned or "", change.live or "") if is_code else None,
    )


def _text(name: str, value: Any) -> str | None:
    """A property's value in people's units."""
    if value is None:
        return None
    if name.endswith("expiration_ms"):
        days = int(value) / _DAY_MS
        return f"{days:g} {'day' if days == 1 else 'days'}"
    if name == "expiration_time":
        return datetime.fromtimestamp(int(value) / 1000, UTC).isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return str(value)
