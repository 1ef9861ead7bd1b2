"""The lineage: who reads, writes and calls what, from the SQL itself."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eros.docs.markdown import anchor, block, code, table
from eros.model import PREFIX, Model
from eros.model.sqltext import blank_literals

_WRITTEN = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE(?:\s+INTO)?)\s+`" + re.escape(PREFIX) + r"\.(\w+)`", re.I
)


def written(model: Model, name: str) -> set[str]:
    """The tables a routine writes itself; those of procedures it calls do not count."""
    text = model.routines[name].text if name in model.routines else ""
    return set(_WRITTEN.findall(blank_literals(text)))


def objects(model: Model) -> str:
    """A table of every object: what it reads and calls, what it writes, and who uses it."""
    users: dict[str, set[str]] = {name: set() for name in model.graph.order()}
    for name in users:
        for used in model.graph.depends_on(name):
            users[used].add(name)
    head = ("object", "kind", "reads and calls", "writes", "used by")
    rows = []
    for name in sorted(users, key=lambda n: (_rank(model, n), n)):
        writes = written(model, name)
        cells = (model.graph.depends_on(name), writes, users[name])
        rows.append((_link(model, name), _kind(model, name), *(_links(model, names) for names in cells)))
    return table(head, rows)


def diagram(model: Model) -> str:
    """The same as a Mermaid flow chart of what flows where: thick arrows are writes. Functions are left out."""
    shown = [name for name in model.graph.order() if _kind(model, name) != "function"]
    place = {name: f"n{number}" for number, name in enumerate(sorted(shown))}
    lines = ["flowchart LR"]
    lines += [f"  {place[name]}{_shape(model, name)}" for name in sorted(shown)]
    for name in sorted(shown):
        writes = written(model, name)
        for used in sorted(model.graph.depends_on(name) & place.keys()):
            if used in writes:
                lines.append(f"  {place[name]} ==> {place[used]}")
            elif _kind(model, used) == "procedure":
                lines.append(f"  {place[name]} -. calls .-> {place[used]}")
            else:
                lines.append(f"  {place[used]} --> {place[name]}")
    return block("\n".join(lines), "mermaid")


def _kind(model: Model, name: str) -> str:
    if name in model.contracts:
        contract = model.contracts[name]
        return contract.kind if contract.owned else f"external {contract.kind}"
    return model.routines[name].kind.lower() if name in model.routines else "schedule"


def _rank(model: Model, name: str) -> int:
    return ("schedule", "procedure", "view", "function", "table", "external view", "external table").index(
        _kind(model, name)
    )


def _label(name: str) -> str:
    return name.removeprefix("schedule ")


def _shape(model: Model, name: str) -> str:
    opening, closing = {
        "schedule": ("([", "])"),
        "procedure": ("[", "]"),
        "table": ("[(", ")]"),
        "external table": ("[(", ")]"),
    }.get(_kind(model, name), ("{{", "}}"))
    return f'{opening}"{_label(name)}"{closing}'


def _link(model: Model, name: str) -> str:
    known = name in model.contracts or name in model.routines
    return anchor(name) if known else code(_label(name))


def _links(model: Model, names: Iterable[str]) -> str:
    return ", ".join(_link(model, name) for name in sorted(names))
