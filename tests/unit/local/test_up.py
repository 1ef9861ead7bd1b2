"""Which running engine `eros up` goes on with: this checkout's or the named folder's, of the versions installed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from eros.errors import UserError
from eros.local import datadir, process, up
from eros.local.engine import Engine


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine(1, "p", 9050, 9060, 9051, tmp_path / "data", "2026-01-01T00:00:00+00:00", datadir.versions())
    monkeypatch.setattr(process, "find", lambda port: engine)
    monkeypatch.setattr(process, "engines", lambda: [engine])
    return engine


def test_our_own_goes_on(engine: Engine) -> None:
    assert up._running(9050, None) == engine


def test_one_on_the_named_folder_goes_on(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "engines", list)
    assert up._running(9050, engine.data_dir) == engine


def test_one_of_another_checkout_is_left_alone(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "engines", list)
    with pytest.raises(UserError, match=r"port 9050 is used by an engine on .*data"):
        up._running(9050, None)


def test_our_own_on_another_folder_is_left_alone(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="port 9050 is used"):
        up._running(9050, tmp_path / "other")


def test_one_of_other_versions_is_to_be_stopped_first(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    older = replace(engine, versions={**engine.versions, "duckdb": "0.1"})
    monkeypatch.setattr(process, "find", lambda port: older)
    monkeypatch.setattr(process, "engines", lambda: [older])
    with pytest.raises(UserError, match=r"duckdb 0\.1; installed is .*eros down --port 9050"):
        up._running(9050, None)
