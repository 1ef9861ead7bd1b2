"""Views and routines: objects that are only SQL. Rebuilding one loses nothing, but whoever calls it may notice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from eros.model.types import routine_type_name
from eros.review.plan import Change, Kind
from eros.review.rules.base import (
    GONE,
    KEPT_OR_REBUILT,
    REBUILT,
    ChangeClass,
    Context,
    Finding,
    Rule,
    Words,
)
from eros.review.sqldiff import SQL_ATTRIBUTES, same_but_white_space
from eros.review.values import UNKNOWN

VIEWS = frozenset({Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.EXTERNAL_TABLE})
ROUTINES = frozenset({Kind.ROUTINE})


class SqlObjectRemoved(Rule):
    """The {kind} {name} is removed. It holds no rows of its own; whatever reads or calls it fails from then on."""

    classed, kinds, actions = ChangeClass.REPLACE, VIEWS | ROUTINES, GONE

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found(kind=Words(change.kind), name=change.name)


class SqlObjectReplaced(Rule):
    """The {kind} {name} is dropped and created again. No rows are lost; for a moment it does not exist, and grants
    given to it alone are lost."""

    classed, kinds, actions = ChangeClass.REPLACE, VIEWS | ROUTINES, REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found(kind=Words(change.kind), name=change.name)


class SqlReformatted(Rule):
    """The SQL changes in white space only."""

    classed, cosmetic = ChangeClass.CHANGE, True
    actions = KEPT_OR_REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for path, before, after in _sql_changes(change):
            if same_but_white_space(before, after):
                yield self.found(explains=(path,))


class SqlChanged(Rule):
    """The SQL changes, see the difference."""

    classed = ChangeClass.CHANGE
    actions = KEPT_OR_REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for path, before, after in _sql_changes(change):
            if not same_but_white_space(before, after):
                yield self.found(explains=(path,))


class ArgumentsChanged(Rule):
    """The arguments change from {before} to {after}. Every caller must pass the new ones from the moment of the
    apply."""

    classed, kinds, actions, warns = ChangeClass.CHANGE, ROUTINES, KEPT_OR_REBUILT, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        paths = [d.path for d in change.differences if d.path.split(".")[0] == "arguments"]
        before, after = (_arguments(side) for side in (change.before, change.after))
        if paths and before != after:
            yield self.found(before=before, after=after, explains=paths)


class ReturnTypeChanged(Rule):
    """The return type changes from {before} to {after}. Callers that use it must fit."""

    classed, kinds, actions, warns = ChangeClass.CHANGE, ROUTINES, KEPT_OR_REBUILT, True
    explains = ("return_type",)

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for difference in change.differences:
            if difference.path == "return_type":
                yield self.found(before=_type(difference.before), after=_type(difference.after))


def _sql_changes(change: Change) -> Iterator[tuple[str, str, str]]:
    for difference in change.differences:
        before, after = difference.before, difference.after
        if difference.path in SQL_ATTRIBUTES and isinstance(before, str) and isinstance(after, str):
            yield difference.path, before, after


def _arguments(attributes: dict[str, Any] | None) -> str:
    """Arguments as one reads them: `(successes INT64, failures INT64)`."""
    arguments = (attributes or {}).get("arguments") or []
    if not isinstance(arguments, list):
        return repr(UNKNOWN)
    shown = []
    for argument in arguments:
        if not isinstance(argument, dict):
            shown.append(repr(UNKNOWN))
            continue
        kind = _type(argument.get("data_type") or argument.get("argument_kind"))
        shown.append(" ".join(str(part) for part in (argument.get("mode"), argument.get("name"), kind) if part))
    return f"({', '.join(shown)})"


def _type(data_type: Any) -> str:
    """The API's JSON for a type as GoogleSQL writes it: `STRUCT<lower_bound FLOAT64>`; anything else as it is."""
    try:
        return routine_type_name(json.loads(data_type))
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        return "nothing" if data_type is None else str(data_type)


RULES: tuple[type[Rule], ...] = (
    SqlObjectRemoved,
    SqlObjectReplaced,
    ArgumentsChanged,
    ReturnTypeChanged,
    SqlChanged,
    SqlReformatted,
)
