"""The CDKTF app: every stack of every environment, so that no variable decides what a plan means."""

from __future__ import annotations

import shutil
from pathlib import Path

from cdktf import App

from eros.model import Model
from stacks.automation import AutomationStack
from stacks.observability import ObservabilityStack
from stacks.warehouse import WarehouseStack


def build(app: App, model: Model) -> App:
    """Add the stacks of all environments to `app`, each after what it needs."""
    for environment in model.environments.values():
        warehouse = WarehouseStack(app, model, environment)
        automation = AutomationStack(app, model, environment)
        automation.add_dependency(warehouse)
        if not environment.local:
            ObservabilityStack(app, model, environment).add_dependency(automation)
    return app


def copy_locks(out: Path, model: Model) -> list[Path]:
    """Put each environment's provider lock file beside the plans it is for, and return the copies.

    locks/<env>.lock.hcl is made once with `terraform providers lock` and committed; cdktf's output is generated, so
    it cannot live there. Where there is none Terraform picks the pinned version without checking its hash.
    """
    copies = []
    for environment in model.environments:
        lock = model.root / "locks" / f"{environment}.lock.hcl"
        for folder in sorted((out / "stacks").glob(f"eros-{environment}-*")) if lock.exists() else []:
            copies.append(Path(shutil.copyfile(lock, folder / ".terraform.lock.hcl")))
    return copies
