"""`eros bundle`: writes the scripts and says where. What stands in them: scripts.py."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from eros.bundle import scripts
from eros.errors import UserError
from eros.model import Environment, Model
from eros.rollback import PARTS, needed_by_others, removable
from eros.state import plan_folder, read_stack

ROLLBACK = "rollback_full.sql"
ROLLBACK_PROCEDURES = "rollback_procedures_only.sql"

out = Console(highlight=False)


def bundle(model: Model, environment: Environment, plan: Path) -> dict[str, str]:
    """The scripts by file name.

    Args:
        model: the loaded model; it holds the verification tests and knows which objects are owned.
        environment: for whom.
        plan: cdktf's output folder.

    Raises:
        UserError: there is no plan.
    """
    warehouse, automation = (read_stack(plan_folder(plan, f"eros-{environment.name}-{part}")) for part in PARTS)
    declared = warehouse + automation
    # Where the external objects are declared too, those of ours that they need stay.
    needed = needed_by_others(model, declared, {resource.name for resource in declared})
    everything = [r for r in removable(model, declared) if r.address not in needed]
    return {
        scripts.INFRASTRUCTURE: scripts.infrastructure(
            environment, warehouse, [r for r in automation if r.kind == "schedule"]
        ),
        scripts.VERIFICATION: scripts.verification(environment, list(model.verification.values())),
        ROLLBACK: scripts.rollback(environment, everything, "Takes EROS away.", ROLLBACK),
        ROLLBACK_PROCEDURES: scripts.rollback(
            environment,
            removable(model, declared, procedures_only=True),
            "Takes EROS's procedures away and keeps every row; the scheduled queries fail until they are back.",
            ROLLBACK_PROCEDURES,
        ),
    }


def run(model: Model, environment: Environment, plan: Path, folder: Path) -> int:
    """Write the scripts into the folder and name them. Returns 0.

    Raises:
        UserError: there is no plan, or the folder cannot be written.
    """
    texts = bundle(model, environment, plan)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"the scripts cannot be written: {error.strerror}.", where=str(folder)) from None
    for name in texts:
        out.print(str(folder / name), soft_wrap=True, markup=False)
    return 0
