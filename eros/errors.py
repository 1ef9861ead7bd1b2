"""The one exception for a user's mistake: what is wrong, where, and what to do. Shown without a stack trace."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class UserError(Exception):
    """A mistake the user can mend.

    Args:
        what: what is wrong, one sentence.
        where: file, file:line, object or key it concerns.
        remedy: what to do about it.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} {self.remedy}" if self.remedy else text


def nearest(name: str, known: Iterable[str]) -> str:
    """' Did you mean X?' for the closest known name, or the list of known names if none is close."""
    names = sorted(known)
    if close := get_close_matches(name, names, 1):
        return f"Did you mean {close[0]!r}?"
    return f"Known: {', '.join(names)}." if names else ""
