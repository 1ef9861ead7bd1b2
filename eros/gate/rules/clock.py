"""Rules on the clock: a procedure decides by one instant, which a test can set."""

from __future__ import annotations

from collections.abc import Iterator

from eros.gate.rules.base import Hit, Rule, at
from eros.gate.statements import Statement
from eros.gate.tree import Node, kind, walk
from eros.model import PREFIX

#: The variable that holds the real time at the start of a procedure, for its duration alone.
STOPWATCH = "v_stopwatch"
_CLOCK = "eros_now"


def _calls(node: Node, name: str) -> bool:
    return kind(node) == "ASTFunctionCall" and node.function.names[-1].id_string.lower().rsplit(".", 1)[-1] == name


class RealClockForDurations(Rule):
    """A procedure decides by CURRENT_TIMESTAMP(), which no test can set and which differs from statement to statement.

    Use v_now, read once with DECLARE v_now TIMESTAMP DEFAULT `…eros_now`(). The real clock measures durations alone:
    DECLARE v_stopwatch TIMESTAMP DEFAULT CURRENT_TIMESTAMP(), and TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_stopwatch, …).
    """

    bad = (
        f"CREATE OR REPLACE PROCEDURE `{PREFIX}.sweep_expired_caption_locks`() BEGIN "
        f"DELETE FROM `{PREFIX}.mass_messages` WHERE sending_time < CURRENT_TIMESTAMP(); END;",
        f"CREATE OR REPLACE PROCEDURE `{PREFIX}.sweep_expired_caption_locks`() BEGIN "
        "DECLARE v_now TIMESTAMP DEFAULT CURRENT_TIMESTAMP(); SELECT v_now; END;",
    )
    good = (
        f"CREATE OR REPLACE PROCEDURE `{PREFIX}.sweep_expired_caption_locks`() BEGIN "
        "DECLARE v_stopwatch TIMESTAMP DEFAULT CURRENT_TIMESTAMP(); "
        "SELECT TIMESTAMP_DIFF(CURRENT_TIMESTAMP(), v_stopwatch, SECOND) AS seconds; END;",
        "SELECT CURRENT_TIMESTAMP() AS moment;",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        routine = statement.scope.routine
        node = statement.node
        if routine is None or statement.catalog.full(routine) not in statement.catalog.procedures:
            return
        if kind(node) == "ASTVariableDeclaration":
            names = {i.id_string.lower() for i in node.variable_list.identifier_list}
            if _calls(node.default_value, "current_timestamp") and names != {STOPWATCH}:
                yield at(node.default_value)
        elif not _calls(node, "current_timestamp"):  # the whole of a DECLARE's default was judged with the DECLARE
            durations = [outer for outer in statement.syntax() if _calls(outer, "timestamp_diff")]
            measured = {inner.start for outer in durations for inner in walk(outer)}
            for inner in statement.syntax():
                if _calls(inner, "current_timestamp") and inner.start not in measured:
                    yield at(inner)


class ClockReadOnce(Rule):
    """The procedure reads eros_now() more than once, so that its parts decide by different instants.

    Read it once, DECLARE v_now TIMESTAMP DEFAULT `…eros_now`(), and use v_now.
    """

    bad = (
        f"CREATE OR REPLACE PROCEDURE `{PREFIX}.sweep_expired_caption_locks`() BEGIN "
        f"DECLARE v_now TIMESTAMP DEFAULT `{PREFIX}.eros_now`(); SELECT v_now, `{PREFIX}.eros_now`() AS later; END;",
    )
    good = (
        f"CREATE OR REPLACE PROCEDURE `{PREFIX}.sweep_expired_caption_locks`() BEGIN "
        f"DECLARE v_now TIMESTAMP DEFAULT `{PREFIX}.eros_now`(); SELECT v_now; END;",
    )

    def check(self, statement: Statement) -> Iterator[Hit]:
        if kind(statement.node) == "ASTCreateProcedureStatement":
            reads = sorted((n for n in walk(statement.node) if _calls(n, _CLOCK)), key=lambda n: n.start)
            for again in reads[1:]:
                yield at(again)
