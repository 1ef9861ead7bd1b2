"""Live objects that nothing declares. What is declared but differs is compare.py's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from eros.drift import consequences
from eros.drift.compare import all_differences
from eros.drift.finding import Consequence, Finding
from eros.model import Environment
from eros.state import Resource
from eros.state.live import Listed
from eros.state.planned import Rest

#: A snapshot's name: snapshot_state and `eros backup` make and expire them, so they are no drift.
_SNAPSHOT = re.compile(r"\w+_\d{8}(_\w+)?")


def objects(
    listed: Iterable[Listed], declared: Iterable[Resource], elsewhere: Iterable[str], environment: Environment
) -> Iterator[Finding]:
    """Tables, views and routines.

    `elsewhere` names the objects that other systems create and preflight checks.
    """
    routines = {r.name for r in declared if r.kind == "routine"}
    tables = {r.name for r in declared if r.kind in ("table", "view")} | set(elsewhere)
    for found in sorted(listed, key=lambda o: (o.kind, o.dataset, o.name)):
        ours = found.dataset == environment.dataset
        if ours and found.name in (routines if found.kind == "routine" else tables):
            continue
        if _is_snapshot(found, environment):
            continue
        name = found.name if ours else f"{found.dataset}.{found.name}"
        yield _finding(found.kind, name, found.type, consequences.UNDECLARED)


def schedules(declared: Iterable[Resource], live: Sequence[Rest], dataset: str) -> Iterator[Finding]:
    """Schedules: of another name, or a second one of a declared name, which runs the job twice."""
    by_name = {r.name: r for r in declared if r.kind == "schedule"}
    for rest in sorted(live, key=lambda s: (str(s.get("displayName")), str(s.get("name")))):
        name = str(rest.get("displayName") or rest.get("name"))
        resource = by_name.get(name)
        if resource is None:
            touches = dataset.lower() in f"{rest.get('params')} {rest.get('destinationDatasetId')}".lower()
            follows = consequences.UNDECLARED_SCHEDULE if touches else consequences.UNDECLARED
            yield _finding("schedule", name, _cadence(rest), follows)
        elif rest is not declared_one(resource, live):
            yield _finding("schedule", name, f"a second one, {_cadence(rest)}", consequences.UNDECLARED_SCHEDULE)


def declared_one(resource: Resource, live: Iterable[Rest]) -> Rest | None:
    """The live schedule that is the declared one; of several with its name, the one most like it."""
    nearness: Callable[[Rest], tuple[int, str]] = lambda s: (len(all_differences(resource, s)), str(s.get("name")))  # noqa: E731
    return min((s for s in live if s.get("displayName") == resource.name), key=nearness, default=None)


def _is_snapshot(found: Listed, environment: Environment) -> bool:
    in_backup = found.dataset == environment.backup_dataset and found.type == "SNAPSHOT"
    return in_backup and _SNAPSHOT.fullmatch(found.name) is not None


def _cadence(rest: Rest) -> str:
    return f"{rest.get('schedule') or 'on demand'}{', disabled' if rest.get('disabled') else ''}"


def _finding(kind: str, name: str, live: str, follows: Consequence) -> Finding:
    return Finding(f"{kind} {name}", kind, name, "unmanaged", "", None, live, follows)
