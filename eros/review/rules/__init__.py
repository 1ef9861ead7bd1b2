"""The rules, in the order their sentences are shown."""

from eros.review.rules import access, columns, datasets, generic, schedules, sql, tables
from eros.review.rules.base import ChangeClass, Context, Finding, Rule, Words

RULES: tuple[Rule, ...] = tuple(
    rule() for module in (datasets, tables, columns, sql, schedules, generic, access) for rule in module.RULES
)

__all__ = ["RULES", "ChangeClass", "Context", "Finding", "Rule", "Words"]
