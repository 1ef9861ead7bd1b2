"""A production project as the plan has it. Simulated: its answers follow the APIs' references, nothing is recorded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from google.api_core.exceptions import NotFound
from google.api_core.iam import Policy
from google.cloud import bigquery
from google.cloud.bigquery_datatransfer import DataTransferServiceClient, TransferConfig, UserInfo

from eros.drift.drift import declared, judge
from eros.drift.finding import Finding
from eros.drift.survey import survey
from eros.model import Model
from eros.state import Resource
from eros.warehouse import Warehouse

DATASET, BACKUP = "eros_scheduling_brain", "eros_scheduling_brain_backup"
ACCOUNT = "eros-jobs@of-scheduler-proj.iam.gserviceaccount.com"
DEFAULT_ACCESS = [
    {"role": "WRITER", "specialGroup": "projectWriters"},
    {"role": "OWNER", "specialGroup": "projectOwners"},
    {"role": "READER", "specialGroup": "projectReaders"},
    {"role": "OWNER", "userByEmail": "deployer@of-scheduler-proj.iam.gserviceaccount.com"},
]
JOBS_ACCESS = {
    DATASET: {"role": "READER", "userByEmail": ACCOUNT},
    BACKUP: {"role": "projects/of-scheduler-proj/roles/erosSnapshotWriter", "userByEmail": ACCOUNT},
}


class BigQuery:
    """Holds exactly what the production plan declares. Its attributes are changed by the tests."""

    def __init__(self, resources: list[Resource], granted: set[str]) -> None:
        self.bodies = {(r.kind == "routine", r.name): r.rest for r in resources}
        self.granted = granted
        self.broken: dict[str, Exception] = {}
        self.policy_error: Exception | None = None
        self.extra_members: list[str] = []

    def get_dataset(self, reference: bigquery.DatasetReference, retry: object) -> bigquery.Dataset:
        name = reference.dataset_id
        return bigquery.Dataset.from_api_repr(
            {**self.bodies[False, name], "access": [*DEFAULT_ACCESS, JOBS_ACCESS[name]]}
        )

    def get_table(self, reference: bigquery.TableReference, retry: object) -> bigquery.Table:
        if error := self.broken.get(reference.table_id):
            raise error
        rest = self.bodies.get((False, reference.table_id))
        if rest is None:
            raise NotFound(f"Not found: Table {reference.table_id}")  # type: ignore[no-untyped-call]
        return bigquery.Table.from_api_repr({**rest, "type": "VIEW" if "view" in rest else "TABLE"})

    def get_routine(self, reference: bigquery.RoutineReference, retry: object) -> bigquery.Routine:
        return bigquery.Routine.from_api_repr(self.bodies[True, reference.routine_id])

    def list_tables(self, reference: bigquery.DatasetReference, retry: object) -> Iterator[Any]:
        for (routine, _), rest in self.bodies.items():
            if not routine and rest.get("tableReference", {}).get("datasetId") == reference.dataset_id:
                yield bigquery.table.TableListItem(  # type: ignore[no-untyped-call]
                    {"tableReference": rest["tableReference"], "type": "VIEW" if "view" in rest else "TABLE"}
                )

    def list_routines(self, reference: bigquery.DatasetReference, retry: object) -> list[bigquery.Routine]:
        return [
            bigquery.Routine.from_api_repr(rest)
            for (routine, _), rest in self.bodies.items()
            if routine and reference.dataset_id == DATASET
        ]

    def get_iam_policy(self, table: str, retry: object) -> Policy:
        if self.policy_error:
            raise self.policy_error
        policy = Policy()  # type: ignore[no-untyped-call]
        if table.rpartition(".")[2] in self.granted:
            members = {f"serviceAccount:{ACCOUNT}", *self.extra_members}
            policy.bindings = [{"role": "roles/bigquery.dataEditor", "members": members}]
        return policy


class Transfer:
    """Every declared schedule, run by `accounts` or the declared one. Only a single config tells the account."""

    def __init__(self, resources: list[Resource]) -> None:
        self.accounts: dict[str, str] = {}
        self.configs = {}
        for resource in resources:
            if resource.kind == "schedule":
                name = f"projects/300000000000/locations/us/transferConfigs/{resource.address.partition('.')[2]}"
                body = {k: v for k, v in resource.rest.items() if k != "serviceAccountName"}
                self.configs[name] = TransferConfig.from_json(_json({**body, "name": name}))

    def list_transfer_configs(self, parent: str) -> list[TransferConfig]:
        assert parent == "projects/of-scheduler-proj/locations/us"
        return list(self.configs.values())

    def get_transfer_config(self, name: str) -> TransferConfig:
        config = TransferConfig(self.configs[name])
        config.owner_info = UserInfo(email=self.accounts.get(config.display_name, ACCOUNT))
        return config


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body)


class Cloud:
    """The production project as the plan has it."""

    def __init__(self, model: Model, plan: Path) -> None:
        self.environment = model.environment("prod")
        self.resources, self.grants = declared(plan, self.environment)
        self.bigquery = BigQuery(self.resources, {g.table for g in self.grants if g.table})
        self.transfer = Transfer(self.resources)
        self.contracts = set(model.contracts)

    @property
    def warehouse(self) -> Warehouse:
        """The clients as the product takes them."""
        client = cast("bigquery.Client", self.bigquery)
        return Warehouse(self.environment, client, lambda: cast(DataTransferServiceClient, self.transfer))

    def look(self) -> tuple[dict[str, Finding], tuple[str, ...]]:
        found = survey(self.warehouse, self.resources, self.grants)
        findings = judge(self.resources, self.grants, found, self.environment, self.contracts)
        return {f"{f.object} {f.attribute}".strip(): f for f in findings}, found.unseen
