"""BigQuery type names. Contracts use the standard names (INT64, STRUCT …); the API's other spellings are made here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

#: Standard name -> the name tables.get returns for a column. Others are the same in both.
_TABLE_SCHEMA_NAMES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}

SCALARS = frozenset(
    ["INT64", "FLOAT64", "BOOL", "STRING", "BYTES", "DATE", "DATETIME", "TIME", "TIMESTAMP"]
    + ["NUMERIC", "BIGNUMERIC", "GEOGRAPHY", "JSON", "INTERVAL"]
)


def element_type(standard: str) -> str:
    """The element type of `ARRAY<T>`, or the type itself."""
    match = re.fullmatch(r"ARRAY<(.+)>", standard)
    return match[1] if match else standard


def table_schema_type(standard: str) -> str:
    """The table-schema name of a column type: `INT64` -> `INTEGER`, `ARRAY<STRING>` -> `STRING` (mode REPEATED)."""
    base = element_type(standard)
    return _TABLE_SCHEMA_NAMES.get(base, base)


def standard_type(table_schema_name: str) -> str:
    """The inverse of table_schema_type for scalars: `INTEGER` -> `INT64`; a standard name stays as it is."""
    inverse = {api: standard for standard, api in _TABLE_SCHEMA_NAMES.items()}
    return inverse.get(table_schema_name, table_schema_name)


def routine_type(standard: str) -> dict[str, Any]:
    """The StandardSqlDataType of the routines API.

    `INT64` -> `{"typeKind": "INT64"}`; STRUCT and ARRAY nest. Raises ValueError on an unknown type.
    """
    text = standard.strip()
    if text.upper() in SCALARS:
        return {"typeKind": text.upper()}
    if match := re.fullmatch(r"ARRAY\s*<(.+)>", text, re.S | re.I):
        return {"typeKind": "ARRAY", "arrayElementType": routine_type(match[1])}
    if match := re.fullmatch(r"STRUCT\s*<(.+)>", text, re.S | re.I):
        fields = [part.strip().split(None, 1) for part in split_top_level(match[1])]
        if any(len(field) != 2 for field in fields):
            raise ValueError(f"every field of {standard!r} needs a name and a type")
        return {
            "typeKind": "STRUCT",
            "structType": {"fields": [{"name": name, "type": routine_type(kind)} for name, kind in fields]},
        }
    raise ValueError(f"unknown type {standard!r}")


def routine_type_name(kind: Mapping[str, Any]) -> str:
    """The inverse of routine_type: `{"typeKind": "INT64"}` -> `INT64`. A field of a STRUCT may be nameless."""
    if kind["typeKind"] == "ARRAY":
        return f"ARRAY<{routine_type_name(kind['arrayElementType'])}>"
    if kind["typeKind"] == "STRUCT":
        fields = (kind.get("structType") or {}).get("fields") or []
        parts = (f"{field.get('name', '')} {routine_type_name(field['type'])}".lstrip() for field in fields)
        return f"STRUCT<{', '.join(parts)}>"
    return str(kind["typeKind"])


def split_top_level(text: str, separator: str = ",") -> list[str]:
    """`a INT64, b STRUCT<x INT64, y STRING>` -> its two parts: separators inside brackets do not count."""
    parts, depth, start = [], 0, 0
    for i, char in enumerate(text):
        if char in "<(":
            depth += 1
        elif char in ">)":
            depth -= 1
        elif char == separator and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [part for part in (*parts, text[start:]) if part.strip()]
