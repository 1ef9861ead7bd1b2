"""Rules on functions: only those BigQuery has, and of those the ones somebody has looked up."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from eros.gate.analyzer import data
from eros.gate.rules.base import Hit, Rule, at, at_resolved, function_name
from eros.gate.statements import Statement
from eros.gate.tree import Node, kind, part, walk
from eros.model import PREFIX


@cache
def _lists() -> tuple[frozenset[str], frozenset[str]]:
    lists = data("functions.yaml")
    return frozenset(lists["allowed"]), frozenset(lists["not_in_bigquery"])


def _calls(statement: Statement) -> Iterator[tuple[Node, str]]:
    """Every call of a built-in function: the node and the name, upper case, without SAFE and NET."""
    for node in statement.syntax():
        if kind(node) == "ASTFunctionCall" and not any("." in n.id_string for n in node.function.names):
            names = [n.id_string.upper() for n in node.function.names]
            name = ".".join(names[1:] if names[0] == "SAFE" and len(names) > 1 else names)
            if name.lower() not in statement.scope.temp.functions:
                yield node.function, name


class FunctionInBigquery(Rule):
    """{name} is a function of GoogleSQL that BigQuery does not have.

    See https://cloud.google.com/bigquery/docs/reference/standard-sql/functions-all for one that does it.
    """

    bad = ("SELECT IFERROR(1, 2);", "SELECT ARRAY_FILTER([1, 2], e -> e > 1);")
    good = ("SELECT IFNULL(1, 2);",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        _, missing = _lists()
        for node, name in _calls(statement):
            if name in missing:
                yield at(node, name=name)


class FunctionListed(Rule):
    """{name} is not on the list of functions this project uses.

    Look it up in BigQuery's reference, try it on the embedded engine, and add it to eros/gate/data/functions.yaml.
    """

    bad = ("SELECT SOUNDEX('Robert');",)
    good = ("SELECT UPPER('Robert');",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        allowed, missing = _lists()
        own = {name.rsplit(".", 1)[-1].upper() for name in statement.catalog.functions}  # misspelt, says object-name
        for node, name in _calls(statement):
            if name not in allowed | missing | own:
                yield at(node, name=name)


class LanguageOfFunction(Rule):
    """The function says LANGUAGE {language}. A SQL function has no LANGUAGE clause; others are not used here.

    Remove LANGUAGE and write the body as AS ( expression ).
    """

    bad = (
        f"CREATE OR REPLACE FUNCTION `{PREFIX}.caption_key`(message STRING) "
        "RETURNS STRING LANGUAGE SQL AS (UPPER(message));",
        f"CREATE OR REPLACE FUNCTION `{PREFIX}.caption_key`(message STRING) "
        "RETURNS STRING LANGUAGE js AS 'return message';",
    )
    good = (f"CREATE OR REPLACE FUNCTION `{PREFIX}.caption_key`(message STRING) RETURNS STRING AS (UPPER(message));",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        language = part(statement.node, "language")
        if kind(statement.node) == "ASTCreateFunctionStatement" and language is not None:
            yield at(language, language=language.id_string)


class RandomInSubquery(Rule):
    """RAND() stands in a subquery of a function and may be evaluated once for all rows.

    Write the function as one expression without a subquery.
    """

    bad = (
        f"CREATE OR REPLACE FUNCTION `{PREFIX}.wilson_sample`"
        "(successes INT64, failures INT64) RETURNS FLOAT64 AS ((SELECT RAND() * n FROM UNNEST([successes]) AS n));",
    )
    good = (
        f"CREATE OR REPLACE FUNCTION `{PREFIX}.wilson_sample`"
        "(successes INT64, failures INT64) RETURNS FLOAT64 AS (RAND() * successes);",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        if kind(statement.node) != "ASTCreateFunctionStatement":
            return
        for node in statement.syntax():
            if kind(node) == "ASTExpressionSubquery":
                for inner in walk(node):
                    if kind(inner) == "ASTFunctionCall" and inner.function.names[-1].id_string.upper() == "RAND":
                        yield at(inner)


class NeedsWindow(Rule):
    """{name} without OVER: to BigQuery it is a window function alone, although GoogleSQL can aggregate with it.

    Write {name}(…) OVER (PARTITION BY …) in a SELECT DISTINCT, or APPROX_QUANTILES where near is near enough.
    """

    bad = (f"SELECT page_name, PERCENTILE_CONT(earnings, 0.5) FROM `{PREFIX}.mass_messages` GROUP BY page_name;",)
    good = (
        "SELECT DISTINCT page_name, PERCENTILE_CONT(earnings, 0.5) OVER (PARTITION BY page_name) AS median "
        f"FROM `{PREFIX}.mass_messages`;",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.resolved_nodes():
            if kind(node) == "ResolvedAggregateFunctionCall":
                name = function_name(node)
                if name in ("percentile_cont", "percentile_disc"):
                    yield at_resolved(statement, node, name=name.upper())
