"""A table of statements by name: each bad one is refused for its own reason, each good one accepted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from eros.model import PREFIX

CASES = yaml.safe_load((Path(__file__).parent / "cases.yaml").read_text(encoding="utf-8"))


def written(case: dict[str, Any]) -> str:
    return str(case["sql"]).replace("`…", f"`{PREFIX}.")


def named(cases: list[dict[str, Any]]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


@pytest.mark.parametrize("case", named(CASES["bad"]))
def test_bad_statement_is_refused_for_the_right_reason(check, case: dict[str, Any]) -> None:
    findings = check(written(case))
    shown = "\n".join(map(str, findings))
    own = [finding for finding in findings if finding.rule == case["rule"]]
    assert own, f"not refused by {case['rule']}:\n{shown}"
    assert any(case["says"] in f"{f.message} {f.remedy}" for f in own), shown
    assert {f.rule for f in findings} <= {case["rule"], *case.get("also", ())}, shown
    for place in ("line", "column"):
        if place in case:
            assert getattr(own[0], place) == case[place], shown


@pytest.mark.parametrize("case", named(CASES["good"]))
def test_good_statement_is_accepted(check, case: dict[str, Any]) -> None:
    assert check(written(case)) == []
