"""The whole product as data: contracts, SQL objects, schedules and environments. Reading them: load.py.

Plain Python and files only: no cdktf, no network. Everything else reads this, or the plan made from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from eros.errors import UserError, nearest
from eros.model import sqltext
from eros.model.contracts import Column, Contract
from eros.model.documents import read_text
from eros.model.environments import Environment
from eros.model.graph import Graph
from eros.model.sqltext import Argument

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class View:
    """A view: what its contract promises and the SELECT that gives it (canonical names)."""

    contract: Contract
    query: str
    file: str

    @property
    def name(self) -> str:
        """Its name, that of its file."""
        return self.contract.name

    @property
    def owned(self) -> bool:
        """Whether our stacks create it in every environment."""
        return self.contract.owned

    @property
    def description(self) -> str:
        """The contract's description."""
        return self.contract.description

    @property
    def columns(self) -> tuple[Column, ...]:
        """The contract's columns, in order."""
        return self.contract.columns


@dataclass(frozen=True)
class Routine:
    """A function or procedure as its file declares it. `body` is the text between the delimiters."""

    name: str
    kind: str
    arguments: tuple[Argument, ...]
    return_type: str | None
    body: str
    description: str
    text: str
    file: str


@dataclass(frozen=True)
class Schedule:
    """One Data Transfer scheduled query: `schedule` is in Data Transfer's own words, times UTC.

    `start_minute` is the minute its start_time must have where the schedule names no time of day.
    """

    name: str
    display_name: str
    schedule: str
    start_minute: int | None
    script: str
    description: str
    file: str


@dataclass(frozen=True)
class Query:
    """A SELECT kept as a file: a verification test or a health query. `category` is a verification test's."""

    id: str
    name: str
    category: str
    description: str
    sql: str
    file: str


@dataclass(frozen=True)
class Model:
    """Everything declared, by name. Contracts of views are in `views`, so `tables` holds tables alone."""

    root: Path
    tables: dict[str, Contract]
    views: dict[str, View]
    routines: dict[str, Routine]
    schedules: dict[str, Schedule]
    verification: dict[str, Query]
    health: dict[str, Query]
    environments: dict[str, Environment]

    @cached_property
    def graph(self) -> Graph:
        """The dependency graph of tables, views and routines by name, and of schedules as `schedule <name>`."""
        return Graph({name: frozenset(uses) for name, uses in self._references().items()})

    @property
    def contracts(self) -> dict[str, Contract]:
        """The contracts of tables and views together."""
        return self.tables | {name: view.contract for name, view in self.views.items()}

    def owned_tables(self) -> dict[str, Contract]:
        """The tables our stacks create in every environment."""
        return {name: table for name, table in self.tables.items() if table.owned}

    def environment(self, name: str) -> Environment:
        """The environment of that name. Raises UserError."""
        if name not in self.environments:
            raise UserError(f"no environment {name!r}.", remedy=nearest(name, self.environments))
        return self.environments[name]

    def declares(self, name: str, environment: Environment) -> bool:
        """Whether an environment's stacks create the table, view or routine of that name."""
        contract = self.contracts.get(name)
        return name in self.routines if contract is None else contract.owned or environment.creates_sources

    def _references(self) -> dict[str, set[str]]:
        known = {*self.tables, *self.views, *self.routines}
        found: dict[str, set[str]] = {name: set() for name in self.tables}
        texts = [
            *((v.name, v.file) for v in self.views.values()),
            *((r.name, r.file) for r in self.routines.values()),
            # A schedule may share its name with a table, as holiday_calendar does.
            *((f"schedule {s.name}", s.file) for s in self.schedules.values()),
            *((f"verification {q.id}", q.file) for q in self.verification.values()),
            *((f"health {q.id}", q.file) for q in self.health.values()),
        ]
        for name, file in texts:
            uses = found.setdefault(name, set())
            for target, line in sqltext.references(read_text(self.root / file, file)):
                if target not in known:
                    raise UserError(
                        f"nothing is called {target!r}.",
                        where=f"{file}:{line}",
                        remedy=nearest(target, known),
                    )
                uses.add(target)
            # A CREATE names its own object; that is no dependency. Recursion shows as a name used twice.
            if name in self.routines or name in self.views:
                uses.discard(name)
        return {n: uses for n, uses in found.items() if not n.startswith(("verification ", "health "))}
