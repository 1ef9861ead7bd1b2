"""Every stack of every environment against the real provider's schema. Nothing is reached, nothing applied."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from eros.state import plan_folder
from tests.conformance.terraform import Terraform, TerraformError

ENVIRONMENTS = {"local": (), "dev": ("observability",), "prod": ("observability",)}
STACKS = [f"eros-{name}-{part}" for name, more in ENVIRONMENTS.items() for part in ("warehouse", "automation", *more)]


def test_no_stack_is_left_out(plan: Path) -> None:
    assert sorted(folder.name for folder in (plan / "stacks").iterdir()) == sorted(STACKS)


@pytest.mark.usefixtures("provider")
@pytest.mark.parametrize("stack", STACKS)
def test_is_valid(stack: str, plan: Path, tmp_path: Path) -> None:
    terraform = copied(plan, stack, tmp_path)
    terraform.init("-backend=false")
    terraform.validate()


@pytest.mark.usefixtures("provider")
def test_an_attribute_the_provider_does_not_know_is_refused(plan: Path, tmp_path: Path) -> None:
    """Or the test above would hold for anything."""
    terraform = copied(plan, "eros-local-warehouse", tmp_path)
    file = terraform.folder / "cdk.tf.json"
    declared = json.loads(file.read_text(encoding="utf-8"))
    declared["resource"]["google_bigquery_table"]["holiday_calendar"]["keep_days"] = 90
    file.write_text(json.dumps(declared), encoding="utf-8")
    terraform.init("-backend=false")
    with pytest.raises(TerraformError, match="keep_days"):
        terraform.validate()


def copied(plan: Path, stack: str, folder: Path) -> Terraform:
    shutil.copy(plan_folder(plan, stack) / "cdk.tf.json", folder)
    return Terraform(folder)
