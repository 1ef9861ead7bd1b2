"""Every defect of the first version has something that would catch it, and the run ends by saying how much is covered.

The summary line is printed by tests/conftest.py; what covers a sentence stands in the `covers` of the scenario files.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from eros.model import REPOSITORY, load_model
from tests.sql import scenarios

HERE = Path(__file__).parent


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


DEFECTS: list[dict[str, Any]] = read(HERE / "defects.yaml")


@cache
def covered() -> dict[str, list[str]]:
    """Contract sentence -> the scenario files that prove it."""
    found: dict[str, list[str]] = {}
    for path in sorted(scenarios.FOLDER.rglob("*.yaml")):
        for sentence in read(path).get("covers", []):
            found.setdefault(sentence, []).append(str(path.relative_to(scenarios.FOLDER)))
    return found


@pytest.mark.parametrize("entry", DEFECTS, ids=[d["defect"] for d in DEFECTS])
def test_a_defect_is_caught(entry: dict[str, Any]) -> None:
    (how,) = set(entry) - {"defect"}
    what = entry[how]
    if how == "covers":
        assert what in covered()
    elif how == "gate":
        assert what in str(read(REPOSITORY / "tests/gate/cases.yaml")).replace("\\\\", "\\")
    elif how == "function":
        assert what[1] in {case["name"] for case in read(HERE / "functions" / f"{what[0]}.yaml")}
    else:
        file, _, name = what.partition("::")
        assert f"def {name}(" in (REPOSITORY / file).read_text(encoding="utf-8")


def test_every_procedure_view_and_health_query_has_scenarios() -> None:
    """Functions have their own files. A view that only leaves out rows is shown by those who read it."""
    model = load_model()
    procedures = {r.name for r in model.routines.values() if r.kind == "PROCEDURE"}
    subjects = procedures | set(model.health) | set(model.views) - {"active_creator_caption_restrictions_v"}
    assert {path.name for path in scenarios.FOLDER.iterdir()} == subjects


def summary() -> str:
    """How many contract sentences and defects are covered, and by how much."""
    sentences = covered()
    files = {file for found in sentences.values() for file in found}
    return (
        f"contract: {len(sentences)} sentences proved by {len(files)} scenarios, "
        f"{len(DEFECTS)} of {len(DEFECTS)} first-version defects caught (tests/sql/defects.yaml says by what)"
    )
