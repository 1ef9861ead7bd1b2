"""The `eros` command: names, options and output. What the verbs do stands in the module named as the verb."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from eros.errors import UserError

app = typer.Typer(
    help="EROS scheduling brain: run it here, check it, operate it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out = Console()
err = Console(stderr=True)

Env = Annotated[str, typer.Option("--env", help="Environment: local, dev or prod.")]
Port = Annotated[int | None, typer.Option(help="Which local engine; default is the one started last.")]
Output = Literal["text", "markdown", "json"]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


def main() -> NoReturn:
    """Run the command. A user's mistake is one clear message and exit code 1, never a stack trace."""
    try:
        app()
    except UserError as error:
        err.print(f"[red]error:[/red] {_plain(error)}", highlight=False, soft_wrap=True)
        sys.exit(1)
    except Exception as error:
        if (said := _api_error(error)) is None:
            raise
        err.print(f"[red]error:[/red] {_plain(said)}", highlight=False, soft_wrap=True)
        sys.exit(1)
    sys.exit(0)


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Port of the BigQuery API.")] = 9050,
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
        _print_json(as_dict(summary))
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
        _print_json({"running": [engine_dict(e) for e in running], "crashed": [engine_dict(e) for e in crashed]})
    for engine in [] if as_json else running:
        out.print(f"Running on {engine.endpoint} (pid {engine.pid}) since {engine.started_at}, data {engine.data_dir}")
    for engine in [] if as_json else crashed:
        out.print(f"[red]Crashed[/red] on port {engine.port}; the end of its log: {engine.log}")
    if not running and not crashed and not as_json:
        out.print("Nothing runs. Start it with: eros up")
    raise typer.Exit(2 if crashed else 0)


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
        _print_json([r.as_json() for r in results])
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
        _print_json({"job": done.job, "row": done.row, "error": done.error})
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
    if as_json:
        # Ids go beyond 2^53, which many JSON readers round: they are given as text.
        _print_json([row | {"caption_id": str(row["caption_id"])} for row in rows])
    else:
        out.print(selection.table(page, rows))


@app.command()
def gate(
    files: Annotated[list[Path] | None, typer.Argument(help="SQL files or folders; default all.")] = None,
    as_json: Json = False,
) -> None:
    """Check SQL with the GoogleSQL analyzer and the house rules."""
    from eros.gate import command

    raise typer.Exit(command.run(files or [], as_json))


@app.command()
def check(
    plan: Annotated[Path | None, typer.Option(help="Check this cdktf output folder instead of a fresh synth.")] = None,
    as_json: Json = False,
) -> None:
    """Check everything we would deploy: SQL, the SQL inside the plans, the plan policies."""
    from eros import check as checks
    from eros.model import load_model

    raise typer.Exit(checks.run(load_model(), plan, as_json))


@app.command("format")
def format_sql(
    files: Annotated[list[Path] | None, typer.Argument(help="SQL files or folders; default all.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say which files would change.")] = False,
) -> None:
    """Write SQL in the house's layout."""
    from eros.gate import command

    raise typer.Exit(command.run_format(files or [], check))


@app.command()
def review(
    plan: Annotated[Path, typer.Argument(help="Output of: terraform show -json PLANFILE")],
    output: Annotated[Output, typer.Option(help="Form of the review.")] = "text",
    fail_on: Annotated[str | None, typer.Option(help="Exit 2 from this class on: data-loss, replace or any.")] = None,
    env: Annotated[str | None, typer.Option("--env", help="Name the environment in the Markdown comment.")] = None,
    as_json: Json = False,
) -> None:
    """Say in words what a Terraform plan does to data."""
    from eros.review import command

    raise typer.Exit(command.run(plan, "json" if as_json else output, fail_on, env))


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
) -> None:
    """Say what adopting a live object would change, and print its entry for the environment file."""
    from eros import adopt as adopting
    from eros.model import load_model
    from eros.synth import synthesize
    from eros.warehouse import connect

    model = load_model()
    proposal = adopting.propose(model, connect(model, env, port), plan or synthesize(), name)
    adopting.print_proposal(proposal, out)


def _row(row: dict[str, Any]) -> Table:
    table = Table(show_header=False)
    for key, value in row.items():
        table.add_row(key, "" if value is None else str(value))
    return table


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def _api_error(error: Exception) -> str | None:
    """What an API said, or None if the error is none of an API's and so a fault of ours."""
    from google.api_core.exceptions import GoogleAPICallError
    from google.auth.exceptions import GoogleAuthError
    from requests.exceptions import ConnectionError as Unreachable

    if isinstance(error, GoogleAPICallError):
        from eros.warehouse import reason

        return reason(error)
    if isinstance(error, Unreachable):
        return "the API does not answer. Is it running? eros status tells about the local engine."
    if isinstance(error, GoogleAuthError):
        return f"{error} Run: gcloud auth application-default login"
    return None


def _plain(text: object) -> str:
    """The text so that rich shows brackets as they are."""
    from rich.markup import escape

    return escape(str(text))


if __name__ == "__main__":
    main()
