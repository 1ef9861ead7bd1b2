"""The rule on division: nothing is divided by what may be zero."""

from __future__ import annotations

import re
from collections.abc import Iterator

from eros.gate.rules.base import Hit, Rule, at
from eros.gate.statements import Statement
from eros.gate.tree import Node, kind
from eros.model import PREFIX

#: Functions never below zero. (EXP is not above zero: it underflows.)
_NEVER_NEGATIVE_FUNCTIONS = {
    "ABS", "ARRAY_LENGTH", "BYTE_LENGTH", "CHAR_LENGTH", "COUNT", "COUNTIF", "EXP", "LENGTH", "RAND", "SQRT",
}  # fmt: skip


class Division(Rule):
    """{divisor} may be zero, and then the whole statement fails.

    Write SAFE_DIVIDE({dividend}, {divisor}), which gives NULL. A plain / is for a divisor that can be seen not to be
    zero: a number, a sum of something never negative and something positive (COUNT(*) + 1), or what an earlier WHEN or
    the condition of the IF excludes.
    """

    bad = (
        f"SELECT purchased_count / viewed_count FROM `{PREFIX}.mass_messages`;",
        f"SELECT 1 / (row_id + 1), 1 / EXP(row_id) FROM `{PREFIX}.mass_messages`;",
        f"SELECT CASE WHEN row_id > 0 THEN 0 ELSE 1 / row_id END FROM `{PREFIX}.mass_messages`;",
        f"SELECT MOD(5, row_id), DIV(5, row_id) FROM `{PREFIX}.mass_messages`;",
    )
    good = (
        f"SELECT SAFE_DIVIDE(purchased_count, viewed_count) FROM `{PREFIX}.mass_messages`;",
        f"SELECT row_id / 1000, 1 / SQRT(ABS(row_id) + 1), MOD(row_id, 19), 1 / (1 + EXP(-row_id)) "
        f"FROM `{PREFIX}.mass_messages`;",
        "SELECT CASE WHEN row_id = 0 THEN 0 ELSE 1 / row_id END, IF(row_id > 0, 1 / row_id, 0) "
        f"FROM `{PREFIX}.mass_messages`;",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        for node in statement.roots():
            yield from self._look(statement, node, frozenset())

    def _look(self, statement: Statement, node: Node, non_zero: frozenset[str]) -> Iterator[Hit]:
        """Go down, knowing the texts of expressions that are not zero (nor NULL) here."""
        if dividend_divisor := _division(node):
            dividend, divisor = dividend_divisor
            proof = _Proof(statement, non_zero)
            if not proof.non_zero(divisor):
                yield at(divisor, divisor=_inner(statement, divisor), dividend=_inner(statement, dividend))
        if kind(node) == "ASTCaseNoValueExpression":
            yield from self._case(statement, node, non_zero)
        elif _is_call(node, "IF") and len(node.arguments) == 3:
            condition, then, otherwise = node.arguments
            yield from self._look(statement, condition, non_zero)
            yield from self._look(statement, then, non_zero | set(_excluded_if(statement, condition, True)))
            yield from self._look(statement, otherwise, non_zero | set(_excluded_if(statement, condition, False)))
        else:
            for _, child in node.children:
                # What a condition around a subquery says of a name need not hold for that name inside it.
                inside = frozenset() if kind(node) == "ASTExpressionSubquery" else non_zero
                yield from self._look(statement, child, inside)

    def _case(self, statement: Statement, node: Node, non_zero: frozenset[str]) -> Iterator[Hit]:
        parts = list(node.arguments)
        known = non_zero
        while len(parts) >= 2:
            condition, result, *parts = parts
            yield from self._look(statement, condition, known)
            yield from self._look(statement, result, known | set(_excluded_if(statement, condition, True)))
            known = known | set(_excluded_if(statement, condition, False))
        for otherwise in parts:
            yield from self._look(statement, otherwise, known)


def _inner(statement: Statement, node: Node) -> str:
    """The expression's text on one line, for a message."""
    text = " ".join(statement.text(node).split())
    return text if len(text) <= 60 else f"{text[:57]}…"


def _normal(statement: Statement, node: Node) -> str:
    return re.sub(r"\s+", "", statement.text(node)).lower()


def _is_call(node: Node, *names: str) -> bool:
    return (
        kind(node) == "ASTFunctionCall"
        and len(node.function.names) == 1
        and node.function.names[0].id_string.upper() in names
    )


def _division(node: Node) -> tuple[Node, Node] | None:
    """Dividend and divisor, if the node divides."""
    if kind(node) == "ASTBinaryExpression" and node.op == "DIVIDE":
        return node.lhs, node.rhs
    if _is_call(node, "DIV", "MOD") and len(node.arguments) == 2:
        return node.arguments[0], node.arguments[1]
    return None


_MAY_DIFFER = re.compile(r"rand\(|uuid\(|select")


def _excluded_if(statement: Statement, condition: Node, holds: bool) -> Iterator[str]:
    """Texts of expressions that can't be zero where the condition holds, or where it does not hold.

    A condition that is NULL counts as one that does not hold; its operand is then NULL, and so is the quotient.
    """
    name = kind(condition)
    if name == "ASTAndExpr" and holds:
        for part in condition.conjuncts:
            yield from _excluded_if(statement, part, True)
    elif name == "ASTOrExpr" and not holds:
        for part in condition.disjuncts:
            yield from _excluded_if(statement, part, False)
    elif name == "ASTBinaryExpression" and not condition.is_not:
        excludes = {"GT", "NE", "NE2", "LT"} if holds else {"EQ", "LE", "GE"}
        for side, other in ((condition.lhs, condition.rhs), (condition.rhs, condition.lhs)):
            if kind(other) in ("ASTIntLiteral", "ASTFloatLiteral") and float(statement.text(other)) == 0.0:
                text = _normal(statement, side)
                if condition.op in excludes and not _MAY_DIFFER.search(text):
                    yield text


class _Proof:
    """Shows that an expression is not zero, from its form alone. What it can't show it denies."""

    def __init__(self, statement: Statement, known: frozenset[str]) -> None:
        self._statement, self._known = statement, known

    def non_zero(self, node: Node) -> bool:
        """Never zero (NULL is allowed: dividing by NULL gives NULL)."""
        if _normal(self._statement, node) in self._known or self.positive(node):
            return True
        if _is_call(node, "NULLIF") and len(node.arguments) == 2:
            return self._number(node.arguments[1]) == 0
        if kind(node) == "ASTUnaryExpression" and node.op == "MINUS":
            return self.non_zero(node.operand)
        if kind(node) == "ASTBinaryExpression" and node.op == "MULTIPLY":  # by 1 or more: no underflow to zero
            for factor, other in ((node.lhs, node.rhs), (node.rhs, node.lhs)):
                if (self._number(factor) or 0) >= 1 and self.non_zero(other):
                    return True
        return False

    def positive(self, node: Node) -> bool:
        """Always above zero, or NULL."""
        if (value := self._number(node)) is not None:
            return value > 0
        if _is_call(node, "SQRT"):
            return self.positive(node.arguments[0])
        if _is_call(node, "GREATEST"):  # NULL if an argument is
            return any(self.positive(argument) for argument in node.arguments)
        if _is_call(node, "LEAST", "COALESCE"):
            return all(self.positive(argument) for argument in node.arguments)
        if kind(node) == "ASTCastExpression":  # other types may round a small number to zero
            return self.positive(node.expr) and self._statement.text(node.type).upper() == "FLOAT64"
        if kind(node) == "ASTBinaryExpression" and node.op == "PLUS":
            return (self.positive(node.lhs) and self.never_negative(node.rhs)) or (
                self.never_negative(node.lhs) and self.positive(node.rhs)
            )
        return False

    def never_negative(self, node: Node) -> bool:
        """At or above zero, or NULL."""
        if self.positive(node) or self._number(node) == 0:
            return True
        if _is_call(node, *_NEVER_NEGATIVE_FUNCTIONS):
            return True
        if _is_call(node, "GREATEST"):
            return any(self.never_negative(argument) for argument in node.arguments)
        if _is_call(node, "COALESCE", "LEAST"):
            return all(self.never_negative(argument) for argument in node.arguments)
        if _is_call(node, "POW", "POWER") and len(node.arguments) == 2:
            return self._number(node.arguments[1]) == 2
        if kind(node) == "ASTCastExpression":
            return self.never_negative(node.expr)
        if kind(node) == "ASTBinaryExpression":
            both = self.never_negative(node.lhs) and self.never_negative(node.rhs)
            square = _normal(self._statement, node.lhs) == _normal(self._statement, node.rhs)
            return (node.op in ("PLUS", "DIVIDE") and both) or (node.op == "MULTIPLY" and (both or square))
        return False

    def _number(self, node: Node) -> float | None:
        if kind(node) in ("ASTIntLiteral", "ASTFloatLiteral"):
            text = self._statement.text(node)
            return float(int(text, 0)) if kind(node) == "ASTIntLiteral" else float(text)
        return None
