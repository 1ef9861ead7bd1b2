"""The verification tests pass on a sound deployment, and each fails, with a detail that helps, when its subject breaks.

The breaks stand in verification_breaks.yaml: what is done to the engine, and what the detail must then say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from eros.jobs import run
from eros.local import process
from eros.local.datadir import clone_data_dir
from eros.model import Model
from eros.verify import verify
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse, once, reach

BREAKS: list[dict[str, Any]] = yaml.safe_load(
    (Path(__file__).parent / "verification_breaks.yaml").read_text(encoding="utf-8")
)


@pytest.fixture(scope="session")
def sound_template(shared: Path, deployed_template: Path, model: Model) -> Path:
    """A deployed folder whose calendar is filled: all that the verification tests need."""

    def make(folder: Path) -> None:
        clone_data_dir(deployed_template, folder)
        with process.running_engine(folder) as engine:
            assert run(reach(engine, model), model, "refresh_holiday_calendar").error is None

    return once(shared / "sound", make)


@pytest.fixture
def sound(started: StartWarehouse, sound_template: Path) -> Iterator[Warehouse]:
    with started(sound_template) as warehouse:
        yield warehouse


def test_all_pass_on_a_sound_deployment(sound: Warehouse, model: Model) -> None:
    results = verify(sound, model.verification.values())
    assert [(r.id, r.detail) for r in results if not r.passed] == []
    assert len(results) == 21
    assert len({r.category for r in results}) == 8


@pytest.mark.parametrize("broken", BREAKS, ids=[f"{b['id']} {b['name']}" for b in BREAKS])
def test_a_broken_subject_fails_under_its_own_id(broken: dict[str, Any], sound: Warehouse, model: Model) -> None:
    statements = broken["break"] if isinstance(broken["break"], list) else [broken["break"]]
    for statement in statements:
        sound.query(statement)
    (result,) = verify(sound, [model.verification[str(broken["id"])]])
    assert result.status == "FAIL", result.detail
    assert re.search(broken["expect"], result.detail, re.S), result.detail


def test_every_test_is_broken_at_least_once(model: Model) -> None:
    assert {str(b["id"]) for b in BREAKS} == set(model.verification)
