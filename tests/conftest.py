"""Fixtures of all suites. Engines run on free ports and temporary folders and end with the tests, also on Ctrl-C.

The plan is synthesized once per test run, and deployed once onto a template folder that each engine starts from a
copy of. With several workers the first one makes these, the others wait for it.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eros.local import process
from eros.local.datadir import clone_data_dir
from eros.local.engine import Engine
from eros.local.up import deploy
from eros.model import Model, load_model
from eros.synth import synthesize
from eros.warehouse import Warehouse

#: The instant the sample data is made for, so that every run of the tests sees the same world.
SAMPLE_NOW = datetime(2025, 10, 31, 18, 0, tzinfo=UTC)

type StartWarehouse = Callable[[Path], AbstractContextManager[Warehouse]]


@pytest.fixture(scope="session")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def plan(shared: Path) -> Path:
    """cdktf's output folder, synthesized by main.py."""
    return once(shared / "cdktf.out", synthesize)


@pytest.fixture(scope="session")
def deployed_template(shared: Path, plan: Path, model: Model) -> Path:
    """A data folder with the local plan deployed and no rows."""

    def make(folder: Path) -> None:
        with process.running_engine(folder) as engine:
            deploy(reach(engine, model), plan)

    return once(shared / "deployed", make)


@pytest.fixture(scope="session")
def sample_template(shared: Path, deployed_template: Path, model: Model) -> Path:
    """A data folder with the plan deployed and the sample data loaded, at the real sizes; no job has run."""
    from eros import sample

    def make(folder: Path) -> None:
        clone_data_dir(deployed_template, folder)
        with process.running_engine(folder) as engine:
            environment = model.environment("local")
            sample.load(
                engine.client(), f"{environment.project}.{environment.dataset}", sample.generate(now=SAMPLE_NOW)
            )

    return once(shared / "sample", make)


@pytest.fixture(scope="session")
def started(model: Model, tmp_path_factory: pytest.TempPathFactory) -> StartWarehouse:
    """Starts an engine on a copy of a template folder: `with started(deployed_template) as warehouse:`."""

    @contextmanager
    def start(template: Path) -> Iterator[Warehouse]:
        folder = tmp_path_factory.mktemp("engine") / "data"
        clone_data_dir(template, folder)
        with process.running_engine(folder) as engine:
            yield reach(engine, model)

    return start


@pytest.fixture(scope="session")
def empty_warehouse(started: StartWarehouse, deployed_template: Path) -> Iterator[Warehouse]:
    """One deployed engine per worker. Tests that use it leave its objects as they were; rows may be left."""
    with started(deployed_template) as warehouse:
        yield warehouse


@pytest.fixture
def broken_warehouse(started: StartWarehouse, deployed_template: Path) -> Iterator[Warehouse]:
    """A deployed engine for one test alone, which may do to it what it wants."""
    with started(deployed_template) as warehouse:
        yield warehouse


def reach(engine: Engine, model: Model) -> Warehouse:
    """The local warehouse on a given engine."""
    return Warehouse(model.environment("local"), engine.client(), engine.transfer_client)


def once(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder, made by the first worker that needs it. A maker that failed leaves nothing for the next one."""
    done = folder.with_suffix(".done")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(folder)
            done.touch()
    return folder


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much of the contracts the SQL tests cover, where they ran."""
    if any("tests/sql/" in report.nodeid for report in terminalreporter.getreports("passed")):
        from tests.sql.test_coverage import summary

        terminalreporter.write_line(summary())
