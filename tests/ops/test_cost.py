"""`eros cost` with the sizes of live tables."""

from __future__ import annotations

import json

import pytest

from eros.cost.command import run
from eros.model import PREFIX, Model
from eros.warehouse import Warehouse


def test_live_sizes_and_what_is_assumed_about_them(
    empty_warehouse: Warehouse, model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    empty_warehouse.query(f"INSERT INTO `{PREFIX}.captions` (caption_id, caption_text) VALUES (1, 'x')")
    assert run(model, lambda: empty_warehouse, growth=2, as_json=True) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["table_bytes"].keys() == model.tables.keys()
    assert found["table_bytes"]["captions"] >= 2 * 5 * 8, "at least one row of five values, doubled"
    assert any("embedded engine" in line for line in found["assumptions"])
    assert not any("unknown" in line for line in found["assumptions"])
