"""Reading a cloud project. The clients are simulated: they answer as the APIs' references say, nothing is recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from google.api_core.exceptions import BadRequest, Forbidden, NotFound
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
        rest = self.bodies[False, reference.table_id]
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
    import json

    return json.dumps(body)


class Cloud:
    """The production project as the plan has it."""

    def __init__(self, model: Model, plan: Path) -> None:
        self.environment = model.environment("prod")
        self.resources, self.grants = declared(plan, self.environment)
        self.bigquery = BigQuery(self.resources, {g.table for g in self.grants if g.table})
        self.transfer = Transfer(self.resources)
        self.contracts = set(model.contracts)

    def look(self) -> tuple[dict[str, Finding], tuple[str, ...]]:
        client = cast("bigquery.Client", self.bigquery)
        warehouse = Warehouse(self.environment, client, lambda: cast(DataTransferServiceClient, self.transfer))
        found = survey(warehouse, self.resources, self.grants)
        findings = judge(self.resources, self.grants, found, self.environment, self.contracts)
        return {f"{f.object} {f.attribute}".strip(): f for f in findings}, found.unseen


@pytest.fixture
def cloud(model: Model, plan: Path) -> Cloud:
    return Cloud(model, plan)


def test_a_clean_production_is_silent(cloud: Cloud) -> None:
    assert cloud.look() == ({}, ())


def test_a_schedule_that_runs_as_somebody_else(cloud: Cloud) -> None:
    cloud.transfer.accounts["EROS: lock sweep"] = "me@example.com"
    [(name, finding)] = cloud.look()[0].items()
    assert name == "google_bigquery_data_transfer_config.lock_sweep service_account"
    assert (finding.planned, finding.live) == (ACCOUNT, "me@example.com")


def test_a_member_added_to_tables(cloud: Cloud) -> None:
    """Also on the table of another system that our jobs may write."""
    cloud.bigquery.extra_members.append("group:all@example.com")
    found, _ = cloud.look()
    assert (
        "google_bigquery_table.active_caption_assignments access.roles/bigquery.dataEditor.group:all@example.com"
        in found
    )
    assert len(found) == len(cloud.bigquery.granted)


def test_grants_that_may_not_be_read_are_told_and_no_finding(cloud: Cloud) -> None:
    cloud.bigquery.policy_error = Forbidden("no bigquery.tables.getIamPolicy")  # type: ignore[no-untyped-call]
    found, unseen = cloud.look()
    assert found == {}
    assert unseen == ("Grants on single tables were not looked at: no bigquery.tables.getIamPolicy",)


def test_one_object_that_cannot_be_read_does_not_hide_the_others(cloud: Cloud) -> None:
    cloud.bigquery.broken["schedule_recommendations_messages"] = BadRequest("Unrecognized name: price_tier")  # type: ignore[no-untyped-call]
    cloud.bigquery.broken["etl_job_runs"] = NotFound("deleted a moment ago")  # type: ignore[no-untyped-call]
    found, _ = cloud.look()
    changes = {name: f.change for name, f in found.items()}
    assert changes == {
        "google_bigquery_table.schedule_recommendations_messages": "unreadable",
        "google_bigquery_table.etl_job_runs": "missing",
    }


def test_a_project_that_refuses_is_no_finding_but_an_error(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Forbidden("Access denied")  # type: ignore[no-untyped-call]

    monkeypatch.setattr(cloud.bigquery, "get_dataset", refuse)
    with pytest.raises(Forbidden):
        cloud.look()
