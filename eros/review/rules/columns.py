"""Columns of tables that hold rows: what an update drops, what rebuilds the table, what only lets more in."""

from __future__ import annotations

from collections.abc import Iterator

from eros.review.columns import Column, ColumnChange
from eros.review.plan import Change
from eros.review.rules.base import (
    IN_PLACE,
    KEPT_OR_REBUILT,
    REBUILT,
    ChangeClass,
    Context,
    Finding,
    Rule,
    Words,
    brief,
)
from eros.review.rules.tables import TABLES
from eros.review.values import first_block


class ColumnRule(Rule):
    """Base of the rules about one column: asks each rule about each column that differs."""

    kinds, actions, explains = TABLES, KEPT_OR_REBUILT, ("schema",)

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for column_change in change.column_changes or []:
            yield from self.judge(column_change, change, context)

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        raise NotImplementedError


class ColumnDropped(ColumnRule):
    """Column {column} is dropped and its values are gone. The provider plans this as an in-place update, which neither
    deletion_protection nor prevent_destroy stops."""

    classed, actions = ChangeClass.DATA_LOSS, IN_PLACE

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.before and not column.after and not _added_by_hand(column.before, change, context):
            yield self.found(column=column.before.path)


class HandAddedColumnDropped(ColumnRule):
    """Column {column} was added outside Terraform and is dropped with its values, because no contract declares it.
    Declare it to keep it. Neither deletion_protection nor prevent_destroy stops this."""

    classed, actions = ChangeClass.DATA_LOSS, IN_PLACE

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.before and not column.after and _added_by_hand(column.before, change, context):
            yield self.found(column=column.before.path)


class ColumnsNotComparable(Rule):
    """The new schema is known only after the apply or is secret, so a dropped column could not be seen. Make the
    schema known at plan time."""

    classed, kinds, actions, explains = ChangeClass.DATA_LOSS, TABLES, IN_PLACE, ("schema",)

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        before, after = (side or {} for side in (change.before, change.after))
        if before.get("schema") != after.get("schema") and change.column_changes is None:
            yield self.found()


class NeededColumnDropped(ColumnRule):
    """Column {column} is a {role} column of the table. BigQuery does not drop such a column, so expect the apply to
    fail, although the plan shows nothing of it."""

    classed, actions, refused = None, IN_PLACE, True

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.before and not column.after:
            for role, names in _roles(change).items():
                if column.before.path in names:
                    yield self.found(column=column.before.path, role=Words(role))


class ColumnLeftOut(ColumnRule):
    """Column {column} is not in the new table.{hint}"""

    classed, actions = ChangeClass.CHANGE, REBUILT

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.before and not column.after:
            arrived = any(c.after and not c.before for c in change.column_changes or [])
            hint = " Terraform knows no renaming of columns: dropping one and adding one in a step rebuilds the table."
            yield self.found(column=column.before.path, hint=Words(hint if arrived else ""))


class ColumnAdded(ColumnRule):
    """Column {column} ({type}) is added; rows that exist have NULL in it."""

    classed = ChangeClass.WIDEN

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.after and not column.before and column.after.mode != "REQUIRED":
            yield self.found(column=column.after.path, type=_type(column.after))


class RequiredColumnAdded(ColumnRule):
    """Column {column} ({type}) is added as REQUIRED, which rows that exist cannot satisfy, so the table is rebuilt.
    Add it as NULLABLE instead."""

    classed = ChangeClass.CHANGE

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.after and not column.before and column.after.mode == "REQUIRED":
            yield self.found(column=column.after.path, type=_type(column.after))


class ColumnTypeChanged(ColumnRule):
    """Column {column} changes its type from {before} to {after}. The provider rebuilds the table for every change of
    type, a wider one too. Add a new column and fill it from the old one instead."""

    classed = ChangeClass.CHANGE

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.before and column.after and column.before.type != column.after.type:
            yield self.found(column=column.after.path, before=column.before.type, after=column.after.type)


class ModeRelaxed(ColumnRule):
    """Column {column} no longer refuses NULL (REQUIRED becomes NULLABLE). There is no way back in place."""

    classed = ChangeClass.WIDEN

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.before and column.after and (column.before.mode, column.after.mode) == ("REQUIRED", "NULLABLE"):
            yield self.found(column=column.after.path)


class ModeChanged(ColumnRule):
    """Column {column} changes its mode from {before} to {after}, which BigQuery cannot do in place: the table is
    rebuilt or the apply fails."""

    classed = ChangeClass.CHANGE

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.before and column.after:
            modes = (column.before.mode, column.after.mode)
            if modes[0] != modes[1] and modes != ("REQUIRED", "NULLABLE"):
                yield self.found(column=column.after.path, before=modes[0], after=modes[1])


class ColumnDefaultChanged(ColumnRule):
    """The default of column {column} changes from {before} to {after}. Rows that exist keep their values."""

    classed = ChangeClass.CHANGE

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.before and column.after and column.before.default != column.after.default:
            yield self.found(
                column=column.after.path, before=brief(column.before.default), after=brief(column.after.default)
            )


class ColumnDescribed(ColumnRule):
    """The description of column {column} changes."""

    classed, cosmetic = ChangeClass.CHANGE, True

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.before and column.after and column.before.description != column.after.description:
            yield self.found(column=column.after.path)


class ColumnOptionChanged(ColumnRule):
    """Option {option} of column {column} changes from {before} to {after}."""

    classed = ChangeClass.CHANGE

    def judge(self, column: ColumnChange, change: Change, context: Context) -> Iterator[Finding]:
        if column.before and column.after:
            before, after = dict(column.before.other), dict(column.after.other)
            for option in sorted(before.keys() | after.keys()):
                if before.get(option) != after.get(option):
                    yield self.found(
                        column=column.after.path,
                        option=option,
                        before=brief(before.get(option)),
                        after=brief(after.get(option)),
                    )


def _added_by_hand(column: Column, change: Change, context: Context) -> bool:
    """Whether the drift report shows the column as there now and absent from the state before."""
    drift = context.drift.get(change.address)
    if drift is None:
        return False
    return any(c.before is None and c.after and c.after.path == column.path for c in drift.column_changes or [])


def _roles(change: Change) -> dict[str, list[str]]:
    before = change.before or {}
    field = first_block(before, "time_partitioning").get("field")
    key = first_block(first_block(before, "table_constraints"), "primary_key").get("columns")
    return {
        "partitioning": [field] if field else [],
        "clustering": list(before.get("clustering") or []),
        "primary key": list(key or []),
    }


def _type(column: Column) -> str:
    return f"ARRAY<{column.type}>" if column.mode == "REPEATED" else column.type


RULES: tuple[type[Rule], ...] = (
    ColumnDropped,
    HandAddedColumnDropped,
    ColumnsNotComparable,
    NeededColumnDropped,
    ColumnTypeChanged,
    RequiredColumnAdded,
    ModeChanged,
    ColumnLeftOut,
    ColumnAdded,
    ModeRelaxed,
    ColumnDefaultChanged,
    ColumnDescribed,
    ColumnOptionChanged,
)
