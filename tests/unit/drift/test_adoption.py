"""The `adopt:` list of an environment file: what it may name, and the import blocks it becomes in the plan."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from eros.errors import UserError
from eros.model import REPOSITORY, Model, load_model
from eros.model.adoption import SCHEDULE, addresses
from eros.state import plan_folder, read_stack

TABLE = "google_bigquery_table.holiday_calendar"
SWEEP = f"{SCHEDULE}.lock_sweep"
NAME = "projects/300000000000/locations/us/transferConfigs/6f0a-11"


def adopting(root: Path, entries: str, environment: str = "prod") -> Model:
    """The repository's model with an adopt list in one environment."""
    for folder in ("schemas", "sql", "environments"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    file = root / "environments" / f"{environment}.yaml"
    file.write_text(f"{file.read_text(encoding='utf-8')}\nadopt:\n{entries}", encoding="utf-8")
    return load_model(root)


WRONG = {
    "an unknown object": ("  - object: google_bigquery_table.holiday_calender\n", f"Did you mean '{TABLE}'?"),
    "another system's table": ("  - object: google_bigquery_table.mass_messages\n", "no such object is declared"),
    "one object twice": (f"  - object: {TABLE}\n" * 2, "stands twice"),
    "a misspelt key": (f"  - objekt: {TABLE}\n", "unknown key 'adopt.0.objekt'. Did you mean 'object'?"),
    "an id for a table": (f"  - {{object: {TABLE}, id: x}}\n", "only a schedule needs an id"),
    "a schedule without id": (f"  - object: {SWEEP}\n", "Add id: projects/300000000000/locations/us/transferConfigs/…"),
    "no resource name": (f"  - {{object: {SWEEP}, id: lock_sweep}}\n", "needs its resource name as id"),
    "another project": (f"  - {{object: {SWEEP}, id: {NAME.replace('3000', '4000')}}}\n", "of another project"),
    "another location": (
        f"  - {{object: {SWEEP}, id: {NAME.replace('/us/', '/eu/')}}}\n",
        "of another project or location",
    ),
    "a template": (f'  - {{object: {SWEEP}, id: "{NAME}${{x}}"}}\n', "needs its resource name as id"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_names_the_file_and_what_to_do(case: str, tmp_path: Path) -> None:
    entries, said = WRONG[case]
    with pytest.raises(UserError) as error:
        adopting(tmp_path, entries)
    assert "environments/prod.yaml" in str(error.value)
    assert said in str(error.value)


def test_where_the_sources_are_declared_they_can_be_adopted(tmp_path: Path) -> None:
    model = adopting(tmp_path, "  - object: google_bigquery_table.mass_messages\n", "dev")
    assert len(model.environment("dev").adopt) == 1


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_what_can_be_adopted_is_what_the_plan_declares(environment: str, model: Model, plan: Path) -> None:
    stacks = [plan_folder(plan, f"eros-{environment}-{part}") for part in ("warehouse", "automation")]
    planned = {r.address for stack in stacks for r in read_stack(stack)}
    assert set(addresses(model, model.environment(environment))) == planned


def synthesized(model: Model, out: Path) -> dict[str, dict[str, Any]]:
    from stacks import fast_synth

    fast_synth.enable()
    from cdktf import App

    from stacks.automation import AutomationStack
    from stacks.warehouse import WarehouseStack

    app = App(outdir=str(out))
    for stack in (WarehouseStack, AutomationStack):
        stack(app, model, model.environment("prod"))
    app.synth()
    return {p.parent.name: json.loads(p.read_text(encoding="utf-8")) for p in out.glob("stacks/*/cdk.tf.json")}


def test_each_entry_is_one_import_block_and_nothing_else_changes(tmp_path: Path, plan: Path) -> None:
    objects = ("google_bigquery_dataset.eros_scheduling_brain", TABLE, "google_bigquery_routine.caption_key")
    entries = "".join(f"  - object: {o}\n" for o in objects) + f"  - {{object: {SWEEP}, id: {NAME}}}\n"
    stacks = synthesized(adopting(tmp_path / "root", entries), tmp_path / "out")
    dataset = "projects/of-scheduler-proj/datasets/eros_scheduling_brain"
    assert stacks["eros-prod-warehouse"].pop("import") == [
        {"to": objects[0], "id": dataset},
        {"to": TABLE, "id": f"{dataset}/tables/holiday_calendar"},
        {"to": objects[2], "id": f"{dataset}/routines/caption_key"},
    ]
    assert stacks["eros-prod-automation"].pop("import") == [{"to": SWEEP, "id": NAME}]
    for name, body in stacks.items():
        without = json.loads((plan_folder(plan, name) / "cdk.tf.json").read_text(encoding="utf-8"))
        assert body["resource"] == without["resource"]
        assert "import" not in without  # the lists of this repository are empty
