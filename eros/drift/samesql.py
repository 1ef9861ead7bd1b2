"""Whether two SQL texts are the same to a parser, however an engine stored them.

BigQuery keeps the text of a CREATE statement as it is; the embedded engine prints it anew: without comments, BEGIN and
END, in other lines, in parentheses, raw literals as plain ones, IS NOT NULL as NOT … IS NULL.
"""

from __future__ import annotations

import re

from eros.review.sqldiff import tokens

_LITERAL = re.compile(r"""([rRbB]{0,2})('''|\"\"\"|'|")(.*)\2""", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?"}
_NEGATED = ("IS", "IN", "LIKE", "BETWEEN")
# No operand of those reaches beyond one of these words.
_END = frozenset(
    {"AND", "OR", "NOT", "WHEN", "THEN", "ELSE", "END", "CASE", "AS", "ON", "FROM", "WHERE", "GROUP", "ORDER"}
    | {"HAVING", "QUALIFY", "LIMIT", "UNION", "SELECT", ",", ";", ")"}
)


def same_code(planned: str, live: str) -> bool:
    """Whether the two mean the same. Comments count where the live text has any: then somebody wrote them."""
    want, have = tokens(planned), tokens(live)
    if any(map(_is_comment, have)):
        return _bare(want) == _bare(have)
    return _bare([t for t in want if not _is_comment(t)]) == _bare(have)


def _is_comment(token: str) -> bool:
    return token.startswith(("--", "#", "/*"))


def _bare(found: list[str]) -> list[str]:
    """The tokens inside BEGIN … END, outer parentheses and a last semicolon, each in one spelling."""
    found = _without_semicolon(found)
    if [t.upper() for t in found[:1] + found[-1:]] == ["BEGIN", "END"]:
        found = _without_semicolon(found[1:-1])
    while _in_parentheses(found):
        found = found[1:-1]
    return _negated_late([_one_spelling(t) for t in found])


def _without_semicolon(found: list[str]) -> list[str]:
    return found[:-1] if found[-1:] == [";"] else found


def _in_parentheses(found: list[str]) -> bool:
    """Whether the first token is a parenthesis that the last one closes."""
    if found[:1] != ["("] or found[-1:] != [")"]:
        return False
    depth = 0
    for i, token in enumerate(found):
        depth += (token == "(") - (token == ")")
        if depth == 0:
            return i == len(found) - 1
    return False


def _one_spelling(token: str) -> str:
    if token == "!=":
        return "<>"
    literal = _LITERAL.fullmatch(token)
    if literal is None:
        return token
    prefix, _, text = literal.groups()
    if "r" not in prefix.lower():
        # An escape by number stays one: its backslash becomes NUL, which no literal can hold.
        text = re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], f"\0{m[1]}"), text, flags=re.DOTALL)
    return f"{'b' if 'b' in prefix.lower() else ''}'{text}'"


def _negated_late(found: list[str]) -> list[str]:
    """`NOT x IS NULL` as `x IS NOT NULL`, `NOT x IN` as `x NOT IN`; both mean the same, for NOT binds more loosely."""
    result = list(found)
    for start in range(len(result) - 1, -1, -1):
        if result[start].upper() != "NOT" or (end := _operand_end(result, start + 1)) is None:
            continue
        late = end + (result[end].upper() == "IS")  # after IS, before the others
        result[start:late] = [*result[start + 1 : late], "NOT"]
    return result


def _operand_end(found: list[str], start: int) -> int | None:
    """Where the word stands that NOT negates, after an operand that begins at `start`; None where there is none."""
    depth = 0
    for i in range(start, len(found)):
        token = found[i].upper()
        if depth == 0 and token in _END:
            return None
        if depth == 0 and token in _NEGATED:
            return i if i > start and "NOT" not in (t.upper() for t in found[i + 1 : i + 2]) else None
        depth += (token in ("(", "[")) - (token in (")", "]"))
    return None
