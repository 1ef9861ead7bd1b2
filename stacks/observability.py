"""Who is told what, and when: notification channel, three alert policies, dashboard, budget.

Staleness of single jobs is not watched here: monitor_system_health decides it from the job log, and fails its own run
to be heard, which is policy (a). What no job can tell is its own absence; that is policy (b).

Four things to know before reading the filters:

- A metric of the Data Transfer service names a schedule by its config id alone, and Google makes that up at apply: no
  label holds a display name. Stacks pass nothing to each other, so a filter here cannot name one schedule. (a) needs
  none: it watches every transfer run of the project, foreign ones included, and says which config it was.
- (b) has to know the health monitor from the rest. It counts the monitor's calls in BigQuery's audit log instead, where
  the statement is written out and the account is named: both come from the model. That log cannot be switched off.
  A run of the monitor that raises, because something is CRITICAL, is no success; so (b) also rings, as the second
  voice, when a CRITICAL condition lasts for nine hours without anybody acknowledging it.
- A series that never had a point is not absent, says Google. A monitor that never ran at all is therefore not found by
  (b); `eros health` shows it. And a counter from a log may be
  continued with zeros instead of ending, which is no absence either; (b) has a condition for each form of silence.
- Bytes billed reach the metric up to six hours late and count the whole project, people's own queries included.
"""

from __future__ import annotations

from cdktf_cdktf_provider_google.billing_budget import (
    BillingBudget,
    BillingBudgetAllUpdatesRule,
    BillingBudgetAmount,
    BillingBudgetAmountSpecifiedAmount,
    BillingBudgetBudgetFilter,
    BillingBudgetThresholdRules,
)
from cdktf_cdktf_provider_google.logging_metric import LoggingMetric, LoggingMetricMetricDescriptor
from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel
from constructs import Construct

from eros.access import job_account_email
from eros.errors import UserError
from eros.limits import DAILY_BUDGET_USD, MONITOR_SILENCE_HOURS, MONTHLY_BUDGET_PARTS, daily_bytes
from eros.model import Environment, Model
from eros.model.environments import Budget
from stacks.base import EnvironmentStack, address
from stacks.constructs.alert import Alert, absence, alert, threshold
from stacks.constructs.dashboard import dashboard
from stacks.text import escape

#: The procedure whose silence is an alarm.
MONITOR = "monitor_system_health"

#: The metric that counts its succeeded runs.
MONITOR_METRIC = "eros_health_monitor_succeeded"

RUNS = (
    'resource.type = "bigquery_dts_config"'
    ' AND metric.type = "bigquerydatatransfer.googleapis.com/transfer_config/completed_runs"'
)
FAILURES = f'{RUNS} AND metric.labels.completion_state != "SUCCEEDED"'
MONITOR_RUNS = f'resource.type = "bigquery_project" AND metric.type = "logging.googleapis.com/user/{MONITOR_METRIC}"'
#: This metric belongs to the resource type global; with bigquery_project the service refuses the policy.
BILLED = 'resource.type = "global" AND metric.type = "bigquery.googleapis.com/query/scanned_bytes_billed"'
SLOTS = 'resource.type = "global" AND metric.type = "bigquery.googleapis.com/slots/allocated_for_project"'

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


