"""Live objects as the REST bodies the BigQuery API returns. Schedules have an API of their own: eros.schedules."""

from __future__ import annotations

from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from eros.state.planned import Resource, Rest


def read_live(client: bigquery.Client, resource: Resource) -> Rest | None:
    """The live body of a declared dataset, table, view or routine, or None where there is none."""
    rest = resource.rest
    found: bigquery.Dataset | bigquery.Routine | bigquery.Table
    try:
        if resource.kind == "dataset":
            found = client.get_dataset(bigquery.DatasetReference.from_api_repr(rest["datasetReference"]))
        elif resource.kind == "routine":
            found = client.get_routine(bigquery.RoutineReference.from_api_repr(rest["routineReference"]))
        else:
            found = client.get_table(bigquery.TableReference.from_api_repr(rest["tableReference"]))
    except NotFound:
        return None
    return dict(found.to_api_repr())
