"""The cdktf command on our stacks: list, diff and deploy. Its output folder is written by main.py; see tests/plan."""

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

#: `terraform providers lock` asks the registry itself, whatever mirror is configured.
NO_LOCK = "--skip-provider-lock"

type Cdktf = Callable[..., str]

#: Stands for `python main.py`: the very plan, with the ports of this file's engine.
APP = """
import os, shutil
shutil.copytree("prepared", os.environ["CDKTF_OUTDIR"], dirs_exist_ok=True)
"""


@pytest.fixture(scope="module")
def project(plan: Path, deployed: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the cdktf command works on our plan."""
    if shutil.which("cdktf") is None:
        pytest.skip("no cdktf on PATH (npm package cdktf-cli)")
    folder = tmp_path_factory.mktemp("cdktf")
    prepared = shutil.copytree(plan, folder / "prepared")
    for stack in STACKS:
        shutil.copy(plan_folder(deployed.plan, stack) / "cdk.tf.json", plan_folder(prepared, stack))
    (folder / "app.py").write_text(APP)
    settings = json.loads((REPOSITORY / "cdktf.json").read_text(encoding="utf-8"))
    (folder / "cdktf.json").write_text(json.dumps(settings | {"app": f'"{sys.executable}" app.py'}))
    return folder


@pytest.fixture(scope="module")
def cdktf(project: Path) -> Cdktf:
    def run(*arguments: str) -> str:
        done = subprocess.run(
            ["cdktf", *arguments],
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


def test_list_names_every_stack(cdktf: Cdktf, plan: Path) -> None:
    said = cdktf("list")
    assert [f.name for f in (plan / "stacks").iterdir() if f.name not in said] == []


def test_diff_shows_what_would_be_created(cdktf: Cdktf, plan: Path) -> None:
    declared = read_stack(plan_folder(plan, STACKS[0]))
    assert f"{len(declared)} to add, 0 to change, 0 to destroy" in cdktf("diff", STACKS[0], NO_LOCK)


def test_deploy_leaves_nothing_to_do(cdktf: Cdktf, project: Path) -> None:
    cdktf("deploy", *STACKS, "--auto-approve", NO_LOCK)
    for stack in STACKS:
        assert Terraform(plan_folder(project / "cdktf.out", stack)).plan().code == EMPTY
        assert (project / f"terraform.{stack}.tfstate").is_file()
