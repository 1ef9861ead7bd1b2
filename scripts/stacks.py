"""Plans, applies and plans again the stacks of one environment, in order, each in its folder below cdktf.out.

What a plan means is for `eros review`; who may apply is for the workflow. Nothing here goes through a shell.

    stacks.py plan ENV [flags for terraform plan]   plan.bin and plan.json in each folder; cdktf.out/ENV.plan.json for
                                                    `eros review`; prints digest=… of what was planned
    stacks.py apply ENV DIGEST                      exactly those plan files, or nothing
    stacks.py settled ENV                           fails unless a new plan is empty
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from eros.errors import UserError, nearest
from eros.model import REPOSITORY, load_model

#: Each after what it needs, as stacks/app.py declares it.
PARTS = ("warehouse", "automation", "observability")

#: terraform plan -detailed-exitcode.
EMPTY, FAILED, CHANGES = 0, 1, 2


def folders(out: Path, environment: str) -> list[Path]:
    """The folders of the environment's stacks, in the order of their application."""
    load_model().environment(environment)  # a misspelt name is refused here
    found = {path.name.removeprefix(f"eros-{environment}-"): path for path in out.glob(f"stacks/eros-{environment}-*")}
    if unknown := set(found) - set(PARTS):
        raise UserError(f"no order is known for {sorted(unknown)[0]}.", where=str(out), remedy="Add it to PARTS.")
    if not found:
        raise UserError("there is no plan here.", where=str(out), remedy="Synthesize it: make synth")
    return [found[part] for part in PARTS if part in found]


def plan(out: Path, environment: str, *flags: str) -> None:
    """Plan every stack, and put the plans together so that one review tells everything."""
    stacks = folders(out, environment)
    for folder in stacks:
        _init(folder, environment)
        _terraform(folder, "plan", "-input=false", "-out=plan.bin", *flags)
        shown = _terraform(folder, "show", "-json", "plan.bin", capture=True)
        (folder / "plan.json").write_text(shown, encoding="utf-8")
    plans = [json.loads((folder / "plan.json").read_text(encoding="utf-8")) for folder in stacks]
    (out / f"{environment}.plan.json").write_text(json.dumps(together(plans)), encoding="utf-8")
    print(f"digest={digest(stacks)}")


def together(plans: list[dict[str, Any]]) -> dict[str, Any]:
    """Several plans as one, as far as a review reads them. Addresses of different stacks never meet."""
    return {
        "format_version": plans[0]["format_version"],
        "terraform_version": plans[0].get("terraform_version", ""),
        "timestamp": plans[0].get("timestamp", ""),
        "resource_changes": [change for plan in plans for change in plan.get("resource_changes") or []],
        "resource_drift": [change for plan in plans for change in plan.get("resource_drift") or []],
        "errored": any(plan.get("errored") for plan in plans),
        "complete": all(plan.get("complete", True) for plan in plans),
    }


def apply(out: Path, environment: str, expected: str) -> None:
    """Apply the plan files that were reviewed; any other is refused before the first stack is touched."""
    stacks = folders(out, environment)
    if digest(stacks) != expected:
        raise UserError("these are not the plans that were reviewed.", where=str(out), remedy="Plan and review again.")
    for folder in stacks:
        _init(folder, environment)
        _terraform(folder, "apply", "-input=false", "plan.bin")


def settled(out: Path, environment: str) -> None:
    """Fail unless a new plan of every stack is empty: what was applied is what is declared."""
    unsettled = [
        folder.name
        for folder in folders(out, environment)
        if _terraform(folder, "plan", "-input=false", "-detailed-exitcode", accept=(EMPTY, CHANGES)) == str(CHANGES)
    ]
    if unsettled:
        raise UserError(
            f"after the apply a plan is not empty: {', '.join(unsettled)}.",
            remedy="Read the plan above: the service stores something else than we declare.",
        )


def digest(stacks: list[Path]) -> str:
    """SHA-256 over names and contents of the plan files, in order."""
    total = hashlib.sha256()
    for folder in stacks:
        file = folder / "plan.bin"
        if not file.is_file():
            raise UserError("there is no plan file.", where=str(file), remedy="Make it: scripts/stacks.py plan ENV")
        total.update(folder.name.encode() + b"\0" + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()


def _init(folder: Path, environment: str) -> None:
    """Providers as locked. Without a lock file Terraform writes one, and preflight warns."""
    lock = REPOSITORY / "locks" / f"{environment}.lock.hcl"
    if lock.is_file():
        shutil.copyfile(lock, folder / ".terraform.lock.hcl")
    readonly = ["-lockfile=readonly"] if (folder / ".terraform.lock.hcl").is_file() else []
    _terraform(folder, "init", "-input=false", *readonly)


def _terraform(folder: Path, *arguments: str, capture: bool = False, accept: tuple[int, ...] = (0,)) -> str:
    """Terraform's output where captured, else its exit code; what people read goes to stderr."""
    binary = os.environ.get("TERRAFORM_BINARY_NAME") or "terraform"
    if shutil.which(binary) is None:
        raise UserError(f"{binary} is not on PATH.", remedy="Install Terraform or OpenTofu 1.9 or later.")
    done = subprocess.run(
        [binary, f"-chdir={folder}", *arguments],
        stdout=subprocess.PIPE if capture else sys.stderr,
        text=True,
        check=False,
    )
    if done.returncode not in accept:
        raise UserError(f"{binary} {arguments[0]} failed; its own message is above.", where=folder.name)
    return done.stdout if capture else str(done.returncode)


COMMANDS: dict[str, Callable[..., None]] = {"plan": plan, "apply": apply, "settled": settled}


def main(command: str = "", environment: str = "", *arguments: str) -> None:
    """Run one of the three commands on cdktf.out."""
    if command not in COMMANDS:
        raise UserError(f"unknown command {command!r}.", remedy=nearest(command, COMMANDS))
    if command == "apply" and len(arguments) != 1:
        raise UserError("apply needs the digest that plan printed.", remedy="stacks.py apply ENV DIGEST")
    COMMANDS[command](REPOSITORY / "cdktf.out", environment, *arguments)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except UserError as error:
        sys.exit(f"error: {error}")
