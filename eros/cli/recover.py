"""What can be undone: backup and rollback."""

from __future__ import annotations

from typing import Annotated

import typer

from eros.cli.common import Dataset, Env, Json, PlanFolder, Port, Yes, app

backup_app = typer.Typer(help="Snapshots of the owned tables, and tables restored from them.", no_args_is_help=True)
app.add_typer(backup_app, name="backup")


@backup_app.command("create")
def backup_create(
    tables: Annotated[list[str] | None, typer.Argument(help="Owned tables; default all.")] = None,
    env: Env = "local",
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Take a snapshot of every owned table now."""
    from eros.backup import command
    from eros.model import load_model
    from eros.warehouse import connect

    model = load_model()
    raise typer.Exit(command.run_create(model, connect(model, env, port), tables or (), as_json))


@backup_app.command("list")
def backup_list(
    table: Annotated[str | None, typer.Argument(help="Only snapshots of this table.")] = None,
    env: Env = "local",
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Show the snapshots there are, newest first: table, time, rows, expiry."""
    from eros.backup import command
    from eros.model import load_model
    from eros.warehouse import connect

    model = load_model()
    raise typer.Exit(command.run_list(model, connect(model, env, port), table, as_json))


@backup_app.command("restore")
def backup_restore(
    table: Annotated[str, typer.Argument(help="The owned table to restore.")],
    snapshot: Annotated[str | None, typer.Option("--from", help="Snapshot; default the newest.")] = None,
    target: Annotated[str | None, typer.Option("--to", help="New table; default TABLE_restored_<time>.")] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Replace the rows of the table itself.")] = False,
    plan: PlanFolder = None,
    yes: Yes = False,
    dataset: Dataset = None,
    env: Env = "local",
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Restore a table from a snapshot: under a new name, or in place after a fresh snapshot and a confirmation."""
    from eros.backup import command
    from eros.model import load_model
    from eros.synth import synthesize
    from eros.warehouse import connect

    model = load_model()
    code = command.run_restore(
        model,
        connect(model, env, port),
        table,
        snapshot=snapshot,
        target=target,
        in_place=in_place,
        yes=yes,
        dataset=dataset,
        plan=lambda: plan or synthesize(),  # only where the table is gone
        as_json=as_json,
    )
    raise typer.Exit(code)


@app.command()
def rollback(
    procedures_only: Annotated[
        bool, typer.Option("--procedures-only", help="Remove the procedures alone: every row and schedule stays.")
    ] = False,
    plan: PlanFolder = None,
    yes: Yes = False,
    dataset: Dataset = None,
    env: Env = "local",
    port: Port = None,
    as_json: Json = False,
) -> None:
    """Remove what the plan declares and EROS owns, snapshots first. External objects are never touched."""
    from eros import rollback as verb
    from eros.model import load_model
    from eros.synth import synthesize
    from eros.warehouse import connect

    model = load_model()
    warehouse = connect(model, env, port)
    code = verb.run(
        model,
        warehouse,
        plan or synthesize(),
        procedures_only=procedures_only,
        yes=yes,
        dataset=dataset,
        as_json=as_json,
    )
    raise typer.Exit(code)
