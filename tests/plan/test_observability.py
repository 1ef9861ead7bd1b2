"""Who is told what: the channel, the three alert policies and what they look for, the dashboard, the budget."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eros import limits
from eros.model import REPOSITORY, Model, load_model
from eros.state.planned import unescape

ENVIRONMENTS = ["dev", "prod"]
CHANNEL = "${google_monitoring_notification_channel.on_call.id}"
POLICY = "google_monitoring_alert_policy"

type Resources = dict[str, dict[str, dict[str, Any]]]


def resources(plan: Path, environment: str) -> Resources:
    body = json.loads((plan / "stacks" / f"eros-{environment}-observability" / "cdk.tf.json").read_text("utf-8"))
    found: Resources = unescape(body["resource"])
    return found


def conditions(plan: Path, environment: str, policy: str) -> list[dict[str, Any]]:
    """The policy's conditions, without the one key that says which kind each is."""
    declared = resources(plan, environment)[POLICY][policy]["conditions"]
    return [next(value for key, value in c.items() if key.startswith("condition_")) for c in declared]


def test_local_tells_nobody(plan: Path) -> None:
    assert not (plan / "stacks" / "eros-local-observability").exists()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
class TestChannel:
    def test_it_is_the_address_of_the_environment(self, environment: str, plan: Path, model: Model) -> None:
        channel = resources(plan, environment)["google_monitoring_notification_channel"]["on_call"]
        assert channel["type"] == "email"
        assert channel["labels"] == {"email_address": model.environment(environment).alert_email}

    def test_every_policy_notifies_it(self, environment: str, plan: Path) -> None:
        policies = resources(plan, environment)[POLICY]
        assert set(policies) == {"run_failed", "monitor_silent", "billed_too_much"}
        for policy in policies.values():
            assert policy["notification_channels"] == [CHANNEL]

    def test_labels_stand_where_the_schema_has_them(self, environment: str, plan: Path) -> None:
        declared = resources(plan, environment)
        labelled = [*declared[POLICY].values(), *declared["google_monitoring_notification_channel"].values()]
        for resource in labelled:
            labels = resource["user_labels"]
            assert (labels["system"], labels["environment"]) == ("eros", environment)
            assert {"component", "owner"} <= set(labels)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
