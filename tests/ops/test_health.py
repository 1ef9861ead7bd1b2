"""`eros health` on a real engine: a healthy world, one with a warning, one that is critical."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from eros.health import look, run
from eros.model import PREFIX, Model, Query
from eros.warehouse import Warehouse
from tests.conftest import StartWarehouse
from tests.sql.frozen import give

#: Enough captions that neither pool is short: 200 and 50 are the limits.
BANK = f"""
  INSERT INTO `{PREFIX}.caption_bank`
    (caption_id, caption_text, price_tier, usage_status, overall_performance_score)
  SELECT n, CONCAT('text ', CAST(n AS STRING)), IF(n <= 60, 'bump', 'mid'), 'available', 1.0
  FROM UNNEST(GENERATE_ARRAY(1, 300)) AS n
"""


@pytest.fixture(scope="module")
def warehouse(started: StartWarehouse, deployed_template: Path) -> Iterator[Warehouse]:
    with started(deployed_template) as running:
        running.query(BANK)
        yield running


def alert(warehouse: Warehouse, model: Model, level: str) -> None:
    row = {
        "alert_id": level,
        "alert_time": "now",
        "alert_level": level,
        "alert_source": "tests",
        "alert_kind": "made up",
        "alert_message": f"{level}: [bold]nothing[/bold] is wrong",
        "acknowledged": False,
    }
    give(warehouse, model.tables["automation_alerts"], [row], datetime.now(UTC))


def levels(warehouse: Warehouse, model: Model, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    code = run(model, warehouse, as_json=True)
    found = json.loads(capsys.readouterr().out)
    return code, {s["id"]: s["level"] for s in found["sections"] if s["level"] != "OK"}


class TestWorldsGetWorse:
    """The tests go on from each other, on one engine."""

    def test_healthy(self, warehouse: Warehouse, model: Model, capsys: pytest.CaptureFixture[str]) -> None:
        assert levels(warehouse, model, capsys) == (0, {})

    def test_a_warning(self, warehouse: Warehouse, model: Model, capsys: pytest.CaptureFixture[str]) -> None:
        alert(warehouse, model, "WARNING")
        assert levels(warehouse, model, capsys) == (3, {"recent_alerts": "WARNING"})

    def test_critical(
        self,
        warehouse: Warehouse,
        model: Model,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setenv("COLUMNS", "250")
        alert(warehouse, model, "CRITICAL")
        assert run(model, warehouse) == 2
        text = capsys.readouterr().out
        assert "[bold]nothing[/bold]" in text
        assert "local: 2 critical: scorecard, recent_alerts." in text


def test_a_query_that_fails_does_not_hide_the_others(warehouse: Warehouse, model: Model) -> None:
    broken = Query("broken", "broken", "", "Broken: never works.", f"SELECT * FROM `{PREFIX}.nothing`", "broken.sql")
    strange = Query("strange", "strange", "", "Strange.", "SELECT 'FINE' AS level", "strange.sql")
    found = {s.id: s for s in look(warehouse, [broken, strange, model.health["recent_alerts"]])}
    assert "nothing" in (found["broken"].error or "")
    assert "FINE" in (found["strange"].error or "")
    assert found["recent_alerts"].error is None
