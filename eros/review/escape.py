"""Text of a plan made safe to show: it quotes live descriptions and SQL, and others may have written those."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 1200  # BigQuery allows 1,024 bytes for a table name; anything longer is no name


def visible(text: str) -> str:
    """One line of printable text: control, invisible and direction-changing characters become escapes like \\u202e.

    So no name can break a line, move the terminal's cursor, hide text or reverse it.
    """
    if text.isprintable():  # nearly always, and much faster
        return text
    return "".join(_escape(c) if unicodedata.category(c) in _HIDDEN else c for c in text)


def guarded(line: str) -> str:
    """`line`, unable to be a workflow command: GitHub runs `::name::` at the start of a line of a job's log, and
    `##[name]` anywhere in it."""
    line = line.replace("##[", "## [")
    return re.sub(r"^(\s*):(?=:)", r"\1: ", line) if "::" in line else line


def shown(text: str) -> str:
    """A value inside a sentence: quoted where it could be taken for a part of it, cut where it is endless."""
    text = visible(text)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text):,} characters)"
    return text if re.fullmatch(r"[\w.@:/\[\]()<>-]*[\w\])>]", text) else f'"{text}"'


def code_span(text: str) -> str:
    """A value as Markdown code: neither Markdown nor HTML nor @mentions work in it."""
    text = visible(text)
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text):,} characters)"
    if not text.strip():
        return "`(blank)`"
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def code_block(lines: list[str], language: str) -> list[str]:
    """Lines as a fenced block that none of them can close."""
    safe = [guarded(visible_line(line)) for line in lines]
    fence = "`" * max(3, _longest_run("\n".join(safe)) + 1)
    return [f"{fence}{language}", *safe, fence]


def visible_line(line: str) -> str:
    """As `visible`, but a tab stays a tab: it is common in SQL."""
    return "\t".join(visible(part) for part in line.rstrip("\r").split("\t"))


def _longest_run(text: str) -> int:
    return max(map(len, re.findall(r"`+", text)), default=0) if "`" in text else 0


# Control, format (joiners, direction), surrogate, private use, line and paragraph separators.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x20 and character in "\n\r\t":
        return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}[character]
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
