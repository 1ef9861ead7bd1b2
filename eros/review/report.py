"""The review as JSON. These models are the format: docs/review-format.md holds their schema, a test keeps it fresh."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, Field

from eros.review.review import FailOn, Judged, ObjectReview, Review
from eros.review.rules.base import ClassName


class FindingReport(BaseModel):
    """One sentence about an object."""

    rule: str = Field(description="the rule that says it, see the table of rules")
    classed: ClassName | None = Field(description="null for a remark, which leaves the class to other findings")
    message: str
    column: str | None = Field(description="the column it is about, fields of a STRUCT dotted")
    warns: bool = Field(description="deserves a second look whatever its class")
    refused: bool = Field(description="expect the provider or the service to refuse it")
    allowed_until: date | None = Field(description="last day of the retirement that allows this loss")
    expired: date | None = Field(description="last day of the retirement that no longer allows it")


class DiffReport(BaseModel):
    """An attribute that holds SQL, compared."""

    attribute: str
    white_space_only: bool
    folded_lines: int
    lines: list[str]


class ObjectReport(BaseModel):
    """One changed object."""

    address: str
    type: str
    kind: str
    name: str
    classed: ClassName
    action: str
    loses_data: bool = Field(description="has a loss that no retirement allows")
    previous_address: str | None
    deposed: str | None
    imported_id: str | None
    findings: list[FindingReport]
    diffs: list[DiffReport]


class AffectedReport(BaseModel):
    """An object that is not changed but reads or calls changed ones."""

    name: str
    through: list[str]


class HandChangeReport(BaseModel):
    """An object changed outside Terraform that the plan leaves as found."""

    address: str
    action: str
    attributes: list[str]


class CostReport(BaseModel):
    usd_per_month: float
    assumptions: list[str]


class ReviewReport(BaseModel):
    """What `eros review PLAN --output json` prints."""

    format: Literal["eros-review/1"] = "eros-review/1"
    verdict: str
    worst: ClassName | None = Field(description="null for a plan without changes")
    counts: dict[ClassName, int]
    unchanged: int
    fail_on: str | None
    stopped: bool = Field(description="the exit code is 2")
    complete: bool = Field(description="false with -target or deferred changes")
    terraform_version: str
    planned_at: str
    objects: list[ObjectReport] = Field(description="worst class first, then by address")
    affected: list[AffectedReport]
    hand_changes: list[HandChangeReport]
    cost: CostReport | None


def to_json(review: Review, fail_on: FailOn | None) -> str:
    """The report as indented ASCII: whatever a name holds, no terminal or log reacts to it."""
    report = ReviewReport(
        verdict=review.sentence(),
        worst=review.worst.label if review.worst else None,
        counts={classed.label: count for classed, count in review.counts.items()},
        unchanged=review.unchanged,
        fail_on=fail_on,
        stopped=review.stops(fail_on),
        complete=review.plan.is_complete,
        terraform_version=review.plan.terraform_version,
        planned_at=review.plan.timestamp,
        objects=[_object(o) for o in review.objects],
        affected=[AffectedReport(name=a.name, through=list(a.through)) for a in review.affected],
        hand_changes=[
            HandChangeReport(address=h.change.address, action=h.change.action, attributes=list(h.attributes))
            for h in review.hand_changes
        ],
        cost=CostReport(usd_per_month=review.cost.usd_per_month, assumptions=list(review.cost.assumptions))
        if review.cost
        else None,
    )
    return report.model_dump_json(indent=2, ensure_ascii=True).replace("##[", "##\\u005b")


def _object(reviewed: ObjectReview) -> ObjectReport:
    change = reviewed.change
    return ObjectReport(
        address=change.address,
        type=change.type,
        kind=change.kind,
        name=change.name,
        classed=reviewed.classed.label,
        action=change.action,
        loses_data=reviewed.has_open_loss(),
        previous_address=change.previous_address,
        deposed=change.deposed,
        imported_id=change.imported_id,
        findings=[_finding(j) for j in reviewed.judged],
        diffs=[
            DiffReport(
                attribute=d.attribute,
                white_space_only=d.white_space_only,
                folded_lines=d.folded,
                lines=list(d.lines),
            )
            for d in reviewed.diffs
        ],
    )


def _finding(judged: Judged) -> FindingReport:
    finding = judged.finding
    allowed, expired = judged.verdict.allowed_by, judged.verdict.expired
    return FindingReport(
        rule=finding.rule.slug,
        classed=finding.classed.label if finding.classed else None,
        message=finding.message(),
        column=finding.column,
        warns=finding.rule.warns,
        refused=finding.rule.refused,
        allowed_until=allowed.until if allowed else None,
        expired=expired.until if expired else None,
    )
