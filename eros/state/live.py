"""Live objects as the REST bodies the APIs return. Writing schedules, and running them: eros.schedules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.api_core.exceptions import NotFound
from google.api_core.retry import Retry
from google.cloud import bigquery
from google.cloud.bigquery.retry import DEFAULT_RETRY

from eros.state.planned import Kind, Resource, Rest

if TYPE_CHECKING:
    from google.cloud.bigquery_datatransfer import DataTransferServiceClient


@dataclass(frozen=True)
class Listed:
    """An object as a dataset lists it. `type` is BigQuery's own word, such as SNAPSHOT or SCALAR_FUNCTION."""

    kind: Kind
    dataset: str
    name: str
    type: str


def read_live(client: bigquery.Client, resource: Resource, retry: Retry = DEFAULT_RETRY) -> Rest | None:
    """The live body of a declared dataset, table, view or routine, or None where there is none."""
    rest = resource.rest
    found: bigquery.Dataset | bigquery.Routine | bigquery.Table
    try:
        if resource.kind == "dataset":
            found = client.get_dataset(bigquery.DatasetReference.from_api_repr(rest["datasetReference"]), retry=retry)
        elif resource.kind == "routine":
            found = client.get_routine(bigquery.RoutineReference.from_api_repr(rest["routineReference"]), retry=retry)
        else:
            found = client.get_table(bigquery.TableReference.from_api_repr(rest["tableReference"]), retry=retry)
    except NotFound:
        return None
    return dict(found.to_api_repr())


def list_objects(
    client: bigquery.Client, project: str, dataset: str, retry: Retry = DEFAULT_RETRY
) -> list[Listed] | None:
    """Every table, view and routine of a dataset, snapshots and external tables included; None without dataset."""
    reference = bigquery.DatasetReference(project, dataset)
    try:
        tables = list(client.list_tables(reference, retry=retry))
        routines = list(client.list_routines(reference, retry=retry))
    except NotFound:
        return None
    names = {r.routine_id for r in routines}
    # The embedded engine lists functions among the tables, too, as ones without columns.
    tables = [t for t in tables if t.table_id not in names or _has_columns(client, t.reference, retry)]
    views = ("VIEW", "MATERIALIZED_VIEW")
    return [
        *(
            Listed("view" if t.table_type in views else "table", dataset, t.table_id, t.table_type or "")
            for t in tables
        ),
        *(Listed("routine", dataset, r.routine_id, r.type_ or "") for r in routines),
    ]


def _has_columns(client: bigquery.Client, table: bigquery.TableReference, retry: Retry) -> bool:
    """Whether a table is there and has columns; it may have gone since it was listed."""
    try:
        return bool(client.get_table(table, retry=retry).schema)
    except NotFound:
        return False


def list_schedules(client: DataTransferServiceClient, project: str, location: str) -> list[Rest]:
    """Every scheduled query of a project and location, several of one display name included."""
    from google.cloud.bigquery_datatransfer import TransferConfig
    from google.protobuf import json_format

    found = client.list_transfer_configs(parent=f"projects/{project}/locations/{location.lower()}")
    return [
        dict(json_format.MessageToDict(TransferConfig.pb(config)))
        for config in found
        if config.data_source_id == "scheduled_query"
    ]
