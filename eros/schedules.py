"""Scheduled queries of the Data Transfer API, known by their display names; the same for Google's and the local one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property

from google.cloud.bigquery_datatransfer import (
    DataTransferServiceClient,
    StartManualTransferRunsRequest,
    TransferConfig,
    TransferRun,
)
from google.protobuf import field_mask_pb2, json_format, timestamp_pb2

from eros.errors import UserError, nearest
from eros.state.planned import Resource, Rest

#: Property (eros.state.properties) -> the update mask's name for it.
_MASKS = {
    "schedule": "schedule",
    "query": "params",
    "start_time": "schedule_options",
    "disabled": "disabled",
    "failure_email": "email_preferences",
}


class Schedules:
    """The schedules of one project and location."""

    def __init__(self, client: DataTransferServiceClient, project: str, location: str) -> None:
        self._client = client
        self._parent = f"projects/{project}/locations/{location.lower()}"

    @cached_property
    def _configs(self) -> dict[str, TransferConfig]:
        configs = self._client.list_transfer_configs(parent=self._parent)
        return {c.display_name: c for c in configs if c.data_source_id == "scheduled_query"}

    def names(self) -> list[str]:
        """Display names of all scheduled queries."""
        return sorted(self._configs)

    def read(self, display_name: str) -> Rest | None:
        """The schedule as its REST body, or None."""
        config = self._configs.get(display_name)
        return dict(json_format.MessageToDict(TransferConfig.pb(config))) if config else None

    def write(self, resource: Resource, changed: Iterable[str] = ()) -> None:
        """Create the schedule, or send the `changed` properties of an existing one."""
        body = TransferConfig()
        json_format.ParseDict(resource.rest, TransferConfig.pb(body))
        existing = self._configs.get(resource.name)
        if existing is None:
            self._configs[resource.name] = self._client.create_transfer_config(
                parent=self._parent, transfer_config=body
            )
            return
        body.name = existing.name
        mask = field_mask_pb2.FieldMask(paths=sorted({_MASKS[name] for name in changed if name in _MASKS}))
        self._configs[resource.name] = self._client.update_transfer_config(transfer_config=body, update_mask=mask)

    def delete(self, display_name: str) -> None:
        """Delete the schedule. Raises UserError where there is none."""
        self._client.delete_transfer_config(name=self._named(display_name).name)
        del self._configs[display_name]

    def start(self, display_name: str, run_time: datetime) -> TransferRun:
        """Start a run by hand, as if it had been due at `run_time` (aware).

        Raises:
            UserError: no such schedule.
        """
        stamp = timestamp_pb2.Timestamp()
        stamp.FromDatetime(run_time)
        request = StartManualTransferRunsRequest(parent=self._named(display_name).name, requested_run_time=stamp)
        return self._client.start_manual_transfer_runs(request=request).runs[0]

    def runs(self, display_name: str) -> list[TransferRun]:
        """Its runs, newest first."""
        return list(self._client.list_transfer_runs(parent=self._named(display_name).name))

    def _named(self, display_name: str) -> TransferConfig:
        if display_name not in self._configs:
            raise UserError(f"no schedule {display_name!r}.", remedy=nearest(display_name, self._configs))
        return self._configs[display_name]
