"""Scheduled queries of the Data Transfer service. Who may run them stands in access.py."""

from __future__ import annotations

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_google.bigquery_data_transfer_config import (
    BigqueryDataTransferConfig,
    BigqueryDataTransferConfigScheduleOptions,
)

from eros.model import Schedule
from stacks.base import EnvironmentStack, address
from stacks.text import escape


def schedule(
    stack: EnvironmentStack,
    declared: Schedule,
    service_account: str | None,
    depends_on: list[ITerraformDependable],
) -> BigqueryDataTransferConfig:
    """A scheduled query that starts at its fixed instant, never "now", and runs as `service_account` where given."""
    environment = stack.environment
    return address(
        BigqueryDataTransferConfig(
            stack,
            f"schedule-{declared.name}",
            project=environment.project,
            location=environment.location,
            display_name=escape(declared.display_name),
            data_source_id="scheduled_query",
            schedule=declared.schedule,
            schedule_options=BigqueryDataTransferConfigScheduleOptions(
                start_time=environment.schedule_start_times[declared.name]
            ),
            params={"query": escape(environment.rewrite(declared.script))},
            service_account_name=service_account,
            # No email_preferences: humans are told by the alert policies, in one place. "Off" is said by leaving the
            # block out; the provider never sends false, reads nothing back, and so would plan it for ever.
            depends_on=depends_on,
        ),
        declared.name,
    )
