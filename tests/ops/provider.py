"""How Terraform's Google provider (6.50.0) writes and reads objects, as far as our plans declare any.

Each reader gives the optional arguments of a resource as they stand in Terraform's state after a read, those our plans
never set included: a value there would be a difference for ever. Computed arguments, which are none, are left out.
Sources: resource_bigquery_dataset.go, _table.go, _routine.go and resource_bigquery_data_transfer_config.go.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from eros.state import Resource

type Json = dict[str, Any]

#: What the provider adds to the labels of everything it creates, and never shows as a difference.
ATTRIBUTION = {"goog-terraform-provisioned": "true"}


def sent(resource: Resource) -> Json:
    """The body the provider sends: with its own label, without what is empty or false, empty policy tags named."""
    body = deepcopy(resource.rest)
    if "labels" in body:
        body["labels"] |= ATTRIBUTION
    if resource.kind == "table":
        for field in body["schema"]["fields"]:
            field["policyTags"] = {}
    if resource.kind == "schedule":
        del body["disabled"], body["emailPreferences"]
    return body


def labels(rest: Json, arguments: Json) -> Json:
    """Only the keys of the configuration are read."""
    wanted = arguments.get("labels", {})
    return {key: value for key, value in (rest.get("labels") or {}).items() if key in wanted}


def number(value: str | None) -> int | None:
    return None if value is None else int(value)


def block(found: Mapping[str, Any]) -> Json:
    """A block without the attributes that have their zero value."""
    return {name: value for name, value in found.items() if value}


def read_dataset(rest: Json, arguments: Json) -> Json:
    return {
        "dataset_id": rest.get("datasetReference", {}).get("datasetId"),
        "description": rest.get("description"),
        "friendly_name": rest.get("friendlyName"),
        "labels": labels(rest, arguments),
        "location": rest.get("location", "US"),
        "max_time_travel_hours": rest.get("maxTimeTravelHours"),
        "default_table_expiration_ms": number(rest.get("defaultTableExpirationMs")),
        "default_partition_expiration_ms": number(rest.get("defaultPartitionExpirationMs")),
        "default_encryption_configuration": rest.get("defaultEncryptionConfiguration"),
        "resource_tags": rest.get("resourceTags"),
    }


def read_table(rest: Json, arguments: Json) -> Json:
    partitioning, keys = rest.get("timePartitioning"), rest.get("tableConstraints")
    view = rest.get("view")
    return {
        "table_id": rest.get("tableReference", {}).get("tableId"),
        "dataset_id": rest.get("tableReference", {}).get("datasetId"),
        "description": rest.get("description"),
        "friendly_name": rest.get("friendlyName"),
        "labels": labels(rest, arguments),
        # Computed where the configuration has none, as for views.
        "schema": same_schema(rest["schema"]["fields"], arguments["schema"]) if "schema" in arguments else None,
        "view": {"query": view["query"], "use_legacy_sql": view.get("useLegacySql", False)} if view else None,
        "time_partitioning": block(
            {
                "type": partitioning["type"],
                "field": partitioning.get("field"),
                "expiration_ms": number(partitioning.get("expirationMs")),
            }
        )
        if partitioning
        else None,
        "require_partition_filter": rest.get("requirePartitionFilter"),
        "clustering": (rest.get("clustering") or {}).get("fields"),
        "table_constraints": {"primary_key": {"columns": keys["primaryKey"]["columns"]}} if keys else None,
        "max_staleness": rest.get("maxStaleness"),
        "range_partitioning": rest.get("rangePartitioning"),
        "materialized_view": rest.get("materializedView"),
        "encryption_configuration": rest.get("encryptionConfiguration"),
        "resource_tags": rest.get("resourceTags"),
    }


def same_schema(fields: list[Json], planned: str) -> str:
    """The planned text where the columns mean the same to the provider; otherwise what was read."""

    def meaning(columns: list[Json]) -> list[Json]:
        alike = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}
        found = []
        for column in columns:
            other = {k: v for k, v in column.items() if not (k == "policyTags" and not (v or {}).get("names"))}
            kind, mode = column["type"].upper(), column.get("mode", "NULLABLE").upper()
            other |= {"type": alike.get(kind, kind), "mode": mode, "description": column.get("description", "")}
            found.append(other | ({"fields": meaning(column["fields"])} if column.get("fields") else {}))
        return sorted(found, key=lambda column: str(column["name"]))

    return planned if meaning(fields) == meaning(json.loads(planned)) else json.dumps(fields)


def read_routine(rest: Json, arguments: Json) -> Json:
    live = rest.get("arguments") or []
    planned = [*(arguments.get("arguments") or []), *({} for _ in live)]
    read = [
        block(
            {
                "name": found.get("name"),
                "argument_kind": found.get("argumentKind"),
                "mode": found.get("mode"),
                "data_type": same_json(
                    found.get("dataType"), planned[n].get("data_type") if n < len(planned) else None
                ),
            }
        )
        for n, found in enumerate(live)
    ]
    return {
        "routine_id": rest.get("routineReference", {}).get("routineId"),
        "dataset_id": rest.get("routineReference", {}).get("datasetId"),
        "routine_type": rest.get("routineType"),
        "language": rest.get("language"),
        "arguments": read,
        "return_type": same_json(rest.get("returnType"), arguments.get("return_type")),
        "definition_body": rest.get("definitionBody"),
        "description": rest.get("description"),
        "return_table_type": rest.get("returnTableType"),
        "imported_libraries": rest.get("importedLibraries"),
        "determinism_level": rest.get("determinismLevel"),
        "data_governance_type": rest.get("dataGovernanceType"),
        "security_mode": rest.get("securityMode"),
        "spark_options": rest.get("sparkOptions"),
        "remote_function_options": rest.get("remoteFunctionOptions"),
    }


def same_json(read: Any, planned: str | None) -> str | None:
    """The planned text where the JSON is equal, whatever the order of its keys; otherwise what was read."""
    if read is None:
        return None
    return planned if planned and json.loads(planned) == read else json.dumps(read)


def read_schedule(rest: Json, arguments: Json) -> Json:
    options = rest.get("scheduleOptions") or {}
    return {
        "display_name": rest.get("displayName"),
        "data_source_id": rest.get("dataSourceId"),
        "destination_dataset_id": rest.get("destinationDatasetId"),
        "schedule": rest.get("schedule"),
        "schedule_options": block(
            {
                "start_time": options.get("startTime"),
                "end_time": options.get("endTime"),
                "disable_auto_scheduling": options.get("disableAutoScheduling"),
            }
        ),
        "email_preferences": rest.get("emailPreferences"),
        "notification_pubsub_topic": rest.get("notificationPubsubTopic"),
        "data_refresh_window_days": rest.get("dataRefreshWindowDays"),
        "encryption_configuration": rest.get("encryptionConfiguration"),
        "disabled": rest.get("disabled"),
        "params": rest.get("params"),
    }


READ: Mapping[str, Callable[[Json, Json], Json]] = {
    "google_bigquery_dataset": read_dataset,
    "google_bigquery_table": read_table,
    "google_bigquery_routine": read_routine,
    "google_bigquery_data_transfer_config": read_schedule,
}
