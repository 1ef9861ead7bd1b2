"""A deployed EROS: verify, run, select, preflight, health, drift, adopt, cost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from eros.cli.common import Env, Json, Output, Port, app, err, out, print_json
from eros.errors import UserError


def _row(row: dict[str, Any]) -> Table:
    table = Table("column", "value", show_header=False)
    for key, value in row.items():
        table.add_row(key, Text("" if value is None else str(value), overflow="fold"))
    return table


@app.command()
def verify(env: Env = "local", port: Port = None, as_json: Json = False) -> None:
    """Run the 21 verification tests."""
    from eros import verify as verification
    from eros.model import load_model
    from eros.warehouse import connect

    model = load_model()
    warehouse = connect(model, env, port)
    with err.status("Verifying") as progress:
        tests = list(model.verification.values())
        results = verification.verify(warehouse, tests, lambda r: progress.update(f"{r.id} {r.name}"))
    if as_json:
        print_json([r.as_json() for r in results])
    else:
        out.print(verification.table(results))
        out.print(verification.line(results))
    raise typer.Exit(0 if all(r.passed for r in results) else 2)


@app.command()
def run(
    job: Annotated[str, typer.Argument(help="Procedure to call, such as update_caption_performance.")],
    date: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date of the daily job.")] = None,
    env: Env = "local",
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Call a job now and show its log row."""
    from eros import jobs
    from eros.model import load_model
    from eros.warehouse import connect

    model = load_model()
    warehouse = connect(model, env, port)
    with err.status(f"Running {job}"):
        done = jobs.run(warehouse, model, job, date.date() if date else None)
    if as_json:
        print_json({"job": done.job, "row": done.row, "error": done.error})
    elif done.row:
        out.print(_row(done.row))
    if done.error:
        raise UserError(f"{job} failed: {done.error}")
    if done.row is None:
        raise UserError(f"{job} ended without a log row.", remedy="Read etl_job_runs; another run may have cleaned up.")


@app.command()
def select(
    page: Annotated[str, typer.Argument(help="Creator page.")],
    segment: Annotated[str | None, typer.Option(help="EXPLORATORY, BUDGET, STANDARD, PREMIUM or LUXURY.")] = None,
    budget: Annotated[int, typer.Option(help="Captions wanted of the budget class.")] = 5,
    mid: Annotated[int, typer.Option(help="Captions wanted of the mid class.")] = 5,
    premium: Annotated[int, typer.Option(help="Captions wanted of the premium class.")] = 5,
    bump: Annotated[int, typer.Option(help="Captions wanted of the bump class.")] = 5,
    env: Env = "local",
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Show the captions the warehouse would pick for a page now."""
    from eros import selection
    from eros.model import load_model
    from eros.warehouse import connect

    warehouse = connect(load_model(), env, port)
    needed = {"budget": budget, "mid": mid, "premium": premium, "bump": bump}
    rows = selection.select(warehouse, page, segment, needed)
    if word := selection.unknown(warehouse, page):
        err.print(word, style="yellow", markup=False, highlight=False, soft_wrap=True)
    if as_json:
        # Ids go beyond 2^53, which many JSON readers round: they are given as text.
        print_json([row | {"caption_id": str(row["caption_id"])} for row in rows])
    else:
        out.print(selection.table(page, rows))


@app.command()
def preflight(env: Env = "local", port: Port = None, as_json: Json = False) -> None:
    """Say what an apply would run into: sources, names, permissions, locations. Exit code 2 with problems."""
    from eros.model import load_model
    from eros.preflight import run
    from eros.warehouse import connect

    model = load_model()
    raise typer.Exit(run(model, connect(model, env, port), as_json=as_json))


@app.command()
def health(
    everything: Annotated[bool, typer.Option("--all", help="Show every row of every section.")] = False,
    env: Env = "local",
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Show the ten health queries as one page. Exit code 3 with warnings only, 2 if something is critical."""
    from eros.health import run
    from eros.model import load_model
    from eros.warehouse import connect

    model = load_model()
    raise typer.Exit(run(model, connect(model, env, port), everything=everything, as_json=as_json))


@app.command()
def drift(
    env: Env = "local",
    port: Port = None,
    output: Annotated[Output, typer.Option(help="Form of the report.")] = "text",
    plan: Annotated[
        Path | None, typer.Option(help="Compare this cdktf output folder instead of a fresh synth.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every finding in full.")] = False,
    as_json: Json = False,
) -> None:
    """Compare the plan with what is live, also what Terraform cannot see."""
    from eros import drift as drifting
    from eros.model import load_model
    from eros.warehouse import connect

    model = load_model()
    with err.status("Looking") as progress:
        code = drifting.run(
            model,
            lambda: connect(model, env, port),
            "json" if as_json else output,
            plan=plan,
            everything=everything,
            say=progress.update,
        )
    raise typer.Exit(code)


@app.command()
def adopt(
    name: Annotated[str, typer.Argument(help="Terraform address, or a name.")],
    env: Env = "local",
    port: Port = None,
    plan: Annotated[Path | None, typer.Option(help="Use this cdktf output folder instead of a fresh synth.")] = None,
    as_json: Json = False,
) -> None:
    """Say what adopting a live object would change, and print its entry for the environment file."""
    from eros import adopt as adopting
    from eros.model import load_model
    from eros.synth import synthesize
    from eros.warehouse import connect

    model = load_model()
    proposal = adopting.propose(model, connect(model, env, port), plan or synthesize(), name)
    if as_json:
        print_json(adopting.as_dict(proposal))
    else:
        adopting.print_proposal(proposal, out)


@app.command()
def cost(
    selections: Annotated[float, typer.Option(help="Caption selections a day.")] = 100,
    growth: Annotated[float, typer.Option(help="Factor on every table's size.")] = 1.0,
    assume_real_sizes: Annotated[
        bool, typer.Option("--assume-real-sizes", help="Sizes measured in production instead of the live tables'.")
    ] = False,
    env: Env = "local",
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Compute what a day costs, against the budget. Exit code 2 above it."""
    from eros.cost.command import run
    from eros.model import load_model
    from eros.warehouse import connect

    model = load_model()
    code = run(
        model,
        lambda: connect(model, env, port),
        selections=selections,
        growth=growth,
        assume_real_sizes=assume_real_sizes,
        as_json=as_json,
    )
    raise typer.Exit(code)
