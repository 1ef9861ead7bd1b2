"""REST bodies as flat properties, so that planned and live objects compare without noise.

`columns.caption_id.type`, `labels.owner`, `partition.expiration_ms` … Only what we declare is looked at; what an API
adds by itself (etags, row counts, policy tags, empty lists, labels beginning with goog-) never shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from eros.model.types import routine_type_name
from eros.state.planned import Kind, Rest

type Properties = dict[str, Any]

#: Label keys reserved for Google; the Terraform provider sets goog-terraform-provisioned on what it creates.
_RESERVED_LABELS = "goog-"


@dataclass(frozen=True)
class Difference:
    """One property that is not the same; None stands for absent."""

    property: str
    planned: Any
    live: Any


def properties(kind: Kind, rest: Mapping[str, Any]) -> Properties:
    """The properties of one object that our plans declare, absent ones left out."""
    found = {"description": rest.get("description") or None}
    if kind != "schedule":
        labels = (rest.get("labels") or {}).items()
        found |= {f"labels.{key}": value for key, value in labels if not key.startswith(_RESERVED_LABELS)}
    found |= _OF_KIND[kind](rest)
    return {key: value for key, value in found.items() if value is not None}


def differences(kind: Kind, planned: Mapping[str, Any], live: Mapping[str, Any]) -> list[Difference]:
    """What differs between two REST bodies of one kind, by property name."""
    want, have = properties(kind, planned), properties(kind, live)
    return [
        Difference(key, want.get(key), have.get(key))
        for key in sorted(want.keys() | have.keys())
        if want.get(key) != have.get(key)
    ]


def _dataset(rest: Mapping[str, Any]) -> Properties:
    return {
        "location": (rest.get("location") or "").upper() or None,
        "max_time_travel_hours": str(rest.get("maxTimeTravelHours") or "168"),  # 168 is BigQuery's default
        "default_table_expiration_ms": rest.get("defaultTableExpirationMs"),
        "default_partition_expiration_ms": rest.get("defaultPartitionExpirationMs"),
    }


def _table(rest: Mapping[str, Any]) -> Properties:
    partitioning = rest.get("timePartitioning") or {}
    found: Properties = {
        "partition.type": partitioning.get("type"),
        "partition.column": partitioning.get("field"),
        "partition.expiration_ms": _number(partitioning.get("expirationMs")),
        "partition.filter_required": rest.get("requirePartitionFilter") or None,
        "clustering": tuple((rest.get("clustering") or {}).get("fields") or ()) or None,
        "primary_key": tuple(((rest.get("tableConstraints") or {}).get("primaryKey") or {}).get("columns") or ())
        or None,
        "expiration_time": rest.get("expirationTime"),
    }
    return found | _columns("columns", (rest.get("schema") or {}).get("fields") or [])


def _columns(path: str, fields: list[Rest]) -> Properties:
    """The columns' properties, a RECORD's fields below its own name: columns.address.city.type."""
    found: Properties = {}
    for field in fields:
        at = f"{path}.{field['name']}"
        found |= {
            f"{at}.type": field.get("type"),
            f"{at}.mode": field.get("mode") or "NULLABLE",
            f"{at}.description": field.get("description") or None,
            f"{at}.default": field.get("defaultValueExpression") or None,
        }
        found |= _columns(at, field.get("fields") or [])
    return found


def _view(rest: Mapping[str, Any]) -> Properties:
    view = rest.get("view") or {}
    return {"query": _code(view.get("query")), "legacy_sql": bool(view.get("useLegacySql"))}


def _routine(rest: Mapping[str, Any]) -> Properties:
    found: Properties = {
        "type": rest.get("routineType"),
        "language": rest.get("language") or "SQL",
        "return_type": _data_type(rest.get("returnType")),
        "body": _code(rest.get("definitionBody")),
        "arguments": tuple(a.get("name") for a in rest.get("arguments") or []),
    }
    for argument in rest.get("arguments") or []:
        found[f"arguments.{argument.get('name')}.type"] = _data_type(argument.get("dataType"))
        if rest.get("routineType") == "PROCEDURE":
            found[f"arguments.{argument.get('name')}.mode"] = argument.get("mode") or "IN"
    return found


def _schedule(rest: Mapping[str, Any]) -> Properties:
    return {
        "schedule": rest.get("schedule"),
        "query": _code((rest.get("params") or {}).get("query")),
        "start_time": _instant((rest.get("scheduleOptions") or {}).get("startTime")),
        "disabled": bool(rest.get("disabled")),
        "failure_email": bool((rest.get("emailPreferences") or {}).get("enableFailureEmail")),
        "destination_dataset": rest.get("destinationDatasetId") or None,
    }


_OF_KIND = {"dataset": _dataset, "table": _table, "view": _view, "routine": _routine, "schedule": _schedule}


def _code(sql: str | None) -> str | None:
    """SQL without the trailing semicolon and blanks that an engine adds or drops."""
    return sql.rstrip().removesuffix(";").rstrip() if sql else None


def _instant(text: str | None) -> str | None:
    """An RFC 3339 instant in one spelling: 2026-01-05T00:17:00+00:00."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat() if text else None


def _number(value: Any) -> int | None:
    return int(value) if value not in (None, "", 0, "0") else None


def _data_type(value: Mapping[str, Any] | None) -> str | None:
    return routine_type_name(value) if value else None
