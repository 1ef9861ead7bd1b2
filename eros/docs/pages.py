"""Generated parts of Markdown files: from a line `<!-- eros docs: NAME -->` to a line `<!-- end of NAME -->`.

What stands between the two is replaced, everything else is a person's and stays. Any document may hold any part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from eros.errors import UserError, nearest

type Sections = Mapping[str, Callable[[], str]]

_START = re.compile(r"<!-- eros docs: (.+?) -->")


@dataclass(frozen=True)
class Page:
    """A document that holds generated parts: `text` as it is, `fresh` as it should be."""

    path: Path
    text: str
    fresh: str

    @property
    def stale(self) -> bool:
        """Whether a generated part is not what the model says."""
        return self.text != self.fresh


def render(paths: Iterable[Path], sections: Sections, root: Path) -> list[Page]:
    """The documents among `paths` that hold generated parts, made anew. Nothing is written.

    Args:
        paths: Markdown files.
        sections: what makes each part, by name.
        root: what the paths in errors are relative to.

    Raises:
        UserError: a part has no such name, no end, or another part in it.
    """
    pages = []
    for path in paths:
        text = path.read_text(encoding="utf-8")
        fresh = "\n".join(_lines(text.split("\n"), sections, str(path.relative_to(root))))
        if _START.search(text):
            pages.append(Page(path, text, fresh))
    return pages


def _lines(lines: list[str], sections: Sections, shown: str) -> list[str]:
    fresh: list[str] = []
    inside: str | None = None
    begun = 0
    for number, line in enumerate(lines, 1):
        start = _START.fullmatch(line)
        if start is not None and inside is not None:
            raise _unended(inside, shown, begun)
        if start is not None:
            inside, begun = start[1], number
            if inside not in sections:
                raise UserError(
                    f"nothing makes a part called {inside!r}.",
                    where=f"{shown}:{number}",
                    remedy=nearest(inside, sections),
                )
            fresh += [line, sections[inside]()]
        elif inside is not None and line == _end(inside):
            inside = None
            fresh.append(line)
        elif inside is None:
            fresh.append(line)
    if inside is not None:
        raise _unended(inside, shown, begun)
    return fresh


def _end(name: str) -> str:
    return f"<!-- end of {name} -->"


def _unended(name: str, shown: str, line: int) -> UserError:
    return UserError(f"the part {name!r} does not end.", where=f"{shown}:{line}", remedy=f"Add a line: {_end(name)}")
