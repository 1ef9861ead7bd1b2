"""Runs Terraform in one folder. What a plan means for data is judged by eros.review, not here.

    terraform = Terraform(folder)      # a folder with cdk.tf.json
    terraform.init()
    planned = terraform.plan()         # planned.code: 0 empty, 2 changes; planned.actions: by address
    terraform.apply(planned)           # that very plan

Nothing of the caller's environment changes what a plan means; TF_CLI_CONFIG_FILE alone is passed on, because it says
where the provider is.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

#: As cdktf does it: another program may stand in for terraform, such as OpenTofu's tofu.
BINARY = os.environ.get("TERRAFORM_BINARY_NAME") or "terraform"

EMPTY, FAILED, CHANGES = 0, 1, 2

#: A step is stopped after this many seconds: the provider repeats a request that fails in a temporary way for minutes.
PATIENCE = 300

#: Variables that would add arguments, choose another state, or lend somebody's Google credentials to a test.
_STRANGE = ("TF_CLI_ARGS", "TF_VAR_", "TF_WORKSPACE", "TF_DATA_DIR", "TF_LOG", "GOOGLE_", "CLOUDSDK_", "GCLOUD_")


class TerraformError(Exception):
    """Terraform refused or failed; the text is what it printed."""


@dataclass(frozen=True)
class Planned:
    """A saved plan: its exit code, the document of `terraform show -json`, and both files."""

    code: int
    document: Mapping[str, Any]
    file: Path
    json_file: Path

    @cached_property
    def changes(self) -> dict[str, dict[str, Any]]:
        """What is planned, by address: `change` of resource_changes without what stays as it is."""
        found = {r["address"]: r["change"] for r in self.document.get("resource_changes", [])}
        return {address: change for address, change in found.items() if change["actions"] not in (["no-op"], ["read"])}

    @cached_property
    def actions(self) -> dict[str, str]:
        """The actions by address, in words: create, update, delete, replace, forget."""
        return {address: _word(change["actions"]) for address, change in self.changes.items()}


class Terraform:
    """Terraform in one folder. Every method raises TerraformError with Terraform's own words where it fails."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def init(self, *options: str) -> None:
        """Install the provider and set up the state backend. `-backend=false` for a look without state."""
        self._run("init", *options)

    def validate(self) -> None:
        """Check the configuration against the provider's schema."""
        self._run("validate")

    def plan(self, *options: str) -> Planned:
        """Plan and save the plan, after reading everything live."""
        file = self.folder / "planned.bin"
        code = self._run("plan", "-detailed-exitcode", f"-out={file}", "-lock=false", *options, fine=(EMPTY, CHANGES))[
            0
        ]
        json_file = file.with_suffix(".json")
        json_file.write_text(self._run("show", "-json", str(file))[1], encoding="utf-8")
        return Planned(code, json.loads(json_file.read_text(encoding="utf-8")), file, json_file)

    def apply(self, planned: Planned) -> None:
        """Apply exactly this plan."""
        self._run("apply", "-lock=false", str(planned.file))

    def destroy(self) -> None:
        """Remove everything in the state."""
        self._run("destroy", "-auto-approve", "-lock=false")

    def addresses(self) -> list[str]:
        """What the state holds."""
        return self._run("state", "list")[1].split()

    def _run(self, *arguments: str, fine: tuple[int, ...] = (0,)) -> tuple[int, str]:
        command, *others = arguments
        options = [] if command in ("validate", "show", "state") else ["-input=false"]
        colour = [] if command == "state" else ["-no-color"]
        done = subprocess.run(
            [BINARY, command, *options, *colour, *others],
            cwd=self.folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        if done.returncode not in fine:
            raise TerraformError(f"{BINARY} {' '.join(arguments)}\n{done.stdout}{done.stderr}")
        return done.returncode, done.stdout


def environment() -> dict[str, str]:
    """Our environment without what would change the meaning of a run, and without questions or calls home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_STRANGE)}
    return kept | {"TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}


def _word(actions: list[str]) -> str:
    return actions[0] if len(actions) == 1 else "replace" if set(actions) == {"create", "delete"} else "+".join(actions)
