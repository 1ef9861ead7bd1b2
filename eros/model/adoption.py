"""Objects that exist already and that the next apply is to import: the `adopt:` list of an environment file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import StringConstraints

from eros.errors import UserError, nearest
from eros.model.documents import Document

if TYPE_CHECKING:
    from eros.model.environments import Environment
    from eros.model.model import Model

DATASET, TABLE, ROUTINE, SCHEDULE = (
    f"google_bigquery_{kind}" for kind in ("dataset", "table", "routine", "data_transfer_config")
)

#: Import ids as the provider's documentation of each resource gives them; a schedule's is its resource name.
_IDS = {
    DATASET: "projects/{project}/datasets/{name}",
    TABLE: "projects/{project}/datasets/{dataset}/tables/{name}",
    ROUTINE: "projects/{project}/datasets/{dataset}/routines/{name}",
}
_SCHEDULE_NAME = re.compile(r"projects/(?P<project>[\w-]+)/locations/(?P<location>[\w-]+)/transferConfigs/[\w-]+")


class Adoption(Document):
    """One object: its Terraform address, and for a schedule its resource name, which nothing else can tell."""

    object: Annotated[str, StringConstraints(min_length=1)]
    id: Annotated[str, StringConstraints(min_length=1)] | None = None

    @property
    def is_schedule(self) -> bool:
        """Whether it is a schedule."""
        return self.object.startswith(f"{SCHEDULE}.")

    def import_id(self, project: str, dataset: str) -> str:
        """What Terraform's import block names it by."""
        if self.id is not None:
            return self.id
        kind, _, name = self.object.partition(".")
        return _IDS[kind].format(project=project, dataset=dataset, name=name)


def addresses(model: Model, environment: Environment) -> list[str]:
    """The Terraform addresses of an environment's datasets, tables, views, routines and schedules."""
    return [
        *(f"{DATASET}.{name}" for name in (environment.dataset, environment.backup_dataset)),
        *(f"{TABLE}.{name}" for name in model.contracts if model.declares(name, environment)),
        *(f"{ROUTINE}.{name}" for name in model.routines),
        *(f"{SCHEDULE}.{name}" for name in model.schedules),
    ]


def check_adoptions(model: Model) -> None:
    """Check the lists of all environments.

    Raises:
        UserError: an entry names nothing declared, stands twice, or has an id where none belongs or none fits.
    """
    for environment in model.environments.values():
        known, seen = set(addresses(model, environment)), set()
        for entry in environment.adopt:
            where = f"{environment.file}: adopt: {entry.object}"
            if entry.object not in known:
                raise UserError("no such object is declared.", where=where, remedy=nearest(entry.object, known))
            if entry.object in seen:
                raise UserError("the object stands twice.", where=where, remedy="Keep one entry.")
            seen.add(entry.object)
            _check_id(entry, environment, where)


def _check_id(entry: Adoption, environment: Environment, where: str) -> None:
    if not entry.is_schedule:
        if entry.id is not None:
            raise UserError("only a schedule needs an id.", where=where, remedy="Leave it out.")
        return
    location = environment.location.lower()
    form = f"projects/{environment.project_number}/locations/{location}/transferConfigs/…"
    match = _SCHEDULE_NAME.fullmatch(entry.id or "")
    if match is None:
        remedy = f"Add id: {form}, which eros adopt prints."
        raise UserError("a schedule needs its resource name as id.", where=where, remedy=remedy)
    if match["project"] not in (environment.project, environment.project_number) or match["location"] != location:
        raise UserError(f"id {entry.id!r} is of another project or location.", where=where, remedy=f"Expected: {form}")
