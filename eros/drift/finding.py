"""What a drift run can find. How it is found stands in compare.py, what follows from it in consequences.py."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Literal

from eros.review.sqldiff import SqlDiff

type Change = Literal["changed", "missing", "unmanaged", "unreadable", "other kind"]


class Severity(IntEnum):
    """How much it matters; the worst first."""

    DATA = 1
    BEHAVIOUR = 2
    METADATA = 3
    UNMANAGED = 4

    @property
    def label(self) -> str:
        """The word people see."""
        return {1: "DATA AT RISK", 2: "CHANGED", 3: "TEXT AND LABELS", 4: "UNMANAGED"}[self]


class Seen(Enum):
    """Whether Terraform's next plan shows it, as measured with provider 6.50.0 (tests/fixtures/plans/README.md)."""

    YES = "yes"
    NO = "no"
    UNMEASURED = "unmeasured"

    @property
    def sentence(self) -> str:
        """The fact as a sentence."""
        return {
            "yes": "Terraform's next plan shows it",
            "no": "Terraform does not see it",
            "unmeasured": "Whether Terraform's next plan shows it was not measured",
        }[self.value]


@dataclass(frozen=True)
class Consequence:
    """What follows from one difference.

    Attributes:
        severity: how much it matters.
        seen: whether Terraform's next plan shows it.
        next_apply: what the next apply does about it: own words only, never a name or text found live.
        keep: how to keep what is live, or how to mend it where an apply would not.
        on_import: what an apply that first imports the object does; None where it does as any apply.
        refusal: why the object must not be imported as it is: the import would rebuild it or lose data.
    """

    severity: Severity
    seen: Seen
    next_apply: str
    keep: str
    on_import: str | None = None
    refusal: str | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that is not as planned.

    Attributes:
        object: the Terraform address; for what is not declared its kind and name, `table scratch`.
        kind: dataset, table, view, routine or schedule.
        name: the object's own name; a schedule's display name.
        change: what happened to it.
        attribute: the property that differs, `columns.note`; empty where it is about the whole object.
        planned, live: the values as text; None where absent.
        consequence: severity, what Terraform does, what to do.
        diff: for SQL, the difference by line: `-` planned, `+` live.
        file: where the object is declared.
    """

    object: str
    kind: str
    name: str
    change: Change
    attribute: str
    planned: str | None
    live: str | None
    consequence: Consequence
    diff: SqlDiff | None = None
    file: str | None = None

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return self.consequence.severity
