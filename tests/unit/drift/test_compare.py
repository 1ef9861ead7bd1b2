"""Objects against their live bodies: every change by hand is found and explained, and nothing else is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eros.drift import Severity
from eros.state import Resource
from tests.unit.drift.objects import DATASET, DAY, ROUTINE, SCHEDULE, TABLE, VIEW, Body, found

FIXTURES = Path(__file__).parents[2] / "fixtures" / "plans"
type Change = Callable[[Body], object]


def column(index: int, **changes: str | None) -> Change:
    """Change keys of one column; None removes the key."""

    def change(body: Body) -> None:
        field = body["schema"]["fields"][index]
        field.update(changes)
        for key in [k for k, v in changes.items() if v is None]:
            del field[key]

    return change


def fields(edit: Callable[[list[Body]], object]) -> Change:
    return lambda body: edit(body["schema"]["fields"])


def setting(key: str, value: object) -> Change:
    return lambda body: body.update({key: value})


NEW = {"name": "note", "type": "STRING", "mode": "NULLABLE"}

SILENT: dict[str, tuple[Resource, Change]] = {
    "nothing": (TABLE, lambda body: None),
    "empty policy tags on every column": (TABLE, fields(lambda f: [c.update(policyTags={}) for c in f])),
    "columns in another order": (TABLE, fields(lambda f: f.reverse())),
    "a mode that is left out": (TABLE, column(1, mode=None)),
    "the provider's own label": (TABLE, lambda b: b["labels"].update({"goog-terraform-provisioned": "true"})),
    "rows": (TABLE, setting("numRows", "9000")),
    "empty lists and objects": (TABLE, lambda b: b.update(resourceTags={}, maxStaleness=None)),
    "a dataset's etag": (DATASET, setting("etag", "y")),
    "a dataset without the default time travel": (DATASET, lambda b: b.pop("maxTimeTravelHours")),
    "a location in small letters": (DATASET, setting("location", "us")),
    "a view printed on one line": (VIEW, setting("view", {"query": "SELECT a FROM `p.d.t`;"})),
    "a view's own columns": (VIEW, setting("schema", {"fields": [{"name": "a", "type": "STRING"}]})),
    "a procedure without BEGIN and END": (ROUTINE, setting("definitionBody", "SELECT 1;\n  SELECT 2;")),
    "a procedure's default mode": (ROUTINE, lambda b: b["arguments"][0].pop("mode")),
    "a start time in another spelling": (
        SCHEDULE,
        setting("scheduleOptions", {"startTime": "2026-01-05T00:37:00.0+00:00"}),
    ),
    "false values that are left out": (SCHEDULE, lambda b: [b.pop("disabled"), b.pop("emailPreferences")]),
    "the schedule's own account": (SCHEDULE, setting("ownerInfo", {"email": "JOBS@p.iam.gserviceaccount.com"})),
    "an account the API does not tell": (SCHEDULE, setting("ownerInfo", {})),
    "a next run": (SCHEDULE, lambda b: b.update(state="PENDING", nextRunTime="2026-01-06T00:37:00Z")),
}


@pytest.mark.parametrize("case", SILENT)
def test_is_silent_about(case: str) -> None:
    assert found(*SILENT[case]) == {}


DATA, CHANGED, TEXT = (s.label for s in (Severity.DATA, Severity.BEHAVIOUR, Severity.METADATA))

FOUND: dict[str, tuple[Resource, Change, str, str, str, str]] = {
    # property, severity, seen by Terraform's next plan, words of what the next apply does
    "a column added": (TABLE, fields(lambda f: f.append(NEW)), "columns.note", DATA, "yes", "DROPS THE COLUMN"),
    "a RECORD added": (
        TABLE,
        fields(lambda f: f.append({"name": "r", "type": "RECORD", "fields": [NEW]})),
        "columns.r",
        DATA,
        "yes",
        "DROPS THE COLUMN",
    ),
    "a column named as a property": (
        TABLE,
        fields(lambda f: f.append({"name": "description", "type": "STRING"})),
        "columns.description",
        DATA,
        "yes",
        "DROPS THE COLUMN",
    ),
    "a column dropped": (TABLE, fields(lambda f: f.pop(1)), "columns.wins", DATA, "yes", "EMPTY"),
    "a REQUIRED column dropped": (TABLE, fields(lambda f: f.pop(0)), "columns.id", DATA, "yes", "REBUILDS"),
    "a column renamed": (TABLE, column(1, name="victories"), "columns.wins", DATA, "yes", "REBUILDS THE TABLE"),
    "a type": (TABLE, column(1, type="STRING"), "columns.wins.type", DATA, "yes", "REBUILDS THE TABLE"),
    "a column made NULLABLE": (TABLE, column(0, mode="NULLABLE"), "columns.id.mode", DATA, "yes", "REBUILDS"),
    "a column's description": (TABLE, column(1, description="x"), "columns.wins.description", TEXT, "yes", "back"),
    "a default": (TABLE, column(1, defaultValueExpression="2"), "columns.wins.default", CHANGED, "yes", "back"),
    "a column made anew with a length": (
        TABLE,
        fields(lambda f: f[1].update(maxLength="5")),
        "columns.wins.max_length",
        CHANGED,
        "unmeasured",
        "expect nothing",
    ),
    "a column that compares without case": (
        TABLE,
        fields(lambda f: f[1].update(collation="und:ci")),
        "columns.wins.collation",
        CHANGED,
        "unmeasured",
        "expect nothing",
    ),
    "a dataset's default key of encryption": (
        DATASET,
        lambda b: b.update(defaultEncryptionConfiguration={"kmsKeyName": "k"}),
        "encryption_key",
        CHANGED,
        "unmeasured",
        "expect nothing",
    ),
    "a dataset billed by physical bytes": (
        DATASET,
        lambda b: b.update(storageBillingModel="PHYSICAL"),
        "storage_billing_model",
        CHANGED,
        "unmeasured",
        "expect nothing",
    ),
    "a dataset where case no longer counts": (
        DATASET,
        lambda b: b.update(defaultCollation="und:ci"),
        "default_collation",
        CHANGED,
        "unmeasured",
        "expect nothing",
    ),
    "a routine that gives a STRUCT without names": (
        ROUTINE,
        lambda b: b.update(
            returnType={"typeKind": "STRUCT", "structType": {"fields": [{"type": {"typeKind": "INT64"}}]}}
        ),
        "return_type",
        CHANGED,
        "yes",
        "puts it back",
    ),
    "a policy tag": (
        TABLE,
        fields(lambda f: f[1].update(policyTags={"names": ["t"]})),
        "columns.wins.policy_tags",
        CHANGED,
        "unmeasured",
        "not measured",
    ),
    "a description": (TABLE, setting("description", "x"), "description", TEXT, "yes", "puts it back"),
    "a label added": (TABLE, lambda b: b["labels"].update(team="x"), "labels.team", TEXT, "no", "stays"),
    "a label removed": (TABLE, lambda b: b["labels"].pop("owner"), "labels.owner", TEXT, "yes", "puts it back"),
    "a shorter retention": (
        TABLE,
        lambda b: b["timePartitioning"].update(expirationMs=str(DAY)),
        "partition.expiration_ms",
        DATA,
        "yes",
        "rows that expired are gone",
    ),
    "a longer retention": (
        TABLE,
        lambda b: b["timePartitioning"].update(expirationMs=str(365 * DAY)),
        "partition.expiration_ms",
        DATA,
        "yes",
        "REMOVES ROWS older than 90 days",
    ),
    "no retention": (
        TABLE,
        lambda b: b["timePartitioning"].pop("expirationMs"),
        "partition.expiration_ms",
        DATA,
        "yes",
        "REMOVES ROWS",
    ),
    "no partitioning": (TABLE, lambda b: b.pop("timePartitioning"), "partition", DATA, "no", "unpartitioned"),
    "another partitioning column": (
        TABLE,
        lambda b: b["timePartitioning"].update(field="made"),
        "partition.column",
        DATA,
        "yes",
        "REBUILDS THE TABLE",
    ),
    "partitions by month": (
        TABLE,
        lambda b: b["timePartitioning"].update(type="MONTH"),
        "partition.type",
        DATA,
        "yes",
        "refuse",
    ),
    "a required filter": (
        TABLE,
        setting("requirePartitionFilter", True),
        "partition.filter_required",
        CHANGED,
        "yes",
        "back",
    ),
    "no clustering": (TABLE, lambda b: b.pop("clustering"), "clustering", CHANGED, "no", "stays removed"),
    "other clustering": (TABLE, setting("clustering", {"fields": ["at"]}), "clustering", CHANGED, "yes", "back"),
    "no primary key": (TABLE, lambda b: b.pop("tableConstraints"), "primary_key", CHANGED, "no", "stays removed"),
    "a table that expires": (
        TABLE,
        setting("expirationTime", "1893456000000"),
        "expiration_time",
        DATA,
        "no",
        "deletes itself",
    ),
    "a view in the table's place": (
        TABLE,
        setting("type", "VIEW"),
        "",
        DATA,
        "unmeasured",
        "turning a view into a table",
    ),
    "a table in the view's place": (
        VIEW,
        setting("type", "TABLE"),
        "",
        DATA,
        "unmeasured",
        "turning a table into a view",
    ),
    "a materialized view": (VIEW, setting("type", "MATERIALIZED_VIEW"), "", DATA, "unmeasured", "materialized view"),
    "a view's SELECT": (VIEW, setting("view", {"query": "SELECT b FROM t"}), "query", CHANGED, "yes", "puts it back"),
    "a view that expires": (
        VIEW,
        setting("expirationTime", "1893456000000"),
        "expiration_time",
        CHANGED,
        "no",
        "itself",
    ),
    "a body": (ROUTINE, setting("definitionBody", "BEGIN SELECT 3; END"), "body", CHANGED, "yes", "puts it back"),
    "another kind of routine": (ROUTINE, setting("routineType", "SCALAR_FUNCTION"), "type", CHANGED, "yes", "replaces"),
    "a cadence": (SCHEDULE, setting("schedule", "every 9 hours"), "schedule", CHANGED, "yes", "puts it back"),
    "a schedule switched off": (SCHEDULE, setting("disabled", True), "disabled", CHANGED, "yes", "switches it on"),
    "another account": (
        SCHEDULE,
        setting("ownerInfo", {"email": "me@x.org"}),
        "service_account",
        CHANGED,
        "no",
        "go on",
    ),
    "an end": (
        SCHEDULE,
        setting("scheduleOptions", {"startTime": "2026-01-05T00:37:00Z", "endTime": "2027-01-01T00:00:00Z"}),
        "end_time",
        CHANGED,
        "unmeasured",
        "",
    ),
    "a destination": (
        SCHEDULE,
        setting("destinationDatasetId", "d"),
        "destination_dataset",
        CHANGED,
        "yes",
        "replaces",
    ),
    "a dataset's location": (DATASET, setting("location", "EU"), "location", DATA, "yes", "fails"),
    "a dataset's default expiration": (
        DATASET,
        setting("defaultTableExpirationMs", str(DAY)),
        "default_table_expiration_ms",
        DATA,
        "unmeasured",
        "expire",
    ),
    "less time travel": (DATASET, setting("maxTimeTravelHours", "48"), "max_time_travel_hours", DATA, "yes", "back"),
}


@pytest.mark.parametrize("case", FOUND)
def test_finds_and_explains(case: str) -> None:
    resource, change, attribute, severity, seen, does = FOUND[case]
    finding = found(resource, change)[attribute]
    assert finding.severity.label == severity
    assert finding.consequence.seen.value == seen
    assert does in finding.consequence.next_apply


def test_what_would_rebuild_or_lose_data_is_refused_for_adoption() -> None:
    refused = {
        case for case, (r, change, *_) in FOUND.items() if any(f.consequence.refusal for f in found(r, change).values())
    }
    assert refused == {
        "a column added",
        "a RECORD added",
        "a column named as a property",
        "a REQUIRED column dropped",
        "a column renamed",
        "a type",
        "a column made NULLABLE",
        "a longer retention",
        "no retention",
        "no partitioning",
        "another partitioning column",
        "partitions by month",
        "a view in the table's place",
        "a table in the view's place",
        "a materialized view",
        "another kind of routine",
        "a destination",
        "a dataset's location",
    }


def test_an_added_record_is_one_finding() -> None:
    """Not one per field and property of it."""
    assert list(found(*FOUND["a RECORD added"][:2])) == ["columns.r"]


def test_a_field_of_a_record_is_named_with_it() -> None:
    planned = Resource(
        "table",
        "google_bigquery_table.t",
        "t",
        {"schema": {"fields": [{"name": "r", "type": "RECORD", "fields": [{"name": "a", "type": "STRING"}]}]}},
    )
    changed = found(planned, fields(lambda f: f[0]["fields"].append(NEW)))
    assert list(changed) == ["columns.r.note"]


def test_sql_is_shown_by_line_and_not_as_a_value() -> None:
    finding = found(ROUTINE, setting("definitionBody", "BEGIN\n  SELECT 1;\n  SELECT 3;\nEND"))["body"]
    assert finding.diff is not None
    assert {"-  SELECT 2;", "+  SELECT 3;"} <= set(finding.diff.lines)
    assert (finding.planned, finding.live) == (None, None)


def test_values_are_in_peoples_units() -> None:
    finding = found(*FOUND["a shorter retention"][:2])["partition.expiration_ms"]
    assert (finding.planned, finding.live) == ("90 days", "1 day")
    expires = found(*FOUND["a table that expires"][:2])["expiration_time"]
    assert expires.live == "2030-01-01T00:00:00+00:00"


#: Recorded plans after a change by hand, each with the same change in FOUND.
RECORDED = {
    "drift_column_added": "a column added",
    "drift_table_description": "a description",
    "drift_label_added": "a label added",
    "drift_procedure_body": "a body",
    "drift_view_query": "a view's SELECT",
    "drift_partition_expiration": "a shorter retention",
    "drift_schedule_disabled": "a schedule switched off",
    "drift_schedule_service_account": "another account",
}


@pytest.mark.parametrize("fixture", RECORDED)
def test_what_terraform_sees_is_what_was_recorded(fixture: str) -> None:
    plan = json.loads((FIXTURES / f"{fixture}.json").read_text(encoding="utf-8"))
    changes = any(r["change"]["actions"] != ["no-op"] for r in plan["resource_changes"])
    resource, change, attribute, *_ = FOUND[RECORDED[fixture]]
    assert found(resource, change)[attribute].consequence.seen.value == ("yes" if changes else "no")
