"""The synthesized plan (cdk.tf.json) read as the REST bodies BigQuery's APIs take. Never looks at the model."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Literal

from eros.errors import UserError

type Kind = Literal["dataset", "table", "view", "routine", "schedule"]
type Rest = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """One declared object.

    `rest` is the body of its REST resource (datasets, tables, routines of BigQuery v2; transferConfigs of Data
    Transfer v1). `name` is its id; a schedule is known by its display name. `depends_on` are addresses.
    """

    kind: Kind
    address: str
    name: str
    rest: Rest
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grant:
    """One member's role on a dataset, or on one of its tables."""

    address: str
    dataset: str
    table: str | None
    role: str
    member: str


def plan_folder(out: Path, stack: str) -> Path:
    """The folder of one synthesized stack below cdktf's output folder."""
    return out / "stacks" / stack


def read_stack(folder: Path) -> list[Resource]:
    """The BigQuery objects of one stack, each after everything it depends on.

    Raises:
        UserError: there is no plan in the folder, or it is not one we can read.
    """
    declared = _declared(folder)
    resources = {}
    for terraform_type, read in _READERS.items():
        for name, body in declared.get(terraform_type, {}).items():
            resource = read(f"{terraform_type}.{name}", unescape(body))
            resources[resource.address] = resource
    order = TopologicalSorter({a: [d for d in r.depends_on if d in resources] for a, r in resources.items()})
    return [resources[address] for address in order.static_order()]


def read_grants(folder: Path) -> list[Grant]:
    """The grants one stack makes on datasets and tables. Raises UserError as read_stack does."""
    declared = _declared(folder)
    return [
        Grant(f"{kind}.{name}", body["dataset_id"], body.get("table_id"), body["role"], body["member"])
        for kind in ("google_bigquery_dataset_iam_member", "google_bigquery_table_iam_member")
        for name, body in declared.get(kind, {}).items()
    ]


def _declared(folder: Path) -> Mapping[str, Mapping[str, Rest]]:
    """The plan's resources: Terraform type -> name -> arguments."""
    path = folder / "cdk.tf.json"
    try:
        plan = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError("there is no plan here.", where=str(path), remedy="Synthesize it: python main.py") from None
    except ValueError as error:
        raise UserError(f"the plan is no JSON: {error}.", where=str(path), remedy="Synthesize it anew.") from None
    declared: Mapping[str, Mapping[str, Rest]] = plan.get("resource", {})
    return declared


def unescape(value: Any) -> Any:
    """Text as Terraform reads it: `$${` is `${` and `%%{` is `%{`, in every string of a JSON value."""
    if isinstance(value, str):
        return value.replace("$${", "${").replace("%%{", "%{")
    if isinstance(value, list):
        return [unescape(item) for item in value]
    if isinstance(value, dict):
        return {key: unescape(item) for key, item in value.items()}
    return value


def _dataset(address: str, body: Rest) -> Resource:
    rest = _rest(
        datasetReference={"projectId": body["project"], "datasetId": body["dataset_id"]},
        location=body.get("location"),
        description=body.get("description"),
        labels=body.get("labels"),
        maxTimeTravelHours=body.get("max_time_travel_hours"),
        defaultTableExpirationMs=_text(body.get("default_table_expiration_ms")),
    )
    return Resource("dataset", address, body["dataset_id"], rest, _depends_on(body))


def _table(address: str, body: Rest) -> Resource:
    view = _one(body.get("view"))
    partitioning = _one(body.get("time_partitioning"))
    keys = _one((_one(body.get("table_constraints")) or {}).get("primary_key"))
    rest = _rest(
        tableReference={
            "projectId": body["project"],
            "datasetId": body["dataset_id"],
            "tableId": body["table_id"],
        },
        description=body.get("description"),
        labels=body.get("labels"),
        schema={"fields": json.loads(body["schema"])} if body.get("schema") else None,
        view={"query": view["query"], "useLegacySql": view["use_legacy_sql"]} if view else None,
        timePartitioning=_rest(
            type=partitioning["type"],
            field=partitioning.get("field"),
            expirationMs=_text(partitioning.get("expiration_ms")),
        )
        if partitioning
        else None,
        clustering={"fields": body["clustering"]} if body.get("clustering") else None,
        tableConstraints={"primaryKey": {"columns": keys["columns"]}} if keys else None,
    )
    return Resource("view" if view else "table", address, body["table_id"], rest, _depends_on(body))


def _routine(address: str, body: Rest) -> Resource:
    rest = _rest(
        routineReference={
            "projectId": body["project"],
            "datasetId": body["dataset_id"],
            "routineId": body["routine_id"],
        },
        routineType=body["routine_type"],
        language=body.get("language"),
        description=body.get("description"),
        arguments=[
            _rest(
                name=a["name"],
                argumentKind=a.get("argument_kind"),
                mode=a.get("mode"),
                dataType=json.loads(a["data_type"]),
            )
            for a in body.get("arguments") or []
        ]
        or None,
        returnType=json.loads(body["return_type"]) if body.get("return_type") else None,
        definitionBody=body["definition_body"],
    )
    return Resource("routine", address, body["routine_id"], rest, _depends_on(body))


def _schedule(address: str, body: Rest) -> Resource:
    rest = _rest(
        displayName=body["display_name"],
        dataSourceId=body["data_source_id"],
        schedule=body.get("schedule"),
        scheduleOptions=_rest(startTime=(_one(body.get("schedule_options")) or {}).get("start_time")) or None,
        params=body.get("params"),
        disabled=bool(body.get("disabled")),
        emailPreferences={
            "enableFailureEmail": bool((_one(body.get("email_preferences")) or {}).get("enable_failure_email"))
        },
        serviceAccountName=body.get("service_account_name"),
    )
    return Resource("schedule", address, body["display_name"], rest, _depends_on(body))


_READERS: Mapping[str, Callable[[str, Rest], Resource]] = {
    "google_bigquery_dataset": _dataset,
    "google_bigquery_table": _table,
    "google_bigquery_routine": _routine,
    "google_bigquery_data_transfer_config": _schedule,
}


def _rest(**values: Any) -> Rest:
    """A REST body without the fields that are not set."""
    return {key: value for key, value in values.items() if value is not None}


def _text(value: int | None) -> str | None:
    """int64 fields are strings in Google's JSON."""
    return None if value is None else str(value)


def _one(block: Any) -> Rest | None:
    """A Terraform block, which JSON may write as the object or as a list of one."""
    if isinstance(block, list):
        block = block[0] if block else None
    return block if isinstance(block, dict) else None


def _depends_on(body: Rest) -> tuple[str, ...]:
    return tuple(body.get("depends_on") or ())
