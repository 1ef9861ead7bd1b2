"""Fixtures of the behaviour tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse
from tests.sql import profiles as profiles  # registers what --hypothesis-profile names


@pytest.fixture(scope="session")
def frozen_warehouse(started: StartWarehouse, deployed_template: Path) -> Iterator[Warehouse]:
    """One engine per worker whose clock and draw the tests replace, and whose tables they empty, as they like."""
    with started(deployed_template) as warehouse:
        yield warehouse
