"""The review of a plan: every change judged by every rule, sorted by what it takes away. Shows nothing itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Protocol

from eros.review.plan import Action, Change, Kind, Plan
from eros.review.retirements import Retirement, Verdict, judge
from eros.review.rules import RULES, ChangeClass, Context, Finding
from eros.review.rules.generic import ATTRIBUTE_CHANGED, NOTHING_VISIBLE
from eros.review.rules.schedules import RunsAtOnce
from eros.review.rules.tables import TableReturnsEmpty
from eros.review.sqldiff import SQL_ATTRIBUTES, SqlDiff, diff


class FailOn(StrEnum):
    """From which class on a change stops the pipeline."""

    DATA_LOSS = "data-loss"
    REPLACE = "replace"
    ANY = "any"


class Readers(Protocol):
    """What the review needs of the SQL graph: everything that reads or calls `name`, also through others."""

    def readers_of(self, name: str) -> set[str]: ...


@dataclass(frozen=True)
class CostChange:
    """What the plan changes about the monthly bill, in USD, and what the figure assumes."""

    usd_per_month: float
    assumptions: tuple[str, ...] = ()


type Costing = Callable[[Plan], CostChange | None]  # None: it cannot be computed for this plan


@dataclass(frozen=True)
class Judged:
    """A finding and, for a loss, what the retirements say about it."""

    finding: Finding
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def is_loss(self) -> bool:
        return self.finding.classed is ChangeClass.DATA_LOSS

    @property
    def is_open_loss(self) -> bool:
        """A loss that no retirement allows."""
        return self.is_loss and self.verdict.allowed_by is None


@dataclass(frozen=True)
class ObjectReview:
    """All there is to say about one object."""

    change: Change
    judged: tuple[Judged, ...]
    diffs: tuple[SqlDiff, ...]

    @property
    def classed(self) -> ChangeClass:
        return max(j.finding.classed for j in self.judged if j.finding.classed is not None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(j.finding for j in self.judged)

    @property
    def losses(self) -> tuple[Judged, ...]:
        return tuple(j for j in self.judged if j.is_loss)

    def has_open_loss(self) -> bool:
        return any(j.is_open_loss for j in self.judged)


@dataclass(frozen=True)
class HandChange:
    """Something changed outside Terraform that this plan leaves as it is."""

    change: Change
    attributes: tuple[str, ...]


@dataclass(frozen=True)
class Affected:
    """An object the plan does not change, but that reads or calls objects it does change."""

    name: str
    through: tuple[str, ...]


@dataclass(frozen=True)
class Review:
    """The judged plan: objects worst first, by address within a class."""

    plan: Plan
    objects: tuple[ObjectReview, ...]
    affected: tuple[Affected, ...] = ()
    hand_changes: tuple[HandChange, ...] = ()
    cost: CostChange | None = None

    @cached_property
    def counts(self) -> dict[ChangeClass, int]:
        """Objects by class, worst class first; classes without any are left out."""
        return dict(sorted(Counter(o.classed for o in self.objects).items(), reverse=True))

    @property
    def unchanged(self) -> int:
        return sum(change.is_kept for change in self.plan.changes)

    @property
    def worst(self) -> ChangeClass | None:
        return self.objects[0].classed if self.objects else None

    @cached_property
    def open_losses(self) -> list[tuple[str, Finding]]:
        """The losses no retirement allows, with the address of their object."""
        return [(o.change.address, j.finding) for o in self.objects for j in o.judged if j.is_open_loss]

    def stops(self, fail_on: FailOn | None) -> bool:
        """Whether the pipeline stops. An allowed loss stops only `any`, which asks for an empty plan."""
        match fail_on:
            case FailOn.DATA_LOSS:
                return bool(self.open_losses)
            case FailOn.REPLACE:
                return bool(self.open_losses) or any(o.classed is ChangeClass.REPLACE for o in self.objects)
            case FailOn.ANY:
                return bool(self.objects)
            case None:
                return False

    def count_of(self, test: Callable[[Finding], bool]) -> int:
        """Objects with a finding that passes `test`."""
        return sum(any(map(test, o.findings)) for o in self.objects)

    def sentence(self) -> str:
        """The verdict in one line, ours word for word: no text of the plan is in it."""
        total = _plural(len(self.objects), "changed object")
        match self.worst:
            case None:
                hand = _plural(len(self.hand_changes), "object")
                parts = ["No changes."]
                parts += [f"{hand} changed outside Terraform and left as found."] if self.hand_changes else []
                return " ".join(parts)
            case ChangeClass.DATA_LOSS:
                losing = sum(bool(o.losses) for o in self.objects)
                open_ones = sum(o.has_open_loss() for o in self.objects)
                verb = "loses" if losing == 1 else "lose"
                allowed = "" if open_ones == losing else f", {losing - open_ones:,} of them allowed by retirements"
                text = f"{losing:,} of {total} {verb} data{allowed}."
            case ChangeClass.REPLACE:
                text = f"No data is lost. {self.counts[ChangeClass.REPLACE]:,} of {total} rebuilt or removed."
            case ChangeClass.CHANGE:
                text = f"No data is lost. {total}, nothing rebuilt or removed."
            case ChangeClass.WIDEN:
                text = f"No data is lost. {total}, wider than before."
            case ChangeClass.ADD:
                text = f"No data is lost. {_plural(len(self.objects), 'new object')}."
        return " ".join([f"{self.worst.label}: {text}", *self._warnings()])

    def _warnings(self) -> Iterator[str]:
        if empty := self.count_of(lambda f: isinstance(f.rule, TableReturnsEmpty)):
            yield f"{_plural(empty, 'table')} will come back empty."
        if at_once := self.count_of(lambda f: isinstance(f.rule, RunsAtOnce)):
            yield f"{_plural(at_once, 'schedule')} will run at once."
        if refused := self.count_of(lambda f: f.rule.refused):
            yield f"Expect the apply to fail on {_plural(refused, 'object')}."


def review_plan(
    plan: Plan,
    *,
    readers: Readers | None = None,
    retirements: Sequence[Retirement] = (),
    costing: Costing | None = None,
    now: datetime | None = None,
) -> Review:
    """Judge a plan.

    Args:
        readers: the SQL graph; without it nobody is shown as indirectly affected.
        retirements: the decided losses.
        costing: computes the change of the monthly bill.
        now: the instant that decides about past start times and expired retirements; default the clock's.

    Raises:
        UserError: a table's schema cannot be read, so that its columns cannot be compared.
    """
    now = now or datetime.now(UTC)
    context = Context(plan, now, {c.address: c for c in plan.drift if not c.deposed})
    objects = [_review_object(change, context, retirements) for change in plan.changes if not change.is_kept]
    objects.sort(key=lambda o: (-o.classed, not o.has_open_loss(), not _warns(o), o.change.address))
    return Review(
        plan=plan,
        objects=tuple(objects),
        affected=tuple(_affected(objects, readers)) if readers else (),
        hand_changes=tuple(_hand_changes(plan)),
        cost=costing(plan) if costing else None,
    )


def _review_object(change: Change, context: Context, retirements: Sequence[Retirement]) -> ObjectReview:
    findings = [f for rule in RULES if rule.applies(change) for f in rule.find(change, context)]
    findings += ATTRIBUTE_CHANGED.unexplained(change, findings)
    if all(f.classed is None for f in findings):
        findings.append(NOTHING_VISIBLE.found())
    today = context.now.date()
    judged = [
        Judged(f, judge(change.address, f, retirements, today) if f.classed is ChangeClass.DATA_LOSS else Verdict())
        for f in findings
    ]
    judged.sort(key=lambda j: -(j.finding.classed or 0))  # stable: within a class the rules' own order
    return ObjectReview(change, tuple(judged), tuple(_sql_diffs(change)))


def _sql_diffs(change: Change) -> Iterator[SqlDiff]:
    for difference in change.differences:
        before, after = difference.before, difference.after
        if difference.path in SQL_ATTRIBUTES and isinstance(before, str) and isinstance(after, str):
            yield diff(difference.path, before, after)


def _warns(reviewed: ObjectReview) -> bool:
    return any(f.rule.warns or f.rule.refused for f in reviewed.findings)


def _affected(objects: Sequence[ObjectReview], readers: Readers) -> Iterator[Affected]:
    """Readers of what changes noticeably. A new object has no readers yet, unless it comes back empty."""
    touched = [
        o.change.name
        for o in objects
        if o.change.kind not in (Kind.DATASET, Kind.SCHEDULE, Kind.JOB, Kind.OTHER)
        and any(not f.rule.cosmetic for f in o.findings)
        and (o.change.action is not Action.CREATE or any(isinstance(f.rule, TableReturnsEmpty) for f in o.findings))
    ]
    changed = {name for o in objects for name in (o.change.name, o.change.resource_name)}
    through: dict[str, list[str]] = {}
    for name in dict.fromkeys(touched):
        for reader in readers.readers_of(name):
            if reader not in changed:
                through.setdefault(reader, []).append(name)
    for reader in sorted(through):
        yield Affected(reader, tuple(sorted(through[reader])))


def _hand_changes(plan: Plan) -> Iterator[HandChange]:
    """What drifted without the plan doing anything about it: Terraform ignores it, people should not."""
    planned = {change.address for change in plan.changes if change.action is not Action.KEEP}
    for drift in plan.drift:
        if drift.address in planned:
            continue
        attributes = tuple(d.path for d in drift.differences)
        if attributes or drift.action is Action.DELETE:
            yield HandChange(drift, attributes)


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
