"""The SQL inside a plan: read back as it will be deployed, in the plan's own environment, and checked."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from eros.errors import UserError
from eros.gate import Clean, check_plan
from eros.gate.catalog import Catalog
from eros.gate.check import check_text
from eros.gate.plan import unescape
from eros.gate.source import Finding, Source
from eros.model import PREFIX, Model

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


class TestAPlanIsCheckedBesideOthers:
    """A text that another environment's plan holds without fault is not looked at twice, unless something differs."""

    SWEEP = "google_bigquery_routine.sweep_expired_caption_locks"

    @pytest.fixture
    def clean(self, plan: Path, model: Model) -> Clean:
        clean = Clean()
        assert check_plan(only(stack(plan, "eros-prod-warehouse"), self.SWEEP), model, clean=clean) == []
        return clean

    @pytest.fixture
    def looked_at(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        looked_at: list[str] = []

        def noting(source: Source, catalog: Catalog, parameters: Mapping[str, str] | None = None) -> list[Finding]:
            looked_at.append(source.file)
            return check_text(source, catalog, parameters)

        monkeypatch.setattr("eros.gate.plan.check_text", noting)
        return looked_at

    def test_the_same_under_another_name(
        self, warehouse: Plan, model: Model, clean: Clean, looked_at: list[str]
    ) -> None:
        assert check_plan(only(warehouse, self.SWEEP), model, clean=clean) == []
        assert looked_at == []

    def test_a_body_that_still_names_the_other_project(self, warehouse: Plan, model: Model, clean: Clean) -> None:
        plan = only(warehouse, self.SWEEP)
        routine = plan["resource"]["google_bigquery_routine"]["sweep_expired_caption_locks"]
        dev = model.environment("dev").rewrite(PREFIX)
        routine["definition_body"] = routine["definition_body"].replace(dev, PREFIX, 1)
        assert {f.rule for f in check_plan(plan, model, clean=clean)} == {"googlesql"}

    def test_a_table_that_differs(self, warehouse: Plan, model: Model, clean: Clean) -> None:
        plan = only(warehouse, self.SWEEP, "google_bigquery_table.lock_sweep_log")
        table = plan["resource"]["google_bigquery_table"]["lock_sweep_log"]
        columns = json.loads(table["schema"])
        table["schema"] = json.dumps([c for c in columns if c["name"] != "total_locks_cleaned"])
        assert any("total_locks_cleaned" in f.message for f in check_plan(plan, model, clean=clean))
