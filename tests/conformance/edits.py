"""Changes of a configuration, in the words of the plan's JSON: `sets(table("etl_job_runs"), description="…")`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

type Column = dict[str, Any]
type Columns = list[Column]


class Configuration:
    """The resources of several stacks by address: `google_bigquery_table.holiday_calendar`."""

    def __init__(self, resources: Sequence[dict[str, Any]]) -> None:
        self._resources = resources

    def __getitem__(self, address: str) -> dict[str, Any]:
        kind, _, name = address.partition(".")
        [found] = [r[kind][name] for r in self._resources if name in r.get(kind, {})]
        resource: dict[str, Any] = found
        return resource

    def remove(self, address: str) -> None:
        """Take a resource out, and out of what others depend on."""
        kind, _, name = address.partition(".")
        for stack in self._resources:
            stack.get(kind, {}).pop(name, None)
            for resource in (r for named in stack.values() for r in named.values()):
                if address in resource.get("depends_on", []):
                    resource["depends_on"].remove(address)


type Edit = Callable[[Configuration], None]


def table(name: str) -> str:
    return f"google_bigquery_table.{name}"


def routine(name: str) -> str:
    return f"google_bigquery_routine.{name}"


def schedule(name: str) -> str:
    return f"google_bigquery_data_transfer_config.{name}"


def dataset(name: str) -> str:
    return f"google_bigquery_dataset.{name}"


def sets(address: str, **attributes: Any) -> Edit:
    """Set attributes; None takes one away. A function gets the old value and gives the new one."""

    def edit(configuration: Configuration) -> None:
        resource = configuration[address]
        for name, value in attributes.items():
            resource[name] = value(resource[name]) if callable(value) else value
            if resource[name] is None:
                del resource[name]

    return edit


def columns(address: str, change: Callable[[Columns], Columns]) -> Edit:
    """Change the columns of a table."""
    return sets(address, schema=lambda text: json.dumps(change(json.loads(text))))


def column(address: str, which: str, **attributes: Any) -> Edit:
    """Change one column of a table."""
    return columns(address, lambda found: [c | (attributes if c["name"] == which else {}) for c in found])


def removes(address: str) -> Edit:
    return lambda configuration: configuration.remove(address)


def together(edits: Sequence[Edit]) -> Edit:
    def edit(configuration: Configuration) -> None:
        for one in edits:
            one(configuration)

    return edit