class TestPolicies:
    def test_a_run_that_did_not_succeed(self, environment: str, plan: Path) -> None:
        [condition] = conditions(plan, environment, "run_failed")
        assert condition["filter"] == (
            'resource.type = "bigquery_dts_config"'
            ' AND metric.type = "bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"'
            ' AND metric.labels.completion_state != "SUCCEEDED"'
        )
        assert (condition["comparison"], condition["threshold_value"]) == ("COMPARISON_GT", 0)
        [aggregation] = condition["aggregations"]
        assert aggregation["group_by_fields"] == ["resource.label.config_id"], "one incident for each schedule"

    def test_no_policy_needs_an_id_that_only_an_apply_makes(self, environment: str, plan: Path) -> None:
        for name in resources(plan, environment)[POLICY]:
            for condition in conditions(plan, environment, name):
                assert "config_id =" not in condition["filter"]
                assert "${" not in condition["filter"], "stacks pass nothing to each other"

    def test_a_silent_monitor_is_seen_whichever_way_its_metric_is_silent(self, environment: str, plan: Path) -> None:
        absent, below = conditions(plan, environment, "monitor_silent")
        seconds = f"{limits.MONITOR_SILENCE_HOURS * 3600}s"
        assert absent["duration"] == seconds
        assert below["aggregations"][0]["alignment_period"] == seconds
        assert below["aggregations"][0]["per_series_aligner"] == "ALIGN_SUM"
        assert (below["comparison"], below["threshold_value"]) == ("COMPARISON_LT", 1)
        [metric] = resources(plan, environment)["google_logging_metric"].values()
        for condition in (absent, below):
            assert condition["filter"] == (
                f'resource.type = "bigquery_project" AND metric.type = "logging.googleapis.com/user/{metric["name"]}"'
            )

    def test_the_silence_is_longer_than_two_runs_and_an_absence_google_allows(
        self, environment: str, plan: Path, model: Model
    ) -> None:
        every = re.fullmatch(r"every (\d+) hours", model.schedules["health_monitor"].schedule)
        assert every
        assert 2 * int(every[1]) < limits.MONITOR_SILENCE_HOURS <= 23.5

    def test_the_monitor_is_known_by_its_own_statement_and_account(
        self, environment: str, plan: Path, model: Model
    ) -> None:
        declared = model.environment(environment)
        [(name, metric)] = resources(plan, environment)["google_logging_metric"].items()
        lines = metric["filter"].splitlines()
        assert f'protoPayload.authenticationInfo.principalEmail="eros-jobs@{declared.project}.' in metric["filter"]
        assert "severity<ERROR" in lines, "a run that raised is no success"
        [searched] = re.findall(r'queryConfig\.query:"(.+)"', metric["filter"])
        statement = declared.rewrite(model.schedules["health_monitor"].script)
        assert searched in statement
        others = [s for name, s in model.schedules.items() if name != "health_monitor"]
        bodies = [r.body for r in model.routines.values()]
        assert not [text for text in (*(s.script for s in others), *bodies) if searched in declared.rewrite(text)]
        assert resources(plan, environment)[POLICY]["monitor_silent"]["depends_on"] == [f"google_logging_metric.{name}"]

    def test_bytes_billed_are_summed_over_a_day_and_compared_with_the_budget(
        self, environment: str, plan: Path
    ) -> None:
        [condition] = conditions(plan, environment, "billed_too_much")
        # The metric belongs to `global`; with bigquery_project Google refuses the policy.
        assert condition["filter"] == (
            'resource.type = "global" AND metric.type = "bigquery.googleapis.com/query/scanned_bytes_billed"'
        )
        [aggregation] = condition["aggregations"]
        assert (aggregation["alignment_period"], aggregation["cross_series_reducer"]) == ("86400s", "REDUCE_SUM")
        assert condition["threshold_value"] == limits.daily_bytes()
        cost = condition["threshold_value"] / limits.TIB * limits.PRICE_PER_TIB_USD
        assert cost == pytest.approx(limits.DAILY_BUDGET_USD)

    def test_every_mail_names_a_runbook_that_is_there(self, environment: str, plan: Path) -> None:
        for name, policy in resources(plan, environment)[POLICY].items():
            [path] = re.findall(r"docs/runbooks/\S+\.md", policy["documentation"]["content"])
            assert (REPOSITORY / path).is_file(), f"{name}: {path} does not exist"
            assert policy["documentation"]["mime_type"] == "text/markdown"

    def test_incidents_stay_open_no_longer_than_google_allows(self, environment: str, plan: Path) -> None:
        for policy in resources(plan, environment)[POLICY].values():
            assert 1_800 <= int(policy["alert_strategy"]["auto_close"].rstrip("s")) <= 604_800


@pytest.mark.parametrize("environment", ENVIRONMENTS)
class TestDashboard:
    def body(self, plan: Path, environment: str) -> Any:
        return json.loads(resources(plan, environment)["google_monitoring_dashboard"]["eros"]["dashboard_json"])

    def test_it_shows_what_the_policies_watch(self, environment: str, plan: Path) -> None:
        shown = json.dumps(self.body(plan, environment))
        for name in resources(plan, environment)[POLICY]:
            for condition in conditions(plan, environment, name):
                assert json.dumps(condition["filter"]) in shown

    def test_it_holds_nothing_the_service_leaves_out(self, environment: str, plan: Path) -> None:
        """Zero, null and empty values do not come back, and would be a difference in every plan."""

        def walk(value: Any) -> None:
            assert value not in (0, None, "", [], {}, False)
            for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
                walk(item)

        walk(self.body(plan, environment))

    def test_its_tiles_do_not_overlap(self, environment: str, plan: Path) -> None:
        taken: set[tuple[int, int]] = set()
        for tile in self.body(plan, environment)["mosaicLayout"]["tiles"]:
            left, top = tile.get("xPos", 0), tile.get("yPos", 0)
            cells = {(left + x, top + y) for x in range(tile["width"]) for y in range(tile["height"])}
            assert left + tile["width"] <= 48
            assert not cells & taken
            taken |= cells


