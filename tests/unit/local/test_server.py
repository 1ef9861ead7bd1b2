"""What the engine's process settles before it serves."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec

import pytest

from eros.local import server


def test_a_missing_pandas_is_missing_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "find_spec", lambda _: None)
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    server._settle_pandas()
    assert sys.modules.pop("pandas") is None


def test_an_installed_pandas_stays_importable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "find_spec", lambda name: ModuleSpec(name, None))
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    server._settle_pandas()
    assert "pandas" not in sys.modules
