"""Proves the way out of CDKTF, which is archived: synthesized with its fork cdktn, the stacks give the same plans.

    exit_to_cdktn.py        exit code 0: the same, 2: not, with the first differences

The move itself would be what `translated` does, and these two pins in the Pipfile. The packages go into a temporary
folder; the checkout and its .venv stay as they are.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from eros.errors import UserError
from eros.model import REPOSITORY
from eros.synth import synthesize

#: The last bindings for provider google 6.50.0, and the cdktn they were made for.
PINS = ("cdktn==0.23.4", "cdktn-provider-google==18.0.0")

#: What a synth reads.
PARTS = ("main.py", "cdktf.json", "stacks", "eros", "schemas", "sql", "environments", "locks")

_SHOWN = 10


def translated(source: str) -> str:
    """A module of stacks/, or main.py, as it would be after the move: other packages, nothing else."""
    source = source.replace("cdktf_cdktf_provider_google", "cdktn_provider_google")
    return re.sub(r"^(from|import) cdktf\b", r"\1 cdktn", source, flags=re.M)


def differences(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:
    """Where two plans differ, as `path: ours, theirs`. Two things do by their nature and do not count.

    The synthesizer's own version is in each plan, and cdktn writes a provider's namespace out: google is
    hashicorp/google to Terraform.
    """
    if path.endswith((".//.metadata.version", ".required_providers.google.source")):
        return
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from differences(ours.get(key), theirs.get(key), f"{path}.{key}")
    elif ours != theirs:
        yield f"{path}: {json.dumps(ours)[:120]}, {json.dumps(theirs)[:120]}"


def plans(out: Path) -> dict[str, Any]:
    """Every stack's plan below cdktf's output folder, by the stack's name."""
    return {file.parent.name: json.loads(file.read_text("utf-8")) for file in sorted(out.glob("stacks/*/cdk.tf.json"))}


def main() -> int:
    """Install, copy, translate, synthesize both, compare."""
    with tempfile.TemporaryDirectory(prefix="eros-") as name:
        folder = Path(name)
        packages, checkout = folder / "packages", folder / "checkout"
        _run([sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(packages), *PINS])
        checkout.mkdir()
        for part in PARTS:
            source = REPOSITORY / part
            copy = shutil.copytree if source.is_dir() else shutil.copyfile
            copy(source, checkout / part)
        for file in [checkout / "main.py", *(checkout / "stacks").rglob("*.py")]:
            file.write_text(translated(file.read_text("utf-8")), encoding="utf-8")
        environment = {k: v for k, v in os.environ.items() if k not in ("JSII_NODE", "NODE_OPTIONS")}
        environment |= {"PYTHONPATH": f"{checkout}{os.pathsep}{packages}", "CDKTF_OUTDIR": str(folder / "theirs")}
        _run([sys.executable, "main.py"], cwd=checkout, env=environment)
        ours, theirs = plans(synthesize(folder / "ours")), plans(folder / "theirs")
    if made_by := {plan["//"]["metadata"]["version"] for plan in theirs.values()} - {PINS[0].partition("==")[2]}:
        raise UserError(f"the plans to compare with were not made by {PINS[0]}, but by {', '.join(sorted(made_by))}.")
    found = list(differences(ours, theirs))
    for line in found[:_SHOWN]:
        print(line)
    print(f"{len(ours)} plans with {PINS[0]}: {f'{len(found)} differences' if found else 'the same'}.")
    return 2 if found else 0


def _run(command: list[str], **options: Any) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode:
        raise UserError(f"{' '.join(command[:4])} … failed:\n{done.stderr.strip()}")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except UserError as error:
        sys.exit(f"error: {error}")
