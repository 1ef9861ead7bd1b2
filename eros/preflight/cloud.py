"""What only Google Cloud has: the project itself, its APIs, what the caller may do, the accounts that run schedules."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from google.api_core.exceptions import GoogleAPICallError, NotFound, RetryError

from eros.access import FIRST_APIS, JOB_ACCOUNT, job_account_email, required_apis, transfer_agent_email
from eros.model import Environment
from eros.preflight.check import Check

#: What an apply does first with each role of docs/security.md, as a permission the API can be asked about.
DEPLOYER_PERMISSIONS = {
    "bigquery.datasets.create": "roles/bigquery.admin",
    "bigquery.tables.create": "roles/bigquery.admin",
    "bigquery.routines.create": "roles/bigquery.admin",
    "bigquery.transfers.update": "roles/bigquery.admin",
    "iam.roles.create": "roles/iam.roleAdmin",
    "iam.serviceAccounts.create": "roles/iam.serviceAccountAdmin",
    "iam.serviceAccounts.setIamPolicy": "roles/iam.serviceAccountAdmin",
    "iam.serviceAccounts.actAs": "roles/iam.serviceAccountUser",
    "logging.logMetrics.create": "roles/logging.configWriter",
    "monitoring.alertPolicies.create": "roles/monitoring.editor",
    "monitoring.notificationChannels.create": "roles/monitoring.editor",
    "monitoring.dashboards.create": "roles/monitoring.editor",
    "resourcemanager.projects.setIamPolicy": "roles/resourcemanager.projectIamAdmin",
    "serviceusage.services.enable": "roles/serviceusage.serviceUsageAdmin",
}

#: Seconds an API may take; the clients' own limits would hide that one is out of reach.
PATIENCE = 20.0


@dataclass(frozen=True)
class Account:
    """A service account: whether it is disabled, and its own grants as (role, member)."""

    disabled: bool
    grants: frozenset[tuple[str, str]] = frozenset()


class Cloud(Protocol):
    """What has to be known of a project. Each may raise GoogleAPICallError, RetryError or GoogleAuthError."""

    def project_number(self) -> str:
        """The project's number."""

    def enabled(self, apis: Collection[str]) -> set[str]:
        """Those of the APIs (bigquery, iam …) that are on."""

    def allowed(self, permissions: Collection[str]) -> set[str]:
        """Those of the permissions the caller has on the project."""

    def project_members(self) -> set[str]:
        """Everybody with a role on the project, `serviceAccount:…`."""

    def account(self, email: str) -> Account | None:
        """A service account of the project, None where there is none."""


def checks(environment: Environment, connect: Callable[[], Cloud] | None) -> Iterator[Check]:
    """Every question to the cloud. `connect` reaches it; None on the embedded engine, which has none of this."""
    questions: dict[str, Callable[[Environment, Cloud], Check]] = {
        "project": _project,
        "APIs": _apis,
        "permissions": _permissions,
        "Data Transfer agent": _agent,
        "job account": _job_account,
    }
    if connect is None:
        yield from (Check(name, "ok", "there is none on the embedded engine") for name in questions)
        return
    cloud = connect()
    for name, ask in questions.items():
        try:
            yield ask(environment, cloud)
        except (GoogleAPICallError, RetryError) as error:
            # Not being allowed to look is not the same as nothing being there.
            yield Check(
                name, "warning", f"it could not be looked at: {error.message}", "Look with the deployer's roles."
            )


def _project(environment: Environment, cloud: Cloud) -> Check:
    found, wanted = cloud.project_number(), environment.project_number
    if found == wanted:
        return Check("project", "ok", f"{environment.project} has number {found}")
    return Check(
        "project",
        "problem",
        f"{environment.project} has number {found}, {environment.file} says {wanted}",
        f'Set project_number: "{found}" there; the Data Transfer agent is named by it.',
    )


def _apis(environment: Environment, cloud: Cloud) -> Check:
    wanted = required_apis(environment)
    on = cloud.enabled(wanted)
    off = [api for api in wanted if api not in on]
    if off and not set(off) & set(FIRST_APIS):
        remedy = f"Nothing to do: the apply of eros-{environment.name}-automation switches them on."
        return Check("APIs", "warning", f"off: {', '.join(off)}", remedy)
    if off:
        services = " ".join(f"{api}.googleapis.com" for api in off)
        return Check(
            "APIs",
            "problem",
            f"off: {', '.join(off)}",
            f"Run: gcloud services enable {services} --project {environment.project}",
        )
    return Check("APIs", "ok", f"on: {', '.join(wanted)}")


