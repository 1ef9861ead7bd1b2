"""The two datasets as they are, before an apply: place, owner, expiration; and routines that have our names. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from eros.model import Environment
from eros.preflight.check import Check

#: Days a snapshot lives, as stacks/warehouse.py declares it; a test holds them together.
BACKUP_DAYS = 30
_DAY_MS = 86_400_000


def dataset(environment: Environment, name: str, rest: Mapping[str, Any] | None) -> Check:
    """One of the environment's two datasets. `rest` is the body of datasets.get, None where there is none."""
    title = f"dataset {name}"
    if rest is None:
        return Check(title, "ok", f"it does not exist yet: the apply creates it in {environment.location}")
    location = str(rest.get("location") or "")
    if location.upper() != environment.location.upper():
        return Check(
            title,
            "problem",
            f"it is in {location}, {environment.file} says {environment.location}: BigQuery cannot move a dataset",
            f"Correct location in {environment.file}, or choose another dataset there.",
        )
    if not ours(environment, rest) and not adopted(environment, f"google_bigquery_dataset.{name}"):
        return Check(
            title,
            "problem",
            "it exists, but no stack of ours made it: the apply would fail",
            f"Adopt it: eros adopt google_bigquery_dataset.{name} --env {environment.name} says how.",
        )
    return _expiration(environment, name, rest) or Check(title, "ok", f"it is in {location}")


def routines(environment: Environment, rest: Mapping[str, Any] | None, names: Iterable[str]) -> Check:
    """Routines and schedules have no labels: in a dataset that is not ours, one of our names is somebody else's.

    `names` are the declared routines and schedules that exist, as Terraform addresses.
    """
    title = "names of routines and schedules"
    found = [name for name in sorted(names) if not adopted(environment, name)]
    if not found or (rest is not None and ours(environment, rest)):
        return Check(title, "ok", "none is in the way")
    return Check(
        title,
        "problem",
        f"these exist, but no stack of ours made them: {', '.join(found)}",
        f"The apply would fail, or a schedule would run twice. Adopt them (eros adopt ADDRESS --env {environment.name}"
        " says how) or remove them.",
    )


def ours(environment: Environment, rest: Mapping[str, Any]) -> bool:
    """Whether our stacks made it: they label all they make."""
    return (rest.get("labels") or {}).get("system") == environment.labels.get("system")


def adopted(environment: Environment, address: str) -> bool:
    """Whether the environment file lists it for import."""
    return any(entry.object == address for entry in environment.adopt)


def _expiration(environment: Environment, name: str, rest: Mapping[str, Any]) -> Check | None:
    title, set_ms = f"dataset {name}", rest.get("defaultTableExpirationMs")
    days = int(set_ms) / _DAY_MS if set_ms else None
    path = f"`{environment.project}.{name}`"
    if name == environment.backup_dataset and days != BACKUP_DAYS:
        return Check(
            title,
            "warning",
            f"snapshots in it live {f'{days:g} days' if days else 'for ever'}, {BACKUP_DAYS} are declared",
            "The apply sets it, for new snapshots; so does the statement below.",
            f"ALTER SCHEMA {path} SET OPTIONS (default_table_expiration_days = {BACKUP_DAYS});",
        )
    if name == environment.dataset and days:
        return Check(
            title,
            "problem",
            f"new tables in it expire after {days:g} days, those kept for ever too",
            "Take its default expiration away.",
            f"ALTER SCHEMA {path} SET OPTIONS (default_table_expiration_days = NULL);",
        )
    return None
