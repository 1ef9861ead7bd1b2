"""The case files of the functions: arguments, and what comes back. All cases of a function run in one query."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from eros.model import PREFIX, Model, load_model
from eros.warehouse import Warehouse
from tests.sql.frozen import literal

FOLDER = Path(__file__).parent / "functions"
ANY_TIME = datetime(2025, 1, 1, tzinfo=UTC)  # no case holds a time relative to now
CASES = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.yaml"))}


@pytest.fixture(scope="module")
def answers(empty_warehouse: Warehouse, model: Model) -> dict[str, list[Any]]:
    """Function -> what each of its cases gave, in order."""
    found = {}
    for function, cases in CASES.items():
        columns = ",\n".join(f"{expression(function, case, model)} AS c{i}" for i, case in enumerate(cases))
        (row,) = empty_warehouse.query(f"SELECT {columns}")
        found[function] = list(row.values())
    return found


def expression(function: str, case: dict[str, Any], model: Model) -> str:
    if "sql" in case:
        return str(case["sql"])
    types = [argument.type for argument in model.routines[function].arguments]
    assert len(types) == len(case["args"]), f"{function} takes {len(types)} arguments: {case['name']}"
    given = [f"CAST({literal(a, t, ANY_TIME)} AS {t})" for a, t in zip(case["args"], types, strict=True)]
    return f"`{PREFIX}.{function}`({', '.join(given)})"


@pytest.mark.parametrize(
    ("function", "number"),
    [(function, i) for function, cases in CASES.items() for i in range(len(cases))],
    ids=[f"{function}: {case['name']}" for function, cases in CASES.items() for case in cases],
)
def test_case(function: str, number: int, answers: dict[str, list[Any]]) -> None:
    case, found = CASES[function][number], answers[function][number]
    if "want_between" in case:
        low, high = case["want_between"]
        assert found is not None
        assert low <= found <= high
    else:
        assert rounded(found, case.get("digits")) == rounded(case["want"], case.get("digits"))


def rounded(value: Any, digits: int | None) -> Any:
    """Floats to `digits` places, or exact where a case gives none; STRUCTs field by field."""
    if isinstance(value, dict):
        return {key: rounded(item, digits) for key, item in value.items()}
    if digits is not None and isinstance(value, float | int) and not isinstance(value, bool):
        return round(float(value), digits)
    return value


def test_every_function_has_cases() -> None:
    functions = {r.name for r in load_model().routines.values() if r.kind == "FUNCTION"}
    assert set(CASES) == functions
