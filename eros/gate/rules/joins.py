"""Rules on joins and subqueries that ZetaSQL accepts and BigQuery's engine cannot run."""

from __future__ import annotations

from collections.abc import Iterator

from eros.gate.rules.base import Hit, Rule, at_resolved, function_name
from eros.gate.statements import Statement
from eros.gate.tree import Node, kind, part, walk
from eros.model import PREFIX

_OUTER = {"LEFT", "RIGHT", "FULL"}


def _conjuncts(expression: Node | None) -> Iterator[Node]:
    """The parts of a condition that must all hold."""
    if expression is None:
        return
    if function_name(expression) == "$and":
        for operand in expression.argument_list:
            yield from _conjuncts(operand)
    else:
        yield expression


def _columns(node: Node) -> set[int]:
    return {n.column.column_id for n in walk(node) if kind(n) == "ResolvedColumnRef"}


def _reads_table(node: Node) -> bool:
    return any(kind(n) in ("ResolvedTableScan", "ResolvedWithRefScan") for n in walk(node))


class OuterJoinNeedsEquality(Rule):
    """A {join} JOIN without an equality between a field of one side and a field of the other: BigQuery refuses it.

    Join on an equality; compute what has to be equal in a CTE first. Other conditions may stand beside it with AND.
    """

    bad = (
        f"SELECT b.caption_id FROM `{PREFIX}.caption_bank` AS b "
        f"LEFT JOIN `{PREFIX}.captions` AS c ON c.caption_id > b.caption_id;",
        f"SELECT b.caption_id FROM `{PREFIX}.caption_bank` AS b "
        f"LEFT JOIN `{PREFIX}.captions` AS c "
        "ON c.caption_id = b.caption_id OR c.caption_text = b.caption_text;",
    )
    good = (
        f"SELECT b.caption_id FROM `{PREFIX}.caption_bank` AS b "
        f"LEFT JOIN `{PREFIX}.captions` AS c "
        "ON c.caption_id = b.caption_id AND c.has_urgency;",
        f"SELECT m.page_name, h FROM `{PREFIX}.active_creator_caption_restrictions_v` AS m "
        "LEFT JOIN UNNEST(m.hard_patterns) AS h;",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.resolved_nodes():
            if kind(node) == "ResolvedJoinScan" and node.join_type in _OUTER and not self._has_equality(node):
                yield at_resolved(statement, node, join=node.join_type)

    @staticmethod
    def _has_equality(join: Node) -> bool:
        left = {c.column_id for c in join.left_scan.column_list}
        right = {c.column_id for c in join.right_scan.column_list}
        for condition in _conjuncts(join.join_expr):
            if function_name(condition) == "$equal":
                one, other = (_columns(argument) for argument in condition.argument_list)
                if one and other and ((one <= left and other <= right) or (one <= right and other <= left)):
                    return True
        return False


class CorrelatedSubquery(Rule):
    """A {form} subquery that reads a table once per row of the outer query: BigQuery may fail to de-correlate it.

    Aggregate in a CTE and join it on an equality.
    """

    bad = (
        f"SELECT c.caption_id, (SELECT MAX(s.avg_emv) FROM `{PREFIX}.caption_bandit_stats` "
        f"AS s WHERE s.caption_id = c.caption_id) AS best FROM `{PREFIX}.captions` AS c;",
        f"SELECT c.caption_id FROM `{PREFIX}.captions` AS c WHERE NOT EXISTS "
        f"(SELECT 1 FROM `{PREFIX}.caption_bank` AS b WHERE b.caption_id > c.caption_id);",
    )
    good = (
        f"SELECT c.caption_id FROM `{PREFIX}.captions` AS c WHERE NOT EXISTS "
        f"(SELECT 1 FROM `{PREFIX}.caption_bank` AS b WHERE b.caption_id = c.caption_id);",
        "SELECT r.page_name, (SELECT COUNT(*) FROM UNNEST(r.hard_patterns) AS p WHERE p != '') AS patterns "
        f"FROM `{PREFIX}.active_creator_caption_restrictions_v` AS r;",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.resolved_nodes():
            if kind(node) != "ResolvedSubqueryExpr" or not node.parameter_list or not _reads_table(node.subquery):
                continue
            form = node.subquery_type
            if form in ("SCALAR", "ARRAY") or not self._has_equality(node.subquery):
                yield at_resolved(statement, node, form=form)

    @staticmethod
    def _has_equality(subquery: Node) -> bool:
        """Whether some condition of EXISTS or IN is an equality of an inner field with an outer one."""
        for scan in walk(subquery):
            for condition in _conjuncts(part(scan, "filter_expr")):
                if function_name(condition) == "$equal":
                    sides = [
                        {n.is_correlated or False for n in walk(argument) if kind(n) == "ResolvedColumnRef"}
                        for argument in condition.argument_list
                    ]
                    if {True} in sides and {False} in sides:
                        return True
        return False
