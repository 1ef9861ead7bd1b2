"""Tables and views from their contracts."""

from __future__ import annotations

import json
from typing import Any

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_google.bigquery_table import (
    BigqueryTable,
    BigqueryTableTableConstraints,
    BigqueryTableTableConstraintsPrimaryKey,
    BigqueryTableTimePartitioning,
    BigqueryTableView,
)

from eros.model import Column, Contract, View
from eros.model.types import table_schema_type
from stacks.base import EnvironmentStack, address
from stacks.text import escape

_DAY_MS = 86_400_000


def column_schema(column: Column) -> dict[str, Any]:
    """The column as tables.get returns it. `mode` is always there, or the plan would never be empty."""
    schema = {
        "name": column.name,
        "type": table_schema_type(column.type),
        "mode": column.mode,
        "description": column.description,
    }
    return schema | ({"defaultValueExpression": column.default} if column.default else {})


def table(stack: EnvironmentStack, contract: Contract, depends_on: list[ITerraformDependable]) -> BigqueryTable:
    """A table. In a protected environment neither Terraform nor a removed declaration's replace can drop it."""
    protected = stack.environment.deletion_protection
    return address(
        BigqueryTable(
            stack,
            f"table-{contract.name}",
            project=stack.environment.project,
            dataset_id=stack.environment.dataset,
            table_id=contract.name,
            description=escape(contract.description),
            labels=stack.labels(contract.component, contract.owner),
            schema=escape(json.dumps([column_schema(c) for c in contract.columns], ensure_ascii=False)),
            time_partitioning=_partitioning(contract),
            clustering=list(contract.cluster) or None,
            table_constraints=_constraints(contract),
            deletion_protection=protected,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
            depends_on=depends_on,
        ),
        contract.name,
    )


def view(stack: EnvironmentStack, declared: View, depends_on: list[ITerraformDependable]) -> BigqueryTable:
    """A view. It holds no data, so it is never protected; the provider's default would protect it."""
    return address(
        BigqueryTable(
            stack,
            f"view-{declared.name}",
            project=stack.environment.project,
            dataset_id=stack.environment.dataset,
            table_id=declared.name,
            description=escape(declared.description),
            labels=stack.labels(declared.contract.component, declared.contract.owner),
            view=BigqueryTableView(query=escape(stack.environment.rewrite(declared.query)), use_legacy_sql=False),
            deletion_protection=False,
            depends_on=depends_on,
        ),
        declared.name,
    )


def _partitioning(contract: Contract) -> BigqueryTableTimePartitioning | None:
    partition = contract.partition
    if partition is None:
        return None
    # No expiration_ms for a table kept for ever: the provider never sends 0, and the dataset has no default.
    return BigqueryTableTimePartitioning(
        type=partition.by.upper(),
        field=partition.column,
        expiration_ms=partition.keep_days * _DAY_MS if partition.keep_days else None,
    )


def _constraints(contract: Contract) -> BigqueryTableTableConstraints | None:
    if not contract.primary_key:
        return None
    return BigqueryTableTableConstraints(
        primary_key=BigqueryTableTableConstraintsPrimaryKey(columns=list(contract.primary_key))
    )
