"""The simulated production project, new for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from eros.model import Model
from tests.unit.drift.cloud import Cloud


@pytest.fixture
def cloud(model: Model, plan: Path) -> Cloud:
    return Cloud(model, plan)
