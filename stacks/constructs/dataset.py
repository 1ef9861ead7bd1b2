"""Datasets. Tables in them are declared elsewhere; grants live in access.py."""

from __future__ import annotations

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.bigquery_dataset import BigqueryDataset

from stacks.base import EnvironmentStack, address
from stacks.text import escape

#: Hours of time travel: seven days, the longest BigQuery offers.
MAX_TIME_TRAVEL_HOURS = "168"


def dataset(
    stack: EnvironmentStack, name: str, description: str, component: str, table_days: int | None = None
) -> BigqueryDataset:
    """A dataset of the stack's environment.

    `table_days` is the default life of its tables in days; None sets no default, so that "kept for ever" holds.
    """
    environment = stack.environment
    return address(
        BigqueryDataset(
            stack,
            f"dataset-{name}",
            project=environment.project,
            dataset_id=name,
            location=environment.location,
            description=escape(description),
            labels=stack.labels(component),
            max_time_travel_hours=MAX_TIME_TRAVEL_HOURS,
            default_table_expiration_ms=table_days * 86_400_000 if table_days else None,
            delete_contents_on_destroy=False,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if environment.deletion_protection else None,
        ),
        name,
    )
