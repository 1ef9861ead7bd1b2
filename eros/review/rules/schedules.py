"""Scheduled queries: when they run, as whom, and whether they run at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

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
from eros.review.values import UNKNOWN, first_block

SCHEDULES = frozenset({Kind.SCHEDULE})


class ScheduleRemoved(Rule):
    """Schedule {name} is removed and no longer runs; its run history goes with it."""

    classed, kinds, actions = ChangeClass.REPLACE, SCHEDULES, GONE

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found(name=change.name)


class ScheduleReplaced(Rule):
    """Schedule {name} is removed and created again; its run history starts anew."""

    classed, kinds, actions = ChangeClass.REPLACE, SCHEDULES, REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found(name=change.name)


class RunsAtOnce(Rule):
    """Schedule {name} runs at once, as soon as it is created: its start_time {reason}. Give it a start_time in
    the future if that is not meant."""

    classed, kinds, warns = None, SCHEDULES, True
    actions = frozenset({Action.CREATE, Action.REPLACE, Action.RECREATE})

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        after = change.after or {}
        options = first_block(after, "schedule_options")
        if after.get("disabled") is True or options.get("disable_auto_scheduling") is True:
            return
        if reason := _why_at_once(options.get("start_time"), context.now):
            yield self.found(name=change.name, reason=reason)


class ServiceAccountRemoved(Rule):
    """The service account {account} is taken away. The provider sends this with an empty update mask: expect the apply
    to fail, and the next plan to show nothing although the account is still in place."""

    classed, kinds, actions, refused = ChangeClass.CHANGE, SCHEDULES, IN_PLACE, True
    explains = ("service_account_name",)

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for difference in change.differences:
            if difference.path == "service_account_name" and not difference.after:
                yield self.found(account=brief(difference.before))


class ScheduleSwitched(Rule):
    """Schedule {name} is switched {state}."""

    classed, kinds, actions = ChangeClass.CHANGE, SCHEDULES, KEPT_OR_REBUILT
    explains, warns = ("disabled",), True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for difference in change.differences:
            if difference.path == "disabled":
                state = "off: it does not run again until it is enabled" if difference.after is True else "on again"
                yield self.found(name=change.name, state=Words(state))


class CadenceChanged(AttributeRule):
    """It runs {after} instead of {before} (UTC)."""

    classed, kinds, actions, attribute = ChangeClass.CHANGE, SCHEDULES, KEPT_OR_REBUILT, "schedule"


def _why_at_once(start_time: object, now: datetime) -> Words | None:
    if start_time is UNKNOWN:
        return Words("is known only after the apply and may be past")
    if not isinstance(start_time, str) or not start_time:
        return Words("is absent")
    try:
        start = datetime.fromisoformat(start_time)
    except ValueError:
        return Words("is no RFC 3339 instant")
    if start.tzinfo is None:
        start = start.replace(tzinfo=UTC)
    return Words(f"{start:%Y-%m-%d %H:%M %Z} is past") if start <= now else None


RULES: tuple[type[Rule], ...] = (
    ScheduleRemoved,
    ScheduleReplaced,
    RunsAtOnce,
    ServiceAccountRemoved,
    ScheduleSwitched,
    CadenceChanged,
)
