"""Rules on string literals that mean something: regular expressions, and values a column can never have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from eros.errors import nearest
from eros.gate.analyzer import data
from eros.gate.rules.base import Hit, Rule, at, at_resolved, function_name, literal_text
from eros.gate.statements import Statement
from eros.gate.tree import Node, kind
from eros.model import PREFIX


def _patterns(statement: Statement) -> Iterator[tuple[str, Node]]:
    """Every regular expression given as a literal, with the function it is given to."""
    for node in statement.syntax():
        if kind(node) == "ASTFunctionCall" and len(node.arguments) > 1:
            name = node.function.names[-1].id_string.upper()
            if name.startswith("REGEXP_") and kind(node.arguments[1]) == "ASTStringLiteral":
                yield name, node.arguments[1]


class RegularExpression(Rule):
    """The regular expression is wrong: {reason}.

    BigQuery uses RE2 (https://github.com/google/re2/wiki/Syntax): no look-around, no back-references. Write patterns as
    raw strings, r'…'.
    """

    bad = ("SELECT REGEXP_CONTAINS('a', r'(a');", "SELECT REGEXP_REPLACE('a', r'(?=a)', '');")
    good = ("SELECT REGEXP_CONTAINS('a', r'^[\\p{L}\\p{N}]+$');",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        for _, literal in _patterns(statement):
            if reason := statement.catalog.analyzer.regexp_error(statement.text(literal)):
                yield at(literal, reason=reason.removeprefix("Cannot parse regular expression: "))


class AsciiOnlyClass(Rule):
    r"""{name} with {text}: in RE2 \w, \s and \b know ASCII alone, so this also removes é, ü and every other letter.

    Name the Unicode classes: [^\p{{L}}\p{{M}}\p{{N}}_\s\p{{Z}}].
    """

    bad = (
        r"SELECT REGEXP_REPLACE('café!', r'[^\w\s]', '');",
        r"SELECT REGEXP_REPLACE('café!', r'\W+', '');",
    )
    good = (
        r"SELECT REGEXP_REPLACE('café!', r'[^\p{L}\p{M}\p{N}_\s\p{Z}]', '');",
        r"SELECT REGEXP_REPLACE('a  b', r'\s+', ' ');",
    )

    _NEGATED = re.compile(r"\\W|\[\^(?:\\.|[^\]])*\\w(?:\\.|[^\]])*\]|\[\^a-zA-Z[^\]]*\]|\[\^A-Za-z[^\]]*\]")

    def check(self, statement: Statement) -> Iterator[Hit]:
        for name, literal in _patterns(statement):
            match = self._NEGATED.search(literal.string_value)
            if name == "REGEXP_REPLACE" and match and r"\p{" not in match[0]:
                yield at(literal, name=name, text=match[0])


@cache
def _closed_values() -> dict[tuple[str, str], tuple[str, ...]]:
    closed = data("information_schema.yaml")["values"]
    return {tuple(column.split(".")): tuple(values) for column, values in closed.items()}


class ImpossibleValue(Rule):
    """{column} of INFORMATION_SCHEMA.{view} is never '{value}', so this comparison says nothing. {nearest}

    Its values are: {values}. (SCALAR_FUNCTION and TABLE are words of the REST API.)
    """

    bad = (
        f"SELECT routine_name FROM `{PREFIX}.INFORMATION_SCHEMA.ROUTINES` WHERE routine_type = 'SCALAR_FUNCTION';",
        f"SELECT COUNTIF(t.table_type IN ('TABLE', 'VIEW')) AS found FROM `{PREFIX}.INFORMATION_SCHEMA.TABLES` AS t;",
    )
    good = (f"SELECT routine_name FROM `{PREFIX}.INFORMATION_SCHEMA.ROUTINES` WHERE routine_type = 'FUNCTION';",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.resolved_nodes():
            if function_name(node) not in ("$equal", "$not_equal", "$in", "$is_distinct_from", "$is_not_distinct_from"):
                continue
            columns = [a.column for a in node.argument_list if kind(a) == "ResolvedColumnRef"]
            for column in columns:
                view = (column.table_name or "").rsplit(".", 1)[-1]
                values = _closed_values().get((view, column.name.lower()))
                for literal in node.argument_list if values else ():
                    text = literal_text(literal)
                    if text and text not in (values or ()):
                        yield at_resolved(
                            statement,
                            literal,
                            column=column.name,
                            view=view,
                            value=text,
                            values=", ".join(values or ()),
                            nearest=nearest(text, values or ()) if "mean" in nearest(text, values or ()) else "",
                        )
