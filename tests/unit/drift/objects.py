"""Declared objects and live bodies made by hand, so that these tests need neither a plan nor an engine."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from eros.drift.compare import compare
from eros.drift.finding import Consequence, Finding, Seen, Severity
from eros.state import Resource

type Body = dict[str, Any]

DAY = 86_400_000
HERE = {"projectId": "p", "datasetId": "d"}

DATASET = Resource(
    "dataset",
    "google_bigquery_dataset.d",
    "d",
    {
        "datasetReference": HERE,
        "location": "US",
        "description": "brain",
        "labels": {"system": "eros"},
        "maxTimeTravelHours": "168",
    },
)
TABLE = Resource(
    "table",
    "google_bigquery_table.stats",
    "stats",
    {
        "tableReference": {**HERE, "tableId": "stats"},
        "description": "Learned.",
        "labels": {"system": "eros", "owner": "scheduling"},
        "schema": {
            "fields": [
                {"name": "id", "type": "INTEGER", "mode": "REQUIRED", "description": "caption"},
                {
                    "name": "wins",
                    "type": "INTEGER",
                    "mode": "NULLABLE",
                    "description": "w",
                    "defaultValueExpression": "1",
                },
                {"name": "at", "type": "TIMESTAMP", "mode": "NULLABLE", "description": "when"},
            ]
        },
        "timePartitioning": {"type": "DAY", "field": "at", "expirationMs": str(90 * DAY)},
        "clustering": {"fields": ["id"]},
        "tableConstraints": {"primaryKey": {"columns": ["id"]}},
    },
)
VIEW = Resource(
    "view",
    "google_bigquery_table.v",
    "v",
    {
        "tableReference": {**HERE, "tableId": "v"},
        "description": "A view.",
        "view": {"query": "SELECT\n  a\nFROM `p.d.t`", "useLegacySql": False},
    },
)
ROUTINE = Resource(
    "routine",
    "google_bigquery_routine.sweep",
    "sweep",
    {
        "routineReference": {**HERE, "routineId": "sweep"},
        "routineType": "PROCEDURE",
        "language": "SQL",
        "description": "Sweeps.",
        "arguments": [{"name": "p_x", "argumentKind": "FIXED_TYPE", "mode": "IN", "dataType": {"typeKind": "INT64"}}],
        "definitionBody": "BEGIN\n  SELECT 1;\n  SELECT 2;\nEND",
    },
)
SCHEDULE = Resource(
    "schedule",
    "google_bigquery_data_transfer_config.sweep",
    "EROS: sweep",
    {
        "displayName": "EROS: sweep",
        "dataSourceId": "scheduled_query",
        "schedule": "every 1 hours",
        "scheduleOptions": {"startTime": "2026-01-05T00:37:00Z"},
        "params": {"query": "CALL `p.d.sweep`();"},
        "disabled": False,
        "emailPreferences": {"enableFailureEmail": False},
        "serviceAccountName": "jobs@p.iam.gserviceaccount.com",
    },
)


def live(resource: Resource, change: Callable[[Body], object] = lambda body: None) -> Body:
    """The body an API gives for an object as declared, then changed."""
    body = copy.deepcopy(resource.rest)
    if resource.kind in ("table", "view"):
        body |= {"type": resource.kind.upper(), "etag": "x", "numRows": "7"}
    change(body)
    return body


def found(resource: Resource, change: Callable[[Body], object] = lambda body: None) -> dict[str, Finding]:
    """The findings after a change by hand, by property."""
    return {f.attribute: f for f in compare(resource, live(resource, change))}


def finding(**values: Any) -> Finding:
    """A finding made up for tests of the outputs."""
    consequence = Consequence(values.pop("severity", Severity.UNMANAGED), Seen.NO, "nothing", "drop it")
    plain: dict[str, Any] = {
        "object": "table scratch",
        "kind": "table",
        "name": "scratch",
        "change": "unmanaged",
        "attribute": "",
        "planned": None,
        "live": "TABLE",
        "consequence": consequence,
    }
    return Finding(**{**plain, **values})
