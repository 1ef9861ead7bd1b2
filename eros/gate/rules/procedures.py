"""Rules on scripts and procedures: what they may do, and how they fail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eros.gate.analyzer import spelled
from eros.gate.rules.base import Hit, Rule, at
from eros.gate.statements import Statement
from eros.gate.tree import kind, part, walk
from eros.model import PREFIX

_DDL = re.compile(r"AST(Create|Alter|Drop|Truncate|Rename|Undrop|Clone|Grant|Revoke)\w*Statement")


def _changes_schema(statement: Statement) -> bool:
    """Whether the statement is DDL on something permanent."""
    node = statement.node
    if not _DDL.fullmatch(kind(node)) or part(node, "scope") == "TEMPORARY":
        return False
    name = part(node, "name", "path")
    dropped = name.names[-1].id_string.lower() if kind(name) == "ASTPathExpression" else ""
    return dropped not in statement.scope.temp.tables


class OutArgument(Rule):
    """Argument {argument} of {procedure} is {mode}: it needs a variable of type {type} to write to.

    Declare a variable of that type and pass it.
    """

    bad = (
        f"CALL `{PREFIX}.example_out`(1, 2);",
        f"DECLARE v_text STRING; CALL `{PREFIX}.example_out`(1, v_text);",
    )
    good = (f"DECLARE v_count INT64; CALL `{PREFIX}.example_out`(1, v_count);",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        node = statement.node
        if kind(node) != "ASTCallStatement":
            return
        name = node.procedure_name.names[0].id_string
        procedure = statement.catalog.procedures.get(name)
        if procedure is None:
            return
        for given, (mode, argument, sql_type) in zip(node.arguments, procedure.arguments, strict=False):
            names = part(given.expr, "names") or []
            variable = statement.scope.variables.get(names[0].id_string.lower()) if len(names) == 1 else None
            if mode != "IN" and (variable is None or variable != sql_type):
                yield at(
                    given,
                    argument=argument,
                    procedure=name.rsplit(".", 1)[-1],
                    mode=mode,
                    type=spelled(sql_type),
                )


class NoSessionSettings(Rule):
    """SET {variable} changes the session, which a scheduled query does not have.

    Remove it. @@query_timeout_ms and @@maximum_bytes_billed are no BigQuery system variables; limits belong to the job,
    a time zone to the function that needs it.
    """

    bad = ("SET @@query_timeout_ms = 1000;", "SET @@time_zone = 'America/Los_Angeles';")
    good = ("DECLARE v_rows INT64; SET v_rows = @@row_count;",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        if kind(statement.node) == "ASTSystemVariableAssignment":
            yield at(statement.node, variable=statement.text(statement.node.system_variable))


class NoTransactions(Rule):
    """Explicit transactions are cancelled by any conflicting one, while single DML statements queue.

    Make the write one statement that may be repeated, a MERGE say.
    """

    bad = ("BEGIN TRANSACTION; SELECT 1; COMMIT TRANSACTION;", "ROLLBACK TRANSACTION;")
    good = ("BEGIN SELECT 1; END;",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        if kind(statement.node) in ("ASTBeginStatement", "ASTCommitStatement", "ASTRollbackStatement"):
            yield at(statement.node)


class NoSchemaChangeInScript(Rule):
    """A script changes the schema: {statement}. Tables, views and routines are declared and deployed, never scripted.

    Declare the table under schemas/ or use CREATE OR REPLACE TEMP TABLE.
    """

    bad = (
        f"CREATE OR REPLACE PROCEDURE `{PREFIX}.sweep_expired_caption_locks`() BEGIN "
        f"CREATE TABLE IF NOT EXISTS `{PREFIX}.more` (a INT64); END;",
        f"DROP TABLE `{PREFIX}.captions`;",
        f"TRUNCATE TABLE `{PREFIX}.captions`;",
        f"GRANT `roles/bigquery.dataViewer` ON TABLE `{PREFIX}.captions` TO 'user:a@example.com';",
    )
    good = ("CREATE OR REPLACE TEMP TABLE found AS SELECT 1 AS n; DROP TABLE found;",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        declares = (
            "ASTCreateProcedureStatement", "ASTCreateFunctionStatement", "ASTCreateViewStatement",
        )  # fmt: skip
        if kind(statement.node) not in declares and _changes_schema(statement):
            yield at(statement.node, statement=" ".join(statement.text(statement.node).split()[:4]))


class ReplaceTempTable(Rule):
    """A temp table is not created with CREATE OR REPLACE, so a second call in one session fails.

    Write CREATE OR REPLACE TEMP TABLE.
    """

    bad = ("CREATE TEMP TABLE found AS SELECT 1 AS n;", "CREATE TEMP TABLE IF NOT EXISTS found AS SELECT 1 AS n;")
    good = ("CREATE OR REPLACE TEMP TABLE found AS SELECT 1 AS n;",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        node = statement.node
        if kind(node) == "ASTCreateTableStatement" and node.scope == "TEMPORARY" and not node.is_or_replace:
            yield at(node)


class NestedHandler(Rule):
    """The EXCEPTION clause stands on the outermost block of the procedure, where the embedded engine does not run it.

    Put the guarded statements in a BEGIN … EXCEPTION WHEN ERROR THEN … END of their own inside it. BigQuery does the
    same with both.
    """

    bad = (
        f"CREATE OR REPLACE PROCEDURE `{PREFIX}.sweep_expired_caption_locks`() "
        "BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN SELECT @@error.message; END;",
    )
    good = (
        f"CREATE OR REPLACE PROCEDURE `{PREFIX}.sweep_expired_caption_locks`() "
        "BEGIN BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN SELECT @@error.message; END; END;",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        node = statement.node
        if kind(node) != "ASTCreateProcedureStatement" or node.body is None:
            return
        for block in node.body.statement_list_node.statement_list:
            if kind(block) == "ASTBeginEndBlock" and block.handler_list is not None:
                yield at(block.handler_list)


class NoLoops(Rule):
    """A loop runs its statements once per turn, and every one of them costs BigQuery a part of a second.

    Write one statement for all rows: a JOIN, a window function, UNNEST or GENERATE_ARRAY. There are no cursors.
    """

    bad = (
        "FOR v_row IN (SELECT 1 AS n) DO SELECT v_row.n; END FOR;",
        "DECLARE v_n INT64 DEFAULT 0; WHILE v_n < 3 DO SET v_n = v_n + 1; END WHILE;",
        "DECLARE v_n INT64 DEFAULT 0; LOOP SET v_n = v_n + 1; IF v_n > 3 THEN BREAK; END IF; END LOOP;",
        "DECLARE v_n INT64 DEFAULT 0; REPEAT SET v_n = v_n + 1; UNTIL v_n > 3 END REPEAT;",
    )
    good = ("SELECT n FROM UNNEST(GENERATE_ARRAY(1, 3)) AS n;",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        if kind(statement.node) in ("ASTForInStatement", "ASTWhileStatement", "ASTRepeatStatement"):
            yield at(statement.node)


class NoDynamicSql(Rule):
    """EXECUTE IMMEDIATE hides its statement from this check and from the dependency graph.

    Write the statement itself; values that vary are variables.
    """

    bad = ("EXECUTE IMMEDIATE 'SELECT 1';",)
    good = ("SELECT 1;",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        if kind(statement.node) == "ASTExecuteImmediateStatement":
            yield at(statement.node)


class GroupByVariable(Rule):
    """GROUP BY an expression that holds the variable {name}: the same expression elsewhere does not count as grouped.

    Give the expression an alias in the SELECT list and group by that alias.
    """

    bad = ("DECLARE v_n INT64; SELECT x + v_n AS y, COUNT(*) AS n FROM UNNEST([1, 2]) AS x GROUP BY x + v_n;",)
    good = ("DECLARE v_n INT64; SELECT x + v_n AS y, COUNT(*) AS n FROM UNNEST([1, 2]) AS x GROUP BY y;",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        for item in statement.syntax():
            if kind(item) != "ASTGroupingItem" or item.expression is None:
                continue
            for node in walk(item.expression):
                if kind(node) == "ASTPathExpression" and node.names[0].id_string.lower() in statement.scope.variables:
                    yield at(item, name=node.names[0].id_string)
                    break
