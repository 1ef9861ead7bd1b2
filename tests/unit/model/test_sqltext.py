"""Reading SQL as text: comments, literals, names, headers. Hostile text never hides a name or invents one."""

from __future__ import annotations

import pytest

from eros.errors import UserError
from eros.model import PREFIX
from eros.model.sqltext import Argument, blank_comments, read_create, references
from eros.model.types import routine_type, routine_type_name, split_top_level, table_schema_type


def names(sql: str) -> list[str]:
    return [name for name, _ in references(sql)]


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        (f"SELECT * FROM `{PREFIX}.a` JOIN `{PREFIX}.b`", ["a", "b"]),
        (f"-- `{PREFIX}.a`\nSELECT 1", []),
        (f"# `{PREFIX}.a`\nSELECT 1 /* `{PREFIX}.b`\n */", []),
        (f"SELECT '-- `{PREFIX}.a`'", ["a"]),
        (f"SELECT '''it's -- \n `{PREFIX}.a`''' -- `{PREFIX}.b`", ["a"]),
        (f"SELECT r'\\\\' FROM `{PREFIX}.a`", ["a"]),
        (f"SELECT '\\'' FROM `{PREFIX}.a` -- '", ["a"]),
        (f"SELECT * FROM `{PREFIX}.INFORMATION_SCHEMA.TABLES`", []),
        (f"SELECT * FROM `{PREFIX}_backup.a`", []),
        (f"EXECUTE IMMEDIATE 'DROP TABLE `{PREFIX}.a`'", ["a"]),
    ],
)
def test_names_are_found_outside_comments_only(sql: str, found: list[str]) -> None:
    assert names(sql) == found


def test_the_line_of_a_name_is_told() -> None:
    assert list(references(f"-- one\nSELECT 1\nFROM `{PREFIX}.a`")) == [("a", 3)]


def test_blanking_keeps_every_place() -> None:
    sql = "SELECT 1 -- größer\n/* a\nb */ + '--' # c"
    blanked = blank_comments(sql)
    assert len(blanked) == len(sql)
    assert blanked.count("\n") == sql.count("\n")
    assert "'--'" in blanked


def test_a_body_is_the_text_between_the_delimiters() -> None:
    header = f"-- Does.\nCREATE OR REPLACE PROCEDURE `{PREFIX}.p`(IN p_day DATE, OUT p_n INT64)\n"
    sql = f"{header}BEGIN\n  SELECT ');';\nEND;\n"
    created = read_create(sql, "p.sql")
    assert created.body == "BEGIN\n  SELECT ');';\nEND"
    assert created.arguments == (Argument("p_day", "DATE", "IN"), Argument("p_n", "INT64", "OUT"))


def test_a_function_with_a_struct_and_brackets_in_literals() -> None:
    sql = (
        "-- Does.\n--\n-- @param s  a text\n"
        f"CREATE OR REPLACE FUNCTION `{PREFIX}.f`(s STRUCT<a INT64, b ARRAY<STRING>>)\n"
        "RETURNS STRUCT<x FLOAT64, y STRING>\nAS (\n  STRUCT(1.0, ') AS (')\n);\n"
    )
    created = read_create(sql, "f.sql")
    assert created.body == "  STRUCT(1.0, ') AS (')"
    assert created.return_type == "STRUCT<x FLOAT64, y STRING>"
    assert created.arguments == (Argument("s", "STRUCT<a INT64, b ARRAY<STRING>>"),)
    assert created.header.all("param") == ["s  a text"]


def test_a_function_without_a_return_type_is_refused() -> None:
    with pytest.raises(UserError, match="RETURNS"):
        read_create(f"-- Does.\nCREATE OR REPLACE FUNCTION `{PREFIX}.f`()\nAS (\n  1\n);\n", "f.sql")


def test_types_are_spelled_as_each_api_wants() -> None:
    assert [table_schema_type(t) for t in ("INT64", "FLOAT64", "BOOL", "DATE", "ARRAY<INT64>")] == [
        "INTEGER",
        "FLOAT",
        "BOOLEAN",
        "DATE",
        "INTEGER",
    ]
    assert routine_type("ARRAY<STRUCT<a INT64, b ARRAY<STRING>>>") == {
        "typeKind": "ARRAY",
        "arrayElementType": {
            "typeKind": "STRUCT",
            "structType": {
                "fields": [
                    {"name": "a", "type": {"typeKind": "INT64"}},
                    {"name": "b", "type": {"typeKind": "ARRAY", "arrayElementType": {"typeKind": "STRING"}}},
                ]
            },
        },
    }
    with pytest.raises(ValueError, match="needs a name"):
        routine_type("STRUCT<INT64>")
    assert split_top_level("a STRUCT<x INT64, y INT64>, b DATE") == ["a STRUCT<x INT64, y INT64>", " b DATE"]


@pytest.mark.parametrize("kind", ["INT64", "ARRAY<STRING>", "STRUCT<a INT64, b ARRAY<STRUCT<c DATE>>>"])
def test_a_type_comes_back_from_the_api(kind: str) -> None:
    assert routine_type_name(routine_type(kind)) == kind


def test_a_nameless_field_is_its_type() -> None:
    assert routine_type_name({"typeKind": "STRUCT", "structType": {"fields": [{"type": {"typeKind": "INT64"}}]}}) == (
        "STRUCT<INT64>"
    )
