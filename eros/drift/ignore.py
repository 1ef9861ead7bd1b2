"""Drift that was looked at and may stay: environments/drift-ignore.yaml."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from eros.drift.finding import Finding
from eros.errors import UserError
from eros.model.documents import Document, read_document

FILE = "environments/drift-ignore.yaml"

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class Ignore(Document):
    """One kind of drift that may stay.

    `object` is what the report shows: a Terraform address, or kind and name of an unmanaged object. With `property`
    it is about that property; without, about the object as a whole: that it is unmanaged, missing or unreadable.
    `*` in either stands for any text. Without `environments` it holds in all of them.
    """

    object: Text
    property: Text | None = None
    environments: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    reason: Text
    owner: Text

    def matches(self, finding: Finding) -> bool:
        """Whether it is about this finding."""
        if not _fits(finding.object, self.object):
            return False
        if self.property is None or not finding.attribute:
            return self.property is None and not finding.attribute
        return _fits(finding.attribute, self.property)


class _IgnoreFile(Document):
    ignore: tuple[Ignore, ...] = ()


@dataclass(frozen=True)
class Sorted:
    """Findings after the ignore list: open ones, ignored ones with the entry, and entries that match nothing."""

    open: list[Finding] = field(default_factory=list)
    ignored: list[tuple[Finding, Ignore]] = field(default_factory=list)
    stale: list[Ignore] = field(default_factory=list)


def read_ignores(root: Path, environment: str, known: Iterable[str]) -> tuple[Ignore, ...]:
    """The entries that hold in an environment; none if there is no file.

    Raises:
        UserError: the file is malformed, or names an unknown environment.
    """
    path = root / FILE
    if not path.exists():
        return ()
    entries = read_document(path, _IgnoreFile, FILE).ignore
    known = set(known)
    for number, entry in enumerate(entries, 1):
        if wrong := set(entry.environments or ()) - known:
            raise UserError(
                f"entry {number} names {sorted(wrong)[0]!r}, which is no environment.",
                where=FILE,
                remedy=f"Known: {', '.join(sorted(known))}.",
            )
    return tuple(e for e in entries if e.environments is None or environment in e.environments)


def sort_out(findings: Iterable[Finding], entries: Sequence[Ignore]) -> Sorted:
    """Part what may stay from what may not."""
    result, used = Sorted(), set()
    for finding in findings:
        matching = [i for i, entry in enumerate(entries) if entry.matches(finding)]
        used.update(matching)
        if matching:
            result.ignored.append((finding, entries[matching[0]]))
        else:
            result.open.append(finding)
    result.stale.extend(entry for i, entry in enumerate(entries) if i not in used)
    return result


def _fits(text: str, pattern: str) -> bool:
    # Only * is special: names may hold [ and ?.
    return fnmatchcase(text, pattern.replace("[", "[[]").replace("?", "[?]"))