SYNTH = """
import sys
from pathlib import Path
from stacks import fast_synth
fast_synth.enable()
from cdktf import App
from eros.model import load_model
from stacks.app import build
build(App(), load_model(Path(sys.argv[1]))).synth()
"""


@pytest.fixture(scope="module")
def with_budget(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of a repository whose prod has a budget, and whose dev has none."""
    root = tmp_path_factory.mktemp("budget")
    for folder in ("schemas", "sql", "environments"):
        shutil.copytree(REPOSITORY / folder, root / folder)
    with (root / "environments" / "prod.yaml").open("a", encoding="utf-8") as file:
        file.write("budget: {billing_account: 0A1B2C-3D4E5F-678901, monthly_usd: 150}\n")
    done = subprocess.run(
        [sys.executable, "-c", SYNTH, str(root)],
        cwd=REPOSITORY,
        env={**os.environ, "CDKTF_OUTDIR": str(root / "cdktf.out")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return root / "cdktf.out"


class TestBudget:
    @pytest.mark.parametrize("environment", ENVIRONMENTS)
    def test_there_is_one_only_where_the_environment_sets_it(self, environment: str, plan: Path, model: Model) -> None:
        assert ("google_billing_budget" in resources(plan, environment)) == bool(model.environment(environment).budget)

    def test_it_watches_this_project_and_tells_at_each_part(self, with_budget: Path, model: Model) -> None:
        assert "google_billing_budget" not in resources(with_budget, "dev")
        budget = resources(with_budget, "prod")["google_billing_budget"]["eros"]
        assert budget["billing_account"] == "0A1B2C-3D4E5F-678901"
        assert budget["amount"]["specified_amount"] == {"currency_code": "USD", "units": "150"}
        assert budget["budget_filter"] == {
            "calendar_period": "MONTH",
            "projects": [f"projects/{model.environment('prod').project_number}"],
        }
        assert [rule["threshold_percent"] for rule in budget["threshold_rules"]] == [0.5, 0.9, 1.0]
        assert list(limits.MONTHLY_BUDGET_PARTS) == [0.5, 0.9, 1.0]
        assert budget["all_updates_rule"]["monitoring_notification_channels"] == [CHANNEL]

    def test_its_api_is_switched_on_with_it(self, with_budget: Path, plan: Path) -> None:
        def apis(out: Path, environment: str) -> set[str]:
            body = json.loads((out / "stacks" / f"eros-{environment}-automation" / "cdk.tf.json").read_text("utf-8"))
            return {a["service"] for a in body["resource"]["google_project_service"].values()}

        assert apis(with_budget, "prod") - apis(with_budget, "dev") == {"billingbudgets.googleapis.com"}
        assert "billingbudgets.googleapis.com" not in apis(plan, "dev")


def test_an_environment_without_an_address_is_refused(tmp_path: Path) -> None:
    from stacks import fast_synth

    fast_synth.enable()
    from cdktf import App

    from eros.errors import UserError
    from stacks.observability import ObservabilityStack

    environment = load_model().environment("dev").model_copy(update={"alert_email": None})
    with pytest.raises(UserError, match=r"environments/dev\.yaml: there is nobody to be told.*alert_email"):
        ObservabilityStack(App(outdir=str(tmp_path)), load_model(), environment)
