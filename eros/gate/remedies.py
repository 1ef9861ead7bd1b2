"""What to do about what the analyzer says. Its messages are exact; these add the next step."""

from __future__ import annotations

import re
from collections.abc import Callable

from eros.errors import nearest
from eros.gate.catalog import Catalog
from eros.gate.statements import Statement
from eros.gate.tree import kind, part

type _Remedy = Callable[[re.Match[str], Catalog, Statement | None], str]


def remedy(message: str, line: str, catalog: Catalog, statement: Statement | None) -> str:
    """The next step for an analyzer's message about a line of the file."""
    for pattern, words, answer in _REMEDIES:
        if (match := re.search(pattern, message)) and re.search(words, line, re.I):
            return answer if isinstance(answer, str) else answer(match, catalog, statement)
    return "BigQuery refuses it too; see https://cloud.google.com/bigquery/docs/reference/standard-sql/introduction."


def _object(known: str) -> _Remedy:
    def answer(match: re.Match[str], catalog: Catalog, statement: Statement | None) -> str:
        written = match[1].strip("`")
        names: list[str] = list(getattr(catalog, known))
        short = {name.rsplit(".", 1)[-1]: name for name in names if ".INFORMATION_SCHEMA." not in name}
        if ".INFORMATION_SCHEMA." in written.upper():
            short = {name.rsplit(".", 1)[-1]: name for name in names if ".INFORMATION_SCHEMA." in name}
        if statement and known == "tables":
            short |= {name: name for name in statement.scope.temp.tables}
        where = {
            "tables": "A table has its contract under schemas/, a view its file in sql/views/ as well; a temp table is "
            "created before it is read.",
            "functions": "A function has its file in sql/functions/.",
            "procedures": "A procedure has its file in sql/procedures/.",
        }[known]
        guess = nearest(written.rsplit(".", 1)[-1], short)
        guessed = "mean" in guess and "Did you mean" not in match.string
        return f"{guess} {where}" if guessed else where

    return answer


def _columns(match: re.Match[str], catalog: Catalog, statement: Statement | None) -> str:
    """The columns of the tables a statement names."""
    if statement is None:
        return "Correct the name."
    tables = {**catalog.tables, **statement.scope.temp.tables}
    named = {
        path.names[0].id_string
        for node in statement.syntax()
        for path in (part(node, "path_expr"), part(node, "target_path"))
        if kind(path) == "ASTPathExpression"
    }
    columns = sorted({c for name in named if name in tables for c in tables[name].columns})
    known = [*columns, *statement.scope.variables]
    return nearest(match[1].rsplit(".", 1)[-1], known) or "Declare a variable, or name the table it comes from."


#: Pattern of the message, pattern of the line it points to, what to do. The first that fits is given.
_REMEDIES: tuple[tuple[str, str, str | _Remedy], ...] = (
    (r"^Table not found: (\S+?)[;,.]?(?: |$)", "", _object("tables")),
    (r"^Function not found: (\S+?)[;,.]?(?: |$)", "", _object("functions")),
    (r"^Procedure not found: (\S+?)[;,.]?(?: |$)", "", _object("procedures")),
    ("Did you mean", "", "If that is not it, declare a variable (v_…) or name the table it comes from."),
    (r"^Unrecognized name: (\S+?)\.?$", "", _columns),
    (r"^Name (\S+) not found inside", "", _columns),
    (r"^Column (\S+) is not present in table", "", _columns),
    (r"^Undeclared variable: (\S+?)\.?$", "", _columns),
    ("No matching signature for (procedure|function UDF)", "", "Compare the call with the header of its CREATE."),
    (
        "No matching signature|common supertype",
        "",
        "Make both the same type: CAST, DATE(instant, 'America/Los_Angeles') or a literal such as DATE '…'.",
    ),
    (
        "cannot be assigned to|cannot be inserted into|Expected type|Could not cast literal",
        "",
        "Give a value of that type, or CAST it.",
    ),
    (
        "neither grouped nor aggregated",
        "",
        "Add it to GROUP BY or aggregate it; where it holds a variable, group by an alias.",
    ),
    ("without FROM clause cannot have a WHERE", "", "Add FROM UNNEST([1]), which is one row."),
    ("[Vv]ariable declarations", "", "Move DECLARE to the start of its BEGIN block or of the script."),
    ("redeclaration", "", "Give one of them another name."),
    ("DISTINCT and ORDER BY", "", "Aggregate in a subquery first, then order by its column."),
    ("Query parameter", "", "Only the scripts in sql/schedules/ have parameters: @run_time and @run_date."),
    ("no statement", "", "Write the SQL, or remove the file."),
    (
        r"(not supported|not enabled|not allowed)\.?$",
        "",
        "This project does not use it. Where BigQuery has it by now and the embedded engine, too, add its feature to "
        "eros/gate/data/bigquery.yaml.",
    ),
    ("broke down", "", "It was NOT checked. Make the statement smaller or simpler, then check again."),
    ("^Syntax error", r"\b(CURSOR|FETCH|OPEN|CLOSE)\b", "There are no cursors: write one statement for all rows."),
    ("^Syntax error", r"\bON\s+CONFLICT\b", "There is no ON CONFLICT: a MERGE says it in WHEN MATCHED."),
    ("^Syntax error", r"^\s*ANALYZE\b", "There is no ANALYZE: BigQuery keeps its statistics itself. Remove it."),
    ("^Syntax error", r"(?<![`'.\w])of-scheduler-proj", "Put the whole name into one pair of backticks."),
    ("^Syntax error", "", "Reading stopped here; the mistake is here or just before."),
)
