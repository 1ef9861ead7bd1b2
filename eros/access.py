"""Accounts, roles and APIs by name: the one list that the stacks grant, preflight checks and the documents show."""

from __future__ import annotations

from eros.model import Environment, Model

#: Google APIs that have to be on everywhere, without `.googleapis.com`. logging holds the audit log that the dead-man
#: alert counts. The ones Terraform itself cannot do without are switched on by scripts/bootstrap_project.sh.
APIS = ("bigquery", "bigquerydatatransfer", "iam", "logging", "monitoring")

#: Of these, the ones an apply cannot begin without: scripts/bootstrap_project.sh switches them on. The apply does so
#: with the others.
FIRST_APIS = ("bigquery", "bigquerydatatransfer", "iam")

#: The one that only an environment with a budget needs.
BUDGET_API = "billingbudgets"

#: The account every schedule runs as.
JOB_ACCOUNT = "eros-jobs"

#: Who applies plans, who only reads for them; scripts/bootstrap_project.sh creates both.
DEPLOYER_ACCOUNT, PLANNER_ACCOUNT = "eros-deployer", "eros-planner"

#: What GitHub's tokens are exchanged by: workload identity pool and provider, from the same script.
IDENTITY_POOL, IDENTITY_PROVIDER = "eros-github", "github"

#: The custom role on the backup dataset.
SNAPSHOT_ROLE = "erosSnapshotWriter"

#: What CREATE SNAPSHOT TABLE asks of the dataset it writes to; the right to read the source is in dataEditor on it.
#: https://cloud.google.com/bigquery/docs/table-snapshots-create
SNAPSHOT_PERMISSIONS = (
    "bigquery.tables.create",
    "bigquery.tables.createSnapshot",
    "bigquery.tables.deleteSnapshot",
    "bigquery.tables.get",
    "bigquery.tables.updateData",
)

#: The one external table our SQL writes.
WRITTEN_SOURCE = "active_caption_assignments"


def required_apis(environment: Environment) -> tuple[str, ...]:
    """The APIs an environment needs, without `.googleapis.com`."""
    return (*APIS, BUDGET_API) if environment.budget else APIS


def job_account_email(environment: Environment) -> str:
    """The job service account's address."""
    return account_email(JOB_ACCOUNT, environment)


def account_email(account: str, environment: Environment) -> str:
    """The address of one of the project's own service accounts."""
    return f"{account}@{environment.project}.iam.gserviceaccount.com"


def identity_provider(environment: Environment) -> str:
    """The full resource name a workflow asks for, to become the deployer or the planner."""
    pool = f"projects/{environment.project_number}/locations/global/workloadIdentityPools/{IDENTITY_POOL}"
    return f"{pool}/providers/{IDENTITY_PROVIDER}"


def transfer_agent_email(environment: Environment) -> str:
    """The Data Transfer service agent's address. The agent exists only after the API's first use."""
    return f"service-{environment.project_number}@gcp-sa-bigquerydatatransfer.iam.gserviceaccount.com"


def written_tables(model: Model) -> list[str]:
    """The tables our procedures write: the owned ones, and the locks that the sweep releases."""
    return sorted([*model.owned_tables(), WRITTEN_SOURCE])
