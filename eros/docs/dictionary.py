"""The data dictionary: what every table, view, function and procedure is, from contracts and SQL headers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from eros.docs.markdown import code, prose, table
from eros.model import Column, Contract, Model, Routine

_PARAM = re.compile(r"^-- @param (\w+)\s+(.*(?:\n--   +\S.*)*)", re.M)
_RETURNS = re.compile(r"^-- @returns\s+(.*(?:\n--   +\S.*)*)", re.M)


def contracts(model: Model, owned: bool) -> str:
    """Every table and view of ours, or every external one: a heading, facts, and a table of columns each."""
    chosen = (c for _, c in sorted(model.contracts.items()) if c.owned is owned)
    return "\n\n".join(_contract(contract) for contract in chosen)


def routines(model: Model, kind: str) -> str:
    """Every FUNCTION, or every PROCEDURE: its signature and what its arguments mean."""
    chosen = (r for _, r in sorted(model.routines.items()) if r.kind == kind)
    return "\n\n".join(_routine(routine) for routine in chosen)


def signature(routine: Routine) -> str:
    """`name(p_x DATE)`, with the return type of a function."""
    arguments = ", ".join(f"{a.name} {a.type}" for a in routine.arguments)
    returns = f" -> {routine.return_type}" if routine.return_type else ""
    return f"{routine.name}({arguments}){returns}"


def parameters(routine: Routine) -> dict[str, str]:
    """What the header says of each argument, by name."""
    return {name: _joined(text) for name, text in _PARAM.findall(routine.text)}


def _contract(contract: Contract) -> str:
    parts = [f"### {contract.name}", prose(contract.description), *_facts(contract)]
    head = ("column", "type", "", "what it holds")
    return "\n\n".join([*parts, table(head, (_column(column) for column in contract.columns))])


def _facts(contract: Contract) -> list[str]:
    if contract.kind == "view":
        return ["A view."]
    facts = []
    if contract.primary_key:
        facts.append(f"key {_names(contract.primary_key)}, which nothing enforces")
    if contract.partition:
        facts.append(f"partitioned by {contract.partition.by} of {code(contract.partition.column)}")
    if contract.cluster:
        facts.append(f"clustered by {_names(contract.cluster)}")
    if contract.owned:
        facts.append(f"rows kept {contract.keep_days} days" if contract.keep_days else "rows kept for ever")
    sentence = "; ".join(facts)
    return [f"{sentence[0].upper()}{sentence[1:]}."] if sentence else []


def _column(column: Column) -> tuple[str, ...]:
    marks = ["required"] if column.mode == "REQUIRED" else []
    marks += [f"default {code(column.default)}"] if column.default else []
    return code(column.name), code(column.type), ", ".join(marks), prose(column.description)


def _routine(routine: Routine) -> str:
    parts = [f"### {routine.name}", code(signature(routine)), prose(routine.description)]
    known = parameters(routine)
    arguments = [(code(a.name), code(a.type), prose(known.get(a.name, ""))) for a in routine.arguments]
    if arguments:
        parts.append(table(("argument", "type", "meaning"), arguments))
    if returns := _RETURNS.search(routine.text):
        parts.append(f"Returns {prose(_joined(returns[1]))}.")
    parts.append(f"Source: {code(routine.file)}")
    return "\n\n".join(parts)


def _joined(text: str) -> str:
    """A header's text without the comment marks of its further lines."""
    return " ".join(re.sub(r"\n--", " ", text).split())


def _names(names: Iterable[str]) -> str:
    return ", ".join(code(name) for name in names)
