"""Transfer configs as the service treats them: what a request may hold, what a mask may name, what is computed.

Requests are read with the API's own protocol buffers, so that names, types and times are checked as the
service checks them, and answers leave out what has its default value, as the service does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from google.cloud.bigquery_datatransfer_v1.types import TransferConfig
from google.protobuf import field_mask_pb2, json_format

from eros.errors import nearest
from eros.local.transfer import schedule
from eros.local.transfer.errors import invalid

type Json = dict[str, Any]

DATA_SOURCE = "scheduled_query"
QUERY_PARAMETERS = {
    "query": "The script to run. @run_time (TIMESTAMP) and @run_date (DATE) are its parameters.",
    "destination_table_name_template": "Table for the result of a query.",
    "write_disposition": "WRITE_TRUNCATE or WRITE_APPEND.",
    "partitioning_field": "Column the destination table is partitioned by.",
    "partitioning_type": "DAY, HOUR, MONTH or YEAR.",
}
MUTABLE = frozenset(
    {
        "display_name",
        "destination_dataset_id",
        "schedule",
        "schedule_options",
        "data_refresh_window_days",
        "disabled",
        "params",
        "notification_pubsub_topic",
        "email_preferences",
        "encryption_configuration",
    }
)
NESTED = frozenset({"schedule_options", "email_preferences", "encryption_configuration"})
OUTPUT_ONLY = ("name", "update_time", "next_run_time", "state", "user_id", "dataset_region", "owner_info", "error")
REQUEST_FIELDS = frozenset({"service_account_name", "authorization_code", "version_info"})

_Message: Any = type(TransferConfig.pb(TransferConfig()))


def read(body: object) -> Json:
    """A request's config in canonical JSON, without the fields only the service sets.

    Raises:
        ApiError: unknown field, wrong type, or something the stand-in does not offer.
    """
    if not isinstance(body, dict):
        raise invalid("Invalid JSON payload received. An object is expected.")
    try:
        message = json_format.ParseDict(body, _Message())
    except json_format.ParseError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error
    for field in OUTPUT_ONLY:
        message.ClearField(field)
    if message.HasField("schedule_options_v2"):
        raise invalid("The local stand-in does not offer schedule_options_v2; use schedule and schedule_options.")
    return _json(message)


def masked(current: Json, wanted: Json, mask: str) -> tuple[Json, frozenset[str]]:
    """(`current` with the fields a mask names taken from `wanted`, the other request fields the mask names).

    A field in the mask and absent from `wanted` gets its default value, as everywhere in Google's APIs.

    Raises:
        ApiError: the mask is empty, or names something unknown or unchangeable.
    """
    paths = [_snake(path.strip()) for path in mask.split(",") if path.strip()]
    if not paths:
        raise invalid("update_mask is required and must name at least one field.")
    known = {field.name for field in _Message.DESCRIPTOR.fields}
    for path in paths:
        top, _, nested = path.partition(".")
        if top in MUTABLE or top in REQUEST_FIELDS:
            message = _Message.DESCRIPTOR.fields_by_name[top].message_type if top in NESTED else None
            if not nested or (message is not None and nested in message.fields_by_name):
                continue
        elif top in known:
            raise invalid(f"Invalid update_mask: {top} cannot be changed.")
        raise invalid(f"Invalid update_mask: there is no field {path}. {nearest(top, MUTABLE | REQUEST_FIELDS)}")
    source, target = json_format.ParseDict(wanted, _Message()), json_format.ParseDict(current, _Message())
    fields = field_mask_pb2.FieldMask(paths=[path for path in paths if path not in REQUEST_FIELDS])
    fields.MergeMessage(source, target, replace_message_field=True, replace_repeated_field=True)
    return _json(target), REQUEST_FIELDS & set(paths)


def check(config: Json) -> None:
    """Refuse a config the service would refuse.

    Raises:
        ApiError: what is missing or wrong.
    """
    if not config.get("displayName", "").strip():
        raise invalid("display_name is required.")
    if config.get("dataSourceId") != DATA_SOURCE:
        given = config.get("dataSourceId") or "none"
        raise invalid(f"data_source_id must be {DATA_SOURCE}, the only one the local stand-in offers, not {given}.")
    params = config.get("params", {})
    for name, value in params.items():
        if name not in QUERY_PARAMETERS:
            raise invalid(f"Data source definition doesn't define this parameter Id: {name}")
        if not isinstance(value, str):
            raise invalid(f"Parameter {name} must be a string.")
    if not params.get("query", "").strip():
        raise invalid("Parameter query is required.")
    try:
        schedule.parse(config.get("schedule", ""))
    except ValueError as error:
        raise invalid(f"Invalid schedule: {error}.") from error
    options = config.get("scheduleOptions", {})
    start, end = options.get("startTime"), options.get("endTime")
    if start and end and parse_time(end) <= parse_time(start):
        raise invalid("schedule_options: end_time must be after start_time.")


def anchor(config: Json, created: datetime) -> datetime:
    """What intervals are counted from: the start time, or the creation where there is none."""
    start = config.get("scheduleOptions", {}).get("startTime")
    return parse_time(start) if start else created


def next_run_time(config: Json, *, created: datetime, now: datetime) -> str | None:
    """When the service would run it next; the stand-in has no timer and never does."""
    options: Mapping[str, Any] = config.get("scheduleOptions", {})
    if config.get("disabled") or options.get("disableAutoScheduling"):
        return None
    run = schedule.next_run(
        schedule.parse(config.get("schedule", "")),
        anchor=anchor(config, created),
        now=now,
        end=parse_time(options["endTime"]) if "endTime" in options else None,
    )
    return format_time(run) if run else None


def parse_time(text: str) -> datetime:
    """An aware datetime of an RFC 3339 text.

    Raises:
        ValueError: it is none, or has no zone.
    """
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone")
    return value.astimezone(UTC)


def format_time(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _json(message: Any) -> Json:
    return dict(json_format.MessageToDict(message))


def _snake(path: str) -> str:
    return re.sub(r"[A-Z]", lambda match: f"_{match[0].lower()}", path)
