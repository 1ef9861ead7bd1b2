"""Exactly the reviewed plan files, in order: scripts/stacks.py, with a Terraform that keeps what it is told.

The last test runs a real Terraform where one is installed, with its built-in provider alone: nothing is downloaded.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from eros.errors import UserError
from eros.model import REPOSITORY
from eros.review import read_plan
from eros.review.plan import Action
from tests.unit.programs import write_program


def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("stacks_script", REPOSITORY / "scripts" / "stacks.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


stacks = script()

TERRAFORM = """
import json, os, pathlib, sys
folder = pathlib.Path(sys.argv[1].removeprefix("-chdir="))
with open(os.environ["LOG"], "a") as log:
    print(folder.name, *sys.argv[2:], file=log)
if sys.argv[2] == "plan" and "-detailed-exitcode" in sys.argv:
    sys.exit(int(os.environ.get("SETTLED", "0")))
if sys.argv[2] == "plan":
    (folder / "plan.bin").write_text("plan of " + folder.name)
if sys.argv[2] == "show":
    print(json.dumps({"format_version": "1.2", "resource_changes": [{"address": folder.name}]}))
if sys.argv[2] == "apply" and folder.name == os.environ.get("BREAKS"):
    sys.exit(1)
"""


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cdktf.out with the stacks of dev and prod, and a terraform that only notes what it is asked."""
    for environment in ("dev", "prod"):
        for part in ("automation", "observability", "warehouse"):
            (tmp_path / "stacks" / f"eros-{environment}-{part}").mkdir(parents=True)
    binary = tmp_path / "terraform"
    write_program(binary, TERRAFORM)
    monkeypatch.setenv("TERRAFORM_BINARY_NAME", str(binary))
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    return tmp_path


def log(out: Path) -> list[str]:
    lines = (out / "log").read_text().splitlines()
    return [line for line in lines if line.split()[1] in ("plan", "apply")]


def planned(out: Path, capfd: pytest.CaptureFixture[str]) -> str:
    stacks.plan(out, "dev")
    return capfd.readouterr().out.strip().removeprefix("digest=")


class TestStacks:
    def test_planned_in_order_with_the_flags_given(self, out: Path, capfd: pytest.CaptureFixture[str]) -> None:
        stacks.plan(out, "prod", "-lock=false")
        assert log(out) == [
            f"eros-prod-{part} plan -input=false -out=plan.bin -lock=false"
            for part in ("warehouse", "automation", "observability")
        ]
        assert capfd.readouterr().out.count("\n") == 1, "standard output is for the workflow's outputs alone"

    def test_all_plans_are_reviewed_as_one(self, out: Path) -> None:
        stacks.plan(out, "dev")
        together = json.loads((out / "dev.plan.json").read_text())
        assert [c["address"] for c in together["resource_changes"]] == [
            "eros-dev-warehouse",
            "eros-dev-automation",
            "eros-dev-observability",
        ]
        assert together["complete"]
        assert not together["errored"]

    def test_an_incomplete_or_failed_plan_stays_so(self) -> None:
        fine = {"format_version": "1.2", "resource_drift": [{"address": "a"}]}
        both = stacks.together([fine, {**fine, "errored": True, "complete": False}])
        assert (both["errored"], both["complete"], len(both["resource_drift"])) == (True, False, 2)

    def test_applied_in_order_if_they_are_the_reviewed_ones(self, out: Path, capfd: pytest.CaptureFixture[str]) -> None:
        stacks.apply(out, "dev", planned(out, capfd))
        assert log(out)[3:] == [
            f"eros-dev-{part} apply -input=false plan.bin" for part in ("warehouse", "automation", "observability")
        ]

    def test_a_plan_file_that_was_changed_is_not_applied(self, out: Path, capfd: pytest.CaptureFixture[str]) -> None:
        digest = planned(out, capfd)
        (out / "stacks" / "eros-dev-observability" / "plan.bin").write_text("another")
        with pytest.raises(UserError, match="not the plans that were reviewed"):
            stacks.apply(out, "dev", digest)
        assert not [line for line in log(out) if " apply " in line], "not even the stacks before it"

    def test_two_plans_that_changed_places_are_others(self, out: Path, capfd: pytest.CaptureFixture[str]) -> None:
        digest = planned(out, capfd)
        one, two = (out / "stacks" / f"eros-dev-{part}" / "plan.bin" for part in ("warehouse", "automation"))
        first, second = one.read_text(), two.read_text()
        one.write_text(second)
        two.write_text(first)
        with pytest.raises(UserError, match="not the plans"):
            stacks.apply(out, "dev", digest)

    def test_a_failing_stack_stops_those_after_it(
        self, out: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        digest = planned(out, capfd)
        monkeypatch.setenv("BREAKS", "eros-dev-automation")
        with pytest.raises(UserError, match=r"eros-dev-automation: .* apply failed"):
            stacks.apply(out, "dev", digest)
        assert "eros-dev-observability apply" not in (out / "log").read_text()

    def test_settled_names_the_stacks_that_are_not(self, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        stacks.settled(out, "dev")
        monkeypatch.setenv("SETTLED", "2")
        with pytest.raises(UserError, match="not empty: eros-dev-warehouse, eros-dev-automation, eros-dev-observab"):
            stacks.settled(out, "dev")
        monkeypatch.setenv("SETTLED", "1")
        with pytest.raises(UserError, match="plan failed"):
            stacks.settled(out, "dev")

    def test_mistakes_are_named(self, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(UserError, match="Did you mean 'prod'"):
            stacks.plan(out, "prd")
        with pytest.raises(UserError, match=r"unknown command 'aply'.*'apply'"):
            stacks.main("aply", "dev")
        with pytest.raises(UserError, match="digest"):
            stacks.main("apply", "dev")
        with pytest.raises(UserError, match="no plan here"):
            stacks.plan(tmp_path / "nowhere", "dev")
        with pytest.raises(UserError, match="no plan file"):
            stacks.apply(out, "dev", "")
        (out / "stacks" / "eros-dev-extra").mkdir()
        with pytest.raises(UserError, match="no order is known for extra"):
            stacks.plan(out, "dev")
        monkeypatch.setenv("TERRAFORM_BINARY_NAME", "no-such-terraform")
        with pytest.raises(UserError, match="not on PATH"):
            stacks.plan(out, "prod")


BUILT_IN = {"resource": {"terraform_data": {"schedule": {"input": "every 6 hours"}}}}


@pytest.mark.skipif(shutil.which("terraform") is None, reason="no terraform on PATH")
def test_a_real_terraform_does_all_that(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plan, apply that file, empty plan; then a change that the saved plan no longer fits."""
    monkeypatch.delenv("TERRAFORM_BINARY_NAME", raising=False)
    monkeypatch.setenv("CHECKPOINT_DISABLE", "1")
    file = tmp_path / "stacks" / "eros-dev-warehouse" / "cdk.tf.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(BUILT_IN))
    digest = planned(tmp_path, capfd)
    [change] = read_plan(tmp_path / "dev.plan.json").changes
    assert (change.address, change.action) == ("terraform_data.schedule", Action.CREATE)
    with pytest.raises(UserError, match="not empty: eros-dev-warehouse"):
        stacks.settled(tmp_path, "dev")
    stacks.apply(tmp_path, "dev", digest)
    stacks.settled(tmp_path, "dev")
    with pytest.raises(UserError, match="apply failed"):
        stacks.apply(tmp_path, "dev", digest)  # Terraform itself: the saved plan is stale
