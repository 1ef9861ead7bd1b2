"""Tables that hold rows: removal, rebuilding, retention, partitioning, clustering, keys, protection."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eros.review.plan import Action, Change, Kind
from eros.review.rules.base import (
    GONE,
    IN_PLACE,
    KEPT_OR_REBUILT,
    REBUILT,
    AttributeRule,
    ChangeClass,
    Context,
    Finding,
    Rule,
    Words,
    brief,
    table_identity,
)
from eros.review.values import UNKNOWN, Secret, first_block

TABLES = frozenset({Kind.TABLE})
BIGQUERY_TABLES = frozenset({Kind.TABLE, Kind.VIEW, Kind.MATERIALIZED_VIEW, Kind.EXTERNAL_TABLE})
_DAY = 24 * 3600 * 1000


def rows(change: Change) -> Words:
    """How many rows are at stake, as far as the plan knows."""
    count = (change.before or {}).get("num_rows")
    if not isinstance(count, int):
        return Words("its rows (number unknown)")
    if count == 0:
        return Words("whatever it holds (0 rows at the last refresh, rows still streaming in not counted)")
    return Words(f"its {count:,} {'row' if count == 1 else 'rows'}")


class TableRemoved(Rule):
    """Table {table} is removed with {rows}. To stop managing it and keep the rows, use a `removed` block instead."""

    classed, kinds, actions = ChangeClass.DATA_LOSS, TABLES, GONE

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found(table=change.name, rows=rows(change))


class TableReplaced(Rule):
    """Table {table} is dropped with {rows} and created again: it comes back empty. Nothing in the plan
    refills it. Take a snapshot first, or reach the same end by steps that work in place."""

    classed, kinds, actions = ChangeClass.DATA_LOSS, TABLES, REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found(table=change.name, rows=rows(change))


class TableReturnsEmpty(Rule):
    """Table {table} was deleted outside Terraform with {rows} and comes back empty; what once filled it does not run
    again. Restore a backup, or copy the deleted table while time travel still reaches it, before you apply."""

    classed, kinds, actions, warns = None, TABLES, frozenset({Action.CREATE}), True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        lost = context.drift.get(change.address)
        if lost and lost.action is Action.DELETE:
            yield self.found(table=change.name, rows=rows(lost))


class TableUnderNewAddress(Rule):
    """The same table is created again under the address {address}. If only the address was renamed, add a `moved`
    block: then nothing happens to the table and its rows stay."""

    classed, kinds, actions, warns = None, TABLES, GONE, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if address := context.new_addresses.get(table_identity(change.before)):
            yield self.found(address=address)


class TableRenamed(AttributeRule):
    """The table is renamed from {before} to {after}. BigQuery renames with ALTER TABLE, Terraform by dropping the old
    table; views and routines that read the old name fail until they are changed."""

    classed, kinds, actions, attribute = ChangeClass.CHANGE, TABLES, REBUILT, "table_id"


class TableTurnsIntoView(Rule):
    """The object is a table today and becomes a {after}: its rows are dropped with the table."""

    classed, kinds, actions = ChangeClass.DATA_LOSS, TABLES, IN_PLACE

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for block in ("view", "materialized_view", "external_data_configuration"):
            if (change.after or {}).get(block):
                yield self.found(after=Words(block.replace("_", " ")), explains=(block,))


class RetentionShortened(Rule):
    """Partitions are kept {after} instead of {before}. Rows older than that are deleted soon after the apply."""

    classed, kinds, actions = ChangeClass.DATA_LOSS, TABLES, IN_PLACE
    explains = ("time_partitioning.expiration_ms",)

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        before, after = _retention(change.before), _retention(change.after)
        if before is not None and after and (not before or after < before):
            yield self.found(before=_duration(before), after=_duration(after))


class RetentionLengthened(Rule):
    """Partitions are kept {after} instead of {before}. Rows that have already expired do not come back."""

    classed, kinds, actions = ChangeClass.WIDEN, TABLES, IN_PLACE
    explains = ("time_partitioning.expiration_ms",)

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        before, after = _retention(change.before), _retention(change.after)
        if before and after is not None and (after == 0 or after > before):
            yield self.found(before=_duration(before), after=_duration(after))


class TableExpires(Rule):
    """The whole table expires at {after}; before it was {before}. BigQuery then deletes it with all rows."""

    classed, kinds, actions, explains = ChangeClass.DATA_LOSS, TABLES, IN_PLACE, ("expiration_time",)

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        before, after = (_milliseconds((side or {}).get("expiration_time")) for side in (change.before, change.after))
        if before is not None and after and (not before or after < before):
            yield self.found(before=brief(before or None), after=Words(f"{after} ms since 1970 UTC"))


class LossCannotBeExcluded(Rule):
    """{attribute} is known only after the apply, is secret or is no number of milliseconds, so this review cannot see
    whether rows go. Make the value known at plan time."""

    classed, kinds, actions = ChangeClass.DATA_LOSS, TABLES, IN_PLACE

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        before, after = (side or {} for side in (change.before, change.after))
        if before.get("time_partitioning") != after.get("time_partitioning"):
            if _is_hidden(after.get("time_partitioning")):
                yield self.found(attribute="time_partitioning", explains=("time_partitioning",))
            elif _retention(before) is None or _retention(after) is None:
                path = "time_partitioning.expiration_ms"
                yield self.found(attribute=path, explains=(path,))
        times = [side.get("expiration_time") for side in (before, after)]
        if times[0] != times[1] and None in map(_milliseconds, times):
            yield self.found(attribute="expiration_time", explains=("expiration_time",))


class PartitionTypeChanged(AttributeRule):
    """Partitioning changes from {before} to {after}. The provider plans this as an update, but BigQuery cannot change
    the partition type of a table, so expect the apply to fail. Create a new table and copy the rows."""

    classed, kinds, actions, refused = ChangeClass.CHANGE, TABLES, IN_PLACE, True
    attribute = "time_partitioning.type"


class PartitioningRebuilt(Rule):
    """The partition {what} changes from {before} to {after}, which BigQuery cannot do to an existing table."""

    classed, kinds, actions = ChangeClass.CHANGE, TABLES, REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for difference in change.differences:
            block, _, what = difference.path.partition(".")
            if block in ("time_partitioning", "range_partitioning"):
                yield self.found(
                    what=Words({"field": "column", "expiration_ms": "retention (ms)"}.get(what, what or "scheme")),
                    before=brief(difference.before),
                    after=brief(difference.after),
                    explains=(difference.path,),
                )


class ClusteringChanged(Rule):
    """Clustering changes from {before} to {after}; {dropped}. Rows stay; queries that filter by a dropped column scan
    more, and rows already stored keep their old order until they are rewritten."""

    classed, kinds, explains = ChangeClass.CHANGE, TABLES, ("clustering",)
    actions = KEPT_OR_REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for difference in change.differences:
            if difference.path == "clustering":
                before, after = (s if isinstance(s, list) else [] for s in (difference.before, difference.after))
                gone = [column for column in before if column not in after]
                yield self.found(
                    before=brief(difference.before),
                    after=brief(difference.after),
                    dropped=Words(f"{len(gone)} {'column' if len(gone) == 1 else 'columns'} dropped"),
                )


class PrimaryKeyChanged(Rule):
    """The primary key changes from {before} to {after}. BigQuery does not enforce it and no row changes, but the
    optimizer trusts it and our MERGE statements are written for it."""

    classed, kinds, actions = ChangeClass.CHANGE, TABLES, KEPT_OR_REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for difference in change.differences:
            if difference.path.startswith("table_constraints.primary_key"):
                yield self.found(
                    before=brief(difference.before), after=brief(difference.after), explains=(difference.path,)
                )


class ProtectionStopsApply(Rule):
    """deletion_protection is on in the state, so the apply stops here with an error while other changes of the same
    plan go through. If the loss is wanted, switch it off in an apply of its own first."""

    classed, kinds, refused = None, BIGQUERY_TABLES, True
    actions, explains = GONE | REBUILT, ("deletion_protection",)

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if (change.before or {}).get("deletion_protection") is True:
            yield self.found()


class ProtectionComesTooLate(Rule):
    """deletion_protection is switched on by the same step that replaces the table. Terraform goes by the state, where
    it is still off, so it protects nothing here."""

    classed, kinds, actions, warns = None, TABLES, REBUILT, True
    explains = ("deletion_protection",)

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        before, after = (side or {} for side in (change.before, change.after))
        if not before.get("deletion_protection") and after.get("deletion_protection") is True:
            yield self.found()


class ProtectionSwitchedOff(Rule):
    """deletion_protection is switched off{together}. From then on one wrong plan can remove the table."""

    classed, kinds, actions, warns = ChangeClass.CHANGE, BIGQUERY_TABLES, IN_PLACE, True
    explains, cosmetic = ("deletion_protection",), True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        changed = [d.path for d in change.differences]
        if "deletion_protection" in changed and (change.before or {}).get("deletion_protection") is True:
            others = [c for c in context.plan.changes if not c.is_kept and c is not change]
            mixed = " together with other changes; make it a change of its own, so that it is seen"
            yield self.found(together=Words(mixed if len(changed) > 1 or others else ""))


def _retention(attributes: Mapping[str, Any] | None) -> int | None:
    """Milliseconds a partition is kept, 0 for ever; None where that cannot be read."""
    return _milliseconds(first_block(attributes, "time_partitioning").get("expiration_ms"))


def _milliseconds(value: object) -> int | None:
    """A number of milliseconds as a plan writes it; null and absent mean the same as 0. None where it is no number."""
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = int(value)
    except (ValueError, OverflowError):  # no digits, not a number, infinite
        return None
    return number if number >= 0 else None


def _is_hidden(value: object) -> bool:
    return value is UNKNOWN or isinstance(value, Secret)


def _duration(milliseconds: int) -> Words:
    if not milliseconds:
        return Words("for ever")
    days = milliseconds / _DAY
    return Words(f"{days:g} {'day' if days == 1 else 'days'}")


RULES: tuple[type[Rule], ...] = (
    TableRemoved,
    TableReplaced,
    TableReturnsEmpty,
    TableTurnsIntoView,
    LossCannotBeExcluded,
    RetentionShortened,
    TableExpires,
    ProtectionStopsApply,
    ProtectionComesTooLate,
    ProtectionSwitchedOff,
    TableUnderNewAddress,
    TableRenamed,
    PartitionTypeChanged,
    PartitioningRebuilt,
    ClusteringChanged,
    PrimaryKeyChanged,
    RetentionLengthened,
)
