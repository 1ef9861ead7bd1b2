"""Data losses that were decided: environments/retirements.yaml. What counts as a loss is for the rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from eros.errors import UserError, nearest
from eros.model.documents import Document, read_document
from eros.review.rules import RULES, ChangeClass, Finding

FILE = "environments/retirements.yaml"
_DAYS_PROPOSED = 14
LOSS_RULES = tuple(rule.slug for rule in RULES if rule.classed is ChangeClass.DATA_LOSS)


def _to_date(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be a date such as 2026-03-31")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is no date; write it as 2026-03-31") from None


def _to_text(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("must not be empty")
    return value


Text = Annotated[str, BeforeValidator(_to_text), Field(max_length=2000)]


class Retirement(Document):
    """One decided loss. Without `column` it allows any loss of the object, unless `rule` names one."""

    object: Text
    column: Text | None = None
    rule: str | None = None
    reason: Text
    owner: Text
    until: Annotated[date, BeforeValidator(_to_date)]

    @field_validator("rule")
    @classmethod
    def _known_rule(cls, value: str | None) -> str | None:
        if value is not None and value not in LOSS_RULES:
            raise ValueError(f"no rule finds {value!r}. {nearest(value, LOSS_RULES)}")
        return value

    def names(self, address: str, finding: Finding) -> bool:
        """Whether it is about this loss, leaving the date aside."""
        return (
            self.object == address and self.column in (None, finding.column) and self.rule in (None, finding.rule.slug)
        )


class _RetirementFile(Document):
    retirements: tuple[Retirement, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What the retirements say about one loss: an entry that allows it, or one that did until it expired."""

    allowed_by: Retirement | None = None
    expired: Retirement | None = None


def read_retirements(root: Path) -> tuple[Retirement, ...]:
    """The entries of a repository; none if the file does not exist.

    Raises:
        UserError: the file is malformed; the message names file, line, key and the nearest valid key.
    """
    path = root / FILE
    try:
        return read_document(path, _RetirementFile, FILE).retirements if path.exists() else ()
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}.", where=FILE) from None


def judge(address: str, finding: Finding, retirements: Iterable[Retirement], today: date) -> Verdict:
    """Look up a loss. The last day of an entry still counts."""
    about = sorted((r for r in retirements if r.names(address, finding)), key=lambda r: r.until)
    if about and about[-1].until >= today:
        return Verdict(allowed_by=about[-1])
    return Verdict(expired=about[-1] if about else None)


def entries_to_add(losses: Sequence[tuple[str, Finding]], today: date) -> list[str]:
    """The YAML lines that would allow these losses. Reason and owner are left empty, which is refused: they are asked.

    Texts are written as JSON strings, which YAML reads the same and which no name can break out of.
    """
    until = today + timedelta(days=_DAYS_PROPOSED)
    lines = ["retirements:"]
    for address, finding in losses:
        lines.append(f"  - object: {json.dumps(address, ensure_ascii=False)}")
        if finding.column is not None:
            lines.append(f"    column: {json.dumps(finding.column, ensure_ascii=False)}")
        lines.append(f"    rule: {finding.rule.slug}")
        lines += ['    reason: ""  # why the data may go', '    owner: ""  # who decided it']
        lines.append(f"    until: {until}")
    return lines
