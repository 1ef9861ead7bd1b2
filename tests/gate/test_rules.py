"""Every rule refuses its bad examples, for its own reason alone, and accepts its good ones."""

from __future__ import annotations

import inspect

import pytest

from eros.gate.rules import RULES
from eros.gate.rules.base import Rule

BAD = [pytest.param(rule, sql, id=f"{rule.name()}-{n}") for rule in RULES for n, sql in enumerate(rule.bad, 1)]
GOOD = [pytest.param(rule, sql, id=f"{rule.name()}-{n}") for rule in RULES for n, sql in enumerate(rule.good, 1)]


@pytest.mark.parametrize(("rule", "sql"), BAD)
def test_bad_example_is_refused_by_this_rule(check, rule: Rule, sql: str) -> None:
    found = {(finding.rule, str(finding)) for finding in check(sql)}
    assert rule.name() in {name for name, _ in found}, found
    assert {name for name, _ in found} <= {rule.name(), *rule.also}, found


@pytest.mark.parametrize(("rule", "sql"), GOOD)
def test_good_example_is_accepted(check, rule: Rule, sql: str) -> None:
    assert check(sql) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name())
def test_rule_says_what_is_wrong_and_what_to_do(check, rule: Rule) -> None:
    assert rule.bad, "a rule needs a bad example"
    assert rule.good, "a rule needs a good example"
    assert len(inspect.cleandoc(rule.__doc__ or "").split("\n\n")) == 2, "a message and a remedy"
    for sql in rule.bad:
        for finding in check(sql):
            assert finding.remedy
            assert "{" not in finding.message + finding.remedy.replace(r"\p{", ""), "an unfilled placeholder"


def test_every_rule_is_on_the_list() -> None:
    def below(cls: type) -> set[type]:
        return {c for direct in cls.__subclasses__() for c in (direct, *below(direct)) if not inspect.isabstract(c)}

    assert below(Rule) == {type(rule) for rule in RULES}
