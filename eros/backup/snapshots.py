"""Taking and finding table snapshots in the backup dataset. Restoring from them: restore.py.

snapshot_state() takes one of every owned table a day, `<table>_<YYYYMMDD>`, and skips what is there already. An
operator who asks for a snapshot wants the state of now, so these carry the time as well: `<table>_<YYYYMMDD>_<HHMMSS>`.
Both go by the clock of Los Angeles, and the backup dataset's default expiration removes both after 30 days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from google.api_core.exceptions import GoogleAPICallError, NotFound
from google.cloud import bigquery

from eros.errors import UserError
from eros.model import PREFIX
from eros.warehouse import Warehouse, reason

LOS_ANGELES = ZoneInfo("America/Los_Angeles")

#: Stands in the name of a snapshot that was taken only because a restore was about to overwrite the table.
BEFORE_RESTORE = "before_restore"

#: Snapshots read at a time: each is a request of its own, and a month of them is some hundreds.
_READERS = 8


@dataclass(frozen=True)
class Snapshot:
    """One snapshot of one of our tables. `taken` and `expires` are UTC; None never expires."""

    name: str
    table: str
    taken: datetime
    rows: int
    expires: datetime | None

    @property
    def before_restore(self) -> bool:
        """Whether it holds what a restore overwrote; restore never takes such a one by itself."""
        return self.name.startswith(f"{self.table}_{BEFORE_RESTORE}_")


@dataclass(frozen=True)
class Taken:
    """The outcome for one table: the snapshot and its rows, or why there is none."""

    table: str
    snapshot: str | None = None
    rows: int | None = None
    error: str | None = None


def create(
    warehouse: Warehouse,
    tables: Iterable[str],
    *,
    mark: str = "",
    now: datetime | None = None,
    progress: Callable[[str], None] = lambda table: None,
) -> list[Taken]:
    """Take a snapshot of each table. A table that fails does not keep the others from it.

    Args:
        warehouse: where.
        tables: names of owned tables; one named twice is taken once.
        mark: a word for the snapshots' names, such as BEFORE_RESTORE.
        now: the instant their names tell; default the clock.
        progress: told each table's name.

    Raises:
        UserError: there is no backup dataset.
    """
    tables = list(dict.fromkeys(tables))
    existing = {item.table_id for item in _listed(warehouse)}
    stem = f"{mark}_" if mark else ""
    stamp = next(s for s in _stamps(now or datetime.now(UTC)) if not {f"{t}_{stem}{s}" for t in tables} & existing)
    taken = []
    for table in tables:
        progress(table)
        taken.append(_create(warehouse, table, f"{table}_{stem}{stamp}"))
    return taken


def snapshots(warehouse: Warehouse, table: str | None = None) -> list[Snapshot]:
    """The snapshots of our tables, or of one of them, newest first.

    Raises:
        UserError: there is no backup dataset.
    """
    names = [
        item.table_id
        for item in _listed(warehouse)
        if item.table_type == "SNAPSHOT" and (table is None or item.table_id.startswith(f"{table}_"))
    ]
    with ThreadPoolExecutor(_READERS) as pool:
        found = [s for s in pool.map(lambda name: read(warehouse, name), names) if s]
    chosen = [s for s in found if table in (None, s.table)]
    return sorted(chosen, key=lambda s: (s.taken, s.name), reverse=True)


def read(warehouse: Warehouse, name: str) -> Snapshot | None:
    """The snapshot of that name; None where there is none, or it is not one of a table of this dataset."""
    environment = warehouse.environment
    try:
        found = warehouse.client.get_table(f"{environment.project}.{environment.backup_dataset}.{name}")
    except NotFound:
        return None
    definition = found.snapshot_definition
    if definition is None or definition.base_table_reference is None or definition.snapshot_time is None:
        return None
    base = definition.base_table_reference
    if (base.project, base.dataset_id) != (environment.project, environment.dataset):
        return None
    return Snapshot(name, base.table_id, definition.snapshot_time.astimezone(UTC), found.num_rows or 0, found.expires)


def stamp(instant: datetime) -> str:
    """The instant as names carry it: `20251031_030500` in Los Angeles."""
    return instant.astimezone(LOS_ANGELES).strftime("%Y%m%d_%H%M%S")


def _create(warehouse: Warehouse, table: str, name: str) -> Taken:
    try:
        # No OPTIONS: how long a snapshot lives is the dataset's business, so that daily ones and these agree.
        warehouse.query(f"CREATE SNAPSHOT TABLE `{PREFIX}_backup.{name}` CLONE `{PREFIX}.{table}`")
    except GoogleAPICallError as error:
        return Taken(table, error=reason(error))
    made = read(warehouse, name)
    if made is None:
        return Taken(table, error=f"{name} was made, but it cannot be read back as a snapshot of {table}.")
    return Taken(table, name, made.rows)


def _stamps(instant: datetime) -> Iterator[str]:
    """Names for this second and the ones after it, for two snapshots in one second."""
    while True:
        yield stamp(instant)
        instant += timedelta(seconds=1)


def _listed(warehouse: Warehouse) -> list[bigquery.table.TableListItem]:
    environment = warehouse.environment
    try:
        return list(warehouse.client.list_tables(f"{environment.project}.{environment.backup_dataset}"))
    except NotFound:
        raise UserError(
            "there is no backup dataset.",
            where=f"{environment.project}.{environment.backup_dataset}",
            remedy=f"Deploy eros-{environment.name}-warehouse; it declares it.",
        ) from None
