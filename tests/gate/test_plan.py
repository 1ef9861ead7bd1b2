"""The SQL inside a plan: read back as it will be deployed, in the plan's own environment, and checked."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from eros.errors import UserError
from eros.gate import check_plan
from eros.gate.plan import unescape
from eros.model import Model

type Plan = dict[str, Any]


def stack(plan: Path, name: str) -> Plan:
    return json.loads((plan / "stacks" / name / "cdk.tf.json").read_text(encoding="utf-8"))


@pytest.fixture
def warehouse(plan: Path) -> Plan:
    """The plan of an environment whose project differs from the canonical one."""
    return stack(plan, "eros-dev-warehouse")


@pytest.fixture
def automation(plan: Path) -> Plan:
    return stack(plan, "eros-dev-automation")


def only(plan: Plan, *addresses: str) -> Plan:
    """The plan with no other routines, tables and schedules: quicker to check."""
    kept = copy.deepcopy(plan)
    for kind, resources in kept["resource"].items():
        kept["resource"][kind] = {key: r for key, r in resources.items() if f"{kind}.{key}" in addresses}
    return kept


@pytest.mark.parametrize("name", ["eros-dev-warehouse", "eros-dev-automation", "eros-local-automation"])
def test_what_we_deploy_passes(plan: Path, model: Model, name: str) -> None:
    assert "\n".join(map(str, check_plan(stack(plan, name), model))) == ""


class TestAWrongPlanIsFound:
    def test_in_a_procedure(self, warehouse: Plan, model: Model) -> None:
        address = "google_bigquery_routine.sweep_expired_caption_locks"
        plan = only(warehouse, address)
        routine = plan["resource"]["google_bigquery_routine"]["sweep_expired_caption_locks"]
        routine["definition_body"] = "BEGIN\n  SELECT captoin_id FROM `x`;\nEND"
        (finding,) = check_plan(plan, model)
        assert (finding.file, finding.line, finding.rule) == (address, 2, "googlesql")

    def test_in_a_function_whose_declared_type_differs_from_its_body(self, warehouse: Plan, model: Model) -> None:
        plan = only(warehouse, "google_bigquery_routine.caption_key")
        plan["resource"]["google_bigquery_routine"]["caption_key"]["return_type"] = '{"typeKind": "INT64"}'
        (finding,) = check_plan(plan, model)
        assert finding.file == "google_bigquery_routine.caption_key"
        assert "INT64" in finding.message

    def test_in_a_view(self, warehouse: Plan, model: Model) -> None:
        address = "google_bigquery_table.schedule_recommendations_messages"
        plan = only(warehouse, address)
        view = plan["resource"]["google_bigquery_table"]["schedule_recommendations_messages"]["view"]
        view["query"] = view["query"].replace("planned.page_name", "planned.page_nam", 1)
        (finding,) = check_plan(plan, model)
        assert finding.file == address
        assert "Did you mean 'page_name'" in finding.remedy

    def test_in_a_schedule(self, automation: Plan, model: Model) -> None:
        plan = only(automation, "google_bigquery_data_transfer_config.daily_automation_pdt")
        params = plan["resource"]["google_bigquery_data_transfer_config"]["daily_automation_pdt"]["params"]
        params["query"] = params["query"].replace("@run_time", "@run_tme")
        assert {f.rule for f in check_plan(plan, model)} == {"googlesql"}

    def test_in_a_column_default(self, warehouse: Plan, model: Model) -> None:
        plan = only(warehouse, "google_bigquery_table.caption_bandit_stats")
        table = plan["resource"]["google_bigquery_table"]["caption_bandit_stats"]
        columns = json.loads(table["schema"])
        next(c for c in columns if c["name"] == "successes")["defaultValueExpression"] = "'one'"
        table["schema"] = json.dumps(columns)
        (finding,) = check_plan(plan, model)
        assert finding.rule == "column-default"

    def test_when_a_table_of_the_plan_lacks_a_column_that_a_view_reads(self, warehouse: Plan, model: Model) -> None:
        """The plan's own tables count, not what the model thinks of them."""
        addresses = ["schedule_recommendations_messages", "caption_bandit_stats"]
        plan = only(warehouse, *(f"google_bigquery_table.{name}" for name in addresses))
        table = plan["resource"]["google_bigquery_table"]["caption_bandit_stats"]
        table["schema"] = json.dumps([c for c in json.loads(table["schema"]) if c["name"] != "total_observations"])
        assert any("total_observations" in finding.message for finding in check_plan(plan, model))

    def test_when_a_call_does_not_fit_the_plans_signature(self, warehouse: Plan, model: Model) -> None:
        """A caller and the procedure it calls are compared as the plan declares them."""
        names = ["run_daily_automation", "sweep_expired_caption_locks"]
        plan = only(warehouse, *(f"google_bigquery_routine.{name}" for name in names))
        called = plan["resource"]["google_bigquery_routine"]["sweep_expired_caption_locks"]
        called["arguments"] = [{"name": "p_day", "data_type": '{"typeKind": "DATE"}', "mode": "IN"}]
        findings = [f for f in check_plan(plan, model) if "run_daily_automation" in f.file]
        assert any("No matching signature for procedure" in finding.message for finding in findings)

    def test_when_sql_names_another_environments_dataset(self, warehouse: Plan, model: Model) -> None:
        address = "google_bigquery_routine.caption_key"
        plan = only(warehouse, address)
        routine = plan["resource"]["google_bigquery_routine"]["caption_key"]
        routine["definition_body"] = routine["definition_body"].replace("of-scheduler-proj-dev", "of-scheduler-proj")
        (finding,) = check_plan(plan, model)
        assert "Function not found" in finding.message


def test_terraforms_escapes_are_undone(warehouse: Plan, model: Model) -> None:
    assert unescape("$${a} %%{b} $c %d") == "${a} %{b} $c %d"
    plan = only(warehouse, "google_bigquery_routine.caption_key")
    routine = plan["resource"]["google_bigquery_routine"]["caption_key"]
    routine["definition_body"] = "REGEXP_EXTRACT(message, r'($${')"  # a wrong pattern, which the message quotes
    (finding,) = check_plan(plan, model)
    assert finding.rule == "regular-expression"
    assert "(${" in finding.message


def test_a_stack_of_no_environment_is_an_error(model: Model) -> None:
    with pytest.raises(UserError, match="names no environment"):
        check_plan({"resource": {}}, model)
