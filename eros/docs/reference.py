"""The quick reference: the calls, the verbs and the queries that people look up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from eros.docs.dictionary import parameters, signature
from eros.docs.markdown import block, code, prose, table
from eros.model import PREFIX, Model, Query, Routine

#: What an example gives for an argument, by its name or its type.
_EXAMPLES = {
    "p_page_name": "'aurora_ash'",
    "p_behavioral_segment": "'STANDARD'",
    "DATE": "CURRENT_DATE('America/Los_Angeles')",
    "INT64": "5",
}


def calls(model: Model) -> str:
    """A call of every procedure, ready to paste, arguments explained."""
    procedures = (r for _, r in sorted(model.routines.items()) if r.kind == "PROCEDURE")
    return "\n\n".join(f"{prose(procedure.description)}\n\n{block(_call(procedure))}" for procedure in procedures)


def functions(model: Model) -> str:
    """A row a function: signature and purpose."""
    chosen = [r for _, r in sorted(model.routines.items()) if r.kind == "FUNCTION"]
    return table(("function", "what it gives"), [(code(signature(r)), prose(r.description)) for r in chosen])


def queries(found: dict[str, Query], with_category: bool) -> str:
    """A row a verification test or a health query: what it asserts or shows, and its file."""
    rows = []
    for query in found.values():
        first = (query.id, query.category) if with_category else (code(query.name),)
        rows.append((*first, prose(query.description), code(query.file)))
    head = ("test", "category") if with_category else ("query",)
    return table((*head, "asserts" if with_category else "shows", "file"), rows)


def verbs() -> str:
    """A row a verb of the command line: its arguments and options, and its own help."""
    import typer.main

    from eros.cli import app

    rows = [_verb(path, command) for path, command in _commands("eros", typer.main.get_command(app))]
    return table(("verb", "options", "what it does"), rows)


def _call(procedure: Routine) -> str:
    known = parameters(procedure)
    lines = []
    for place, a in enumerate(procedure.arguments, 1):
        comma = "," if place < len(procedure.arguments) else ""
        example = _EXAMPLES.get(a.name) or _EXAMPLES.get(a.type, "NULL")
        lines.append(f"  {example}{comma} -- {a.name}: {known.get(a.name, a.type)}\n")
    inside = "\n" + "".join(lines) if lines else ""
    return f"CALL `{PREFIX}.{procedure.name}`({inside});"


def _commands(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """The commands of a group and of the groups in it, sorted, each with the words that call it."""
    if not hasattr(command, "commands"):
        yield path, command
    else:
        for name in sorted(command.commands):
            yield from _commands(f"{path} {name}", command.commands[name])


def _verb(path: str, command: Any) -> tuple[str, ...]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    words = [p.name.upper() if p.required else f"[{p.name.upper()}]" for p in arguments]
    options = " ".join(p.opts[0] for p in command.params if p.param_type_name == "option")
    return code(" ".join([path, *words])), code(options) if options else "", prose(command.help or "")
