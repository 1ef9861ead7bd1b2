"""Rules on names: how objects are written, what variables are called, and which of two equal names wins."""

from __future__ import annotations

from collections.abc import Iterator

from eros.gate.rules.base import Hit, Rule, at
from eros.gate.statements import Statement
from eros.gate.tree import Node, kind, part, walk
from eros.model import PREFIX

#: Fields whose identifiers name objects, types or columns to write, never values.
_NOT_VALUES = frozenset(
    {"path_expr", "function", "type_name", "target_path", "name", "procedure_name", "path", "body", "type"}
)


class ObjectName(Rule):
    """{written} is not written as a full name in one pair of backticks.

    Write `{full}`. Every environment is reached by replacing exactly the text in front of the last dot.
    """

    bad = (
        "SELECT caption_id FROM `of-scheduler-proj`.`eros_scheduling_brain`.`captions`;",
        f"SELECT caption_id FROM `{PREFIX}`.captions;",
        "SELECT caption_id FROM eros_scheduling_brain.captions;",
        "SELECT caption_id FROM captions;",
        "SELECT caption_key('text');",
        "CALL sweep_expired_caption_locks();",
    )
    good = (
        f"SELECT caption_id FROM `{PREFIX}.captions`;",
        "WITH captions AS (SELECT 1 AS caption_id) SELECT caption_id FROM captions;",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        known = {
            *statement.catalog.tables,
            *statement.catalog.procedures,
            *statement.catalog.functions,
        }
        own = {name.id_string.lower() for name in _names_made_here(statement)} | set(statement.scope.temp.tables)
        for node in statement.syntax():
            for field in ("path_expr", "function", "target_path", "procedure_name"):
                path = part(node, field)
                if kind(path) != "ASTPathExpression":
                    continue
                written = ".".join(name.id_string for name in path.names)
                if len(path.names) == 1 and (written in known or written.lower() in own):
                    continue
                full = self._full(written, statement)
                if full in known:
                    yield at(path, written=statement.text(path), full=full)

    @staticmethod
    def _full(written: str, statement: Statement) -> str:
        project, dataset = statement.catalog.prefix.split(".", 1)
        if written.startswith(f"{project}."):
            return written
        if written.startswith(f"{dataset}."):
            return f"{project}.{written}"
        return statement.catalog.full(written)


def _names_made_here(statement: Statement) -> Iterator[Node]:
    """CTEs and aliases of a statement."""
    for node in statement.syntax():
        if kind(node) in ("ASTWithClauseEntry", "ASTAliasedQuery"):
            yield from (n for _, n in node.children if kind(n) == "ASTIdentifier")
        elif kind(node) == "ASTAlias":
            yield node.identifier


class VariablePrefix(Rule):
    """{kind} {name} does not start with {prefix}.

    Name it {prefix}{name}. In BigQuery a column wins over a variable of the same name, so that `WHERE job_id = job_id`
    is always true; no column starts with v_ or p_.
    """

    bad = (
        "DECLARE job_id STRING; SELECT job_id;",
        f"CREATE OR REPLACE PROCEDURE `{PREFIX}.sweep_expired_caption_locks`(IN day DATE) BEGIN SELECT day; END;",
        "FOR row IN (SELECT 1 AS n) DO SELECT row.n; END FOR;",
    )
    also = ("no-loops",)
    good = (
        "DECLARE v_job_id STRING; SELECT v_job_id;",
        f"CREATE OR REPLACE FUNCTION `{PREFIX}.caption_key`(message STRING) RETURNS STRING AS (UPPER(message));",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        node = statement.node
        if kind(node) == "ASTVariableDeclaration":
            yield from self._each("variable", "v_", node.variable_list.identifier_list)
        elif kind(node) == "ASTForInStatement":
            yield from self._each("variable", "v_", [node.variable])
        elif kind(node) == "ASTCreateProcedureStatement":
            yield from self._each("parameter", "p_", [p.name for p in node.parameters.parameter_entries])

    @staticmethod
    def _each(what: str, prefix: str, identifiers: list[Node]) -> Iterator[Hit]:
        for identifier in identifiers:
            if not identifier.id_string.startswith(prefix):
                yield at(identifier, kind=what, name=identifier.id_string, prefix=prefix)


class ColumnPrefix(Rule):
    """{name} names a column or alias, but v_ and p_ mark variables and parameters.

    Take another name.
    """

    bad = (
        "SELECT 1 AS v_total;",
        "CREATE OR REPLACE TEMP TABLE t (p_day DATE);",
    )
    good = ("SELECT 1 AS total;",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.syntax():
            if kind(node) == "ASTAlias":
                identifier = node.identifier
            elif kind(node) == "ASTColumnDefinition":
                identifier = node.name
            else:
                continue
            if identifier.id_string.lower().startswith(("v_", "p_")):
                yield at(identifier, name=identifier.id_string)


class ColumnShadowsVariable(Rule):
    """{name} is a variable or parameter, but here it means the column or alias of that name, which wins.

    Rename the variable (v_ and p_ keep the two apart), or write table.{name} if the column is meant.
    """

    bad = (
        "DECLARE v_x INT64; SELECT v_x FROM (SELECT 1 AS v_x);",
        f"CREATE OR REPLACE PROCEDURE `{PREFIX}.sweep_expired_caption_locks`() BEGIN "
        f"DECLARE job_id STRING; UPDATE `{PREFIX}.etl_job_runs` "
        "SET job_status = 'FAILED' WHERE job_id = job_id; END;",
        f"CREATE OR REPLACE FUNCTION `{PREFIX}.caption_key`(caption_text STRING) RETURNS "
        f"INT64 AS ((SELECT MAX(caption_id) FROM `{PREFIX}.captions` "
        "WHERE caption_text = caption_text));",
    )
    also = ("column-prefix", "variable-prefix")
    good = (
        f"DECLARE v_job_id STRING; UPDATE `{PREFIX}.etl_job_runs` SET job_status = 'FAILED' WHERE job_id = v_job_id;",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        if not statement.resolved:
            return
        arguments = {node.name.id_string.lower() for node in statement.syntax() if kind(node) == "ASTFunctionParameter"}
        names = arguments | set(statement.scope.variables)
        if kind(statement.node) == "ASTCreateProcedureStatement" or not names:
            return
        meant = {
            statement.offset(node)
            for node in statement.resolved_nodes()
            if kind(node) in ("ResolvedConstant", "ResolvedArgumentRef")
        }
        for node in statement.syntax(_NOT_VALUES):
            if (
                kind(node) == "ASTPathExpression"
                and node.names[0].id_string.lower() in names
                and node.start not in meant
            ):
                yield at(node, name=node.names[0].id_string)


class OuterName(Rule):
    """{name} stands in a subquery but is a column of the OUTER query: the inner tables have none of that name.

    Write alias.{name} if that is meant; if not, correct the name.
    """

    bad = (
        f"SELECT b.caption_key FROM `{PREFIX}.caption_bank` AS b WHERE EXISTS "
        f"(SELECT 1 FROM `{PREFIX}.captions` AS c "
        "WHERE c.caption_id = b.caption_id AND usage_status = 'new');",
    )
    good = (
        f"SELECT b.caption_key FROM `{PREFIX}.caption_bank` AS b WHERE b.caption_id IN "
        f"(SELECT c.caption_id FROM `{PREFIX}.captions` AS c WHERE c.has_urgency);",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        written = {n.start: n for n in statement.syntax() if kind(n) == "ASTPathExpression"}
        for subquery in statement.resolved_nodes():
            if kind(subquery) != "ResolvedSubqueryExpr" or not subquery.parameter_list:
                continue
            if not any(kind(n) in ("ResolvedTableScan", "ResolvedWithRefScan") for n in walk(subquery.subquery)):
                continue
            for node in walk(subquery.subquery):
                if kind(node) == "ResolvedColumnRef" and node.is_correlated:
                    path = written.get(statement.offset(node) or -1)
                    if path is not None and len(path.names) == 1:
                        yield at(path, name=path.names[0].id_string)


class SelfReference(Rule):
    """{name} refers to itself, which BigQuery refuses the first time it is created.

    Take the part that repeats into a function or view of its own.
    """

    bad = (
        f"CREATE OR REPLACE FUNCTION `{PREFIX}.caption_key`(message STRING) "
        f"RETURNS STRING AS (`{PREFIX}.caption_key`(message));",
    )
    good = (
        f"CREATE OR REPLACE FUNCTION `{PREFIX}.caption_key`(message STRING) "
        f"RETURNS STRING AS (`{PREFIX}.caption_key_v2`(message));",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        creates = ("ASTCreateFunctionStatement", "ASTCreateViewStatement")
        if kind(statement.node) not in creates or not statement.scope.routine:
            return
        full = statement.catalog.full(statement.scope.routine)
        used = [
            node
            for node in statement.syntax(frozenset({"function_declaration", "name"}))
            if kind(node) == "ASTPathExpression" and node.names[0].id_string == full
        ]
        for node in used:
            yield at(node, name=statement.scope.routine)
