"""The translation and the comparison of scripts/exit_to_cdktn.py. `make exit` runs the whole: it installs packages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from eros.model import REPOSITORY
from scripts.exit_to_cdktn import differences, translated

SYNTHESIZED = [REPOSITORY / "main.py", *sorted((REPOSITORY / "stacks").rglob("*.py"))]


@pytest.mark.parametrize("path", SYNTHESIZED, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_nothing_imports_cdktf_any_more(path: Path) -> None:
    text = translated(path.read_text("utf-8"))
    assert re.findall(r"^\s*(?:from|import) cdktf.*", text, re.M) == []
    compile(text, str(path), "exec")


def test_only_imports_are_translated() -> None:
    text = 'from cdktf import App\nimport cdktf\nX = "cdktf.out"  # from cdktf import\n'
    assert translated(text) == 'from cdktn import App\nimport cdktn\nX = "cdktf.out"  # from cdktf import\n'


PLAN = {"//": {"metadata": {"version": "0.21.0"}}, "resource": {"t": {"x": {"a": 1, "b": [1, 2]}}}}


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        (PLAN, []),
        ({**PLAN, "//": {"metadata": {"version": "0.23.4"}}}, []),
        ({**PLAN, "//": {"metadata": {"version": "0.23.4", "stackName": "x"}}}, [".s.//.metadata.stackName"]),
        ({**PLAN, "resource": {"t": {"x": {"a": 1, "b": [2, 1]}}}}, [".s.resource.t.x.b"]),
        ({**PLAN, "resource": {"t": {"x": {"a": "1", "b": [1, 2]}}}}, [".s.resource.t.x.a"]),
        ({"//": PLAN["//"]}, [".s.resource"]),
        ({**PLAN, "output": {}}, [".s.output"]),
    ],
)
def test_whatever_matters_counts(theirs: dict[str, Any], found: list[str]) -> None:
    assert [line.split(":")[0] for line in differences({"s": PLAN}, {"s": theirs})] == found


def test_a_stack_that_is_missing_counts() -> None:
    assert [line.split(":")[0] for line in differences({"s": PLAN, "t": PLAN}, {"s": PLAN})] == [".t"]
