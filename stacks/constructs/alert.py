"""Alert policies that notify one channel. Which there are, and why, stands in observability.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_google.monitoring_alert_policy import (
    MonitoringAlertPolicy,
    MonitoringAlertPolicyAlertStrategy,
    MonitoringAlertPolicyConditions,
    MonitoringAlertPolicyConditionsConditionAbsent,
    MonitoringAlertPolicyConditionsConditionAbsentAggregations,
    MonitoringAlertPolicyConditionsConditionThreshold,
    MonitoringAlertPolicyConditionsConditionThresholdAggregations,
    MonitoringAlertPolicyDocumentation,
)
from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel

from stacks.base import EnvironmentStack, address
from stacks.text import escape

#: Where the runbooks lie, as the mail shows it: the repository's address differs, its folders do not.
RUNBOOKS = "docs/runbooks"


@dataclass(frozen=True)
class Alert:
    """What people read: the title, the text of the mail, and the runbook that says what to do."""

    name: str
    title: str
    text: str
    runbook: str
    severity: str

    @property
    def documentation(self) -> str:
        """The mail's text, in Markdown."""
        return f"{self.text}\n\nWhat to do: {RUNBOOKS}/{self.runbook} in the EROS infrastructure repository."


def alert(
    stack: EnvironmentStack,
    declared: Alert,
    channel: MonitoringNotificationChannel,
    conditions: list[MonitoringAlertPolicyConditions],
    auto_close_seconds: int,
    depends_on: Sequence[ITerraformDependable] = (),
) -> MonitoringAlertPolicy:
    """A policy that notifies when any of its conditions holds.

    `auto_close_seconds` is how long an incident stays open after its last data: as long as it is open, the same
    schedule or metric is not told about again. Google allows 1,800 to 604,800.
    """
    environment = stack.environment
    return address(
        MonitoringAlertPolicy(
            stack,
            f"alert-{declared.name}",
            project=environment.project,
            display_name=f"EROS {environment.name}: {declared.title}",
            combiner="OR",
            severity=declared.severity,
            conditions=conditions,
            notification_channels=[channel.id],
            alert_strategy=MonitoringAlertPolicyAlertStrategy(auto_close=f"{auto_close_seconds}s"),
            documentation=MonitoringAlertPolicyDocumentation(
                content=escape(declared.documentation),
                mime_type="text/markdown",
                subject=escape(f"EROS {environment.name}: {declared.title}"),
            ),
            user_labels=stack.labels("observability"),
            depends_on=list(depends_on) or None,
        ),
        declared.name,
    )


def threshold(
    title: str, query: str, comparison: str, value: float, seconds: int, group_by: str | None = None
) -> MonitoringAlertPolicyConditions:
    """The sum of a counting metric over `seconds`, in one series per `group_by`, compared with `value`."""
    return MonitoringAlertPolicyConditions(
        display_name=title,
        condition_threshold=MonitoringAlertPolicyConditionsConditionThreshold(
            filter=query,
            comparison=comparison,
            threshold_value=value,
            duration="0s",
            aggregations=[
                MonitoringAlertPolicyConditionsConditionThresholdAggregations(
                    alignment_period=f"{seconds}s",
                    per_series_aligner="ALIGN_SUM",
                    cross_series_reducer="REDUCE_SUM",
                    group_by_fields=[group_by] if group_by else None,
                )
            ],
        ),
    )


def absence(title: str, query: str, seconds: int) -> MonitoringAlertPolicyConditions:
    """No point of the metric for `seconds`; Google allows up to 23.5 hours."""
    return MonitoringAlertPolicyConditions(
        display_name=title,
        condition_absent=MonitoringAlertPolicyConditionsConditionAbsent(
            filter=query,
            duration=f"{seconds}s",
            aggregations=[
                MonitoringAlertPolicyConditionsConditionAbsentAggregations(
                    alignment_period="300s", per_series_aligner="ALIGN_SUM", cross_series_reducer="REDUCE_SUM"
                )
            ],
        ),
    )
