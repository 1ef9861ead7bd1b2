"""The plan policies. Each class is one rule; its docstring is what an engineer reads when it is broken."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime

from eros.access import job_account_email
from eros.policies.plan import Block, PlannedStack
from eros.policies.policy import Policy

type Broken = Iterator[tuple[Block, str]]

LABELS = ("system", "component", "environment", "owner")
LABELLED = "google_bigquery_(dataset|table)"
#: The basic roles, under their old and their new names.
PRIMITIVE = {f"roles/{role}" for role in ("owner", "editor", "viewer", "admin", "writer", "reader")}
PUBLIC = {"allUsers", "allAuthenticatedUsers"}
KEYS = "google_service_account_key|google_storage_hmac_key|google_apikeys_key"
MAX_TIME_TRAVEL_HOURS = "168"


class RetentionExplicit(Policy):
    """Say how long a table's rows are kept. Set partition.keep_days in its contract, or keep_forever: true, so that
    nobody has to guess whether keeping everything was meant."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.tables():
            expires = (block.arguments.get("time_partitioning") or {}).get("expiration_ms")
            contract = stack.model.tables.get(block.name)
            if not expires and not (contract and contract.keep_forever):
                yield block, "neither an expiration nor keep_forever"


class DefaultExpirationForBackupsAlone(Policy):
    """A dataset has no default expiration. Only the backup dataset's snapshots expire; elsewhere a default would
    remove tables that are declared as kept for ever."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type("google_bigquery_dataset"):
            for key in ("default_table_expiration_ms", "default_partition_expiration_ms"):
                if block.arguments.get(key) and block.name != stack.environment.backup_dataset:
                    yield block, f"{key} is set"


class ProtectedWhereItMatters(Policy):
    """In a protected environment every table has deletion_protection and prevent_destroy, and every dataset
    prevent_destroy. Neither alone is enough: the first acts at apply, the second at plan."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        if not stack.environment.deletion_protection:
            return
        for block in stack.tables():
            if block.arguments.get("deletion_protection") is not True:
                yield block, "deletion_protection is not true"
        for block in [*stack.tables(), *stack.of_type("google_bigquery_dataset")]:
            if not (block.arguments.get("lifecycle") or {}).get("prevent_destroy"):
                yield block, "lifecycle.prevent_destroy is not set"


class ViewsUnprotected(Policy):
    """A view says deletion_protection = false. It holds no rows, and the provider's default of true would make every
    change that rebuilds it fail."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type("google_bigquery_table"):
            if "view" in block.arguments and block.arguments.get("deletion_protection") is not False:
                yield block, "deletion_protection is not false"


class DatasetKeepsItsContents(Policy):
    """A dataset never deletes its contents on destroy and keeps seven days of time travel. With
    delete_contents_on_destroy one replaced dataset takes every table with it."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type("google_bigquery_dataset"):
            if block.arguments.get("delete_contents_on_destroy"):
                yield block, "delete_contents_on_destroy is true"
            if str(block.arguments.get("max_time_travel_hours")) != MAX_TIME_TRAVEL_HOURS:
                yield block, f"max_time_travel_hours is not {MAX_TIME_TRAVEL_HOURS}"


class Labelled(Policy):
    """Datasets and tables carry the labels system=eros, component, environment and owner. Bills, searches and alerts
    are read by them."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type(LABELLED):
            labels = block.arguments.get("labels") or {}
            if missing := [label for label in LABELS if not labels.get(label)]:
                yield block, f"labels missing: {', '.join(missing)}"
            elif labels["system"] != "eros" or labels["environment"] != stack.environment.name:
                yield block, f"labels say {labels['system']}, {labels['environment']}"


class Described(Policy):
    """Every dataset, table, view, routine and column has a description. It is what a stranger reads in the console,
    and the data dictionary is made from it."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type("google_bigquery_(dataset|table|routine)"):
            if not str(block.arguments.get("description") or "").strip():
                yield block, "no description"
            for column in json.loads(block.arguments.get("schema") or "[]"):
                if not str(column.get("description") or "").strip():
                    yield block, f"column {column.get('name')} has no description"


