"""The key of a caption's text in Python: the twin of sql/functions/caption_key_v2.sql, which is the authority."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_REMOVED = [
    (0xFE00, 0xFE0F),
    (0x200B, 0x200F),
    (0x2060, 0x2060),
    (0x20E3, 0x20E3),
    (0xE0020, 0xE007F),
    (0xE0100, 0xE01EF),
]
_BLANK = "\t\n\x0b\x0c\r \x85"


class _Strip(dict[int, str]):
    """A str.translate table that decides about each character once: itself, a blank, or nothing."""

    def __missing__(self, code: int) -> str:
        char, kind = chr(code), unicodedata.category(chr(code))
        if any(first <= code <= last for first, last in _REMOVED):
            kept = ""
        elif char in _BLANK or kind[0] == "Z":
            kept = " "
        else:
            kept = char if kind[0] in "LMN" or char == "_" else ""
        self[code] = kept
        return kept


_STRIP = _Strip()


def normalise(message: str) -> str:
    """The text a key stands for: letters, marks, numbers and underscores, folded, single blanks. May be ''."""
    text = message.translate(_STRIP)
    if text.isascii():
        text = text.lower()
    else:
        # NFKC on both sides of the folding: a mathematical capital has no lower case until it is a plain letter.
        text = unicodedata.normalize("NFKC", text).casefold()
        text = unicodedata.normalize("NFKC", text).translate(_STRIP)
    return re.sub(" +", " ", text).strip(" ")


def caption_key(message: str) -> str:
    """64 lower-case hex digits: SHA-256 of the normalised text, or of the text itself if nothing but signs is left.

    >>> caption_key("Test message 123") == caption_key("test  MESSAGE 123!")
    True
    """
    text = normalise(message)
    if not any(unicodedata.category(char)[0] in "LN" for char in text):
        text = message
    return hashlib.sha256(text.encode()).hexdigest()
