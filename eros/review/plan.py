"""A Terraform plan as typed changes. Reading one from a file is planfile.py, what the changes mean is for the rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from eros.review.columns import ColumnChange, compare, read_schema
from eros.review.values import UNKNOWN, Difference, differences


class Action(StrEnum):
    """What Terraform does with an object."""

    KEEP = "kept"
    CREATE = "created"
    UPDATE = "updated in place"
    REPLACE = "replaced"
    DELETE = "removed"
    FORGET = "forgotten"  # leaves the state, stays in the cloud
    RECREATE = "created anew, the old one forgotten"


class Kind(StrEnum):
    """What an object is to this review. Only tables and datasets hold rows."""

    DATASET = "dataset"
    TABLE = "table"
    VIEW = "view"
    MATERIALIZED_VIEW = "materialized view"
    EXTERNAL_TABLE = "external table"
    ROUTINE = "routine"
    SCHEDULE = "schedule"
    JOB = "job"
    OTHER = "resource"


_KINDS = {
    "google_bigquery_dataset": Kind.DATASET,
    "google_bigquery_routine": Kind.ROUTINE,
    "google_bigquery_data_transfer_config": Kind.SCHEDULE,
    "google_bigquery_job": Kind.JOB,
}
_NAME_ATTRIBUTES = {
    "google_bigquery_dataset": "dataset_id",
    "google_bigquery_table": "table_id",
    "google_bigquery_routine": "routine_id",
    "google_bigquery_data_transfer_config": "display_name",
    "google_bigquery_job": "job_id",
}


@dataclass(frozen=True)
class Change:
    """One object of the plan, or of its drift report.

    `before` and `after` are None where the object does not exist; `after` holds UNKNOWN for values that are known
    only after the apply, both hold Secret for sensitive ones. `replace_paths` are dotted, without list indexes.
    """

    address: str
    type: str
    resource_name: str
    action: Action
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    replace_paths: tuple[str, ...] = ()
    previous_address: str | None = None
    deposed: str | None = None
    imported_id: str | None = None
    reason: str | None = None
    creates_first: bool = False

    @property
    def kind(self) -> Kind:
        """By the object as it stands; a table that becomes a view is a table, for its rows are at stake."""
        if self.type != "google_bigquery_table":
            return _KINDS.get(self.type, Kind.OTHER)
        attributes = self.before or self.after or {}
        if attributes.get("view"):
            return Kind.VIEW
        if attributes.get("materialized_view"):
            return Kind.MATERIALIZED_VIEW
        return Kind.EXTERNAL_TABLE if attributes.get("external_data_configuration") else Kind.TABLE

    @property
    def name(self) -> str:
        """The object's name in BigQuery, or its Terraform address where it has none."""
        name = (self.before or self.after or {}).get(_NAME_ATTRIBUTES.get(self.type, ""))
        if isinstance(name, str) and name:
            return name
        return self.resource_name if self.type in _NAME_ATTRIBUTES else self.address

    @cached_property
    def column_changes(self) -> list[ColumnChange] | None:
        """The columns of a table that differ; None where a schema is unknown, so that nothing can be said."""
        if self.kind is not Kind.TABLE:
            return []  # a view's columns follow from its query
        before = read_schema((self.before or {}).get("schema"), self.address)
        after = read_schema((self.after or {}).get("schema"), self.address)
        return None if before is None or after is None else compare(before, after)

    @cached_property
    def differences(self) -> list[Difference]:
        """The attributes that differ in a way that means something; [] unless it exists before and after."""
        if self.action not in (Action.UPDATE, Action.REPLACE):
            return []
        found = differences(self.before, self.after, strict=self.kind is Kind.OTHER)
        if self.action is Action.REPLACE:
            # A rebuilt object gets every computed value anew; that says nothing, unless it is why it is rebuilt.
            found = [d for d in found if d.after is not UNKNOWN or d.path in self.replace_paths]
        if self.column_changes == []:
            found = [d for d in found if d.path != "schema"]  # order, spelling and empty policy tags mean nothing
        return found

    @property
    def is_kept(self) -> bool:
        """Neither the object nor its place in the state changes."""
        moved = self.previous_address and self.previous_address != self.address
        return self.action is Action.KEEP and not moved and self.imported_id is None


@dataclass(frozen=True)
class Plan:
    """The changes Terraform would make and those it found made by others."""

    changes: tuple[Change, ...]
    drift: tuple[Change, ...]
    terraform_version: str = ""
    timestamp: str = ""
    is_complete: bool = True
