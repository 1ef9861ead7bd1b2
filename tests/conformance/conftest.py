"""A real Terraform with the real Google provider, and the local plan applied by it to engines of its own.

Where no provider can be had every test here is skipped, with Terraform's own first words as the reason. To give it one,
name a CLI configuration with a provider mirror: TF_CLI_CONFIG_FILE=… make conformance
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from eros.local import process
from eros.local.up import STACKS
from eros.model import Model
from eros.state import plan_folder
from eros.warehouse import Warehouse
from tests.conformance.edits import Configuration, Edit
from tests.conformance.terraform import BINARY, CHANGES, Planned, Terraform, environment
from tests.conftest import once, reach

#: Seconds within which a provider is found, or there is none.
PROBE_SECONDS = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With several workers, one runs this suite: its deployments are too costly to be made by each."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("conformance"))


@pytest.fixture(scope="session")
def provider(shared: Path, plan: Path) -> None:
    """Passes where Terraform can install the provider that the plan asks for; skips with its reason elsewhere."""
    wanted = read(plan_folder(plan, STACKS[0]))["terraform"]["required_providers"]

    def probe(folder: Path) -> None:
        folder.mkdir()
        (folder / "main.tf.json").write_text(json.dumps({"terraform": {"required_providers": wanted}}))
        (folder / "reason").write_text(_why_not(folder))

    reason = (once(shared / "provider", probe) / "reason").read_text()
    if reason:
        pytest.skip(reason)


def _why_not(folder: Path) -> str:
    """Why there is no provider to be had, in one line; empty where there is one."""
    if shutil.which(BINARY) is None:
        return f"no {BINARY} on PATH"
    command = [BINARY, "init", "-input=false", "-no-color"]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"{BINARY} init found no provider in {PROBE_SECONDS} s"
    if done.returncode == 0:
        return ""
    return f"{BINARY} init has no provider: {first_error(done.stderr or done.stdout)}"


def first_error(said: str) -> str:
    """Terraform's first error and the first sentence below it, in one line."""
    lines = [line.strip("│╷╵ ") for line in said.splitlines()]
    start = next((n for n, line in enumerate(lines) if line.startswith("Error: ")), 0)
    head, *rest = [line for line in lines[start:] if line] or ["it said nothing"]
    return " ".join([head.removeprefix("Error: ") + ".", *rest])[:300]


@dataclass(frozen=True)
class Deployment:
    """An engine of its own, and copies of both local stacks that point to it.

    `plan` is laid out as cdktf's output folder, so that everything of ours that reads a plan reads it.
    """

    live: Warehouse
    plan: Path
    warehouse: Terraform
    automation: Terraform

    @property
    def stacks(self) -> tuple[Terraform, Terraform]:
        """Both, in the order in which they are applied."""
        return self.warehouse, self.automation

    def fresh(self) -> Warehouse:
        """The engine with nothing remembered."""
        return replace(self.live)

    def init(self) -> None:
        for terraform in self.stacks:
            terraform.init()

    def planned(self) -> list[Planned]:
        """The plans of both stacks."""
        return [terraform.plan() for terraform in self.stacks]

    def apply(self, planned: Iterable[Planned] | None = None) -> None:
        """Apply these plans of both stacks, or new ones."""
        for terraform, plan in zip(self.stacks, planned or self.planned(), strict=True):
            if plan.code == CHANGES:
                terraform.apply(plan)

    def configure(self, edit: Edit) -> None:
        """Change what the stacks declare. Nothing is applied."""
        files = [terraform.folder / "cdk.tf.json" for terraform in self.stacks]
        declared = [read(file.parent) for file in files]
        edit(Configuration([document["resource"] for document in declared]))
        for file, document in zip(files, declared, strict=True):
            file.write_text(json.dumps(document), encoding="utf-8")

    @contextmanager
    def edited(self, edit: Edit) -> Iterator[None]:
        """The stacks with a change of what they declare. Afterwards the original is applied again."""
        files = {terraform: terraform.folder / "cdk.tf.json" for terraform in self.stacks}
        originals = {terraform: file.read_text(encoding="utf-8") for terraform, file in files.items()}
        touched: list[Terraform] = []
        try:
            self.configure(edit)
            touched = [t for t in self.stacks if files[t].read_text(encoding="utf-8") != originals[t]]
            yield
        finally:
            for terraform in touched:
                files[terraform].write_text(originals[terraform], encoding="utf-8")
                # What is live was written by Terraform itself, so there is nothing to refresh.
                terraform.apply(terraform.plan("-refresh=false"))
        assert [terraform.plan().actions for terraform in touched] == [{}] * len(touched)


@contextmanager
def deployment(plan: Path, model: Model, folder: Path) -> Iterator[Deployment]:
    """Copies of the local stacks on an empty engine; nothing is initialised or applied yet."""
    with process.running_engine(folder / "data") as engine:
        # The backend's path leads three folders up from a stack, so each copy keeps its state beside itself.
        copies = folder / "checkout" / "cdktf.out"
        for stack in STACKS:
            copy = plan_folder(copies, stack)
            copy.mkdir(parents=True)
            declared = read(plan_folder(plan, stack))
            [google] = declared["provider"]["google"]
            google["big_query_custom_endpoint"] = f"{engine.endpoint}/bigquery/v2/"
            google["bigquery_data_transfer_custom_endpoint"] = f"{engine.transfer_endpoint}/v1/"
            (copy / "cdk.tf.json").write_text(json.dumps(declared), encoding="utf-8")
        warehouse, automation = (Terraform(plan_folder(copies, stack)) for stack in STACKS)
        yield Deployment(reach(engine, model), copies, warehouse, automation)


@pytest.fixture(scope="module")
def deployed(
    provider: None, plan: Path, model: Model, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployment]:
    """The local stacks of one file of tests, ready to be planned and applied; nothing is applied yet."""
    with deployment(plan, model, tmp_path_factory.mktemp("deployed")) as made:
        made.init()
        yield made


def read(folder: Path) -> dict[str, Any]:
    """A stack's Terraform configuration."""
    declared: dict[str, Any] = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
    return declared
