"""The local EROS: up, down, status."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from eros.cli.common import Json, Port, app, err, out, print_json


@app.command()
def up(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the BigQuery API; 0 is any free one.")] = 9050,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder; default .eros in the checkout.")] = None,
    plan: Annotated[Path | None, typer.Option(help="Deploy this cdktf output folder instead of a fresh synth.")] = None,
    as_json: Json = False,
) -> None:
    """Start a local EROS: embedded BigQuery, the synthesized plan, sample data, jobs, verification."""
    from eros.local.summary import as_dict, render
    from eros.local.up import up as start
    from eros.model import load_model

    with err.status("Starting") as status:
        summary = start(load_model(), status.update, port, data_dir, plan)
    if as_json:
        print_json(as_dict(summary))
    else:
        render(summary, out)
    raise typer.Exit(0 if summary.ok else 2)


@app.command()
def down(port: Port = None) -> None:
    """Stop the local EROS. Its data stays."""
    from eros.local import process

    stopped = process.stop(port)
    out.print(f"Stopped the engine on port {stopped.port}." if stopped else "Nothing was running.")


@app.command()
def status(as_json: Json = False) -> None:
    """Say which local engines of this checkout run."""
    from eros.local import process
    from eros.local.summary import engine_dict

    running, crashed = process.engines(), process.crashed()
    if as_json:
        print_json({"running": [engine_dict(e) for e in running], "crashed": [engine_dict(e) for e in crashed]})
    for engine in [] if as_json else running:
        text = f"Running on {engine.endpoint} (pid {engine.pid}) since {engine.started_at}, data {engine.data_dir}"
        out.print(text, markup=False, soft_wrap=True)
    for engine in [] if as_json else crashed:
        out.print(
            Text("Crashed", style="red"), f"on port {engine.port}; the end of its log: {engine.log}", soft_wrap=True
        )
    if not running and not crashed and not as_json:
        out.print("Nothing runs. Start it with: eros up")
    raise typer.Exit(2 if crashed else 0)
