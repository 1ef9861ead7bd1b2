"""Fixtures of the behaviour tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse
from tests.sql import profiles as profiles  # registers what --hypothesis-profile names

#: The engine keeps the result of every query, and grows slower with them: after so many tests a new one is quicker.
TESTS_PER_ENGINE = 25


class Frozen:
    """An engine whose clock, draw and rows the tests replace as they like, renewed after some tests."""

    def __init__(self, started: StartWarehouse, template: Path) -> None:
        self._started, self._template, self._uses = started, template, 0
        self._stack = ExitStack()
        self._warehouse: Warehouse | None = None

    def warehouse(self) -> Warehouse:
        """The engine for the next test."""
        if self._warehouse is None or self._uses == TESTS_PER_ENGINE:
            self.close()
            self._warehouse, self._uses = self._stack.enter_context(self._started(self._template)), 0
        self._uses += 1
        return self._warehouse

    def close(self) -> None:
        """Stop the engine."""
        self._stack.close()
        self._warehouse = None


@pytest.fixture(scope="session")
def frozen_engines(started: StartWarehouse, deployed_template: Path) -> Iterator[Frozen]:
    frozen = Frozen(started, deployed_template)
    yield frozen
    frozen.close()


@pytest.fixture
def scenario_warehouse(frozen_engines: Frozen) -> Warehouse:
    """For tests that freeze the clock and the draw and empty the tables; what they leave is the next one's to clear."""
    return frozen_engines.warehouse()


@pytest.fixture(scope="module")
def frozen_warehouse(started: StartWarehouse, deployed_template: Path) -> Iterator[Warehouse]:
    """The same for a whole module."""
    with started(deployed_template) as warehouse:
        yield warehouse
