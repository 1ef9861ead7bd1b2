"""SQL that an engine stored in other words is the same; SQL that somebody changed is not."""

from __future__ import annotations

import pytest

from eros.drift.samesql import same_code

SAME = {
    "a semicolon": ("SELECT 1", "SELECT 1;"),
    "other lines": ("SELECT a,\n  b FROM t", "SELECT a, b\r\nFROM t"),
    "parentheses around it all": ("LEAST(a, b)", "(LEAST(a, b))"),
    "BEGIN and END left out": ("BEGIN\n  SELECT 1;\nEND", "SELECT 1;"),
    "BEGIN and END with a semicolon": ("BEGIN SELECT 1; END", "BEGIN SELECT 1; END;"),
    "comments left out": ("-- why\nSELECT 1 /* so */", "SELECT 1"),
    "a raw literal as a plain one": (r"REGEXP_CONTAINS(a, r'\d+\s')", r"REGEXP_CONTAINS(a, '\\d+\\s')"),
    "other quotes": ("""SELECT "a'b" """, r"SELECT 'a\'b'"),
    "IS NOT NULL": ("WHERE a IS NOT NULL AND b = 1", "WHERE NOT a IS NULL AND b = 1"),
    "NOT IN behind a call": ("WHERE f(a, 1) NOT IN (1, 2)", "WHERE NOT f(a, 1) IN (1, 2)"),
    "NOT BETWEEN": ("a NOT BETWEEN 1 AND 2", "NOT a BETWEEN 1 AND 2"),
    "unequal": ("a != 1", "a <> 1"),
}

OTHER = {
    "another number": ("SELECT 1", "SELECT 2"),
    "another comment": ("-- why\nSELECT 1", "-- because\nSELECT 1"),
    "a comment added": ("SELECT 1", "SELECT 1 -- by hand"),
    "white space in a literal": ("SELECT 'a b'", "SELECT 'a  b'"),
    "a literal's backslash": (r"SELECT r'\d'", r"SELECT '\d'"),
    "bytes for text": ("SELECT b'a'", "SELECT 'a'"),
    "NOT moved to another operand": ("a IS NOT NULL AND b IS NULL", "a IS NULL AND b IS NOT NULL"),
    "NOT over more than the operand": ("a IS NOT NULL AND b", "NOT (a IS NULL AND b)"),
    "NOT left out": ("a NOT IN (1)", "a IN (1)"),
    "parentheses inside": ("(a + b) * (c + d)", "a + b) * (c + d"),
    "a statement more": ("BEGIN SELECT 1; END", "BEGIN SELECT 1; SELECT 2; END"),
    "nothing left": ("SELECT 1", ""),
    "an escape by number for its digits": (r"SELECT '\x41'", "SELECT 'x41'"),
}


@pytest.mark.parametrize("case", SAME)
def test_is_the_same(case: str) -> None:
    assert same_code(*SAME[case])


@pytest.mark.parametrize("case", OTHER)
def test_is_not_the_same(case: str) -> None:
    assert not same_code(*OTHER[case])
