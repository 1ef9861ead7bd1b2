"""The layout of SQL files that a machine can keep: keywords in capitals, white space, line ends.

Line breaks and indentation are the author's. docs/adr/0002-sql-formatting.md says why no formatter decides them.
"""

from __future__ import annotations

import re

from eros.gate.analyzer import Analyzer, data
from eros.gate.engine import Refused
from eros.gate.source import Finding, Source
from eros.gate.tree import walk
from eros.model.sqltext import blank_literals

#: BigQuery's reserved words. They can't be names without backticks, so writing them in capitals changes nothing.
RESERVED = frozenset(data("bigquery.yaml")["reserved_words"])
_WORD = re.compile(r"`[^`]*`|(?<![.@\w])[A-Za-z_]+\b")


def formatted(text: str, analyzer: Analyzer) -> str:
    """The text in the house's layout. Returned as it is where it can't be parsed or its meaning would change."""
    result = _tidy(text)
    if result == text:
        return text
    try:
        return result if _meaning(result, analyzer) == _meaning(text, analyzer) else text
    except Refused:
        return text


def check_layout(source: Source, analyzer: Analyzer) -> list[Finding]:
    """One finding, at the first line that would change."""
    after = formatted(source.text, analyzer)
    if after == source.text:
        return []
    old, new = source.text.split("\n"), after.split("\n")
    line = next((n for n, (a, b) in enumerate(zip(old, new, strict=False), 1) if a != b), min(len(old), len(new)))
    message = "The file is not in the house's layout, from this line on."
    return [Finding(source.file, line, 1, "layout", message, "Run: eros format")]


def _tidy(text: str) -> str:
    text = text.replace("\r\n", "\n").expandtabs(2)
    code = blank_literals(text)
    pieces, at = [], 0
    for word in _WORD.finditer(code):
        if word[0].upper() in RESERVED:
            pieces += [text[at : word.start()], word[0].upper()]
            at = word.end()
    text = "".join([*pieces, text[at:]])
    text = re.sub(r"[ \f\v]+$", "", text, flags=re.M)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _meaning(text: str, analyzer: Analyzer) -> list[tuple[str, str]]:
    """The syntax tree without positions: kinds of nodes, names and literals as written, and every comment's words."""
    source = Source("", text)
    told = ("ASTIdentifier", "ASTStringLiteral", "ASTBytesLiteral", "ASTIntLiteral", "ASTFloatLiteral")
    nodes = [(node.kind, source.of(node) if node.kind in told else "") for node in walk(analyzer.parse(text))]
    code = blank_literals(text)
    hidden = "".join(a for a, b in zip(text, code, strict=True) if a != b)
    return [*nodes, ("comments", "".join(hidden.split()))]
