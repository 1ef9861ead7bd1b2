"""Rules on CREATE TABLE, INSERT and MERGE: what ZetaSQL takes and BigQuery or the house does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eros.gate.analyzer import spelled
from eros.gate.rules.base import Hit, Rule, at
from eros.gate.statements import Statement
from eros.gate.tree import Node, kind, part
from eros.model import PREFIX

_CREATES = ("ASTCreateTableStatement", "ASTCreateViewStatement", "ASTCreateMaterializedViewStatement")
_WRITES = ("ASTInsertStatement", "ASTUpdateStatement", "ASTDeleteStatement", "ASTMergeStatement")
_TIMES = {"DATE", "TIMESTAMP", "DATETIME"}
#: The forms of PARTITION BY and the column types each of them takes.
_PARTITIONS: tuple[tuple[re.Pattern[str], set[str]], ...] = (
    (re.compile(r"(_PARTITIONDATE|_PARTITIONTIME)", re.I), set()),
    (re.compile(r"(\w+)"), {"DATE"}),
    (re.compile(r"DATE\s*\(\s*(\w+)\s*\)", re.I), {"TIMESTAMP", "DATETIME"}),
    (re.compile(r"DATE_TRUNC\s*\(\s*(\w+)\s*,\s*(?:MONTH|YEAR)\s*\)", re.I), {"DATE"}),
    (
        re.compile(r"TIMESTAMP_TRUNC\s*\(\s*(\w+)\s*,\s*(?:HOUR|DAY|MONTH|YEAR)\s*\)", re.I),
        {"TIMESTAMP"},
    ),
    (
        re.compile(r"DATETIME_TRUNC\s*\(\s*(\w+)\s*,\s*(?:HOUR|DAY|MONTH|YEAR)\s*\)", re.I),
        {"DATETIME"},
    ),
    (re.compile(r"RANGE_BUCKET\s*\(\s*(\w+)\s*,\s*GENERATE_ARRAY\s*\(.*\)\s*\)", re.I | re.S), {"INT64"}),
)
_CLUSTER_TYPES = _TIMES | {
    "BIGNUMERIC",
    "BOOL",
    "GEOGRAPHY",
    "INT64",
    "NUMERIC",
    "STRING",
}
_MAX_CLUSTER_COLUMNS = 4


def _column_types(statement: Statement) -> dict[str, str]:
    """Column name, lower case -> type, of the table a statement creates."""
    columns = part(statement.resolved.tree, "column_definition_list") or () if statement.resolved else ()
    return {c.name.lower(): spelled(c.type) for c in columns}


class PartitionExpression(Rule):
    """BigQuery cannot partition by {expression} ({reason}).

    Partition by a DATE column, DATE(timestamp_column), DATE_TRUNC, TIMESTAMP_TRUNC or DATETIME_TRUNC of a column, or
    RANGE_BUCKET(integer_column, GENERATE_ARRAY(start, end, step)); no other expression is allowed.
    """

    bad = (
        "CREATE OR REPLACE TEMP TABLE t (d DATE) PARTITION BY RANGE_BUCKET(EXTRACT(DAY FROM d), GENERATE_ARRAY(1, 9));",
        "CREATE OR REPLACE TEMP TABLE t (sent TIMESTAMP) PARTITION BY sent;",
    )
    good = ("CREATE OR REPLACE TEMP TABLE t (sent TIMESTAMP, n INT64) PARTITION BY TIMESTAMP_TRUNC(sent, DAY);",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        if kind(statement.node) not in _CREATES:
            return
        columns = _column_types(statement)
        for node in statement.syntax():
            if kind(node) == "ASTPartitionBy" and _is_ddl_clause(statement.node, node):
                if len(node.partitioning_expressions) != 1:
                    yield at(node, expression=statement.text(node), reason="only one expression is allowed")
                    continue
                text = statement.text(node.partitioning_expressions[0])
                if reason := self._reason(text, columns):
                    yield at(node, expression=text, reason=reason)

    @staticmethod
    def _reason(text: str, columns: dict[str, str]) -> str:
        for form, kinds in _PARTITIONS:
            if match := form.fullmatch(text):
                column_type = columns.get(match[1].lower())
                if columns and column_type not in kinds and not match[1].startswith("_"):
                    return f"{match[1]} is {column_type or 'no column of the table'}"
                return ""
        return "it must be a column or one of the functions below on a column"


class ClusterColumns(Rule):
    """BigQuery cannot cluster by {columns}: {reason}.

    CLUSTER BY takes at most four top-level columns of type INT64, NUMERIC, BIGNUMERIC, STRING, BOOL, DATE, DATETIME,
    TIMESTAMP or GEOGRAPHY.
    """

    bad = (
        "CREATE OR REPLACE TEMP TABLE t (a INT64, b INT64, c INT64, d INT64, e INT64) CLUSTER BY a, b, c, d, e;",
        "CREATE OR REPLACE TEMP TABLE t (code BYTES) CLUSTER BY code;",
    )
    good = ("CREATE OR REPLACE TEMP TABLE t (a INT64, b STRING) CLUSTER BY a, b;",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        if kind(statement.node) not in _CREATES:
            return
        columns = _column_types(statement)
        for node in statement.syntax():
            if kind(node) != "ASTClusterBy":
                continue
            names = [statement.text(e) for e in node.clustering_expressions]
            if len(names) > _MAX_CLUSTER_COLUMNS:
                yield at(node, columns=", ".join(names), reason=f"that is {len(names)} columns")
            for expression, name in zip(node.clustering_expressions, names, strict=True):
                column_type = columns.get(name.lower())
                if columns and column_type not in _CLUSTER_TYPES:
                    yield at(expression, columns=name, reason=f"it is {column_type or 'no column of the table'}")


def _is_ddl_clause(create: Node, clause: Node) -> bool:
    """Whether a PARTITION BY belongs to the table, not to a window function of its query."""
    return part(create, "partition_by") is clause


class KeyNotEnforced(Rule):
    """BigQuery does not enforce keys, and refuses one that does not say so.

    Write NOT ENFORCED after the key. Nothing then keeps out repeated rows: the SQL must.
    """

    bad = ("CREATE OR REPLACE TEMP TABLE t (id INT64, PRIMARY KEY (id));",)
    good = ("CREATE OR REPLACE TEMP TABLE t (id INT64, PRIMARY KEY (id) NOT ENFORCED);",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        keys = ("ASTPrimaryKey", "ASTPrimaryKeyColumnAttribute", "ASTForeignKeyReference")
        for node in statement.syntax():
            if kind(node) in keys and node.enforced:
                yield at(node)


class InsertNamesColumns(Rule):
    """INSERT does not list its columns, so a column added later shifts every value.

    Write INSERT INTO table (column, …).
    """

    bad = (
        f"INSERT INTO `{PREFIX}.captions` VALUES (1, 'text', NULL, NULL, TRUE);",
        f"MERGE `{PREFIX}.captions` AS t "
        "USING (SELECT 1 AS caption_id, '' AS caption_text, '' AS price_tier, '' AS content_category, TRUE AS u) AS s "
        "ON FALSE WHEN NOT MATCHED THEN INSERT ROW;",
    )
    good = (f"INSERT INTO `{PREFIX}.captions` (caption_id) VALUES (1);",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.syntax():
            if _inserts(node) and _insert_columns(node) is None:
                yield at(node)


class InsertRequiredColumns(Rule):
    """The INSERT gives no value to {columns}, which {table} declares NOT NULL without a default.

    Add them to the column list and to the values.
    """

    bad = (
        f"INSERT INTO `{PREFIX}.caption_bank` (caption_id) VALUES (1);",
        f"MERGE `{PREFIX}.caption_bank` AS t USING (SELECT 1 AS caption_id) AS s "
        "ON t.caption_id = s.caption_id WHEN NOT MATCHED THEN INSERT (caption_id) VALUES (s.caption_id);",
    )
    good = (f"INSERT INTO `{PREFIX}.caption_bank` (caption_id, caption_text) VALUES (1, 'a');",)

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.syntax():
            if not _inserts(node) or (columns := _insert_columns(node)) is None:
                continue
            target = part(node, "target_path") or statement.node.target_path
            name = target.names[0].id_string
            table = statement.catalog.tables.get(name)
            missing = {name for name in (table.required if table else ()) if name.lower() not in columns}
            if missing:
                yield at(node, columns=", ".join(sorted(missing)), table=name.rsplit(".", 1)[-1])


class NullForRequiredColumn(Rule):
    """{column} of {table} is NOT NULL and is given NULL: the statement fails as soon as there is a row for it.

    Give it a value.
    """

    bad = (
        f"INSERT INTO `{PREFIX}.caption_bank` (caption_id, caption_text) VALUES (1, 'a'), (2, NULL);",
        f"UPDATE `{PREFIX}.caption_bank` SET usage_status = NULL, caption_text = NULL WHERE caption_id = 1;",
        f"MERGE `{PREFIX}.caption_bank` AS t USING (SELECT 1 AS id) AS s ON t.caption_id = s.id "
        "WHEN NOT MATCHED THEN INSERT (caption_id, caption_text) VALUES (s.id, NULL);",
    )
    good = (
        f"UPDATE `{PREFIX}.caption_bank` SET usage_status = NULL WHERE caption_id = 1;",
        f"INSERT INTO `{PREFIX}.caption_bank` (caption_id, caption_text, usage_status) VALUES (1, 'a', NULL);",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        target = part(statement.node, "target_path")
        if kind(statement.node) not in _WRITES or kind(target) != "ASTPathExpression":
            return
        name = target.names[0].id_string
        table = statement.catalog.tables.get(name)
        required = {column.lower() for column in table.required} if table else set()
        for node in statement.syntax():
            for column, value in _given(node):
                if kind(value) == "ASTNullLiteral" and column.lower() in required:
                    yield at(value, column=column, table=name.rsplit(".", 1)[-1])


def _given(node: Node) -> Iterator[tuple[str, Node]]:
    """The columns a statement or a branch of it writes, with the expression of each value that stands in the text."""
    if kind(node) == "ASTUpdateSetValue":
        yield node.path.names[-1].id_string, node.value
    rows: list[Node] = []
    listed: Node | None = None
    if kind(node) == "ASTInsertStatement" and node.rows is not None:
        rows, listed = node.rows.rows, node.column_list
    elif kind(node) == "ASTMergeAction" and node.insert_row is not None:
        rows, listed = [node.insert_row], node.insert_column_list
    columns = [c.id_string for c in listed.identifiers] if listed is not None else []
    for row in rows:
        yield from zip(columns, row.values, strict=False)  # a row of the wrong length is refused by the analyzer


class WriteToView(Rule):
    """{name} is a view: BigQuery takes no INSERT, UPDATE, DELETE or MERGE on one.

    Write to the table it reads.
    """

    bad = (
        f"UPDATE `{PREFIX}.active_creator_caption_restrictions_v` SET page_name = 'a' WHERE page_name = 'b';",
        f"DELETE FROM `{PREFIX}.INFORMATION_SCHEMA.TABLES` WHERE table_name = 'a';",
        f"MERGE `{PREFIX}.active_creator_caption_restrictions_v` AS t USING (SELECT 'a' AS page_name) AS s "
        "ON t.page_name = s.page_name WHEN NOT MATCHED THEN INSERT (page_name) VALUES (s.page_name);",
    )
    good = (
        f"UPDATE `{PREFIX}.captions` SET caption_text = '' WHERE caption_id IN "
        f"(SELECT LENGTH(page_name) FROM `{PREFIX}.active_creator_caption_restrictions_v`);",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        target = part(statement.node, "target_path")
        if kind(statement.node) in _WRITES and kind(target) == "ASTPathExpression":
            name = target.names[0].id_string
            if (table := statement.catalog.tables.get(name)) and table.is_view:
                yield at(target, name=name.split(".", 2)[-1])


class InsertMode(Rule):
    """BigQuery has neither INSERT OR IGNORE/REPLACE/UPDATE nor ON CONFLICT nor ASSERT_ROWS_MODIFIED.

    Write a MERGE on the key: WHEN MATCHED THEN UPDATE …, WHEN NOT MATCHED THEN INSERT ….
    """

    bad = (f"INSERT OR IGNORE INTO `{PREFIX}.captions` (caption_id) VALUES (1);",)
    good = InsertNamesColumns.good

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.syntax():
            if kind(node) == "ASTInsertStatement" and (
                node.insert_mode != "DEFAULT_MODE" or node.assert_rows_modified or node.on_conflict
            ):
                yield at(node)


def _inserts(node: Node) -> bool:
    if kind(node) == "ASTMergeAction":
        return bool(node.action_type == "INSERT")
    return kind(node) == "ASTInsertStatement"


def _insert_columns(node: Node) -> frozenset[str] | None:
    """The columns an INSERT lists, None where it lists none."""
    listed = node.column_list if kind(node) == "ASTInsertStatement" else node.insert_column_list
    return None if listed is None else frozenset(c.id_string.lower() for c in listed.identifiers)