def _permissions(environment: Environment, cloud: Cloud) -> Check:
    has = cloud.allowed(DEPLOYER_PERMISSIONS)
    lacking = {p: role for p, role in DEPLOYER_PERMISSIONS.items() if p not in has}
    if not lacking:
        return Check("permissions", "ok", f"all {len(DEPLOYER_PERMISSIONS)} that an apply needs")
    return Check(
        "permissions",
        "problem",
        f"you lack {', '.join(lacking)}",
        f"An apply needs {', '.join(sorted(set(lacking.values())))} (docs/security.md); the deployer has them.",
    )


def _agent(environment: Environment, cloud: Cloud) -> Check:
    email = transfer_agent_email(environment)
    if f"serviceAccount:{email}" in cloud.project_members():
        return Check("Data Transfer agent", "ok", f"{email} has a role on the project")
    return Check(
        "Data Transfer agent",
        "problem",
        f"{email} has no role on the project, so it may not exist: no schedule could be created",
        "Run scripts/bootstrap_project.sh, which makes Google create it and grants"
        " roles/bigquerydatatransfer.serviceAgent.",
    )


def _job_account(environment: Environment, cloud: Cloud) -> Check:
    email, agent = job_account_email(environment), transfer_agent_email(environment)
    account = cloud.account(email)
    if account is None:
        return Check("job account", "ok", f"{JOB_ACCOUNT} does not exist yet: the apply creates it")
    if account.disabled:
        return Check(
            "job account",
            "problem",
            f"{email} is disabled: every schedule fails",
            f"Run: gcloud iam service-accounts enable {email}",
        )
    if ("roles/iam.serviceAccountTokenCreator", f"serviceAccount:{agent}") not in account.grants:
        remedy = f"The apply of eros-{environment.name}-automation grants it."
        return Check("job account", "warning", "the Data Transfer agent may not act as it yet", remedy)
    return Check("job account", "ok", "the Data Transfer agent may act as it")


class GoogleCloud:
    """The real project, asked with the credentials of this machine."""

    def __init__(self, environment: Environment) -> None:
        self._project = f"projects/{environment.project}"

    @cached_property
    def _projects(self) -> Any:
        from google.cloud import resourcemanager_v3

        return resourcemanager_v3.ProjectsClient()

    @cached_property
    def _accounts(self) -> Any:
        from google.cloud import iam_admin_v1

        return iam_admin_v1.IAMClient()

    def project_number(self) -> str:
        """The project's number: the last part of its resource name."""
        return str(self._projects.get_project(name=self._project, timeout=PATIENCE).name).rpartition("/")[2]

    def enabled(self, apis: Collection[str]) -> set[str]:
        """Those of the APIs that are on."""
        from google.cloud import service_usage_v1

        names = [f"{self._project}/services/{api}.googleapis.com" for api in apis]
        request = service_usage_v1.BatchGetServicesRequest(parent=self._project, names=names)
        found = service_usage_v1.ServiceUsageClient().batch_get_services(request=request, timeout=PATIENCE)
        on = service_usage_v1.State.ENABLED
        return {s.name.rpartition("/")[2].removesuffix(".googleapis.com") for s in found.services if s.state == on}

    def allowed(self, permissions: Collection[str]) -> set[str]:
        """Those of the permissions the caller has."""
        answer = self._projects.test_iam_permissions(
            resource=self._project, permissions=list(permissions), timeout=PATIENCE
        )
        return set(answer.permissions)

    def project_members(self) -> set[str]:
        """Everybody with a role on the project."""
        policy = self._projects.get_iam_policy(resource=self._project, timeout=PATIENCE)
        return {str(member) for binding in policy.bindings for member in binding.members}

    def account(self, email: str) -> Account | None:
        """A service account with the grants on it."""
        name = f"{self._project}/serviceAccounts/{email}"
        try:
            found = self._accounts.get_service_account(name=name, timeout=PATIENCE)
        except NotFound:
            return None
        policy = self._accounts.get_iam_policy(resource=name, timeout=PATIENCE)
        grants = frozenset((b.role, str(member)) for b in policy.bindings for member in b.members)
        return Account(bool(found.disabled), grants)
