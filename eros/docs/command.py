"""`eros docs`: writes the generated parts of the documents, or says which are stale. Exit codes: 0 fresh, 2 stale."""

from __future__ import annotations

from functools import partial

from rich.console import Console

from eros.docs import dictionary, lineage, reference, timetable
from eros.docs.pages import Page, Sections, render
from eros.model import Model

out = Console(highlight=False)


def sections(model: Model) -> Sections:
    """What makes each part, by the name that stands in its marker."""
    return {
        "owned tables and views": partial(dictionary.contracts, model, True),
        "external tables and views": partial(dictionary.contracts, model, False),
        "functions": partial(dictionary.routines, model, "FUNCTION"),
        "procedures": partial(dictionary.routines, model, "PROCEDURE"),
        "lineage": partial(lineage.objects, model),
        "lineage diagram": partial(lineage.diagram, model),
        "schedules": partial(timetable.timetable, model, model.environment("prod")),
        "calls": partial(reference.calls, model),
        "function list": partial(reference.functions, model),
        "verification tests": partial(reference.queries, model.verification, True),
        "health queries": partial(reference.queries, model.health, False),
        "verbs": reference.verbs,
    }


def pages(model: Model) -> list[Page]:
    """Every document of the project that holds generated parts.

    Raises:
        UserError: a marker is wrong.
    """
    paths = [*sorted(model.root.glob("*.md")), *sorted((model.root / "docs").rglob("*.md"))]
    return render(paths, sections(model), model.root)


def run(model: Model, check: bool) -> int:
    """Write the stale documents, or with `check` only name them. Returns 2 if some were stale and are not written.

    Raises:
        UserError: a marker is wrong.
    """
    found = pages(model)
    stale = [page for page in found if page.stale]
    for page in stale:
        out.print(str(page.path.relative_to(model.root)), markup=False, soft_wrap=True)
        if not check:
            page.path.write_text(page.fresh, encoding="utf-8")
    out.print(f"{len(found)} documents with generated parts, {len(stale)} {'stale' if check else 'written'}.")
    if check and stale:
        out.print("Write them with: eros docs")
    return 2 if check and stale else 0
