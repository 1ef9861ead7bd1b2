"""Reads contracts, SQL files and environments into one checked model. What the model offers stands in model.py."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from eros.errors import UserError, nearest
from eros.model import sqltext, types
from eros.model.adoption import check_adoptions
from eros.model.contracts import Contract
from eros.model.documents import read_document, read_text
from eros.model.environments import Environment
from eros.model.model import REPOSITORY, Model, Query, Routine, Schedule, View

ENVIRONMENTS = ("local", "dev", "prod")
#: Files beside them that others read: allowed data losses, drift that is known.
LISTS = ("retirements", "drift-ignore")


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
        verification=_queries(root, "verification", r"(?P<id>\d+\.\d+)_(?P<name>\w+)", "1.1_what_it_asserts"),
        health=_queries(root, "health", r"(?P<id>(?P<name>\w+))", "what_it_shows"),
        environments=_environments(root, schedules),
    )
    check_adoptions(model)
    if clash := set(model.routines) & set(contracts):
        raise UserError(f"routine and table share the name {sorted(clash)[0]!r}.", remedy="Rename one.")
    _ = model.graph  # unknown names and circles are errors of loading, not of first use
    return model


def _read(path: Path, shown: str) -> str:
    text = read_text(path, shown)
    if text.startswith("\ufeff"):
        raise UserError("begins with a byte order mark.", where=f"{shown}:1", remedy="Save it as UTF-8 without one.")
    return text


def _files(root: Path, folder: str, suffix: str) -> list[tuple[Path, str]]:
    """The files of a folder, and a refusal of one that looks as if it were read and is not."""
    files = [(path, str(path.relative_to(root))) for path in sorted((root / folder).glob(f"*{suffix}"))]
    read = {path for path, _ in files}
    for path in sorted((root / folder).rglob("*")):
        if path.suffix.lower() in (".sql", ".yaml", ".yml") and path not in read and not path.name.startswith("."):
            shown = str(path.relative_to(root))
            raise UserError("is not read.", where=shown, remedy=f"Move it to {folder}/{path.stem}{suffix}.")
    return files


def _contracts(root: Path) -> dict[str, Contract]:
    contracts: dict[str, Contract] = {}
    for folder, owned in (("schemas/owned", True), ("schemas/external", False)):
        for path, shown in _files(root, folder, ".yaml"):
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
    for path, shown in _files(root, "sql/views", ".sql"):
        created, _ = _created(path, shown, "VIEW")
        contract = contracts.get(created.name)
        if contract is None or contract.kind != "view":
            raise UserError(
                "the view has no contract.",
                where=shown,
                remedy=f"Add schemas/owned/{created.name}.yaml, kind: view.",
            )
        if created.name in {name for name, _ in sqltext.references(created.body)}:
            raise UserError("the view reads itself.", where=shown, remedy="Read the table behind it.")
        views[created.name] = View(contract, created.body, shown)
    if missing := {n for n, c in contracts.items() if c.kind == "view"} - set(views):
        name = sorted(missing)[0]
        raise UserError("the view has no SELECT.", where=contracts[name].file, remedy=f"Add sql/views/{name}.sql.")
    return views


def _routines(root: Path) -> dict[str, Routine]:
    routines: dict[str, Routine] = {}
    for folder, kind in (("sql/functions", "FUNCTION"), ("sql/procedures", "PROCEDURE")):
        for path, shown in _files(root, folder, ".sql"):
            created, text = _created(path, shown, kind)
            if other := routines.get(created.name):
                raise UserError(f"{created.name!r} is declared twice, also in {other.file}.", where=shown)
            for argument in created.arguments:
                _check_type(argument.type, f"{shown}: argument {argument.name}")
            if created.return_type:
                _check_type(created.return_type, f"{shown}: RETURNS")
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
    for path, shown in _files(root, "sql/schedules", ".sql"):
        text = _read(path, shown)
        header = sqltext.read_header(text, shown)
        triggers = [[part.strip() for part in value.split("|")] for value in header.all("trigger")]
        if not triggers or any(len(trigger) != 3 for trigger in triggers):
            raise UserError(
                "a schedule needs a trigger line.",
                where=f"{shown}:1",
                remedy="Add: -- @trigger name | EROS: display name | every 6 hours",
            )
        minute = _start_minute(header, shown)
        for name, display_name, cadence in triggers:
            if name in schedules:
                raise UserError(f"trigger {name!r} stands twice, also in {schedules[name].file}.", where=shown)
            schedules[name] = Schedule(
                name,
                display_name,
                cadence,
                minute,
                _without_header(text),
                header.description,
                shown,
            )
    return schedules


def _start_minute(header: sqltext.Header, shown: str) -> int | None:
    values = header.all("start_minute")
    for value in values:
        if not re.fullmatch(r"[0-5]?\d", value):
            raise UserError(
                f"@start_minute {value!r} is no minute.", where=shown, remedy="Give one of 1 to 59, such as 17."
            )
    return int(values[0]) if values else None


def _check_type(name: str, where: str) -> None:
    try:
        types.routine_type(name)
    except ValueError as error:
        raise UserError(f"{error}.", where=where, remedy=nearest(types.standard_type(name), types.SCALARS)) from None


def _without_header(text: str) -> str:
    """The script a schedule sends: the file after its leading comment."""
    return re.sub(r"\A(?:--[^\n]*\n)+", "", text).strip()


def _queries(root: Path, folder: str, pattern: str, example: str) -> dict[str, Query]:
    queries: dict[str, Query] = {}
    for path, shown in _files(root, f"sql/{folder}", ".sql"):
        match = re.fullmatch(pattern, path.stem)
        if not match:
            raise UserError("the file's name does not fit.", where=shown, remedy=f"Expected: {example}.sql.")
        if other := queries.get(match["id"]):
            raise UserError(f"id {match['id']} stands twice, also in {other.file}.", where=shown)
        text = _read(path, shown)
        header = sqltext.read_header(text, shown)
        category = (header.all("category") or [""])[0]
        queries[match["id"]] = Query(match["id"], match["name"], category, header.description, text, shown)
    return queries


def _environments(root: Path, schedules: dict[str, Schedule]) -> dict[str, Environment]:
    environments = {}
    for path, shown in _files(root, "environments", ".yaml"):
        if path.stem not in (*ENVIRONMENTS, *LISTS):
            known = nearest(path.stem, (*ENVIRONMENTS, *LISTS))
            raise UserError("no environment and no list has this name.", where=shown, remedy=known)
    for name in ENVIRONMENTS:
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
