"""Drift as JSON. These models are the format; docs/drift-format.md explains it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from eros.drift.drift import Drift
from eros.drift.finding import Change, Finding
from eros.drift.ignore import Ignore


class FindingReport(BaseModel):
    """One thing that is not as planned."""

    object: str = Field(description="Terraform address; kind and name of what is not declared")
    kind: str = Field(description="dataset, table, view, routine, schedule or grant")
    name: str
    change: Change
    property: str = Field(description="empty where it is about the whole object")
    severity: str
    planned: str | None
    live: str | None
    seen_by_terraform: Literal["yes", "no", "unmeasured"]
    next_apply: str
    remedy: str
    file: str | None = Field(description="where the object is declared")
    diff: list[str] | None = Field(description="for SQL: unified difference, - planned, + live")


class IgnoredReport(BaseModel):
    """A finding that may stay."""

    object: str
    property: str
    reason: str
    owner: str


class StaleReport(BaseModel):
    """An entry of the ignore list that matches nothing."""

    object: str
    property: str | None
    owner: str


class DriftReport(BaseModel):
    """What `eros drift --output json` prints."""

    format: Literal["eros-drift/1"] = "eros-drift/1"
    environment: str
    verdict: str
    clean: bool = Field(description="the exit code is 0")
    looked_at: int = Field(description="declared objects")
    counts: dict[str, int] = Field(description="severity -> findings")
    findings: list[FindingReport] = Field(description="worst first")
    ignored: list[IgnoredReport]
    stale: list[StaleReport]
    unseen: list[str] = Field(description="what could not be looked at")


def to_json(drift: Drift) -> str:
    """The report as indented ASCII: whatever a name holds, no terminal or log reacts to it."""
    report = DriftReport(
        environment=drift.environment,
        verdict=drift.sentence(),
        clean=drift.clean,
        looked_at=drift.looked_at,
        counts={severity.label: count for severity, count in drift.counts().items()},
        findings=[_finding(f) for f in drift.findings],
        ignored=[_ignored(f, entry) for f, entry in drift.ignored],
        stale=[StaleReport(object=e.object, property=e.property, owner=e.owner) for e in drift.stale],
        unseen=list(drift.unseen),
    )
    return report.model_dump_json(indent=2, ensure_ascii=True).replace("##[", "##\\u005b")


def _finding(finding: Finding) -> FindingReport:
    follows = finding.consequence
    return FindingReport(
        object=finding.object,
        kind=finding.kind,
        name=finding.name,
        change=finding.change,
        property=finding.attribute,
        severity=finding.severity.label,
        planned=finding.planned,
        live=finding.live,
        seen_by_terraform=follows.seen.value,
        next_apply=follows.next_apply,
        remedy=follows.keep,
        file=finding.file,
        diff=list(finding.diff.lines) if finding.diff else None,
    )


def _ignored(finding: Finding, entry: Ignore) -> IgnoredReport:
    return IgnoredReport(object=finding.object, property=finding.attribute, reason=entry.reason, owner=entry.owner)
