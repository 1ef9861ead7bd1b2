"""Schedules, and outside the local environment who may run them. The routines they call live in warehouse.py."""

from __future__ import annotations

from cdktf import ITerraformDependable
from constructs import Construct

from eros.access import job_account_email
from eros.model import Environment, Model
from eros.model.adoption import SCHEDULE
from stacks.base import EnvironmentStack
from stacks.constructs.access import apis, grants, job_account
from stacks.constructs.schedule import schedule


class AutomationStack(EnvironmentStack):
    """`eros-<env>-automation`: every Data Transfer schedule, the account they run as and its grants."""

    def __init__(self, scope: Construct, model: Model, environment: Environment) -> None:
        super().__init__(scope, "automation", model, environment)
        needs: list[ITerraformDependable] = []
        if environment.managed_access:
            needs = apis(self)
            account = job_account(self, needs)
            needs = [*needs, account, *grants(self, account)]
        runs_as = job_account_email(environment) if environment.managed_access else None
        for declared in model.schedules.values():
            schedule(self, declared, runs_as, needs)
        self.adopt(SCHEDULE)
