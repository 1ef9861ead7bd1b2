"""The CDKTF app: every stack of every environment, so that no variable decides what a plan means."""

from __future__ import annotations

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
