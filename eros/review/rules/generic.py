"""What holds for any object: it comes, goes, moves, is adopted or forgotten; and attributes no other rule explained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from eros.review.plan import Action, Change, Kind
from eros.review.rules.base import (
    GONE,
    IN_PLACE,
    REBUILT,
    ChangeClass,
    Context,
    Finding,
    Rule,
    Words,
    brief,
)

OTHERS = frozenset({Kind.OTHER, Kind.JOB})
# Resources outside BigQuery that hold data, or without which data cannot be read. Everything in a project goes with it.
_HOLD_DATA = frozenset(
    {
        "google_project",
        "google_storage_bucket",
        "google_storage_bucket_object",
        "google_kms_crypto_key",
        "google_kms_crypto_key_version",
    }
)
_COSMETIC = ("description", "friendly_name", "labels", "terraform_labels", "effective_labels")


class DataHolderGoes(Rule):
    """{address} ({type}) is {action}, and the data it holds or protects goes with it."""

    classed, kinds, actions = ChangeClass.DATA_LOSS, frozenset({Kind.OTHER}), GONE | REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if change.type in _HOLD_DATA:
            yield self.found(address=change.address, type=change.type, action=Words(change.action))


class Added(Rule):
    """The {kind} {name} is new."""

    classed, actions = ChangeClass.ADD, frozenset({Action.CREATE})

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found(kind=_kind(change), name=change.name)


class ComesBack(Rule):
    """It was deleted outside Terraform and is created again."""

    classed, actions, warns = None, frozenset({Action.CREATE}), True
    kinds = frozenset(Kind) - {Kind.TABLE, Kind.DATASET}  # what holds rows has sentences of its own

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        lost = context.drift.get(change.address)
        if lost and lost.action is Action.DELETE:
            yield self.found()


class Removed(Rule):
    """{address} ({type}) is removed."""

    classed, kinds, actions = ChangeClass.REPLACE, OTHERS, GONE

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if change.type not in _HOLD_DATA:
            yield self.found(address=change.address, type=change.type)


class Replaced(Rule):
    """{address} ({type}) is removed and created again."""

    classed, kinds, actions = ChangeClass.REPLACE, OTHERS, REBUILT

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if change.type not in _HOLD_DATA:
            yield self.found(address=change.address, type=change.type)


class RecreatedBesides(Rule):
    """A new object is created and the old one leaves the state, but stays in the cloud, managed by nobody."""

    classed, actions, warns = ChangeClass.REPLACE, frozenset({Action.RECREATE}), True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found()


class Forgotten(Rule):
    """It leaves Terraform's state and stays as it is, with its data, managed by nobody."""

    classed, actions, cosmetic = ChangeClass.CHANGE, frozenset({Action.FORGET}), True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found()


class Moved(Rule):
    """Its address moves from {address}; the object itself is not touched by that."""

    classed, cosmetic = ChangeClass.CHANGE, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if change.previous_address and change.previous_address != change.address:
            yield self.found(address=change.previous_address)


class Adopted(Rule):
    """The live object {id} is taken into Terraform's state{consequence}."""

    classed, cosmetic = ChangeClass.CHANGE, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if change.imported_id is not None:
            asis = change.action is Action.KEEP
            consequence = " as it is" if asis else " and changed as said here: compare with what it is used for today"
            yield self.found(id=change.imported_id, consequence=Words(consequence))


class Deposed(Rule):
    """This is a deposed object ({key}): the old half of an earlier replacement that did not finish."""

    classed, cosmetic = None, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if change.deposed:
            yield self.found(key=change.deposed)


class CreatedBeforeRemoved(Rule):
    """The new object is created before the old one is removed. Two BigQuery objects cannot share a name, so expect
    the apply to fail unless the name changes too."""

    classed, actions, warns = None, REBUILT, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if change.creates_first and change.kind is not Kind.OTHER:
            yield self.found()


class JobAsksForCare(Rule):
    """A job runs once. Terraform calls the apply good even if its query fails: look at the job's status afterwards."""

    classed, kinds, warns = None, frozenset({Kind.JOB}), True
    actions = frozenset({Action.CREATE, Action.REPLACE})

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        yield self.found()


