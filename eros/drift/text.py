"""Drift for a terminal. The summary fits one screen: long lists are folded, the worst are shown first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from rich.console import Console
from rich.text import Text

from eros.drift.drift import Drift
from eros.drift.finding import Finding, Severity
from eros.drift.ignore import FILE
from eros.review.escape import guarded, shown, visible, visible_line

STYLES = {
    Severity.DATA: "bold red",
    Severity.BEHAVIOUR: "yellow",
    Severity.METADATA: "cyan",
    Severity.UNMANAGED: "dim",
}
_SCREEN = 40  # lines of findings in the summary
_MOST_DIFF_LINES = 8
_VALUE = 100  # characters of a value in the summary

type Line = tuple[str, str]  # text and style
type Quote = Callable[[str], str]  # makes a name or value safe to show


def print_drift(drift: Drift, console: Console, *, everything: bool = False) -> None:
    """Print a drift run.

    Args:
        drift: what was found.
        console: where to.
        everything: every finding with its whole difference, however long.
    """
    for text, style in _lines(drift, everything):
        console.print(Text(guarded(text), style=style), soft_wrap=True, highlight=False)


def _lines(drift: Drift, everything: bool) -> Iterator[Line]:
    yield drift.sentence(), STYLES[drift.worst] if drift.worst else "bold green"
    if drift.findings:
        yield counts_line(drift), ""
    left = _SCREEN
    folded: list[Finding] = []
    unmanaged: list[Finding] = []  # one line each: what follows is the same for all of them
    for finding in drift.findings:
        block = list(_finding(finding, everything))
        if finding.severity is Severity.UNMANAGED and not everything:
            block = block[1:2] if unmanaged else block[:2]
        # Once something was folded all that follows is: a shorter one further down is not worse.
        if everything or (not folded and len(block) < left):
            yield from block
            left -= len(block)
            unmanaged += [finding] if finding.severity is Severity.UNMANAGED and not everything else []
        else:
            folded.append(finding)
    if unmanaged:
        yield f"  {consequence(unmanaged[0])}", ""
        yield f"  Instead: {remedy(unmanaged[0])}.", "dim"
    if folded:
        yield "", ""
        for line in summarised(folded):
            yield f"and {line}", ""
        yield "Shown in full by --all, --output markdown and --output json.", "dim"
    yield from _footnotes(drift, everything)


def _finding(finding: Finding, everything: bool) -> Iterator[Line]:
    yield "", ""
    where = "" if finding.change == "unmanaged" else f"  ({shown(finding.object)})"
    yield f"{finding.severity.label}  {title(finding)}{where}", STYLES[finding.severity]
    limit = None if everything else _VALUE
    for line in values(finding, limit):
        yield f"  {line}", ""
    if finding.diff:
        most = len(finding.diff.lines) if everything else _MOST_DIFF_LINES
        for line in finding.diff.lines[:most]:
            yield f"  | {visible_line(line)[: limit or None]}", {"+": "green", "-": "red"}.get(line[:1], "dim")
        if len(finding.diff.lines) > most:
            yield f"  | … {len(finding.diff.lines) - most} more lines", "dim"
    yield f"  {consequence(finding)}", ""
    yield f"  Instead: {remedy(finding)}.", "dim"


def _footnotes(drift: Drift, everything: bool) -> Iterator[Line]:
    for sentence in drift.unseen:
        yield f"Not looked at. {visible(sentence)}", "yellow"
    if drift.ignored:
        yield f"{len(drift.ignored)} ignored by {FILE}.", "dim"
        for finding, entry in drift.ignored if everything else ():
            yield f"  {shown(finding.object)} {shown(finding.attribute)}: {visible(entry.reason)}", "dim"
    for entry in drift.stale if everything else drift.stale[:5]:
        yield f"Matches nothing any more, remove it from {FILE}: {stale(entry.object, entry.property)}", "yellow"
    if len(drift.stale) > 5 and not everything:
        yield f"and {len(drift.stale) - 5} more such entries", "yellow"


def counts_line(drift: Drift) -> str:
    """`1 DATA AT RISK, 2 CHANGED.`"""
    return ", ".join(f"{count:,} {severity.label}" for severity, count in drift.counts().items()) + "."


def title(finding: Finding, quote: Quote = shown) -> str:
    """What is the matter with which object: `table caption_bandit_stats: columns.note`."""
    named = f"{finding.kind} {quote(finding.name)}"
    return f"{named}: {quote(finding.attribute)}" if finding.attribute else f"{named}: {_HOW[finding.change]}"


_HOW = {
    "changed": "changed",
    "missing": "is missing",
    "unmanaged": "nothing declares it",
    "unreadable": "cannot be read",
    "other kind": "is something else",
}


def values(finding: Finding, limit: int | None = None, quote: Quote = shown) -> Iterator[str]:
    """The planned and the live value, as far as there are any that are no SQL."""
    planned, live = (quote(_cut(v, limit)) if v else "none" for v in (finding.planned, finding.live))
    if finding.diff:
        note = "white space only" if finding.diff.white_space_only else "- planned, + live"
        yield f"SQL differs ({note})"
    elif finding.change in ("changed", "other kind"):
        yield f"planned {planned}, live {live}"
    elif finding.live:
        yield f"{'the API says' if finding.change == 'unreadable' else 'it is'} {live}"


def consequence(finding: Finding) -> str:
    """What Terraform makes of it."""
    return f"{finding.consequence.seen.sentence}. Next apply: {finding.consequence.next_apply}."


def remedy(finding: Finding) -> str:
    """How to keep or mend what is live, and the file that declares it."""
    return finding.consequence.keep + (f". Declared in {finding.file}" if finding.file else "")


def stale(name: str, attribute: str | None) -> str:
    """An entry of the ignore list in one line."""
    return shown(name) + (f" {shown(attribute)}" if attribute else "")


def summarised(findings: Iterable[Finding]) -> list[str]:
    """Findings as counts: `1,200 UNMANAGED: table`."""
    groups = Counter((f.severity, f.kind, f.change) for f in findings)
    return [f"{n:,} {severity.label}: {kind} {change}" for (severity, kind, change), n in sorted(groups.items())]


def _cut(text: str, limit: int | None) -> str:
    return f"{text[:limit]}…" if limit and len(text) > limit else text
