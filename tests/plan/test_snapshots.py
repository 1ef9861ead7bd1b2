"""The plan of every stack, as one readable JSON file each. After a wanted change: make snapshot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

# syrupy would rather have the test's name in the file's; a reviewer wants the stack's.
pytestmark = pytest.mark.filterwarnings("ignore:(?s).*Can not relate snapshot")

STACKS = [
    f"eros-{environment}-{part}"
    for environment, parts in {
        "local": ("warehouse", "automation"),
        "dev": ("warehouse", "automation", "observability"),
        "prod": ("warehouse", "automation", "observability"),
    }.items()
    for part in parts
]


class ReadableJSON(JSONSnapshotExtension):
    """One file a stack, named as the stack."""

    @classmethod
    def get_snapshot_name(cls, *, test_location: Any, index: Any = 0) -> str:
        return str(index)


def readable(value: Any) -> Any:
    """JSON inside strings as JSON, SQL as lists of lines: so that a diff shows the line that changed."""
    if isinstance(value, dict):
        return {key: _embedded(key, item) for key, item in value.items() if key != "//"}
    if isinstance(value, list):
        return [readable(item) for item in value]
    return value


def _embedded(key: str, value: Any) -> Any:
    if isinstance(value, str) and key in ("schema", "data_type", "return_type", "dashboard_json"):
        return json.loads(value)
    if isinstance(value, str) and "\n" in value:
        return value.split("\n")
    return readable(value)


def test_every_stack_has_a_snapshot(plan: Path) -> None:
    assert sorted(path.name for path in (plan / "stacks").iterdir()) == sorted(STACKS)


@pytest.mark.parametrize("stack", STACKS)
def test_plan_is_as_reviewed(stack: str, plan: Path, snapshot: SnapshotAssertion) -> None:
    synthesized = json.loads((plan / "stacks" / stack / "cdk.tf.json").read_text(encoding="utf-8"))
    expected = snapshot.use_extension(ReadableJSON)(name=stack)
    assert readable(synthesized) == expected, "If this change is wanted, renew the snapshot: make snapshot"
