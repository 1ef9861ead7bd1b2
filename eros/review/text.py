"""The review for a terminal. Lines are never wrapped or cut by width, so that a log shows what the terminal shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date

from rich.console import Console
from rich.text import Text

from eros.review.escape import guarded, shown, visible, visible_line
from eros.review.retirements import FILE, entries_to_add
from eros.review.review import FailOn, Judged, ObjectReview, Review
from eros.review.rules import ChangeClass

STYLES = {
    ChangeClass.DATA_LOSS: "bold red",
    ChangeClass.REPLACE: "red",
    ChangeClass.CHANGE: "yellow",
    ChangeClass.WIDEN: "green",
    ChangeClass.ADD: "green",
}
_MOST_OBJECTS = 200  # beyond the data losses, which are always all shown
_MOST_DIFF_LINES = 400

type Line = tuple[str, str]  # text and style


def print_review(review: Review, console: Console, *, fail_on: FailOn | None, today: date) -> None:
    """Print a review: the verdict, the data losses, then the rest worst first."""
    for text, style in _lines(review, fail_on, today):
        console.print(Text(guarded(text), style=style), soft_wrap=True, highlight=False)


def _lines(review: Review, fail_on: FailOn | None, today: date) -> Iterator[Line]:
    yield review.sentence(), STYLES[review.worst] if review.worst else "bold green"
    yield counts_line(review), ""
    if fail_on:
        yield f"--fail-on {fail_on}: {'stopped' if review.stops(fail_on) else 'passed'}.", "bold"
    if not review.plan.is_complete:
        yield "The plan is incomplete (-target or deferred changes): what it leaves out is not reviewed.", "yellow"
    others = [o for o in review.objects if not o.losses]
    for reviewed in [o for o in review.objects if o.losses] + others[:_MOST_OBJECTS]:
        yield from _object(reviewed)
    for summary in summarised(others[_MOST_OBJECTS:]):
        yield "", ""
        yield f"and {summary}", ""
    if review.affected:
        yield "", ""
        yield "Indirectly affected", "bold"
        for affected in review.affected:
            yield f"  {shown(affected.name)} reads {', '.join(map(shown, affected.through))}", ""
    if review.hand_changes:
        yield "", ""
        yield "Changed outside Terraform, left as found by this plan", "bold"
        for hand in review.hand_changes:
            what = ", ".join(map(shown, hand.attributes)) or "no longer exists"
            yield f"  {shown(hand.change.address)}: {what}", ""
    if review.cost:
        yield "", ""
        yield f"Cost: {review.cost.usd_per_month:+.2f} USD a month", "bold"
        for assumption in review.cost.assumptions:
            yield f"  assumes {visible(assumption)}", ""
    if review.open_losses:
        yield "", ""
        yield f"If a loss is wanted, add its entry to {FILE} and fill in reason and owner:", "bold"
        for line in entries_to_add(review.open_losses, today):
            yield f"  {visible_line(line)}", ""


def _object(reviewed: ObjectReview) -> Iterator[Line]:
    change = reviewed.change
    yield "", ""
    where = "" if change.name == change.address else f"  ({shown(change.address)})"
    yield (
        f"{reviewed.classed.label}  {change.kind} {shown(change.name)}  {change.action}{where}",
        STYLES[reviewed.classed],
    )
    for judged in reviewed.judged:
        yield f"  {marker(judged)} {judged.finding.message(shown)}", "bold" if judged.is_loss else ""
        if status := retirement_status(judged):
            yield f"     {visible(status)}", ""
    for sql in reviewed.diffs:
        folded = f", {sql.folded} lines differ in white space only (folded)" if sql.folded else ""
        yield f"  {sql.attribute}{folded}", "dim"
        for line in sql.lines[:_MOST_DIFF_LINES]:
            yield f"    | {visible_line(line)}", {"+": "green", "-": "red"}.get(line[:1], "dim")
        if len(sql.lines) > _MOST_DIFF_LINES:
            yield f"    | … {len(sql.lines) - _MOST_DIFF_LINES} more lines, all in --output json", "dim"


def counts_line(review: Review) -> str:
    """`1 DATA LOSS, 2 CHANGE; 7 unchanged.`"""
    counted = ", ".join(f"{count:,} {classed.label}" for classed, count in review.counts.items())
    return "; ".join(filter(None, [counted, f"{review.unchanged:,} unchanged"])) + "."


def marker(judged: Judged) -> str:
    """How loud a finding is."""
    if judged.is_loss:
        return "!!"
    return "! " if judged.finding.rule.warns or judged.finding.rule.refused else "- "


def retirement_status(judged: Judged) -> str:
    """Who allowed a loss and why, or that the entry has expired; '' if no entry names it."""
    if entry := judged.verdict.allowed_by:
        return f"Allowed until {entry.until} by {entry.owner}: {entry.reason}"
    if entry := judged.verdict.expired:
        return f"Its entry in {FILE} expired on {entry.until}."
    return ""


def summarised(objects: Sequence[ObjectReview]) -> list[str]:
    """Objects as counts: `1,200 CHANGE: table updated in place`."""
    groups = Counter((-o.classed, o.change.kind, o.change.action) for o in objects)
    return [
        f"{count:,} {ChangeClass(-negative).label}: {kind} {action}"
        for (negative, kind, action), count in sorted(groups.items())
    ]
