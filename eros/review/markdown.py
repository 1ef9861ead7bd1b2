"""The review as one pull request comment. GitHub refuses one over 65,536 characters, so detail gives way to size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from eros.review.escape import code_block, code_span, guarded
from eros.review.retirements import FILE, entries_to_add
from eros.review.review import FailOn, ObjectReview, Review
from eros.review.text import counts_line, marker, retirement_status, summarised

LIMIT = 65_000


@dataclass(frozen=True)
class _Detail:
    """How much is shown. None means no limit."""

    diff_lines: int | None = None
    sentences: bool = True  # what is not a loss: every finding, or just the object's line
    objects: int | None = None  # how many objects without loss; the rest are counted
    entries: bool = True  # the retirement entries to copy
    footnotes: bool = True  # who is indirectly affected, what was changed by hand
    losses_in_words: bool = True  # a loss as its sentence, or as a name in a list
    losses: int | None = None


# From everything to almost nothing; the first that fits is taken. Losses give way last, and only to GitHub's limit.
_DETAILS = (
    _Detail(),
    _Detail(diff_lines=60),
    _Detail(diff_lines=0),
    _Detail(diff_lines=0, sentences=False),
    _Detail(diff_lines=0, sentences=False, objects=100),
    _Detail(diff_lines=0, sentences=False, objects=0),
    _Detail(diff_lines=0, sentences=False, objects=0, entries=False),
    _Detail(diff_lines=0, sentences=False, objects=0, entries=False, footnotes=False),
    _Detail(diff_lines=0, sentences=False, objects=0, entries=False, footnotes=False, losses_in_words=False),
)


def marker_line(environment: str | None) -> str:
    """The invisible first line by which a workflow finds its own comment again, one for each environment."""
    return f"<!-- eros-review:{re.sub(r'[^A-Za-z0-9_]+', '_', environment or 'plan')} -->"


def markdown(review: Review, *, environment: str | None, fail_on: FailOn | None, today: date) -> str:
    """The comment, at most `LIMIT` UTF-16 units long, which is how GitHub counts."""
    for detail in _DETAILS:
        text = _render(review, detail, environment, fail_on, today)
        if _size(text) <= LIMIT:
            return text
    losses = sum(len(o.losses) for o in review.objects)
    while _size(text) > LIMIT:  # a plan that loses thousands of objects: as many names as fit, and how many do not
        losses = max(0, losses * LIMIT // _size(text) - 1)
        text = _render(review, replace(_DETAILS[-1], losses=losses), environment, fail_on, today)
    return text


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _render(review: Review, detail: _Detail, environment: str | None, fail_on: FailOn | None, today: date) -> str:
    lines = [marker_line(environment), f"## {review.sentence()}", "", counts_line(review)]
    if environment:
        lines[-1] += f" Environment {code_span(environment)}."
    if fail_on:
        lines[-1] += f" `--fail-on {fail_on}`: **{'stopped' if review.stops(fail_on) else 'passed'}**."
    if not review.plan.is_complete:
        lines += ["", "The plan is incomplete (`-target` or deferred changes): what it leaves out is not reviewed."]
    lines += _losses(review, detail)
    if detail.entries and review.open_losses:
        lines += [
            "",
            f"<details><summary>If a loss is wanted: entries for {FILE}</summary>",
            "",
            *code_block(entries_to_add(review.open_losses, today), "yaml"),
            "",
            "</details>",
        ]
    lines += _others(review, detail)
    if detail.footnotes:
        lines += _footnotes(review, detail)
    return "\n".join(map(guarded, lines)) + "\n"


def _losses(review: Review, detail: _Detail) -> Iterator[str]:
    losing = [o for o in review.objects if o.losses]
    if not losing:
        return
    yield from ("", "### Data loss", "")
    if detail.losses_in_words:
        for reviewed in losing:
            yield from _object(reviewed, detail)
        return
    names = [
        code_span(o.change.address + (f" {j.finding.column}" if j.finding.column else ""))
        for o in losing
        for j in o.losses
    ]
    shown = names[: detail.losses]
    yield f"- {', '.join(shown)}"
    if len(shown) < len(names):
        left = len(names) - len(shown)
        yield f"- **and {left:,} more losses** that no comment can hold; `--output text` and `json` list every one"


def _others(review: Review, detail: _Detail) -> Iterator[str]:
    others = [o for o in review.objects if not o.losses]
    if not others:
        return
    yield from ("", "### Other changes", "")
    listed = others if detail.objects is None else others[: detail.objects]
    for reviewed in listed:
        yield from _object(reviewed, detail)
    for line in summarised(others[len(listed) :]):
        yield f"- and {line}"


def _object(reviewed: ObjectReview, detail: _Detail) -> Iterator[str]:
    change = reviewed.change
    where = "" if change.name == change.address else f" ({code_span(change.address)})"
    yield f"- **{reviewed.classed.label}** {change.kind} {code_span(change.name)} {change.action}{where}"
    for judged in reviewed.judged:
        if judged.is_loss or detail.sentences:
            loud = {"!!": ":bangbang: ", "! ": ":warning: ", "- ": ""}[marker(judged)]
            yield f"  - {loud}{judged.finding.message(code_span)}"
        if status := retirement_status(judged):
            yield f"    - {code_span(status)}"
    for sql in reviewed.diffs:
        if detail.diff_lines == 0:
            continue
        folded = f", {sql.folded} lines differ in white space only (folded)" if sql.folded else ""
        lines = list(sql.lines[: detail.diff_lines])
        cut = len(sql.lines) - len(lines)
        yield f"  - {sql.attribute}{folded}"
        if lines:
            # A list item's content: the block must be indented as far as the item's text.
            yield from (f"    {line}" for line in ["", *code_block(lines, "diff"), ""])
        if cut:
            yield f"    {cut:,} more lines of difference left out here"


def _footnotes(review: Review, detail: _Detail) -> Iterator[str]:
    most = 100 if detail.objects is None else min(detail.objects, 20)
    if review.affected:
        yield from ("", "### Indirectly affected", "")
        for affected in review.affected[:most]:
            yield f"- {code_span(affected.name)} reads {', '.join(map(code_span, affected.through))}"
        if len(review.affected) > most:
            yield f"- {len(review.affected) - most:,} more"
    if review.hand_changes:
        yield from ("", "### Changed outside Terraform, left as found", "")
        for hand in review.hand_changes[:most]:
            what = ", ".join(map(code_span, hand.attributes)) or "no longer exists"
            yield f"- {code_span(hand.change.address)}: {what}"
        if len(review.hand_changes) > most:
            yield f"- {len(review.hand_changes) - most:,} more"
    if review.cost:
        yield from ("", f"**Cost:** {review.cost.usd_per_month:+.2f} USD a month.")
        yield from (f"- assumes {code_span(assumption)}" for assumption in review.cost.assumptions)
