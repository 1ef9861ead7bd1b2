"""Who may do what: the job service account, its grants, and the Data Transfer agent's. docs/security.md says why.

One member per grant, never a binding or a policy: those would remove everybody they do not name.
"""

from __future__ import annotations

from collections.abc import Iterable

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_google.bigquery_dataset_iam_member import BigqueryDatasetIamMember
from cdktf_cdktf_provider_google.bigquery_table_iam_member import BigqueryTableIamMember
from cdktf_cdktf_provider_google.project_iam_custom_role import ProjectIamCustomRole
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from cdktf_cdktf_provider_google.project_service import ProjectService
from cdktf_cdktf_provider_google.service_account import ServiceAccount
from cdktf_cdktf_provider_google.service_account_iam_member import ServiceAccountIamMember

from eros.access import (
    JOB_ACCOUNT,
    SNAPSHOT_PERMISSIONS,
    SNAPSHOT_ROLE,
    job_account_email,
    required_apis,
    transfer_agent_email,
    written_tables,
)
from stacks.base import EnvironmentStack, address


def apis(stack: EnvironmentStack) -> list[ITerraformDependable]:
    """The Google APIs the stacks need. They stay on when a stack is destroyed: others in the project use them."""
    return [
        address(
            ProjectService(
                stack,
                f"api-{api}",
                project=stack.environment.project,
                service=f"{api}.googleapis.com",
                disable_on_destroy=False,
            ),
            api,
        )
        for api in required_apis(stack.environment)
    ]


def job_account(stack: EnvironmentStack, after: list[ITerraformDependable]) -> ServiceAccount:
    """The account every schedule runs as."""
    return address(
        ServiceAccount(
            stack,
            "job-account",
            project=stack.environment.project,
            account_id=JOB_ACCOUNT,
            display_name="EROS scheduled jobs",
            description="Runs the EROS scheduled queries. Holds no key.",
            depends_on=after,
        ),
        JOB_ACCOUNT.replace("-", "_"),
    )


def grants(stack: EnvironmentStack, account: ServiceAccount) -> list[ITerraformDependable]:
    """Everything the job account and the Data Transfer agent may do, and nothing else."""
    environment = stack.environment
    member = f"serviceAccount:{job_account_email(environment)}"
    role = address(
        ProjectIamCustomRole(
            stack,
            "snapshot-role",
            project=environment.project,
            role_id=SNAPSHOT_ROLE,
            title="EROS snapshot writer",
            description="Create and delete table snapshots in the EROS backup dataset.",
            permissions=list(SNAPSHOT_PERMISSIONS),
            depends_on=[account],
        ),
        "eros_snapshot_writer",
    )
    made: list[ITerraformDependable] = [
        address(
            ProjectIamMember(
                stack,
                "grant-job-user",
                project=environment.project,
                role="roles/bigquery.jobUser",
                member=member,
                depends_on=[account],
            ),
            "eros_jobs_job_user",
        ),
        _dataset_grant(stack, "eros_jobs_data_viewer", environment.dataset, "roles/bigquery.dataViewer", account),
        _dataset_grant(
            stack,
            "eros_jobs_snapshot_writer",
            environment.backup_dataset,
            f"projects/{environment.project}/roles/{SNAPSHOT_ROLE}",
            account,
            [role],
        ),
        address(
            ServiceAccountIamMember(
                stack,
                "grant-token-creator",
                # By reference: the id is the account's full resource name.
                service_account_id=account.name,
                role="roles/iam.serviceAccountTokenCreator",
                member=f"serviceAccount:{transfer_agent_email(environment)}",
            ),
            "transfer_agent_token_creator",
        ),
    ]
    return [role, *made, *_table_grants(stack, written_tables(stack.model), member, account)]


def _dataset_grant(
    stack: EnvironmentStack,
    name: str,
    dataset: str,
    role: str,
    account: ServiceAccount,
    after: Iterable[ITerraformDependable] = (),
) -> BigqueryDatasetIamMember:
    return address(
        BigqueryDatasetIamMember(
            stack,
            f"grant-{name}",
            project=stack.environment.project,
            dataset_id=dataset,
            role=role,
            member=f"serviceAccount:{job_account_email(stack.environment)}",
            depends_on=[account, *after],
        ),
        name,
    )


def _table_grants(
    stack: EnvironmentStack, tables: Iterable[str], member: str, account: ServiceAccount
) -> list[ITerraformDependable]:
    return [
        address(
            BigqueryTableIamMember(
                stack,
                f"grant-edit-{table}",
                project=stack.environment.project,
                dataset_id=stack.environment.dataset,
                table_id=table,
                role="roles/bigquery.dataEditor",
                member=member,
                depends_on=[account],
            ),
            table,
        )
        for table in tables
    ]
