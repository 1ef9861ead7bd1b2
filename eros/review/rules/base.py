"""What a rule is: a class whose docstring is the sentence a reviewer reads, with the values of the case filled in."""

from __future__ import annotations

import inspect
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from typing import ClassVar, Literal

from eros.review.plan import Action, Change, Kind, Plan
from eros.review.values import UNKNOWN, Secret


class ChangeClass(IntEnum):
    """How much a change takes away, least first. docs/review-format.md defines them for readers."""

    ADD = 1
    WIDEN = 2
    CHANGE = 3
    REPLACE = 4
    DATA_LOSS = 5

    @property
    def label(self) -> ClassName:
        return _LABELS[self]


type ClassName = Literal["ADD", "WIDEN", "CHANGE", "REPLACE", "DATA LOSS"]

_LABELS: dict[ChangeClass, ClassName] = {
    ChangeClass.ADD: "ADD",
    ChangeClass.WIDEN: "WIDEN",
    ChangeClass.CHANGE: "CHANGE",
    ChangeClass.REPLACE: "REPLACE",
    ChangeClass.DATA_LOSS: "DATA LOSS",
}


class Words(str):
    """Our own words among the values of a message: shown as they are. Everything else comes from the plan."""

    __slots__ = ()


type Value = str | int | Words


@dataclass(frozen=True)
class Finding:
    """One sentence about one object."""

    rule: Rule
    values: Mapping[str, Value]
    column: str | None
    explains: tuple[str, ...]

    @property
    def classed(self) -> ChangeClass | None:
        return self.rule.classed

    def message(self, show: Callable[[str], str] = str) -> str:
        """The sentence; `show` makes a value of the plan safe for the output at hand."""
        shown = {
            key: f"{value:,}" if isinstance(value, int) else value if isinstance(value, Words) else show(value)
            for key, value in self.values.items()
        }
        return self.rule.template.format_map(shown)


@dataclass(frozen=True)
class Context:
    """What a rule may know beyond the change itself."""

    plan: Plan
    now: datetime
    drift: Mapping[str, Change] = field(default_factory=dict)

    @cached_property
    def new_addresses(self) -> dict[tuple[object, ...], str]:
        """The address of each table the plan creates, by project, dataset and table."""
        return {table_identity(c.after): c.address for c in self.plan.changes if c.action is Action.CREATE}


def table_identity(attributes: Mapping[str, object] | None) -> tuple[object, ...]:
    """What makes a table the same table whatever its Terraform address."""
    return tuple(repr((attributes or {}).get(key)) for key in ("project", "dataset_id", "table_id"))


class Rule(ABC):
    """Base of all rules.

    A subclass says which class its findings have (None: a remark that leaves the class to others) and which
    attributes they put into words (`explains`; their differences are then not listed a second time). `refused` marks
    changes that the provider or the service will not carry out, `warns` what deserves a second look whatever its
    class, and `cosmetic` what no reader of the object can notice.
    """

    classed: ClassVar[ChangeClass | None]
    kinds: ClassVar[frozenset[Kind]] = frozenset(Kind)
    actions: ClassVar[frozenset[Action]] = frozenset(Action)
    explains: ClassVar[tuple[str, ...]] = ()
    refused: ClassVar[bool] = False
    warns: ClassVar[bool] = False
    cosmetic: ClassVar[bool] = False

    @property
    def slug(self) -> str:
        """The rule's name in JSON and in retirements: the class name in kebab case."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()

    @cached_property
    def template(self) -> str:
        return " ".join(inspect.cleandoc(type(self).__doc__ or "").split())

    def applies(self, change: Change) -> bool:
        return change.kind in self.kinds and change.action in self.actions

    @abstractmethod
    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        """The findings of a change this rule applies to."""

    def found(self, *, column: str | None = None, explains: Iterable[str] = (), **values: Value) -> Finding:
        """A finding; `column` is both a value of the message and what a retirement may name."""
        if column is not None:
            values["column"] = column
        return Finding(self, values, column, tuple(explains) or self.explains)


class AttributeRule(Rule):
    """Base of the rules about one attribute; the message may use {before} and {after}."""

    attribute: ClassVar[str]

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        for difference in change.differences:
            if difference.path == self.attribute:
                yield self.found(
                    before=brief(difference.before), after=brief(difference.after), explains=(self.attribute,)
                )


IN_PLACE = frozenset({Action.UPDATE})
REBUILT = frozenset({Action.REPLACE})
KEPT_OR_REBUILT = IN_PLACE | REBUILT
GONE = frozenset({Action.DELETE})


def brief(value: object, limit: int = 120) -> Value:
    """A value for a sentence: numbers as numbers, words of ours for nothing and unknown, long text cut."""
    if value is None or value in ("", [], {}):
        return Words("nothing")
    if value is UNKNOWN or isinstance(value, Secret):
        return Words(repr(value))
    if isinstance(value, bool):
        return Words(str(value).lower())
    if isinstance(value, int):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
