"""The house's layout: what is mended, what is left alone, and that the meaning stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eros.gate import Source
from eros.gate.analyzer import Analyzer, start
from eros.gate.command import run_format
from eros.gate.layout import check_layout, formatted


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("select 1 as n from x where true;\n", "SELECT 1 AS n FROM x WHERE TRUE;\n"),
        ("SELECT 1;  \n", "SELECT 1;\n"),
        ("SELECT\t1;\n", "SELECT  1;\n"),
        ("SELECT 1;\r\nSELECT 2;\r\n", "SELECT 1;\nSELECT 2;\n"),
        ("\n\nSELECT 1;\n\n\n\nSELECT 2;", "SELECT 1;\n\nSELECT 2;\n"),
        ("-- select from here  \nSELECT 1;\n", "-- select from here\nSELECT 1;\n"),
    ],
    ids=["keywords", "line ends", "tabs", "carriage returns", "blank lines", "comments keep their words"],
)
def test_mends(analyzer: Analyzer, before: str, after: str) -> None:
    assert formatted(before, analyzer) == after
    assert formatted(after, analyzer) == after


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'select  from', \"where\", `from` FROM x AS `select`;\n",
        "SELECT x.from, x.select FROM x;\n",
        "SELECT '''a   \n\n\n\nb''';\n",
        "SELECT 'a\tb';\n",
        "SELECT FROM WHERE\n",
    ],
    ids=["quoted words", "fields after a dot", "blanks in a text", "tab in a text", "not parsable"],
)
def test_leaves_alone(analyzer: Analyzer, text: str) -> None:
    assert formatted(text, analyzer) == text


PIECES = ["select", "SELECT", " 1", " 'from'", " -- where\n", "\t", "  \n", "\n\n\n", ";", " as a", ", `if`", " from x"]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_a_second_run_changes_nothing(text: str) -> None:
    once = formatted(text, start())
    assert formatted(once, start()) == once


def test_finding_points_to_the_first_line_that_changes(analyzer: Analyzer) -> None:
    (finding,) = check_layout(Source("x.sql", "SELECT 1;\nselect 2;\n"), analyzer)
    assert (finding.line, finding.rule) == (2, "layout")
    assert "eros format" in finding.remedy
    assert check_layout(Source("x.sql", "SELECT 1;\n"), analyzer) == []


def test_command_checks_or_writes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.sql"
    file.write_bytes(b"select 1;\r\n")
    assert run_format([file], check=True) == 2
    assert file.read_bytes() == b"select 1;\r\n"
    assert run_format([file], check=False) == 0
    assert file.read_bytes() == b"SELECT 1;\n"
    assert run_format([file], check=True) == 0
    assert "x.sql" in capsys.readouterr().out