class ObservabilityStack(EnvironmentStack):
    """`eros-<env>-observability`: everything that tells people something. It needs the APIs that automation enables."""

    def __init__(self, scope: Construct, model: Model, environment: Environment) -> None:
        super().__init__(scope, "observability", model, environment)
        self.channel = self._channel()
        self._run_failed()
        self._monitor_silent()
        self._billed_too_much()
        dashboard(self, runs=RUNS, failures=FAILURES, monitor=MONITOR_RUNS, billed=BILLED, slots=SLOTS)
        if environment.budget:
            self._budget(environment.budget)

    def _channel(self) -> MonitoringNotificationChannel:
        environment = self.environment
        if not environment.alert_email:
            raise UserError(
                "there is nobody to be told when a job fails.",
                where=environment.file,
                remedy="Add alert_email: with an address that a person on call reads.",
            )
        return address(
            MonitoringNotificationChannel(
                self,
                "channel",
                project=environment.project,
                display_name=f"EROS {environment.name} on call",
                type="email",
                labels={"email_address": environment.alert_email},
                user_labels=self.labels("observability"),
            ),
            "on_call",
        )

    def _run_failed(self) -> None:
        alert(
            self,
            Alert(
                "run_failed",
                "a scheduled run did not succeed",
                "A run of schedule `${resource.label.config_id}` failed or was cancelled. A run of the health monitor "
                "fails on purpose while something is CRITICAL: its error names what.",
                "run-failed.md",
                "ERROR",
            ),
            self.channel,
            [
                threshold(
                    "runs that did not succeed, by schedule",
                    FAILURES,
                    "COMPARISON_GT",
                    0,
                    5 * _MINUTE,
                    "resource.label.config_id",
                )
            ],
            # The shortest there is: while an incident is open, the schedule's next failure sends no mail.
            auto_close_seconds=30 * _MINUTE,
        )

    def _monitor_silent(self) -> None:
        environment = self.environment
        silence = MONITOR_SILENCE_HOURS * _HOUR
        call = environment.rewrite(f"CALL `of-scheduler-proj.eros_scheduling_brain.{MONITOR}`")
        metric = address(
            LoggingMetric(
                self,
                "monitor-metric",
                project=environment.project,
                name=MONITOR_METRIC,
                description="Succeeded scheduled runs of the EROS health monitor, from BigQuery's audit log.",
                filter=escape(
                    'resource.type="bigquery_project"\n'
                    'log_id("cloudaudit.googleapis.com/data_access")\n'
                    f'protoPayload.authenticationInfo.principalEmail="{job_account_email(environment)}"\n'
                    'protoPayload.metadata.jobChange.after="DONE"\n'
                    f'protoPayload.metadata.jobChange.job.jobConfig.queryConfig.query:"{call}"\n'
                    "severity<ERROR"
                ),
                metric_descriptor=LoggingMetricMetricDescriptor(metric_kind="DELTA", value_type="INT64", unit="1"),
            ),
            MONITOR_METRIC,
        )
        alert(
            self,
            Alert(
                "monitor_silent",
                f"the health monitor has not succeeded for {MONITOR_SILENCE_HOURS} hours",
                "Nobody is looking whether jobs are stale, or something CRITICAL has been standing all that time.",
                "monitor-silent.md",
                "CRITICAL",
            ),
            self.channel,
            [
                absence("no run counted at all", MONITOR_RUNS, silence),
                threshold("none among the runs counted", MONITOR_RUNS, "COMPARISON_LT", 1, silence),
            ],
            auto_close_seconds=7 * _DAY,
            # Conditions name the metric, they do not refer to it; and the service refuses one on an unknown metric.
            # It may take some seconds to know a new one: should the first apply fail here, apply once more.
            depends_on=[metric],
        )

    def _billed_too_much(self) -> None:
        alert(
            self,
            Alert(
                "billed_too_much",
                f"queries of one day cost more than ${DAILY_BUDGET_USD:.2f}",
                f"More than {daily_bytes():,} bytes were billed in the project within 24 hours, at the list price. "
                "The figure is up to six hours old and counts every query of the project.",
                "cost-over-budget.md",
                "WARNING",
            ),
            self.channel,
            [threshold("bytes billed within a day", BILLED, "COMPARISON_GT", daily_bytes(), _DAY)],
            auto_close_seconds=_DAY,
        )

    def _budget(self, budget: Budget) -> None:
        """Mails of the billing account on the month's cost: later than the alert above, but of everything billed."""
        environment = self.environment
        address(
            BillingBudget(
                self,
                "budget",
                billing_account=budget.billing_account,
                display_name=f"EROS {environment.name}",
                # By number: the service returns numbers, and an id would be changed by every apply.
                budget_filter=BillingBudgetBudgetFilter(
                    projects=[f"projects/{environment.project_number}"], calendar_period="MONTH"
                ),
                amount=BillingBudgetAmount(
                    specified_amount=BillingBudgetAmountSpecifiedAmount(
                        currency_code="USD", units=str(budget.monthly_usd)
                    )
                ),
                threshold_rules=[
                    BillingBudgetThresholdRules(threshold_percent=part, spend_basis="CURRENT_SPEND")
                    for part in MONTHLY_BUDGET_PARTS
                ],
                all_updates_rule=BillingBudgetAllUpdatesRule(monitoring_notification_channels=[self.channel.id]),
            ),
            "eros",
        )
