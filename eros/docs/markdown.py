"""Markdown from texts that are not Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from eros.review.escape import code_span

#: What begins something in Markdown or HTML; an underscore inside a word does not.
_OWN = re.compile(r"[\\`*<>\[\]#~]|(?<!\w)_|_(?!\w)|^[-+=](?=\s)|^(?=\d+[.)]\s)")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already; `|` and line ends are made harmless."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(_cell(text) for text in line) + " |" for line in lines)


def prose(text: str) -> str:
    """A description as a paragraph: what Markdown or HTML would read as its own is escaped."""
    return _OWN.sub(r"\\\g<0>", " ".join(text.split()))


def code(text: str) -> str:
    """A name or a piece of SQL as code."""
    return code_span(" ".join(text.split()))


def block(text: str, language: str = "sql") -> str:
    """Code lines. The fence is longer than any run of backticks in them."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def anchor(name: str) -> str:
    """A link to the heading `name` on the dictionary page."""
    return f"[{code(name)}](dictionary.md#{name})"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
