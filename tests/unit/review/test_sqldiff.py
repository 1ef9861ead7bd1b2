"""Differences of SQL: white space alone is folded, white space inside literals is not."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eros.review import run
from eros.review.sqldiff import diff, same_but_white_space, tokens
from tests.unit.review.plans import BOUNDS, NOW, Everything, document, updated, written

SAME = [
    ("SELECT 1", "SELECT   1"),
    ("SELECT a FROM t", "SELECT a\n  FROM t\n"),
    ("f(x, y)", "f( x ,y )"),
    ("SELECT 'a b'", "  SELECT\t'a b'"),
    ("SELECT 1 -- why", "SELECT 1  -- why  "),
    ("a\r\nb", "a\nb"),
    ("x>=1", "x >= 1"),
]
DIFFERENT = [
    ("SELECT 'a b'", "SELECT 'a  b'"),
    ('SELECT "a b"', 'SELECT "a  b"'),
    ("SELECT '''a\nb'''", "SELECT '''a\n b'''"),
    ("SELECT r'\\s '", "SELECT r'\\s'"),
    ("SELECT `a b`", "SELECT `a  b`"),
    ("SELECT 1 -- x\n+ 1", "SELECT 1 -- x + 1"),
    ("SELECT 1 # x\n+ 1", "SELECT 1 # x + 1"),
    ("SELECT ab", "SELECT a b"),
    ("x >= 1", "x > = 1"),
    ("SELECT 1.5", "SELECT 1 .5"),
    ("SELECT .5e3", "SELECT .5 e3"),
    ("SELECT t.5 AS z", "SELECT t.5AS z"),
    ("SELECT 1.5 x", "SELECT 1.5x"),
    ("SELECT 'a\\' b'", "SELECT 'a\\'  b'"),
    ("/* a b */ SELECT 1", "/* a  b */ SELECT 1"),
    ("SELECT a", "SELECT A"),
]


@pytest.mark.parametrize(("before", "after"), SAME)
def test_only_white_space_differs(before: str, after: str) -> None:
    assert same_but_white_space(before, after), (tokens(before), tokens(after))
    assert diff("q", before, after).lines == ()


@pytest.mark.parametrize(("before", "after"), DIFFERENT)
def test_more_than_white_space_differs(before: str, after: str) -> None:
    assert not same_but_white_space(before, after), tokens(before)
    assert diff("q", before, after).lines, "a difference must be shown"


@given(st.text(alphabet=st.sampled_from("ab1 \n\t'\"`-#/*\\.>=(")))
def test_every_character_but_white_space_belongs_to_a_token(sql: str) -> None:
    assert "".join("".join(tokens(sql)).split()) == "".join(sql.split())


def test_reindented_lines_are_folded_and_counted() -> None:
    before = "BEGIN\n  SELECT 1;\n  SELECT 2;\n  SELECT 3;\nEND"
    after = "BEGIN\n    SELECT 1;\n    SELECT 2;\n    SELECT 4;\nEND"
    found = diff("definition_body", before, after)
    assert found.folded == 2
    assert [line for line in found.lines if line[0] in "+-"] == ["-  SELECT 3;", "+    SELECT 4;"]


def test_white_space_alone_is_said_in_one_line(tmp_path: Path) -> None:
    body = updated(BOUNDS)["change"]["before"]["definition_body"]
    out = io.StringIO()
    plan = document(updated(BOUNDS, definition_body=body.replace("\n", "\n  ")))
    assert run(written(tmp_path, plan), root=tmp_path, readers=Everything(), now=NOW, stdout=out) == 0
    assert "The SQL changes in white space only." in out.getvalue()
    assert "    | " not in out.getvalue()
    assert "Indirectly" not in out.getvalue()


@pytest.mark.parametrize("piece", ["/*", '"""', "'''", '\\"', "`", "'", '"\\', "r'", "--", "SELECT 1;\n"])
def test_a_hostile_text_is_read_in_one_pass(piece: str) -> None:
    """Reading on from each opening again would take hours here."""
    text = piece * 200_000
    assert "".join("".join(tokens(text)).split()) == "".join(text.split())


def test_endless_texts_are_not_compared_by_line() -> None:
    found = diff("q", "a\n" * 30_000, "b\n" * 30_000)
    assert found.lines == ("@ too long to compare by line: 30,001 lines before, 30,001 after",)
