"""`eros review`: exit codes, outputs, the shape of the JSON, and the document that describes it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from eros.review import CostChange, run
from eros.review.markdown import marker_line
from eros.review.reference import DOCUMENT, renewed
from eros.review.report import ReviewReport
from tests.unit.review.plans import NOW, RECORDED, STATS, Everything


def command(
    name: str, tmp_path: Path, output: Any = "text", fail_on: str | None = None, **more: Any
) -> tuple[int, str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(
        RECORDED / f"{name}.json",
        output,
        fail_on,
        more.pop("environment", None),
        root=tmp_path,
        readers=Everything(),
        now=NOW,
        stdout=out,
        stderr=err,
        **more,
    )
    return code, out.getvalue() + err.getvalue()


class TestExitCode:
    @pytest.mark.parametrize(
        ("name", "codes"),  # for no --fail-on, data-loss, replace, any
        [
            ("no_op", (0, 0, 0, 0)),
            ("drift_label_added", (0, 0, 0, 0)),
            ("add_column", (0, 0, 0, 2)),
            ("change_view_query", (0, 0, 0, 2)),
            ("remove_schedule", (0, 0, 2, 2)),
            ("change_seed_job", (0, 0, 2, 2)),
            ("drop_column", (0, 2, 2, 2)),
            ("change_dataset_location", (0, 2, 2, 2)),
        ],
    )
    def test_by_class_and_level(self, name: str, codes: tuple[int, ...], tmp_path: Path) -> None:
        levels = (None, "data-loss", "replace", "any")
        assert tuple(command(name, tmp_path, fail_on=level)[0] for level in levels) == codes

    @pytest.mark.parametrize(("level", "hint"), [("dataloss", "'data-loss'"), ("replaced", "'replace'"), ("", "any")])
    def test_of_an_unknown_level(self, level: str, hint: str, tmp_path: Path) -> None:
        code, said = command("no_op", tmp_path, fail_on=level)
        assert (code, hint in said) == (1, True)

    def test_of_an_unknown_output(self, tmp_path: Path) -> None:
        code, said = command("no_op", tmp_path, output="markdwon")
        assert (code, "Did you mean 'markdown'?" in said) == (1, True)


class TestOutput:
    @pytest.mark.parametrize("output", ["text", "markdown"])
    def test_begins_with_the_verdict_and_the_losses(self, output: str, tmp_path: Path) -> None:
        _, text = command("drop_column", tmp_path, output)
        lines = [line for line in text.splitlines() if line and not line.startswith("<!--")]
        assert "DATA LOSS: 1 of 1 changed object loses data." in lines[0]
        assert text.index("is dropped") < text.index("Indirectly affected")

    def test_of_an_environment_has_a_marker_of_its_own(self, tmp_path: Path) -> None:
        _, text = command("no_op", tmp_path, "markdown", environment="prod")
        assert text.splitlines()[0] == "<!-- eros-review:prod -->"

    @pytest.mark.parametrize("name", ["-->", "a b", "x\ny", "--"])
    def test_marker_cannot_be_closed(self, name: str) -> None:
        assert marker_line(name).count("-->") == 1
        assert len(marker_line(name).splitlines()) == 1

    @pytest.mark.parametrize("output", ["text", "markdown"])
    def test_shows_the_cost_if_it_is_computed(self, output: str, tmp_path: Path) -> None:
        cost = CostChange(3.25, ("10 MB a table",))
        assert "+3.25 USD a month" in command("add_column", tmp_path, output, costing=lambda _: cost)[1]
        assert "USD" not in command("add_column", tmp_path, output)[1]
        assert "USD" not in command("add_column", tmp_path, output, costing=lambda _: None)[1]

    @pytest.mark.parametrize("output", ["text", "markdown"])
    def test_shows_hand_changes(self, output: str, tmp_path: Path) -> None:
        assert "effective_labels.owner" in command("drift_label_added", tmp_path, output)[1]

    @pytest.mark.parametrize("output", ["text", "markdown", "json"])
    def test_says_that_a_plan_is_incomplete(self, output: Any, tmp_path: Path) -> None:
        plan = json.loads((RECORDED / "no_op.json").read_text()) | {"complete": False}
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(plan))
        out = io.StringIO()
        assert run(path, output, root=tmp_path, readers=Everything(), now=NOW, stdout=out) == 0
        assert ("incomplete" in out.getvalue()) or json.loads(out.getvalue())["complete"] is False


class TestJson:
    @pytest.mark.parametrize("path", sorted(RECORDED.glob("*.json")), ids=lambda p: p.stem)
    def test_fits_its_model(self, path: Path, tmp_path: Path) -> None:
        _, text = command(path.stem, tmp_path, "json", "data-loss")
        assert text.isascii()
        report = ReviewReport.model_validate_json(text)
        assert json.loads(report.model_dump_json()) == json.loads(text)

    def test_says_what_a_program_needs(self, tmp_path: Path) -> None:
        report = json.loads(command("drop_column", tmp_path, "json", "data-loss")[1])
        assert report["format"] == "eros-review/1"
        assert (report["worst"], report["counts"], report["unchanged"]) == ("DATA LOSS", {"DATA LOSS": 1}, 9)
        assert (report["stopped"], report["fail_on"]) == (True, "data-loss")
        [changed] = report["objects"]
        assert (changed["address"], changed["kind"], changed["classed"]) == (STATS, "table", "DATA LOSS")
        assert (changed["findings"][0]["rule"], changed["findings"][0]["column"]) == (
            "column-dropped",
            "exploration_score",
        )


def test_the_document_is_fresh() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert renewed(text) == text, "run: python -m eros.review.reference"


def test_the_models_graph_is_the_default(tmp_path: Path) -> None:
    """The real model knows who reads the stats table; the recorded plan drops a column of it."""
    out = io.StringIO()
    run(RECORDED / "drop_column.json", "json", now=NOW, stdout=out)
    readers = {affected["name"] for affected in json.loads(out.getvalue())["affected"]}
    assert {"update_caption_performance", "select_captions_for_creator"} <= readers
