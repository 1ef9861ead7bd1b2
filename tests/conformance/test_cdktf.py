"""The cdktf command on our stacks: list with main.py as it is, then diff and deploy on an engine of this file's own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from eros.local.up import STACKS
from eros.model import REPOSITORY
from eros.state import plan_folder, read_stack
from tests.conformance.conftest import Deployment
from tests.conformance.terraform import EMPTY, PATIENCE, Terraform, environment

type Cdktf = Callable[..., str]

#: The output folder lies ready; and `terraform providers lock` would ask the registry, whatever mirror is configured.
AS_PREPARED = ("--skip-synth", "--skip-provider-lock")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with our cdktf.json, so that no test writes into the checkout."""
    if shutil.which("cdktf") is None:
        pytest.skip("no cdktf on PATH (npm package cdktf-cli)")
    folder = tmp_path_factory.mktemp("cdktf")
    settings = json.loads((REPOSITORY / "cdktf.json").read_text(encoding="utf-8"))
    app = f'"{sys.executable}" "{REPOSITORY / "main.py"}"'
    (folder / "cdktf.json").write_text(json.dumps(settings | {"app": app}))
    return folder


@pytest.fixture(scope="module")
def cdktf(project: Path) -> Cdktf:
    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["cdktf", *arguments, "--no-color"],
            cwd=project,
            env=environment() | {"CI": "true", "DISABLE_VERSION_CHECK": "true"},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"cdktf {' '.join(arguments)}\n{done.stdout}{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="module")
def prepared(project: Path, plan: Path, deployed: Deployment) -> Path:
    """The output folder, the local stacks with the ports of this file's engine."""
    out = shutil.copytree(plan, project / "cdktf.out", dirs_exist_ok=True)
    for stack in STACKS:
        shutil.copy(plan_folder(deployed.plan, stack) / "cdk.tf.json", plan_folder(out, stack))
    return out


def test_list_synthesizes_and_names_every_stack(cdktf: Cdktf, plan: Path) -> None:
    said = cdktf("list")
    assert [f.name for f in (plan / "stacks").iterdir() if f.name not in said] == []


def test_diff_shows_what_would_be_created(cdktf: Cdktf, prepared: Path) -> None:
    declared = read_stack(plan_folder(prepared, STACKS[0]))
    assert f"{len(declared)} to add, 0 to change, 0 to destroy" in cdktf("diff", STACKS[0], *AS_PREPARED)


def test_deploy_leaves_nothing_to_do(cdktf: Cdktf, prepared: Path, project: Path) -> None:
    cdktf("deploy", *STACKS, "--auto-approve", *AS_PREPARED)
    for stack in STACKS:
        assert Terraform(plan_folder(prepared, stack)).plan().code == EMPTY
        assert (project / f"terraform.{stack}.tfstate").is_file()
