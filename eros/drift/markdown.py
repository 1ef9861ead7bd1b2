"""Drift as the body of one GitHub issue. GitHub refuses one over 65,536 characters, so detail gives way to size."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from eros.drift.drift import Drift
from eros.drift.finding import Finding, Severity
from eros.drift.ignore import FILE
from eros.drift.text import consequence, counts_line, remedy, summarised, title, values
from eros.review.escape import code_block, code_span, guarded

LIMIT = 65_000


@dataclass(frozen=True)
class _Detail:
    """How much is shown."""

    findings: int
    diff_lines: int
    value: int = 1200
    footnotes: int = 100


# From everything to almost nothing; the first that fits is taken. Findings are sorted, so the worst give way last.
_DETAILS = (
    _Detail(10_000, 200),
    _Detail(400, 40),
    _Detail(200, 10, 300),
    _Detail(100, 0, 200, 20),
    _Detail(30, 0, 100, 5),
    _Detail(0, 0, 0, 0),
)


def marker_line(environment: str) -> str:
    """The invisible first line by which a workflow finds its own issue again, one for each environment."""
    return f"<!-- eros-drift:{re.sub(r'[^A-Za-z0-9_]+', '_', environment)} -->"


def markdown(drift: Drift) -> str:
    """The issue's body, at most `LIMIT` UTF-16 units long, which is how GitHub counts."""
    texts = (_render(drift, detail) for detail in _DETAILS)
    return next((text for text in texts if _size(text) <= LIMIT), _render(drift, _DETAILS[-1]))


def _size(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _render(drift: Drift, detail: _Detail) -> str:
    lines = [marker_line(drift.environment), f"## {drift.sentence()}"]
    if drift.findings:
        lines += ["", counts_line(drift)]
    listed, folded = drift.findings[: detail.findings], drift.findings[detail.findings :]
    for severity, findings in groupby(listed, lambda f: f.severity):
        lines += ["", f"### {severity.label.capitalize()}", ""]
        if severity is Severity.UNMANAGED:
            lines += _unmanaged(list(findings), detail)
            continue
        for finding in findings:
            lines += _finding(finding, detail)
    if folded:
        lines += ["", "### Not shown here", "", *(f"- {line}" for line in summarised(folded))]
        lines += ["", "`--output json` holds every one."]
    lines += _footnotes(drift, detail)
    return "\n".join(map(guarded, lines)) + "\n"


def _finding(finding: Finding, detail: _Detail) -> Iterator[str]:
    where = "" if finding.change == "unmanaged" else f" ({code_span(finding.object)})"
    yield f"- **{title(finding, code_span)}**{where}"
    for line in values(finding, detail.value, code_span):
        yield f"  - {line}"
    if finding.diff and detail.diff_lines and finding.diff.lines:
        shown = list(finding.diff.lines[: detail.diff_lines])
        # A list item's content: the block must be indented as far as the item's text.
        yield from (f"    {line}" for line in ["", *code_block(shown, "diff"), ""])
        if cut := len(finding.diff.lines) - len(shown):
            yield f"    {cut:,} more lines of difference left out here"
    yield f"  - {consequence(finding)}"
    yield f"  - Instead: {remedy(finding)}."


def _unmanaged(findings: list[Finding], detail: _Detail) -> Iterator[str]:
    """One line each: what follows is the same for all of them."""
    yield f"{consequence(findings[0])} Instead: {remedy(findings[0])}."
    yield ""
    for finding in findings:
        live = f", {code_span((finding.live or '')[: detail.value])}" if finding.live else ""
        yield f"- {finding.kind} {code_span(finding.name)}{live}"


def _footnotes(drift: Drift, detail: _Detail) -> Iterator[str]:
    for sentence in drift.unseen:
        yield from ("", f"**Not looked at.** {code_span(sentence)}")
    if drift.ignored:
        yield from ("", f"<details><summary>{len(drift.ignored):,} ignored by {FILE}</summary>", "")
        for finding, entry in drift.ignored[: detail.footnotes]:
            yield f"- {code_span(f'{finding.object} {finding.attribute}'.strip())}: {code_span(entry.reason)}"
        yield from ("", "</details>")
    if drift.stale:
        yield from ("", f"Entries of {FILE} that match nothing any more:", "")
        for entry in drift.stale[: detail.footnotes]:
            yield f"- {code_span(f'{entry.object} {entry.property or ""}'.strip())}"
