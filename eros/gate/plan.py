"""Checks the SQL inside a synthesized plan: what is checked is what is deployed.

Routine bodies, view queries, column defaults and schedule scripts are read back out of cdk.tf.json, Terraform's
escapes undone, and checked in the plan's own environment, with the plan's own tables and signatures.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from eros.errors import UserError
from eros.gate.analyzer import start
from eros.gate.catalog import Catalog
from eros.gate.check import SCHEDULE_PARAMETERS, check_text
from eros.gate.engine import Refused
from eros.gate.source import Finding, Source
from eros.model import PREFIX, Argument, Column, Environment, Model, Routine
from eros.model.types import routine_type_name, standard_type

type _Resources = Mapping[str, Mapping[str, Mapping[str, Any]]]


class Clean:
    """Texts found without fault. The environments' plans hold the same SQL below other dataset names, so that a text
    and a catalog which differ in that name alone need no second look. A text with a fault is always looked at again,
    since its finding belongs to one plan."""

    def __init__(self) -> None:
        self._texts: set[tuple[object, ...]] = set()

    def check(self, source: Source, catalog: Catalog, parameters: Mapping[str, str] | None = None) -> list[Finding]:
        """The findings of check_text, at once where they are known to be none."""
        key = (_canonical(source.text, catalog.prefix), *sorted(parameters or {}), catalog.contents())
        if key in self._texts:
            return []
        findings = check_text(source, catalog, parameters)
        if not findings:
            self._texts.add(key)
        return findings


def _canonical(text: str, prefix: str) -> str:
    """The text under canonical names; as it is where it names the canonical project beside its own."""
    own = text.replace(prefix, "")
    return text if PREFIX.split(".")[0] in own else text.replace(prefix, PREFIX)


def check_plan(
    plan: Mapping[str, Any], model: Model, environment: Environment | None = None, clean: Clean | None = None
) -> list[Finding]:
    """Check every SQL text of one stack's plan.

    Args:
        plan: the content of a stack's cdk.tf.json.
        model: what the plan may refer to without declaring it: the external tables, and the objects other stacks make.
        environment: the plan's environment, where its stack is not named eros-<environment>-….
        clean: what other plans were found to hold without fault; this plan's texts are added.

    Returns:
        Findings whose file is the resource's Terraform address and whose line counts within that text.

    Raises:
        UserError: the plan's environment is unknown, or the analyzer could not be started.
    """
    environment, clean = environment or _environment(plan, model), clean or Clean()
    resources: _Resources = plan.get("resource", {})
    catalog = Catalog.of(model, start(), environment)
    tables = resources.get("google_bigquery_table", {})
    routines = {key: _routine(fields) for key, fields in resources.get("google_bigquery_routine", {}).items()}
    for fields in tables.values():
        if "schema" in fields:
            catalog.add_table(fields["table_id"], _columns(fields))
    for routine in routines.values():
        catalog.add_routine(routine)

    findings: list[Finding] = []
    for key, routine in routines.items():
        source = Source(f"google_bigquery_routine.{key}", _create_routine(routine, catalog))
        findings += clean.check(source, catalog)
    for key, fields in tables.items():
        address = f"google_bigquery_table.{key}"
        if "view" in fields:
            name = catalog.full(fields["table_id"])
            text = f"CREATE OR REPLACE VIEW `{name}` AS {unescape(fields['view']['query'])}"
            findings += clean.check(Source(address, text), catalog)
        else:
            findings += _check_defaults(address, fields, catalog)
    for key, fields in resources.get("google_bigquery_data_transfer_config", {}).items():
        source = Source(f"google_bigquery_data_transfer_config.{key}", unescape(fields["params"]["query"]))
        findings += clean.check(source, catalog, SCHEDULE_PARAMETERS)
    return sorted(set(findings))


def unescape(text: str) -> str:
    """What Terraform makes of a literal text: `$${` -> `${`, `%%{` -> `%{`."""
    return text.replace("$${", "${").replace("%%{", "%{")


def _environment(plan: Mapping[str, Any], model: Model) -> Environment:
    stack = str(plan.get("//", {}).get("metadata", {}).get("stackName", ""))
    match = re.match(r"eros-(\w+)-", stack)
    if not match:
        raise UserError(f"the plan's stack {stack!r} names no environment.", remedy="Expected eros-<environment>-….")
    return model.environment(match[1])


def _columns(fields: Mapping[str, Any]) -> Iterator[Column]:
    for column in json.loads(unescape(fields["schema"])):
        yield Column(
            name=column["name"],
            type=_column_type(column),
            mode=column.get("mode", "NULLABLE"),
            default=column.get("defaultValueExpression"),
            description=column.get("description") or column["name"],
        )


def _column_type(column: Mapping[str, Any]) -> str:
    name = standard_type(column["type"])
    if name == "STRUCT":
        inner = ", ".join(f"{field['name']} {_column_type(field)}" for field in column["fields"])
        name = f"STRUCT<{inner}>"
    return f"ARRAY<{name}>" if column.get("mode") == "REPEATED" else name


def _routine(fields: Mapping[str, Any]) -> Routine:
    arguments = tuple(
        Argument(a["name"], routine_type_name(json.loads(a["data_type"])), a.get("mode"))
        for a in fields.get("arguments") or ()
    )
    returns = fields.get("return_type")
    return Routine(
        name=fields["routine_id"],
        kind="PROCEDURE" if fields["routine_type"] == "PROCEDURE" else "FUNCTION",
        arguments=arguments,
        return_type=routine_type_name(json.loads(returns)) if returns else None,
        body=unescape(fields["definition_body"]),
        description="",
        text="",
        file="",
    )


def _create_routine(routine: Routine, catalog: Catalog) -> str:
    """The CREATE statement BigQuery makes of a routine resource. Its header stands on the body's first line."""
    arguments = ", ".join(" ".join(filter(None, (a.mode, f"`{a.name}`", a.type))) for a in routine.arguments)
    head = f"CREATE OR REPLACE {routine.kind} `{catalog.full(routine.name)}`({arguments})"
    if routine.kind == "PROCEDURE":
        return f"{head} {routine.body}"
    returns = f" RETURNS {routine.return_type}" if routine.return_type else ""
    return f"{head}{returns} AS ({routine.body}\n)"


def _check_defaults(address: str, fields: Mapping[str, Any], catalog: Catalog) -> Iterator[Finding]:
    for column in _columns(fields) if "schema" in fields else ():
        if column.default is None:
            continue
        try:
            catalog.analyzer.analyze(column.default, target=catalog.analyzer.type_of(column.type))
        except Refused as refusal:
            message = f"the default of {column.name} ({column.default}) is refused: {refusal.message}."
            yield Finding(address, 1, 1, "column-default", message, f"Give an expression of type {column.type}.")
