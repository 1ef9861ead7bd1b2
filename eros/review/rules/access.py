"""Grants: who gets or loses which role. Whether a grant is allowed at all is for the policies, on every synth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from eros.review.plan import Action, Change, Kind
from eros.review.rules.base import GONE, KEPT_OR_REBUILT, REBUILT, ChangeClass, Context, Finding, Rule, Words, brief

#: Everybody on the internet, and everybody with any Google account.
_EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
_GRANTS = ("_iam_member", "_iam_binding", "_iam_policy")
#: What a grant is on, the narrowest first.
_TARGETS = ("table_id", "dataset_id", "service_account_id", "project")


class GrantGiven(Rule):
    """{member} gets {role} on {target}."""

    classed, kinds = None, frozenset({Kind.OTHER})
    actions = frozenset({Action.CREATE}) | REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield from _grant(self, change, change.after)


class GrantTaken(Rule):
    """{member} loses {role} on {target}."""

    classed, kinds, actions = None, frozenset({Kind.OTHER}), GONE | REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield from _grant(self, change, change.before)


class OpenToEverybody(Rule):
    """{member} is anybody outside this project: what the grant reaches becomes public. Name the people or accounts
    that need it."""

    classed, warns = ChangeClass.CHANGE, True
    kinds, actions = frozenset({Kind.DATASET, Kind.OTHER}), frozenset({Action.CREATE}) | KEPT_OR_REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if change.kind is Kind.DATASET or change.type.endswith(_GRANTS):
            for member in sorted(_everybody(change.after) - _everybody(change.before)):
                yield self.found(member=member)


def _grant(rule: Rule, change: Change, attributes: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Who has which role on what, where the resource is one member's."""
    found = attributes or {}
    if change.type.endswith("_iam_member") and found.get("member") and found.get("role"):
        target = next((found[key] for key in _TARGETS if found.get(key)), Words("a target this plan does not show"))
        yield rule.found(member=brief(found["member"]), role=brief(found["role"]), target=brief(target))


def _everybody(attributes: Mapping[str, Any] | None) -> set[str]:
    """The names for everybody that stand in a grant, a policy's JSON or a dataset's access list."""
    found = attributes or {}
    texts = [found.get("member"), *_listed(found.get("members"))]
    for entry in _listed(found.get("access")):
        if isinstance(entry, dict):
            texts += [entry.get("special_group"), entry.get("iam_member")]
    named = {text for text in texts if isinstance(text, str)} & _EVERYBODY
    policy = found.get("policy_data")
    return named | {name for name in _EVERYBODY if isinstance(policy, str) and f'"{name}"' in policy}


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


RULES: tuple[type[Rule], ...] = (OpenToEverybody, GrantGiven, GrantTaken)
