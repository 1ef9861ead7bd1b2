"""Datasets, tables, views and routines, each after what its SQL names. Schedules and grants live in automation.py."""

from __future__ import annotations

from cdktf import ITerraformDependable
from constructs import Construct

from eros.model import Environment, Model
from eros.model.adoption import DATASET, ROUTINE, TABLE
from stacks.base import EnvironmentStack
from stacks.constructs.dataset import dataset
from stacks.constructs.routine import routine
from stacks.constructs.table import table, view

#: Days a snapshot lives in the backup dataset.
SNAPSHOT_DAYS = 30


class WarehouseStack(EnvironmentStack):
    """`eros-<env>-warehouse`: the brain's dataset with all its objects, and the backup dataset."""

    def __init__(self, scope: Construct, model: Model, environment: Environment) -> None:
        super().__init__(scope, "warehouse", model, environment)
        brain = dataset(
            self, environment.dataset, "EROS scheduling brain: what earns where, and what to send next.", "warehouse"
        )
        backup = dataset(
            self, environment.backup_dataset, "Daily table snapshots of the EROS dataset.", "backup", SNAPSHOT_DAYS
        )
        made: dict[str, ITerraformDependable] = {}
        for name in model.graph.order():
            if not model.declares(name, environment):
                continue
            needs = [brain, *(made[n] for n in sorted(model.graph.depends_on(name)) if n in made)]
            if name in model.tables:
                made[name] = table(self, model.tables[name], needs)
            elif name in model.views:
                made[name] = view(self, model.views[name], needs)
            else:
                body = model.routines[name].body
                made[name] = routine(self, model.routines[name], needs + ([backup] if _uses_backup(body) else []))
        self.adopt(DATASET, TABLE, ROUTINE)


def _uses_backup(body: str) -> bool:
    return "_backup." in body
