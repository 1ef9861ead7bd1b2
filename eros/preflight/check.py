"""One row of a preflight: what was looked at, what was found, what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

type Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Check:
    """One answer.

    Attributes:
        name: what was looked at, `external mass_messages`.
        level: problem: the apply or the jobs would fail; warning: they would not, but somebody should know.
        found: one sentence.
        remedy: what to do about it, empty where nothing is.
        sql: the statement that does it, ready to be pasted, or empty.
    """

    name: str
    level: Level
    found: str
    remedy: str = ""
    sql: str = ""


def worst(*levels: Level) -> Level:
    """The worst of some levels; ok if there is none."""
    order: tuple[Level, ...] = ("ok", "warning", "problem")
    return max(levels, key=order.index, default="ok")
