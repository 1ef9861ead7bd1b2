"""Before a change lands, without an environment: gate, check, format, review, bundle, docs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eros.cli.common import Json, Output, PlanFolder, app


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
    from eros.cost import plan_costing
    from eros.model import load_model
    from eros.review import command

    costing = plan_costing(load_model())
    raise typer.Exit(command.run(plan, "json" if as_json else output, fail_on, env, costing=costing))


@app.command()
def bundle(
    env: Annotated[str, typer.Option("--env", help="For which environment: local, dev or prod.")] = "prod",
    folder: Annotated[Path, typer.Option("--out", help="Folder to write into.")] = Path("bundle"),
    plan: PlanFolder = None,
) -> None:
    """Write the deployment, its verification and its rollback as SQL scripts for the console or bq."""
    from eros import bundle as scripts
    from eros.model import load_model
    from eros.synth import synthesize

    model = load_model()
    raise typer.Exit(scripts.run(model, model.environment(env), plan or synthesize(), folder))


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Only say which documents are stale.")] = False,
) -> None:
    """Write the generated parts of the documents: dictionary, lineage, schedules, quick reference."""
    from eros import docs as documents
    from eros.model import load_model

    raise typer.Exit(documents.run(load_model(), check))
