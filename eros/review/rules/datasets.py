"""Datasets: removing or rebuilding one takes everything in it; its settings decide how far back one can restore."""

from __future__ import annotations

from collections.abc import Iterator

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
)
from eros.review.values import UNKNOWN

DATASETS = frozenset({Kind.DATASET})


class DatasetRemoved(Rule):
    """Dataset {dataset} is removed, and with it every table, view and routine in it; the plan lists only the ones
    Terraform manages."""

    classed, kinds, actions = ChangeClass.DATA_LOSS, DATASETS, GONE

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found(dataset=change.name)


class DatasetReplaced(Rule):
    """Dataset {dataset} is dropped and created again. The plan lists only the dataset, but every table, view and
    routine in it goes too, and only the next plan would create the managed ones again, empty."""

    classed, kinds, actions = ChangeClass.DATA_LOSS, DATASETS, REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found(dataset=change.name)


class DatasetReturnsEmpty(Rule):
    """Dataset {dataset} was deleted outside Terraform. Creating one of the same name makes it impossible to undelete
    the old one with its tables: run UNDROP SCHEMA first."""

    classed, kinds, actions = ChangeClass.DATA_LOSS, DATASETS, frozenset({Action.CREATE})

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        lost = context.drift.get(change.address)
        if lost and lost.action is Action.DELETE:
            yield self.found(dataset=change.name)


class ContentsGoToo(Rule):
    """delete_contents_on_destroy is on in the state, so nothing stops this: all tables are deleted first."""

    classed, kinds, actions, warns = None, DATASETS, GONE | REBUILT, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if (change.before or {}).get("delete_contents_on_destroy") is True:
            yield self.found()


class ContentsStopApply(Rule):
    """delete_contents_on_destroy is off in the state, so the apply fails (400, still in use) while anything is left in
    the dataset."""

    classed, kinds, actions, refused = None, DATASETS, GONE | REBUILT, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if (change.before or {}).get("delete_contents_on_destroy") is not True:
            yield self.found()


class LocationChanged(AttributeRule):
    """The location changes from {before} to {after}. BigQuery moves no data between locations: create a second dataset
    and copy the tables."""

    classed, kinds, actions, attribute = ChangeClass.CHANGE, DATASETS, KEPT_OR_REBUILT, "location"


class DeleteContentsSwitchedOn(Rule):
    """delete_contents_on_destroy is switched on: from then on removing the dataset deletes every table in it without
    asking."""

    classed, kinds, actions, warns = ChangeClass.CHANGE, DATASETS, KEPT_OR_REBUILT, True
    explains, cosmetic = ("delete_contents_on_destroy",), True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for difference in change.differences:
            if difference.path == "delete_contents_on_destroy" and difference.after is True:
                yield self.found()


class TimeTravelShortened(Rule):
    """Time travel is shortened from {before} to {after} hours. History older than that is given up at once: dropped
    tables and overwritten rows can no longer be restored from it."""

    classed, kinds, actions, warns = ChangeClass.CHANGE, DATASETS, IN_PLACE, True
    explains, cosmetic = ("max_time_travel_hours",), True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        hours = _time_travel(change)
        if hours and hours[1] < hours[0]:
            yield self.found(before=hours[0], after=hours[1])


class TimeTravelLengthened(Rule):
    """Time travel is lengthened from {before} to {after} hours."""

    classed, kinds, actions = ChangeClass.WIDEN, DATASETS, IN_PLACE
    explains, cosmetic = ("max_time_travel_hours",), True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        hours = _time_travel(change)
        if hours and hours[1] > hours[0]:
            yield self.found(before=hours[0], after=hours[1])


class DefaultExpirationChanged(Rule):
    """{attribute} changes from {before} to {after} (milliseconds). It reaches tables created from now on, also those
    whose contract says nothing; tables that exist keep theirs."""

    classed, kinds, actions, warns = ChangeClass.CHANGE, DATASETS, KEPT_OR_REBUILT, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for difference in change.differences:
            if difference.path in ("default_table_expiration_ms", "default_partition_expiration_ms"):
                yield self.found(
                    attribute=Words(difference.path),
                    before=brief(difference.before or None),
                    after=brief(difference.after or None),
                    explains=(difference.path,),
                )


def _time_travel(change: Change) -> tuple[int, int] | None:
    """Hours before and after; the provider gives them as text, and the service's default is 168."""
    before, after = ((side or {}).get("max_time_travel_hours") for side in (change.before, change.after))
    if before == after or after is UNKNOWN:
        return None
    try:
        return int(before or 168), int(after or 168)
    except (TypeError, ValueError):
        return None


RULES: tuple[type[Rule], ...] = (
    DatasetRemoved,
    DatasetReplaced,
    DatasetReturnsEmpty,
    ContentsGoToo,
    ContentsStopApply,
    LocationChanged,
    DeleteContentsSwitchedOn,
    TimeTravelShortened,
    TimeTravelLengthened,
    DefaultExpirationChanged,
)
