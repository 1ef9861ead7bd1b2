"""Who may do what: the grants in the plans are exactly those docs/security.md lists, and schedules run as told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from eros.access import SNAPSHOT_PERMISSIONS, job_account_email, required_apis, transfer_agent_email
from eros.model import REPOSITORY, Environment, Model
from eros.state.planned import unescape

ENVIRONMENTS = ["dev", "prod"]

type Grant = tuple[str, str, str]


def resources(plan: Path, environment: str, part: str = "automation") -> dict[str, dict[str, dict[str, Any]]]:
    body = json.loads((plan / "stacks" / f"eros-{environment}-{part}" / "cdk.tf.json").read_text("utf-8"))
    found: dict[str, dict[str, dict[str, Any]]] = unescape(body["resource"])
    return found


def documented() -> list[Grant]:
    """The rows of the table between the markers: member, role, on what."""
    text = (REPOSITORY / "docs" / "security.md").read_text("utf-8")
    [table] = re.findall(r"<!-- grants:begin -->\n(.*?)<!-- grants:end -->", text, re.DOTALL)
    rows = [tuple(cell.strip() for cell in line.strip("|\n").split("|")) for line in table.splitlines()[2:]]
    return [(member, role, on) for member, role, on, _why in rows]


def planned(plan: Path, environment: Environment) -> list[Grant]:
    """The plan's grants in the words of the document."""
    members = {
        f"serviceAccount:{job_account_email(environment)}": "job account",
        f"serviceAccount:{transfer_agent_email(environment)}": "Data Transfer agent",
    }
    grants = []
    for kind, declared in resources(plan, environment.name).items():
        for body in declared.values() if re.search("_iam_(member|binding|policy)$|_access$", kind) else ():
            custom = re.fullmatch(f"projects/{environment.project}/roles/(.+)", body["role"])
            role = f"custom role {custom[1]}" if custom else body["role"]
            grants.append((members.get(body["member"], body["member"]), role, _target(kind, body, environment)))
    return grants


def _target(kind: str, body: dict[str, Any], environment: Environment) -> str:
    if kind == "google_service_account_iam_member":
        assert body["service_account_id"] == "${google_service_account.eros_jobs.name}"
        return "service account eros-jobs"
    assert body["project"] == environment.project
    if "table_id" in body:
        # The bare name: with a path the provider would build a path that does not exist.
        assert body["dataset_id"] == environment.dataset
        assert re.fullmatch(r"\w+", body["table_id"])
        return f"table {body['table_id']}"
    return f"dataset {body['dataset_id']}" if "dataset_id" in body else "project"


@pytest.mark.parametrize("name", ENVIRONMENTS)
class TestGrants:
    def test_they_are_exactly_the_documented_ones(self, name: str, plan: Path, model: Model) -> None:
        assert sorted(planned(plan, model.environment(name))) == sorted(documented())

    def test_no_other_stack_grants_anything(self, name: str, plan: Path) -> None:
        for part in ("warehouse", "observability"):
            assert not [kind for kind in resources(plan, name, part) if "_iam_" in kind or kind.endswith("_access")]

    def test_the_snapshot_role_holds_what_the_document_says(self, name: str, plan: Path) -> None:
        [role] = resources(plan, name)["google_project_iam_custom_role"].values()
        assert role["permissions"] == list(SNAPSHOT_PERMISSIONS)
        text = (REPOSITORY / "docs" / "security.md").read_text("utf-8")
        [sentence] = re.findall(r"The custom role holds (.*?), which is", text, re.DOTALL)
        named = [n if n.startswith("bigquery") else f"bigquery.tables{n}" for n in re.findall(r"`(.+?)`", sentence)]
        assert sorted(named) == sorted(role["permissions"])

    def test_the_job_account_has_no_key(self, name: str, plan: Path) -> None:
        declared = resources(plan, name)
        assert list(declared["google_service_account"]) == ["eros_jobs"]
        assert "google_service_account_key" not in declared

    def test_apis_are_the_listed_ones_and_stay_on(self, name: str, plan: Path, model: Model) -> None:
        services = resources(plan, name)["google_project_service"]
        assert set(services) == set(required_apis(model.environment(name)))
        for api, body in services.items():
            assert body["service"] == f"{api}.googleapis.com"
            assert body["disable_on_destroy"] is False


@pytest.mark.parametrize("name", ENVIRONMENTS)
class TestSchedules:
    def test_each_has_account_location_and_start(self, name: str, plan: Path, model: Model) -> None:
        environment = model.environment(name)
        schedules = resources(plan, name)["google_bigquery_data_transfer_config"]
        assert set(schedules) == set(model.schedules)
        for address, body in schedules.items():
            assert body["service_account_name"] == job_account_email(environment)
            assert body["location"] == environment.location
            assert body["schedule_options"]["start_time"] == environment.schedule_start_times[address]

    def test_none_is_made_before_it_may_run(self, name: str, plan: Path) -> None:
        declared = resources(plan, name)
        needed = {
            f"{kind}.{address}"
            for kind, blocks in declared.items()
            for address in blocks
            if "_iam_" in kind or kind in ("google_service_account", "google_project_service")
        }
        for body in declared["google_bigquery_data_transfer_config"].values():
            assert needed <= set(body["depends_on"])


def test_local_has_no_accounts_grants_or_apis(plan: Path) -> None:
    for part in ("warehouse", "automation"):
        kinds = set(resources(plan, "local", part))
        assert not [k for k in kinds if re.search("_iam_|_access$|service_account|project_service", k)]
    for body in resources(plan, "local")["google_bigquery_data_transfer_config"].values():
        assert "service_account_name" not in body