class JobIdReused(Rule):
    """The job changes but keeps its job_id {id}. Job ids are used up for months: the apply ends in a 409 and so does
    each one after it. Give it a new id."""

    classed, kinds, actions, refused = None, frozenset({Kind.JOB}), REBUILT, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        before, after = (side or {} for side in (change.before, change.after))
        if before.get("job_id") == after.get("job_id"):
            yield self.found(id=brief(before.get("job_id")))


class ServiceSwitchedOff(Rule):
    """Removing it switches the API {service} off for the whole project, for everyone, unless disable_on_destroy is
    false."""

    classed, kinds, actions, warns = None, frozenset({Kind.OTHER}), GONE | REBUILT, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        before = change.before or {}
        if change.type == "google_project_service" and before.get("disable_on_destroy") is not False:
            yield self.found(service=brief(before.get("service")))


class ReasonGiven(Rule):
    """Terraform gives as reason: {reason}."""

    classed, actions, cosmetic = None, GONE | REBUILT, True
    # Said already: an attribute that cannot be updated is named, and so is an object without configuration.
    _SAID = ("replace_because_cannot_update", "delete_because_no_resource_config")

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        if change.reason and change.reason not in self._SAID:
            yield self.found(reason=change.reason.replace("_", " "))


class UndoesHandWork(Rule):
    """It was changed outside Terraform ({attributes}); the plan puts the declared state back."""

    classed, actions, cosmetic, warns = None, IN_PLACE | REBUILT, True, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        drift = context.drift.get(change.address)
        if drift is None or drift.action is not Action.UPDATE:
            return
        planned = {d.path for d in change.differences}
        undone = [d.path for d in drift.differences if d.path in planned and d.path != "schema"]
        # A column added by hand has a sentence of its own.
        drifted = [c.after.path for c in drift.column_changes or [] if c.before and c.after]
        dropped = [c.before.path for c in drift.column_changes or [] if c.before and not c.after]
        back = {c.after.path for c in change.column_changes or [] if c.after}
        undone += [f"column {path}" for path in drifted + dropped if path in back]
        if undone:
            yield self.found(attributes=", ".join(undone))


class AttributeChanged(Rule):
    """{attribute} changes from {before} to {after}."""

    classed = ChangeClass.CHANGE

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        return iter(())

    def unexplained(self, change: Change, findings: Sequence[Finding]) -> Iterator[Finding]:
        """One finding for each attribute that differs and that no other finding has put into words."""
        explained = {path for finding in findings for path in finding.explains}
        for difference in change.differences:
            path = difference.path
            if not any(path == known or path.startswith(f"{known}.") for known in explained):
                rule = COSMETIC_ATTRIBUTE_CHANGED if path.split(".")[0] in _COSMETIC else self
                yield rule.found(
                    attribute=path,
                    before=brief(difference.before),
                    after=brief(difference.after),
                    explains=(path,),
                )


class CosmeticAttributeChanged(AttributeChanged):
    """{attribute} changes from {before} to {after}."""

    cosmetic = True


class NothingVisible(Rule):
    """Only values that the service computes, or that this plan does not show, differ."""

    classed, cosmetic = ChangeClass.CHANGE, True

    def find(self, change: Change, context: Context) -> Iterator[Finding]:
        return iter(())


ATTRIBUTE_CHANGED = AttributeChanged()
COSMETIC_ATTRIBUTE_CHANGED = CosmeticAttributeChanged()
NOTHING_VISIBLE = NothingVisible()

RULES: tuple[type[Rule], ...] = (
    DataHolderGoes,
    Added,
    ComesBack,
    Removed,
    Replaced,
    RecreatedBesides,
    JobIdReused,
    ServiceSwitchedOff,
    CreatedBeforeRemoved,
    UndoesHandWork,
    ReasonGiven,
    Moved,
    Adopted,
    Forgotten,
    Deposed,
    JobAsksForCare,
)


def _kind(change: Change) -> Words:
    return Words(change.kind if change.kind is not Kind.OTHER else "resource")
