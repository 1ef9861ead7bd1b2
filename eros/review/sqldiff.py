"""Differences of SQL texts as a reviewer wants them: changes of white space alone are folded, literals are not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

# Where the resources of this project hold SQL, as paths of `values.differences`.
SQL_ATTRIBUTES = frozenset({"definition_body", "view.query", "materialized_view.query", "params.query", "query.query"})
_CONTEXT = 3
_MOST_LINES = 20_000  # beyond this a line by line comparison takes longer than anyone would read

# White space inside literals, quoted names and before the end of a line comment has meaning; elsewhere it only parts
# tokens. Operators of several characters stay whole, so that `> =` is not taken for `>=`, and so does what touches a
# number: after a dot, `5x` is a name. A literal or comment left open ends with its line or text: every character is
# read once, whatever a plan holds.
_TOKEN = re.compile(
    r'''[rRbB]{0,2}"""(?:\\.|[^\\])*?(?:"""|\\?\Z)'''
    r"""|[rRbB]{0,2}'''(?:\\.|[^\\])*?(?:'''|\\?\Z)"""
    r"""|[rRbB]{0,2}"(?:\\[^\n]|[^"\\\n])*(?:"|(?=\n)|\Z|\\)"""
    r"""|[rRbB]{0,2}'(?:\\[^\n]|[^'\\\n])*(?:'|(?=\n)|\Z|\\)"""
    r"|`[^`]*(?:`|\Z)"
    r"|(?:--|\#)[^\n]*|/\*.*?(?:\*/|\Z)"
    r"|(?:\d+\.\d*|\.\d+)(?:[eE][+-]?\d+)?\w*|\w+|@@?\w+"
    r"|<=|>=|<>|!=|\|\||=>|<<|>>|\|>|\S",
    re.DOTALL,
)


@dataclass(frozen=True)
class SqlDiff:
    """One attribute's SQL, compared.

    Attributes:
        attribute: where the SQL stands, such as definition_body.
        lines: unified diff without header, each line starting with "+", "-", " " or "@".
        folded: lines that differ in white space only and are shown as unchanged.
        white_space_only: nothing else differs; then `lines` is empty.
    """

    attribute: str
    lines: tuple[str, ...]
    folded: int
    white_space_only: bool


def tokens(sql: str) -> list[str]:
    """The SQL's tokens. A comment's trailing blanks are none of it."""
    return [token.rstrip() if token.startswith(("--", "#")) else token for token in _TOKEN.findall(sql)]


def same_but_white_space(before: str, after: str) -> bool:
    """Whether two texts mean the same to the SQL parser, comments included."""
    return tokens(before) == tokens(after)


def diff(attribute: str, before: str, after: str) -> SqlDiff:
    """Compare two SQL texts line by line."""
    if same_but_white_space(before, after):
        changed = sum(tag != "equal" for tag, *_ in _opcodes(before.split("\n"), after.split("\n")))
        return SqlDiff(attribute, (), changed, white_space_only=True)
    old, new = before.split("\n"), after.split("\n")
    if len(old) + len(new) > _MOST_LINES:
        note = f"@ too long to compare by line: {len(old):,} lines before, {len(new):,} after"
        return SqlDiff(attribute, (note,), 0, white_space_only=False)
    keys = [" ".join(line.split()) for line in old], [" ".join(line.split()) for line in new]
    lines, folded = _unified(old, new, *keys)
    if not lines:  # white space inside a literal: then it matters
        lines, folded = _unified(old, new, old, new)
    return SqlDiff(attribute, tuple(lines), folded, white_space_only=False)


def _opcodes(old: list[str], new: list[str]) -> Iterator[tuple[str, int, int, int, int]]:
    yield from SequenceMatcher(None, old, new).get_opcodes()


def _unified(old: list[str], new: list[str], old_keys: list[str], new_keys: list[str]) -> tuple[list[str], int]:
    """Diff lines by `keys`, showing the lines themselves; and how many equal keys stand for different lines."""
    lines: list[str] = []
    folded = 0
    matcher = SequenceMatcher(None, old_keys, new_keys)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        lines.append(f"@@ line {group[0][1] + 1} @@")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                lines += [f" {line}" for line in new[j1:j2]]
            else:
                lines += [f"-{line}" for line in old[i1:i2]] + [f"+{line}" for line in new[j1:j2]]
    for tag, i1, i2, j1, _ in matcher.get_opcodes():
        if tag == "equal":
            folded += sum(old[i1 + k] != new[j1 + k] for k in range(i2 - i1))
    return lines, folded
