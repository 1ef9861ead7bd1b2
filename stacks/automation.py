"""Schedules, and outside the local environment who may run them. The routines they call live in warehouse.py."""

from __future__ import annotations

from constructs import Construct

from eros.model import Environment, Model
from stacks.base import EnvironmentStack
from stacks.constructs.schedule import schedule


class AutomationStack(EnvironmentStack):
    """`eros-<env>-automation`: every Data Transfer schedule."""

    def __init__(self, scope: Construct, model: Model, environment: Environment) -> None:
        super().__init__(scope, "automation", model, environment)
        for declared in model.schedules.values():
            schedule(self, declared, None, [])
