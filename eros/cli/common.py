"""What all verbs share: the app, common options, output. The verbs stand in the modules beside this one."""

from __future__ import annotations

import json
import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from typer._click.exceptions import UsageError

app = typer.Typer(
    help="EROS scheduling brain: run it here, check it, operate it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
# A wrong option ends with 1, "could not do it": 2 means findings, and workflows act on those.
UsageError.exit_code = 1

for _stream in (sys.stdout, sys.stderr):
    if isinstance(_stream, TextIOWrapper):
        _stream.reconfigure(errors="replace")  # a terminal that knows few letters shows a question mark

#: Columns of what is no terminal, such as a pipe or a log: wide enough for the tables to be whole.
_WIDE = 200
out = Console(width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDE)
err = Console(stderr=True)

Env = Annotated[str, typer.Option("--env", help="Environment: local, dev or prod.")]
Port = Annotated[
    int | None, typer.Option(min=1, max=65535, help="Which local engine; default is the one started last.")
]
Output = Literal["text", "markdown", "json"]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for the typed word.")]
Dataset = Annotated[str | None, typer.Option("--dataset", help="Prod: the dataset's name, where nobody can be asked.")]
PlanFolder = Annotated[
    Path | None, typer.Option("--plan", help="Use this cdktf output folder instead of a fresh synth.")
]


def print_json(value: Any) -> None:
    """Print a value for a program: UTF-8 (escaped where the output is not), dates as text."""
    escaped = "utf" not in (sys.stdout.encoding or "").lower()
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=escaped, default=str) + "\n")
