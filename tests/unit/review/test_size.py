"""Huge plans: a comment stays below GitHub's limit, detail gives way, data losses do not."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Literal

import pytest

from eros.review import run
from eros.review.markdown import LIMIT
from tests.unit.review.plans import BOUNDS, NOW, Everything, document, live, resource, written


def printed(tmp_path: Path, plan: dict[str, Any], output: Literal["text", "markdown", "json"]) -> str:
    out = io.StringIO()
    assert run(
        written(tmp_path, plan), output, "data-loss", root=tmp_path, readers=Everything(), now=NOW, stdout=out
    ) in (
        0,
        2,
    )
    return out.getvalue()


def routine(number: int, lines: int = 1) -> dict[str, Any]:
    before = live(BOUNDS)
    after = {**before, "definition_body": "\n".join(f"line {number} {i}" for i in range(lines))}
    return resource(f"google_bigquery_routine.routine_{number}", ["update"], before, after)


def dropping(number: int) -> dict[str, Any]:
    kept, lost = ({"name": name, "type": "STRING"} for name in ("kept", f"lost_{number}"))
    after = {"table_id": f"table_{number}", "schema": json.dumps([kept])}
    before = {**after, "schema": json.dumps([kept, lost])}
    return resource(f"google_bigquery_table.table_{number}", ["update"], before, after)


class TestTheComment:
    def test_of_a_small_plan_shows_everything(self, tmp_path: Path) -> None:
        comment = printed(tmp_path, document(routine(1, lines=300)), "markdown")
        assert "+line 1 299" in comment

    def test_gives_up_long_differences_first(self, tmp_path: Path) -> None:
        comment = printed(tmp_path, document(*(routine(n, lines=400) for n in range(30))), "markdown")
        assert len(comment) <= LIMIT
        assert "more lines of difference left out here" in comment
        assert all(f"google_bigquery_routine.routine_{n}`" in comment for n in range(30))

    def test_then_objects_without_loss(self, tmp_path: Path) -> None:
        comment = printed(tmp_path, document(*(routine(n) for n in range(1500)), dropping(1)), "markdown")
        assert len(comment) <= LIMIT
        assert "Column `lost_1` is dropped and its values are gone" in comment
        assert "1,400 CHANGE: routine updated in place" in comment

    @pytest.mark.parametrize("losses", [60, 600])
    def test_names_every_loss(self, losses: int, tmp_path: Path) -> None:
        comment = printed(
            tmp_path, document(*(dropping(n) for n in range(losses)), *(routine(n) for n in range(500))), "markdown"
        )
        assert len(comment) <= LIMIT
        assert [n for n in range(losses) if f"lost_{n}`" not in comment] == []

    def test_says_how_many_losses_no_comment_can_hold(self, tmp_path: Path) -> None:
        comment = printed(tmp_path, document(*(dropping(n) for n in range(2500))), "markdown")
        assert len(comment) <= LIMIT
        listed = comment.count("lost_")
        assert listed > 1000
        assert f"and {2500 - listed:,} more losses" in comment
        assert "2,500 of 2,500 changed objects lose data" in comment

    def test_counts_as_github_does(self, tmp_path: Path) -> None:
        plan = document(*(routine(n) for n in range(300)))
        for changed in plan["resource_changes"]:
            changed["address"] += '["' + "\U0001f4a5" * 60 + '"]'
        comment = printed(tmp_path, plan, "markdown")
        assert len(comment.encode("utf-16-le")) // 2 <= LIMIT

    @pytest.mark.parametrize("losses", [1, 600])
    def test_has_an_end_whatever_stands_in_its_footnotes(self, losses: int, tmp_path: Path) -> None:
        drift = [dropping(n) for n in range(9000, 9300)]
        for changed in drift:
            changed["address"] += f'["{"x" * 1000}"]'
        plan = document(*(dropping(n) for n in range(losses)), resource_drift=drift)
        comment = printed(tmp_path, plan, "markdown")
        assert len(comment) <= LIMIT
        assert "lost_0`" in comment


class TestTheTerminal:
    def test_shows_every_loss_and_counts_the_rest(self, tmp_path: Path) -> None:
        text = printed(
            tmp_path, document(*(dropping(n) for n in range(500)), *(routine(n) for n in range(1000))), "text"
        )
        assert [n for n in range(500) if f"Column lost_{n} is dropped" not in text] == []
        assert "and 800 CHANGE: routine updated in place" in text

    def test_never_wraps_a_line(self, tmp_path: Path) -> None:
        text = printed(tmp_path, document(dropping(1)), "text")
        [line] = [line for line in text.splitlines() if "lost_1 is dropped" in line]
        assert line.endswith("prevent_destroy stops.")


class TestTheJson:
    def test_holds_everything(self, tmp_path: Path) -> None:
        report = json.loads(printed(tmp_path, document(*(routine(n, lines=500) for n in range(300))), "json"))
        assert len(report["objects"]) == 300
        assert report["objects"][0]["diffs"][0]["lines"][-1].endswith(" 499")
