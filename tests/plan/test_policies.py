"""Every policy holds on the plan of every environment."""

from __future__ import annotations

from pathlib import Path

from eros.model import Model
from eros.policies import check, read_stacks


def test_no_plan_breaks_a_policy(plan: Path, model: Model) -> None:
    stacks = read_stacks(plan, model)
    assert {stack.environment.name for stack in stacks} == {"local", "dev", "prod"}
    assert [str(finding) for finding in check(stacks)] == []
