"""What the stand-in remembers: configs and their runs, in one JSON file in the engine's data folder."""

from __future__ import annotations

import json
import threading
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from eros.errors import UserError
from eros.local.datadir import write_atomically
from eros.local.transfer.configs import format_time, parse_time
from eros.local.transfer.errors import not_found

type Json = dict[str, Any]

KEPT_RUNS = 1_000  # per config; the service keeps 90 days
UNFINISHED = ("PENDING", "RUNNING")


class Store:
    """Configs by resource name, in the order of their creation. Safe for threads; every change is on disk.

    A record holds `config` (the resource), `created`, `project` (id, for the jobs), `service_account` (which
    the API takes and never returns among the config's fields) and `runs`, oldest first.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.RLock()
        self._records = _load(file)
        self._fail_interrupted_runs()

    def names(self) -> list[str]:
        with self._lock:
            return list(self._records)

    def record(self, name: str) -> Json:
        """A copy of one record. Raises ApiError (404) where there is none."""
        with self._lock:
            if name not in self._records:
                raise not_found()
            return deepcopy(self._records[name])

    def add(self, config: Json, *, project: str, service_account: str) -> None:
        with self._lock:
            self._records[config["name"]] = {
                "config": config,
                "created": format_time(datetime.now(UTC)),
                "project": project,
                "service_account": service_account,
                "runs": [],
            }
            self._save()

    def change(self, config: Json, *, service_account: str) -> None:
        with self._lock:
            record = self._existing(config["name"])
            record.update(config=config, service_account=service_account)
            self._save()

    def remove(self, name: str) -> None:
        with self._lock:
            self._existing(name)
            del self._records[name]
            self._save()

    def add_runs(self, name: str, runs: list[Json]) -> None:
        with self._lock:
            record = self._existing(name)
            record["runs"] = [*record["runs"], *deepcopy(runs)][-KEPT_RUNS:]
            if runs:
                record["config"]["state"] = runs[-1]["state"]
            self._save()

    def change_run(self, name: str, **fields: Any) -> None:
        """Set fields of a run; nothing happens if it, or its config, was deleted meanwhile."""
        config_name = name.rpartition("/runs/")[0]
        with self._lock:
            record = self._records.get(config_name, {"runs": []})
            for run in record["runs"]:
                if run["name"] == name:
                    run.update(fields, updateTime=format_time(datetime.now(UTC)))
                    record["config"]["state"] = run["state"]
                    self._save()

    def remove_run(self, name: str) -> None:
        with self._lock:
            record = self._existing(name.rpartition("/runs/")[0])
            kept = [run for run in record["runs"] if run["name"] != name]
            if len(kept) == len(record["runs"]):
                raise not_found()
            record["runs"] = kept
            self._save()

    def _existing(self, name: str) -> Json:
        if name not in self._records:
            raise not_found()
        return self._records[name]

    def _fail_interrupted_runs(self) -> None:
        status = {"code": 10, "message": "The local engine ended while this run was under way."}  # ABORTED
        for record in self._records.values():
            for run in record["runs"]:
                if run["state"] in UNFINISHED:
                    now = format_time(datetime.now(UTC))
                    run.update(state="FAILED", errorStatus=status, endTime=now, updateTime=now)
                    record["config"]["state"] = "FAILED"

    def _save(self) -> None:
        write_atomically(self._file, json.dumps(self._records, indent=1))


def _load(file: Path) -> dict[str, Json]:
    try:
        records: dict[str, Json] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except ValueError:
        raise UserError(
            "is damaged.", where=str(file), remedy="Remove it; the next `eros up` deploys the schedules again."
        ) from None
    return records


def created(record: Json) -> datetime:
    return parse_time(record["created"])
