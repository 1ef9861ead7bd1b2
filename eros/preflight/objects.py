"""Objects held against their contracts: the external ones we read, and what lies under the names we declare. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from eros.access import WRITTEN_SOURCE
from eros.model import Contract, Environment
from eros.model.types import standard_type
from eros.preflight.check import Check, Level, worst


@dataclass(frozen=True)
class Live:
    """A table or view as it is: `columns` by lower-case name, as BigQuery compares names."""

    kind: str
    columns: dict[str, tuple[str, str]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, rest: Mapping[str, Any]) -> Live:
        """From the REST body of tables.get."""
        columns = {}
        for column in (rest.get("schema") or {}).get("fields") or []:
            mode, kind = column.get("mode") or "NULLABLE", standard_type(column["type"])
            columns[column["name"].lower()] = (f"ARRAY<{kind}>" if mode == "REPEATED" else kind, mode)
        kind = "view" if "VIEW" in str(rest.get("type")) else "table"
        return cls(kind, columns, dict(rest.get("labels") or {}))


@dataclass(frozen=True)
class Gaps:
    """What a live object lacks of a contract: missing columns, ones of another type, ones that may be NULL."""

    missing: tuple[str, ...]
    retyped: tuple[str, ...]
    nullable: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"no column {', '.join(self.missing)}"] if self.missing else []
        parts += list(self.retyped)
        parts += [f"{', '.join(self.nullable)} may be NULL"] if self.nullable else []
        return "; ".join(parts)


def gaps(contract: Contract, live: Live) -> Gaps:
    """Compare columns by name; further live ones are welcome."""
    missing, retyped, nullable = [], [], []
    for column in contract.columns:
        kind, mode = live.columns.get(column.name, ("", ""))
        if not kind:
            missing.append(column.name)
        elif kind != column.type:
            retyped.append(f"{column.name} is {kind}, expected {column.type}")
        elif column.mode == "REQUIRED" and mode == "NULLABLE" and "view" not in (live.kind, contract.kind):
            nullable.append(column.name)
    return Gaps(tuple(missing), tuple(retyped), tuple(nullable))


def external(
    contract: Contract,
    live: Live | None,
    readers: Collection[str],
    environment: Environment,
    adopted: bool = False,
) -> Check:
    """An object of another system; where the environment creates the sources, one our stacks declare like their own.

    Args:
        contract: the columns our SQL uses.
        live: what is there, None if nothing; a table where we expect a view is fine, and the other way round, except
            for the one table our SQL writes.
        readers: everything of ours that needs it; without any, whatever is wrong is a warning.
        environment: where.
        adopted: the environment file lists it for import.
    """
    name = f"external {contract.name}"
    if live is not None and environment.creates_sources:
        return _declared_source(name, contract, live, environment, adopted)
    bad: Level = "problem" if readers else "warning"
    used = f"Used by {', '.join(sorted(readers))}." if readers else "No SQL of ours reads it."
    if live is None and environment.creates_sources:
        return Check(name, "ok", "it is not there yet: the apply creates it")
    if live is None:
        return Check(name, bad, "it is missing", f"Ask its owner ({contract.owner}) for it. {used}")
    if contract.name == WRITTEN_SOURCE and live.kind == "view":
        remedy = f"Ask its owner ({contract.owner}) for the table under this name, and for the view under another."
        return Check(name, "problem", "it is a view: the sweep cannot write it", remedy)
    found = gaps(contract, live)
    if not str(found):
        return Check(name, "ok", f"all {len(contract.columns)} columns we need are there")
    level = worst(bad if found.missing or found.retyped else "ok", "warning")
    if found.missing and contract.name == WRITTEN_SOURCE:
        # Only for the table our SQL writes: what these columns mean is our business, and older deployments lack them.
        return Check(name, level, str(found), "Add them with the statement below.", _add(contract, found, environment))
    remedy = f"Ask its owner ({contract.owner}), or mend {contract.file}. {used}"
    return Check(name, level, str(found), remedy)


def clash(contract: Contract, live: Live | None, environment: Environment, adopted: bool) -> Check:
    """What lies under the name of an object that our stacks create.

    An object is ours if it bears our label `system`, which the stacks give to all they create. `adopted`: the
    environment file lists it for import.
    """
    name = f"name {contract.name}"
    if live is None:
        return Check(name, "ok", "it is free: the apply creates it")
    if live.kind != contract.kind:
        return _taken(contract, live, environment, f"a {live.kind} has this name, we declare a {contract.kind}")
    found = gaps(contract, live)
    ours = live.labels.get("system") == environment.labels.get("system")
    if ours and (found.retyped or any(contract.column(c).mode == "REQUIRED" for c in found.missing)):
        # Where nothing is protected this may be meant; whether it is, the review of the plan decides.
        level: Level = "problem" if environment.deletion_protection else "warning"
        rebuilt = f"{found}: the apply would rebuild the table or fail"
        return Check(name, level, rebuilt, 'Run eros review on the plan; see CONTRIBUTING "change a type".')
    if ours:
        added = f"; the apply adds {', '.join(found.missing)}" if found.missing else ""
        return Check(name, "ok", f"it is ours{added}")
    if contract.kind == "table" and (found.missing or found.retyped):
        size = f"{len(live.columns)} columns where we declare {len(contract.columns)}"
        return _taken(contract, live, environment, f"another table has this name, with {size}: {found}")
    if adopted:
        return Check(name, "ok", f"it exists, and {environment.file} lists it: the apply imports it")
    return Check(
        name,
        "problem",
        "it exists, but no stack of ours made it: the apply would fail",
        f"Adopt it (eros adopt {contract.name} --env {environment.name} says how), rename it, or take another dataset.",
    )


def _declared_source(name: str, contract: Contract, live: Live, environment: Environment, adopted: bool) -> Check:
    """A source of an environment that makes its own: what an apply does to it, not what its owner would have to."""
    check = replace(clash(contract, live, environment, adopted), name=name)
    if check.level == "ok" and (missing := gaps(contract, live).missing):
        return Check(
            name,
            "warning",
            f"no column {', '.join(missing)}: the apply adds it, empty",
            f"If {contract.file} did not just gain it, somebody dropped it, and its values are gone.",
        )
    return check


def _taken(contract: Contract, live: Live, environment: Environment, found: str) -> Check:
    """Nothing is ever replaced silently: people choose what happens to the object that stands in the way."""
    others = (
        f"adopt it once its columns are ours (eros adopt {contract.name} --env {environment.name}), or choose another"
        f" dataset in {environment.file}. Nothing is replaced by itself."
    )
    if live.kind == "view":
        return Check(f"name {contract.name}", "problem", found, f"Move the view to another name, {others}")
    path = f"{environment.project}.{environment.dataset}.{contract.name}"
    sql = f"ALTER TABLE `{path}` RENAME TO {contract.name}_before_eros;"
    remedy = f"Rename the old table with the statement below and tell its users, {others}"
    return Check(f"name {contract.name}", "problem", found, remedy, sql)


def _add(contract: Contract, found: Gaps, environment: Environment) -> str:
    columns = ",\n".join(f"  ADD COLUMN {name} {contract.column(name).type}" for name in found.missing)
    return f"ALTER TABLE `{environment.project}.{environment.dataset}.{contract.name}`\n{columns};"
