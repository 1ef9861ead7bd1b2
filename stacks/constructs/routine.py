"""Functions and procedures, their bodies exactly as in the SQL files."""

from __future__ import annotations

import json

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_google.bigquery_routine import BigqueryRoutine, BigqueryRoutineArguments

from eros.model import Argument, Routine
from eros.model.types import routine_type
from stacks.base import EnvironmentStack, address
from stacks.text import escape


def routine(stack: EnvironmentStack, declared: Routine, depends_on: list[ITerraformDependable]) -> BigqueryRoutine:
    """A routine of the environment's dataset."""
    environment = stack.environment
    return address(
        BigqueryRoutine(
            stack,
            f"routine-{declared.name}",
            project=environment.project,
            dataset_id=environment.dataset,
            routine_id=declared.name,
            routine_type="PROCEDURE" if declared.kind == "PROCEDURE" else "SCALAR_FUNCTION",
            language="SQL",
            description=escape(declared.description),
            # The struct class, because cdktf silently drops the fields of a plain dict with snake_case keys.
            arguments=[_argument(a) for a in declared.arguments] or None,
            return_type=_type_json(declared.return_type) if declared.return_type else None,
            definition_body=escape(environment.rewrite(declared.body)),
            depends_on=depends_on,
        ),
        declared.name,
    )


def _argument(argument: Argument) -> BigqueryRoutineArguments:
    # The provider refuses a mode on a function's argument; Argument.mode is None there.
    return BigqueryRoutineArguments(
        name=argument.name, argument_kind="FIXED_TYPE", data_type=_type_json(argument.type), mode=argument.mode
    )


def _type_json(standard: str) -> str:
    return json.dumps(routine_type(standard))
