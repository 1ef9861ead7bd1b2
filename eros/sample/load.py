"""A sample world into BigQuery, in bulk. The tables must exist: deploying them is not done here."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from google.api_core.exceptions import BadRequest, Conflict, GoogleAPIError, NotFound
from google.cloud import bigquery

from eros.errors import UserError, nearest
from eros.sample.world import TABLES, SampleWorld


@dataclass(frozen=True)
class Loaded:
    """What became of one table: `rows` were loaded, or `kept` were there already and nothing was done."""

    table: str
    rows: int
    kept: int
    seconds: float


def missing(client: bigquery.Client, dataset: str) -> list[str]:
    """The sample's tables that are still empty: what load() would fill. UserError where one does not exist."""
    return [name for name, rows in _count(client, dataset, TABLES).items() if not rows]


def load(
    client: bigquery.Client,
    dataset: str,
    world: SampleWorld,
    *,
    tables: Iterable[str] | None = None,
    replace: bool = False,
) -> list[Loaded]:
    """Load the world's tables (or only those named) into `dataset`, "name" or "project.name", all at once.

    Only empty tables are filled, so a repeat, or a second loader at the same time, never doubles a row; with
    `replace` all rows of a table are deleted first, whoever wrote them. Each table is one load job: all of it
    arrives or nothing. Raises UserError where a table is missing or does not take the sample's columns; other
    tables may be filled by then, and a repeat goes on from there.
    """
    chosen = list(world.tables if tables is None else tables)
    for name in chosen:
        if name not in world.tables:
            raise UserError(f"the sample has no table {name!r}.", remedy=nearest(name, world.tables))
    there = _count(client, dataset, chosen)

    def fill(name: str) -> Loaded:
        began = perf_counter()
        if there[name] and not replace:
            return Loaded(name, 0, there[name], perf_counter() - began)
        full_name = _full_name(client, dataset, name)
        try:
            if there[name]:
                # Not WRITE_TRUNCATE: that would also replace descriptions, defaults and keys.
                client.query(f"TRUNCATE TABLE `{full_name}`").result()
            _append_once(client, full_name, world.tables[name])
        except GoogleAPIError as error:
            raise UserError(f"the sample could not be loaded: {error}", where=full_name) from error
        return Loaded(name, world.tables[name].num_rows, 0, perf_counter() - began)

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(fill, chosen))


def _full_name(client: bigquery.Client, dataset: str, name: str) -> str:
    return f"{dataset if '.' in dataset else f'{client.project}.{dataset}'}.{name}"


def _count(client: bigquery.Client, dataset: str, names: Iterable[str]) -> dict[str, int]:
    """Rows of each table. COUNT(*) reads no data; numRows of tables.get can lag behind a deletion."""
    parts = [f"SELECT '{name}' AS name, COUNT(*) AS n FROM `{_full_name(client, dataset, name)}`" for name in names]
    if not parts:
        return {}
    try:
        rows = client.query_and_wait(" UNION ALL ".join(parts))
    except NotFound as error:
        raise UserError(
            f"a table of the sample is missing: {error.message}", where=dataset, remedy="Deploy the warehouse first."
        ) from error
    found = {str(row["name"]): int(row["n"]) for row in rows}
    return {name: found[name] for name in names}


def _append_once(client: bigquery.Client, full_name: str, rows: pa.Table) -> None:
    """Append the rows unless someone else does so to the same empty table.

    Jobs are numbered by their ids, and BigQuery runs an id only once: of two loaders that both saw the table empty
    one meets the other's job and waits for it. A number whose job left the table empty (it failed, or somebody
    emptied the table since) is passed over.
    """
    table = client.get_table(full_name)
    config = _job_config(table, rows)
    buffer = io.BytesIO()
    pq.write_table(rows, buffer, compression="zstd")
    dataset, _, name = full_name.rpartition(".")
    for number in count(1):
        job_id = f"eros_sample_{hashlib.sha256(f'{full_name} {table.created} {number}'.encode()).hexdigest()[:32]}"
        earlier = _job(client, job_id, table)
        if earlier is None:
            buffer.seek(0)
            try:
                job = client.load_table_from_file(
                    buffer, table.reference, job_config=config, job_id=job_id, location=table.location
                )
            except (Conflict, BadRequest):
                # BigQuery answers 409 to an id in use; the embedded engine 400, if both come at the same instant.
                earlier = _job(client, job_id, table)
                if earlier is None:
                    raise
            else:
                job.result()
                return
        earlier.exception()  # waits for its end
        if _count(client, dataset, [name])[name]:
            return


def _job(client: bigquery.Client, job_id: str, table: bigquery.Table) -> Any:
    try:
        return client.get_job(job_id, location=table.location)
    except NotFound:
        return None


def _job_config(table: bigquery.Table, rows: pa.Table) -> bigquery.LoadJobConfig:
    """How the rows are appended: with the live table's own column types and modes, and to an existing table only."""
    fields = {field.name: field for field in table.schema}
    if unknown := [column for column in rows.column_names if column not in fields]:
        raise UserError(
            f"has no column {unknown[0]!r}, which the sample fills.",
            where=str(table.reference),
            remedy="Deploy the contract's columns first.",
        )
    lists = bigquery.ParquetOptions()  # type: ignore[no-untyped-call]
    lists.enable_list_inference = True  # ARRAY columns arrive as such, not as records named list and element
    return bigquery.LoadJobConfig(
        source_format=bigquery.SourceFormat.PARQUET,
        create_disposition=bigquery.CreateDisposition.CREATE_NEVER,
        write_disposition=bigquery.WriteDisposition.WRITE_APPEND,
        schema=[fields[column] for column in rows.column_names],
        parquet_options=lists,
    )
