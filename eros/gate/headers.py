"""Whether what the model read from a file is what the analyzer sees: arguments, types, results, view columns.

The model reads headers as text, quickly and without the analyzer; this keeps the two from drifting apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zetasql.wasi._pb2.zetasql.public import function_pb2 as enums

from eros.gate.analyzer import spelled
from eros.gate.catalog import Catalog
from eros.gate.engine import Refused
from eros.gate.source import Finding, Source
from eros.gate.tree import Node
from eros.model import Contract, Model, Routine, View

_REMEDY_ROUTINE = "Write the header in its plain form, see the other files of the folder."
_REMEDY_VIEW = "Make the contract under schemas/ and the SELECT list agree, in order and type."


def check_headers(model: Model, catalog: Catalog) -> list[Finding]:
    """One finding per difference. Texts the analyzer refuses are left to the check of the files."""
    findings: list[Finding] = []
    for routine in model.routines.values():
        findings += _routine(routine, catalog)
    for view in model.views.values():
        findings += _view(view, catalog)
    for contract in model.tables.values():
        findings += _defaults(contract, catalog)
    return findings


def _routine(routine: Routine, catalog: Catalog) -> Iterator[Finding]:
    tree = _created(Source(routine.file, routine.text), catalog)
    if tree is None:
        return
    seen = [f"{_mode(a)}{a.options.argument_name} {spelled(a.type)}" for a in tree.signature.argument]
    read = [f"{f'{a.mode} ' if a.mode else ''}{a.name} {_canonical(catalog, a.type)}" for a in routine.arguments]
    if seen != read:
        yield _difference(
            routine.file, "header", f"arguments ({', '.join(seen)})", f"({', '.join(read)})", _REMEDY_ROUTINE
        )
    if routine.return_type:
        result, declared = spelled(tree.return_type), _canonical(catalog, routine.return_type)
        if result != declared:
            yield _difference(routine.file, "header", f"RETURNS {result}", declared, _REMEDY_ROUTINE)


def _view(view: View, catalog: Catalog) -> Iterator[Finding]:
    text = f"SELECT * FROM (\n{view.query}\n)"
    try:
        columns = catalog.analyzer.analyze(text, catalog.serialized()).tree.output_column_list
    except Refused:
        return
    seen = [f"{c.name} {spelled(c.column.type)}" for c in columns]
    promised = [f"{c.name} {_canonical(catalog, c.type)}" for c in view.columns]
    if seen != promised:
        odd = [one for one in seen if one not in promised] + [one for one in promised if one not in seen]
        detail = ", ".join(odd) if odd else "the order"
        message = f"the view gives {len(seen)} columns, its contract lists {len(promised)}; different: {detail}."
        yield Finding(view.file, 1, 1, "view-contract", message, _REMEDY_VIEW)


def _defaults(contract: Contract, catalog: Catalog) -> Iterator[Finding]:
    for column in contract.columns:
        if column.default is None:
            continue
        try:
            catalog.analyzer.analyze(column.default, catalog.serialized(), target=catalog.analyzer.type_of(column.type))
        except Refused as refusal:
            message = f"the default of {column.name} ({column.default}) is refused: {refusal.message}."
            yield Finding(contract.file, 1, 1, "column-default", message, f"Give an expression of type {column.type}.")


def _created(source: Source, catalog: Catalog) -> Node | None:
    try:
        return catalog.analyzer.analyze(source.text, catalog.serialized()).tree
    except Refused:
        return None


def _difference(file: str, rule: str, seen: str, read: str, remedy: str) -> Finding:
    return Finding(file, 1, 1, rule, f"the analyzer sees {seen}, the model read {read}.", remedy)


def _mode(argument: Any) -> str:
    """`IN ` and so on for a procedure's argument, nothing for a function's."""
    mode = argument.options.procedure_argument_mode
    return f"{enums.FunctionEnums.ProcedureArgumentMode.Name(mode)} " if mode else ""


def _canonical(catalog: Catalog, text: str) -> str:
    return spelled(catalog.analyzer.type_of(text))