class NarrowGrants(Policy):
    """A grant adds one member to one role: no public member, no primitive role, no authoritative binding or policy,
    no access block. An authoritative grant silently removes everybody it does not name."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type(r"google_\w+_iam_(binding|policy)|google_bigquery_dataset_access"):
            yield block, "an authoritative grant"
        for block in stack.of_type(r"google_\w+_iam_member"):
            member, role = str(block.arguments.get("member")), str(block.arguments.get("role"))
            if member in PUBLIC:
                yield block, f"the member is {member}"
            if role in PRIMITIVE:
                yield block, f"the role is {role}"
            if unclear := [text for text in (member, role) if "${" in text]:
                yield block, f"{unclear[0]} is known only at the apply, so nobody can review it"
        for block in stack.of_type(r"google_storage_\w*(acl|access_control)"):
            yield block, "an access list; use member grants"
        for block in stack.of_type("google_bigquery_dataset"):
            if block.arguments.get("access"):
                yield block, "access blocks, which fight with member grants"


class NoKeys(Policy):
    """No key of an account. Terraform would keep the secret in its state, readable for whoever reads the state. Let the
    caller become the account instead: workload identity federation, or impersonation."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type(KEYS):
            yield block, "a key"


class ApisStayOn(Policy):
    """An enabled API says disable_on_destroy = false. The provider's default would switch BigQuery off for everybody
    in the project."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type("google_project_service"):
            if block.arguments.get("disable_on_destroy") is not False:
                yield block, "disable_on_destroy is not false"


class SchedulesOffTheHour(Policy):
    """A schedule starts at a fixed instant, and neither it nor its schedule is at minute 0. Runs on the hour may fire
    twice, and a start time of "now" changes with every plan."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type("google_bigquery_data_transfer_config"):
            start = (block.arguments.get("schedule_options") or {}).get("start_time")
            if not start:
                yield block, "no start_time"
                continue
            if datetime.fromisoformat(start).minute == 0:
                yield block, f"start_time {start} is on the hour"
            if re.search(r"\b\d{1,2}:00\b", str(block.arguments.get("schedule"))):
                yield block, f"schedule {block.arguments['schedule']!r} is on the hour"
            schedule = stack.model.schedules.get(block.name)
            minute = schedule.start_minute if schedule else None
            if minute is not None and datetime.fromisoformat(start).minute != minute:
                yield (
                    block,
                    f"start_time {start} is not at minute {minute}, which {schedule and schedule.file} asks for",
                )


class SchedulesRunAsTheirOwnAccount(Policy):
    """A schedule runs in the dataset's location, as the job service account outside the local environment, without a
    destination table and without failure mails. A schedule without an account runs as whoever applied it last."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type("google_bigquery_data_transfer_config"):
            arguments = block.arguments
            if arguments.get("location") != stack.environment.location:
                yield block, f"location {arguments.get('location')} is not the dataset's"
            if arguments.get("destination_dataset_id") or "destination_table_name_template" in arguments["params"]:
                yield block, "it has a destination"
            account = arguments.get("service_account_name")
            if not stack.environment.local and account != job_account_email(stack.environment):
                yield block, f"it runs as {account or 'whoever applies it'}"
            if arguments.get("email_preferences"):
                yield block, "email_preferences are set; failure mails are off where the block is left out"


class NoJobsInThePlan(Policy):
    """No google_bigquery_job. A failing job is a green apply, a label change ends in a 409 for ever, and the table of
    a replaced job stays empty. Write a procedure and put it on a schedule."""

    def broken_by(self, stack: PlannedStack) -> Broken:
        for block in stack.of_type("google_bigquery_job"):
            yield block, "a job"
