"""The dashboard: runs, failures, bytes billed and slots. Job by job figures come from `eros health`, not from here."""

from __future__ import annotations

import json
from typing import Any

from cdktf_cdktf_provider_google.monitoring_dashboard import MonitoringDashboard

from eros.limits import daily_bytes
from stacks.base import EnvironmentStack, address
from stacks.text import escape

_COLUMNS = 48
_HOUR, _DAY = 3_600, 86_400

_GUIDE = """\
**Which job, which page, which creator?** `eros health --env {environment}` reads the job log, the alerts and the queue.

Runbooks: docs/runbooks/ in the EROS infrastructure repository. Bytes billed appear up to six hours late and count the
whole project."""


def dashboard(stack: EnvironmentStack, runs: str, failures: str, monitor: str, billed: str, slots: str) -> None:
    """The environment's dashboard. The arguments are the monitoring filters of its charts.

    No key holds zero, null or an empty value: the service leaves those out of what it returns, and the plan would
    never be empty.
    """
    environment = stack.environment
    config = "resource.label.config_id"
    tiles = [
        _chart("Runs ended, by schedule and outcome", runs, _HOUR, [config, "metric.label.completion_state"]),
        _chart("Runs that did not succeed, by schedule", failures, _HOUR, [config]),
        _chart("Succeeded runs of the health monitor", monitor, _HOUR * 4),
        _chart("Bytes billed a day, against the day's budget", billed, _DAY, limit=daily_bytes()),
        _chart("Slots in use", slots, _HOUR, aligner="ALIGN_MEAN"),
        {"title": "Where to look", "text": {"content": _GUIDE.format(environment=environment.name)}},
    ]
    body = {
        "displayName": f"EROS {environment.name}",
        "mosaicLayout": {"columns": _COLUMNS, "tiles": [_tile(i, widget) for i, widget in enumerate(tiles)]},
    }
    address(
        MonitoringDashboard(
            stack,
            "dashboard",
            project=environment.project,
            dashboard_json=escape(json.dumps(body, indent=1, ensure_ascii=False)),
        ),
        "eros",
    )


def _chart(
    title: str,
    query: str,
    seconds: int,
    group_by: list[str] | None = None,
    aligner: str = "ALIGN_SUM",
    limit: float | None = None,
) -> dict[str, Any]:
    aggregation = {
        "alignmentPeriod": f"{seconds}s",
        "perSeriesAligner": aligner,
        "crossSeriesReducer": "REDUCE_SUM",
    } | ({"groupByFields": group_by} if group_by else {})
    data = {
        "plotType": "LINE" if aligner == "ALIGN_MEAN" else "STACKED_BAR",
        "timeSeriesQuery": {"timeSeriesFilter": {"filter": query, "aggregation": aggregation}},
    }
    lines = {"thresholds": [{"label": "budget", "value": limit}]} if limit else {}
    return {"title": title, "xyChart": {"dataSets": [data]} | lines}


def _tile(index: int, widget: dict[str, Any]) -> dict[str, Any]:
    """Two tiles a row."""
    place = {"xPos": index % 2 * _COLUMNS // 2, "yPos": index // 2 * 16}
    return {key: at for key, at in place.items() if at} | {"width": _COLUMNS // 2, "height": 16, "widget": widget}
