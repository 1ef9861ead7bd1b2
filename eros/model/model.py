"""The whole product as data: contracts, SQL objects, schedules and environments, checked against each other.

Plain Python and files only: no cdktf, no network. Everything else reads this, or the plan made from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from eros.errors import UserError, nearest
from eros.model import sqltext
from eros.model.adoption import check_adoptions
from eros.model.contracts import Column, Contract
from eros.model.documents import read_document
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
            for target, line in sqltext.references(_read(self.root / file, file)):
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


@lru_cache(maxsize=4)
def load_model(root: Path = REPOSITORY) -> Model:
    """Read and check everything once.

    Args:
        root: the repository's top folder.

    Raises:
        UserError: a file is wrong, or the files do not fit each other.
    """
    contracts = _contracts(root)
    views = _views(root, contracts)
    schedules = _schedules(root)
    model = Model(
        root=root,
        tables={name: c for name, c in contracts.items() if c.kind == "table"},
        views=views,
        routines=_routines(root),
        schedules=schedules,
        verification=_queries(root, "verification", re.compile(r"(?P<id>\d+\.\d+)_(?P<name>\w+)")),
        health=_queries(root, "health", re.compile(r"(?P<id>(?P<name>\w+))")),
        environments=_environments(root, schedules),
    )
    check_adoptions(model)
    if clash := set(model.routines) & set(contracts):
        raise UserError(f"routine and table share the name {sorted(clash)[0]!r}.", remedy="Rename one.")
    _ = model.graph  # unknown names and circles are errors of loading, not of first use
    return model


def _read(path: Path, shown: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"not UTF-8 text ({error.reason}).", where=shown, remedy="Save it as UTF-8.") from None


def _files(root: Path, folder: str, pattern: str) -> list[tuple[Path, str]]:
    return [(path, str(path.relative_to(root))) for path in sorted((root / folder).glob(pattern))]


def _contracts(root: Path) -> dict[str, Contract]:
    contracts: dict[str, Contract] = {}
    for folder, owned in (("schemas/owned", True), ("schemas/external", False)):
        for path, shown in _files(root, folder, "*.yaml"):
            contract = read_document(path, Contract, shown, owned=owned, file=shown)
            if contract.name != path.stem:
                raise UserError(
                    f"name {contract.name!r} differs from the file's.", where=shown, remedy="Make them equal."
                )
            if contract.name in contracts:
                raise UserError(
                    f"{contract.name!r} is declared twice, also in {contracts[contract.name].file}.",
                    where=shown,
                )
            contracts[contract.name] = contract
    return contracts


def _created(path: Path, shown: str, kind: str) -> tuple[sqltext.Created, str]:
    text = _read(path, shown)
    created = sqltext.read_create(text, shown)
    if created.name != path.stem:
        raise UserError(f"creates {created.name!r}, which differs from the file's name.", where=shown)
    if created.kind != kind:
        raise UserError(f"creates a {created.kind}, expected a {kind}.", where=shown, remedy="Move the file.")
    return created, text


def _views(root: Path, contracts: dict[str, Contract]) -> dict[str, View]:
    views: dict[str, View] = {}
    for path, shown in _files(root, "sql/views", "*.sql"):
        created, _ = _created(path, shown, "VIEW")
        contract = contracts.get(created.name)
        if contract is None or contract.kind != "view":
            raise UserError(
                "the view has no contract.",
                where=shown,
                remedy=f"Add schemas/owned/{created.name}.yaml, kind: view.",
            )
        views[created.name] = View(contract, created.body, shown)
    if missing := {n for n, c in contracts.items() if c.kind == "view"} - set(views):
        name = sorted(missing)[0]
        raise UserError("the view has no SELECT.", where=contracts[name].file, remedy=f"Add sql/views/{name}.sql.")
    return views


def _routines(root: Path) -> dict[str, Routine]:
    routines: dict[str, Routine] = {}
    for folder, kind in (("sql/functions", "FUNCTION"), ("sql/procedures", "PROCEDURE")):
        for path, shown in _files(root, folder, "*.sql"):
            created, text = _created(path, shown, kind)
            routines[created.name] = Routine(
                created.name,
                kind,
                created.arguments,
                created.return_type,
                created.body,
                created.header.description,
                text,
                shown,
            )
    return routines


def _schedules(root: Path) -> dict[str, Schedule]:
    schedules: dict[str, Schedule] = {}
    for path, shown in _files(root, "sql/schedules", "*.sql"):
        text = _read(path, shown)
        header = sqltext.read_header(text, shown)
        triggers = [[part.strip() for part in value.split("|")] for value in header.all("trigger")]
        if not triggers or any(len(trigger) != 3 for trigger in triggers):
            raise UserError(
                "a schedule needs a trigger line.",
                where=f"{shown}:1",
                remedy="Add: -- @trigger name | EROS: display name | every 6 hours",
            )
        minute = header.all("start_minute")
        for name, display_name, cadence in triggers:
            if name in schedules:
                raise UserError(f"trigger {name!r} stands twice, also in {schedules[name].file}.", where=shown)
            schedules[name] = Schedule(
                name,
                display_name,
                cadence,
                int(minute[0]) if minute else None,
                _without_header(text),
                header.description,
                shown,
            )
    return schedules


def _without_header(text: str) -> str:
    """The script a schedule sends: the file after its leading comment."""
    return re.sub(r"\A(?:--[^\n]*\n)+", "", text).strip()


def _queries(root: Path, folder: str, pattern: re.Pattern[str]) -> dict[str, Query]:
    queries = {}
    for path, shown in _files(root, f"sql/{folder}", "*.sql"):
        match = pattern.fullmatch(path.stem)
        if not match:
            raise UserError(f"the file's name must fit {pattern.pattern!r}.", where=shown)
        text = _read(path, shown)
        header = sqltext.read_header(text, shown)
        category = (header.all("category") or [""])[0]
        queries[match["id"]] = Query(match["id"], match["name"], category, header.description, text, shown)
    return queries


def _environments(root: Path, schedules: dict[str, Schedule]) -> dict[str, Environment]:
    environments = {}
    for name in ("local", "dev", "prod"):
        shown = f"environments/{name}.yaml"
        if not (root / shown).exists():
            raise UserError("the environment's file is missing.", where=shown)
        environment = read_document(root / shown, Environment, shown, name=name, file=shown)
        given = environment.schedule_start_times
        for schedule in sorted(set(given) - set(schedules)):
            raise UserError(
                f"schedule_start_times names {schedule!r}, which is no schedule.",
                where=shown,
                remedy=nearest(schedule, schedules),
            )
        for schedule in sorted(set(schedules) - set(given)):
            raise UserError(
                f"schedule {schedule!r} ({schedules[schedule].file}) has no start time.",
                where=shown,
                remedy=f"Add it under schedule_start_times, as {schedule}: 2026-01-05T00:17:00Z.",
            )
        environments[name] = environment
    return environments
