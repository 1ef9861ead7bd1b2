"""Every scenario file on the embedded engine. To add one, write a file; see scenarios.py for its form."""

from __future__ import annotations

from pathlib import Path

import pytest

from eros.model import Model
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse
from tests.sql import scenarios

ALL = [scenarios.load(path) for path in sorted(scenarios.FOLDER.rglob("*.yaml"))]


@pytest.mark.parametrize("scenario", [s for s in ALL if not s.breaks], ids=lambda s: f"{s.file}: {s.name}")
def test_scenario(scenario: scenarios.Scenario, scenario_warehouse: Warehouse, model: Model) -> None:
    scenarios.play(scenario, scenario_warehouse, model)


@pytest.mark.parametrize("scenario", [s for s in ALL if s.breaks], ids=lambda s: f"{s.file}: {s.name}")
def test_scenario_that_breaks_objects(
    scenario: scenarios.Scenario, started: StartWarehouse, deployed_template: Path, model: Model
) -> None:
    with started(deployed_template) as warehouse:
        scenarios.play(scenario, warehouse, model)
