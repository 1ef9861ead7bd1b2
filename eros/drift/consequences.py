"""What follows from each difference: the table of what Terraform sees, what its next apply does, and how to keep it.

Measured with Terraform 1.11.4 and provider 6.50.0, see tests/fixtures/plans/README.md, sections A and B; what was not
measured says so. "Rebuilds the table" is Terraform's replace: DELETE and POST, so every row is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from eros.drift.finding import Consequence, Seen, Severity
from eros.state import Difference
from eros.state.planned import Kind

DATA, BEHAVIOUR, METADATA, UNMANAGED = Severity
YES, NO, UNMEASURED = Seen

_DAY_MS = 86_400_000
PUT_BACK = "puts it back as planned"
_STAYS = "nothing: it stays as it is"
_REBUILDS = "REBUILDS THE TABLE: every row is lost"
_PROTECTED = f"{_REBUILDS}, unless deletion protection stops that apply, as it does in a protected environment"


def consequence(kind: Kind, change: Difference) -> Consequence:
    """What follows from one property that differs. For a column that came or went: `whole_column`."""
    group = change.property.partition(".")[0]
    if change.property == "description" or group == "labels":
        return _text(change)
    if kind == "table":
        if group == "columns":
            return _column(change)
        return _partition(change) if group == "partition" else _table(change)
    return {"dataset": _dataset, "view": _view, "routine": _routine, "schedule": _schedule}[kind](change)


def _text(change: Difference) -> Consequence:
    if change.property.startswith("labels.") and change.planned is None:
        return Consequence(METADATA, NO, _STAYS, "remove it by hand, or add it to the labels of the environment file")
    return Consequence(METADATA, YES, PUT_BACK, "change the declaration")


def _table(change: Difference) -> Consequence:
    if change.property == "expiration_time":
        mend = "remove it: ALTER TABLE … SET OPTIONS (expiration_timestamp = NULL)"
        return Consequence(DATA, NO, "nothing: the table deletes itself at that time, with every row", mend)
    if change.property in ("clustering", "primary_key"):
        keep = "change the contract"
        if change.live is None:
            mend = "set it again by hand, or change and apply the contract twice, away and back; or change the contract"
            return Consequence(BEHAVIOUR, NO, "nothing: it stays removed", mend, on_import="sets it in place")
        return Consequence(BEHAVIOUR, YES, PUT_BACK, keep)
    # What the contracts cannot declare, such as a key of encryption or a foreign key.
    return Consequence(BEHAVIOUR, UNMEASURED, "not measured; expect nothing", "remove it by hand")


def _column(change: Difference) -> Consequence:
    aspect = change.property.rpartition(".")[2]
    if aspect == "description":
        return Consequence(METADATA, YES, PUT_BACK, "change the contract")
    if aspect == "default":
        return Consequence(BEHAVIOUR, YES, PUT_BACK, "change the contract")
    if aspect in ("max_length", "precision", "collation"):
        mend = "none in place: the column was made with it. Fill a new column and drop this one"
        return Consequence(BEHAVIOUR, UNMEASURED, "not measured; expect nothing", mend)
    if aspect == "policy_tags":
        return Consequence(BEHAVIOUR, UNMEASURED, "not measured", "remove it by hand: our jobs may not read the column")
    if aspect == "mode" and (change.live, change.planned) == ("REQUIRED", "NULLABLE"):
        return Consequence(BEHAVIOUR, YES, "makes the column NULLABLE again", "say mode: REQUIRED in the contract")
    why = f"column {aspect} would change from {change.live} to {change.planned}: Terraform would rebuild the table"
    return Consequence(DATA, YES, _PROTECTED, f"declare the live {aspect} in the contract", refusal=why)


def whole_column(change: Difference, others: Iterable[Difference]) -> Consequence:
    """A column that was added or dropped. `others` are all differences of its table, this one included."""
    others = list(others)
    columns = [d for d in others if d.property.startswith("columns.") and d.property.endswith(".type")]
    added = any(d.planned is None for d in columns)
    lost = any(d.live is None for d in columns)
    required = any(d.planned == "REQUIRED" for d in others if d.property.endswith(".mode") and d.live is None)
    # Dropping and adding in one step, or adding a REQUIRED column, is no update to the provider.
    rebuilds = lost and (added or required)
    if change.planned is None:
        does = _PROTECTED if rebuilds else "DROPS THE COLUMN with its values; deletion protection does not stop that"
        keep = "add the column to the contract, at the end"
        return Consequence(DATA, YES, does, keep, refusal="the apply would drop the column with its values")
    keep = "restore the values by time travel (7 days) or from a snapshot; or remove the column from the contract"
    if rebuilds:
        why = "Terraform cannot add the column in place and would rebuild the table"
        return Consequence(DATA, YES, _PROTECTED, keep, refusal=why)
    on_import = "adds the column, NULL in every row"
    return Consequence(DATA, YES, "adds it again, EMPTY: its values are gone", keep, on_import=on_import)


def _partition(change: Difference) -> Consequence:
    match change.property:
        case "partition" if change.live is None:
            return Consequence(
                DATA,
                NO,
                "nothing: it stays unpartitioned, so rows never expire and each query reads the whole table",
                "copy the rows aside, drop the table, apply, copy them back",
                refusal="BigQuery cannot partition a table that exists; Terraform would rebuild it",
            )
        case "partition" | "partition.column":
            why = "its partitioning would change, for which Terraform rebuilds the table"
            return Consequence(DATA, YES, _PROTECTED, "declare the live partitioning in the contract", refusal=why)
        case "partition.type":
            why = "its partitioning would change, which BigQuery does not do in place"
            does = "tries to change it in place, which BigQuery is expected to refuse"
            return Consequence(DATA, YES, does, "declare the live partitioning in the contract", refusal=why)
        case "partition.expiration_ms":
            return _retention(change)
    return Consequence(BEHAVIOUR, YES, PUT_BACK, "remove it by hand; our SQL is written without it")


def _retention(change: Difference) -> Consequence:
    if change.planned is None:
        mend = "remove it: ALTER TABLE … SET OPTIONS (partition_expiration_days = NULL)"
        return Consequence(DATA, NO, "nothing: old rows go on expiring, and every later change sends it again", mend)
    if change.live is None or change.live > change.planned:
        days = change.planned // _DAY_MS
        return Consequence(
            DATA,
            YES,
            f"REMOVES ROWS older than {days} days",
            "raise keep_days in the contract",
            refusal=f"the apply would remove rows older than {days} days",
        )
    return Consequence(DATA, YES, "sets the longer retention again; rows that expired are gone", "lower keep_days")


def _dataset(change: Difference) -> Consequence:
    if change.property == "location":
        why = "its location would change, for which Terraform rebuilds the dataset"
        return Consequence(
            DATA, YES, "fails: a dataset cannot move while it is in use", "mend the environment's location", refusal=why
        )
    if change.property == "max_time_travel_hours":
        return Consequence(
            DATA, YES, f"{PUT_BACK}; history beyond the shorter window is gone", "none: recovery needs it"
        )
    if change.property in ("friendly_name", "encryption_key", "default_collation", "storage_billing_model"):
        return Consequence(BEHAVIOUR, UNMEASURED, "not measured; expect nothing", "remove it by hand")
    # The two default expirations. Without them nothing of ours expires that a contract does not say.
    if change.planned is None:
        return Consequence(
            DATA, UNMEASURED, "not measured; until it is removed, new tables or partitions expire", "remove it by hand"
        )
    return Consequence(BEHAVIOUR, YES, PUT_BACK, "change the declaration in stacks/warehouse.py")


def _view(change: Difference) -> Consequence:
    if change.property == "query":
        return Consequence(BEHAVIOUR, YES, PUT_BACK, "copy the live SELECT into the view's SQL file")
    if change.property == "expiration_time":
        mend = "remove it: ALTER VIEW … SET OPTIONS (expiration_timestamp = NULL)"
        return Consequence(BEHAVIOUR, NO, "nothing: the view deletes itself at that time", mend)
    return Consequence(BEHAVIOUR, YES, PUT_BACK, "none: views are in standard SQL")


def _routine(change: Difference) -> Consequence:
    done = Consequence(BEHAVIOUR, YES, PUT_BACK, "copy the live routine into its SQL file")
    if change.property == "type":
        why = "a function cannot become a procedure, nor the other way round: Terraform would rebuild it"
        return replace(done, next_apply="replaces the routine", refusal=why)
    return done


def _schedule(change: Difference) -> Consequence:
    match change.property:
        case "service_account":
            mend = "set it by hand: bq update --transfer_config --update_credentials --service_account_name=…"
            return Consequence(BEHAVIOUR, NO, "nothing: the runs go on under that account", mend)
        case "destination_dataset":
            why = "its destination would change, for which Terraform makes the schedule anew"
            return Consequence(BEHAVIOUR, YES, "replaces the schedule", "remove it by hand", refusal=why)
        case "notification_topic" | "end_time" | "scheduling_off" | "location":
            return Consequence(BEHAVIOUR, UNMEASURED, "not measured", "remove it by hand")
    where = "the environment file" if change.property == "start_time" else "the schedule's SQL file"
    if change.property == "disabled" and change.live:
        return Consequence(
            BEHAVIOUR, YES, "switches it on again", "remove the schedule's declaration to stop it for good"
        )
    return Consequence(BEHAVIOUR, YES, PUT_BACK, f"change {where}")


def missing(kind: Kind) -> Consequence:
    """A declared object that is not there."""
    match kind:
        case "dataset":
            does = "creates the dataset and everything declared in it, EMPTY"
            return Consequence(DATA, YES, does, "undelete it first (7 days): runbook 'dataset deleted'")
        case "table":
            does = "creates it again, EMPTY"
            keep = "restore it first: eros backup restore, or time travel (7 days); or remove its contract"
            return Consequence(DATA, YES, does, keep)
    return Consequence(BEHAVIOUR, YES, "creates it again", "remove its declaration if it is to stay gone")


def other_kind(planned: str, live: str) -> Consequence:
    """An object of another kind stands under the declared name."""
    return Consequence(
        DATA,
        UNMEASURED,
        f"not measured; BigQuery is expected to refuse turning a {live} into a {planned}",
        "rename or drop the live object, then apply; or declare it as what it is",
        refusal=f"a live {live} cannot be adopted as a declared {planned}",
    )


def unreadable(kind: Kind) -> Consequence:
    """The API does not give the object, while it lists or knows it."""
    does = "fails, or makes it anew: Terraform cannot read it either"
    mend = "repair what it reads, often a dropped column" if kind == "view" else "see the API's message"
    return Consequence(BEHAVIOUR, UNMEASURED, does, mend, refusal="it cannot be read")


#: An object that nothing declares.
UNDECLARED = Consequence(
    UNMANAGED,
    NO,
    "nothing: Terraform leaves it",
    "declare it and run eros adopt; or drop it; or say in environments/drift-ignore.yaml why it may stay",
)
#: A schedule that nothing declares but whose script names our dataset.
UNDECLARED_SCHEDULE = replace(UNDECLARED, severity=BEHAVIOUR)
#: Somebody who may do more than planned. Grants are single members, so Terraform removes nobody it does not name.
EXTRA_ACCESS = Consequence(BEHAVIOUR, NO, _STAYS, "revoke it by hand, or grant it in stacks/constructs/access.py")
#: A grant of the plan that is gone.
LOST_GRANT = Consequence(BEHAVIOUR, YES, "grants it again", "remove the grant in stacks/constructs/access.py")
#: One of the entries that every new dataset has.
LOST_DEFAULT_ACCESS = Consequence(BEHAVIOUR, NO, "nothing: it stays removed", "add it again by hand")
