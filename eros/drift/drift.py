"""The synthesized plan of an environment against what is live, with no Terraform state at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eros.drift import access, consequences, unmanaged
from eros.drift.compare import compare
from eros.drift.finding import Finding, Severity
from eros.drift.ignore import Ignore, read_ignores, sort_out
from eros.drift.survey import NotSeen, Read, Survey, Unreadable, survey
from eros.model import Environment, Model
from eros.state import Grant, Resource, plan_folder, read_grants, read_stack
from eros.state.planned import Rest
from eros.warehouse import Warehouse

#: The parts of an environment that hold BigQuery objects; the observability stack holds none.
PARTS = ("warehouse", "automation")


@dataclass(frozen=True)
class Drift:
    """What a run found.

    Attributes:
        environment: its name.
        looked_at: how many declared objects were compared.
        findings: what is not as planned, the worst first.
        ignored: findings that may stay, each with the entry that says so.
        stale: entries of the ignore list that match nothing.
        unseen: what could not be looked at, in sentences.
    """

    environment: str
    looked_at: int
    findings: tuple[Finding, ...]
    ignored: tuple[tuple[Finding, Ignore], ...] = ()
    stale: tuple[Ignore, ...] = ()
    unseen: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether everything was looked at and is as planned, leaving aside what may stay."""
        return not self.findings and not self.unseen

    @property
    def worst(self) -> Severity | None:
        """The severity of the worst finding."""
        return min((f.severity for f in self.findings), default=None)

    def counts(self) -> dict[Severity, int]:
        """How many findings of each severity there are, the worst first."""
        found = [f.severity for f in self.findings]
        return {severity: found.count(severity) for severity in Severity if severity in found}

    def sentence(self) -> str:
        """The result in one sentence."""
        if not self.findings and self.unseen:
            return f"{self.environment}: not everything could be looked at. The rest is as planned."
        if self.clean:
            return f"{self.environment}: no drift. All {self.looked_at} declared objects are as planned."
        objects = len({f.object for f in self.findings})
        many = f"{len(self.findings):,} findings on {objects:,} objects"
        return f"{self.environment}: drift. {many}, {self.looked_at} declared objects looked at."


def find_drift(model: Model, warehouse: Warehouse, plan: Path, say: Callable[[str], None] = lambda step: None) -> Drift:
    """Compare an environment with its synthesized plan.

    Args:
        model: the loaded model; its root's ignore list counts.
        warehouse: the environment.
        plan: cdktf's output folder.
        say: told each step as it begins.

    Raises:
        UserError: no plan, or a wrong ignore list.
        GoogleAPICallError, requests.ConnectionError: the project could not be looked at.
    """
    environment = warehouse.environment
    entries = read_ignores(model.root, environment.name, model.environments)
    resources, grants = declared(plan, environment)
    found = survey(warehouse, resources, grants, say)
    findings = [
        replace(f, file=declaring_file(model, environment, f))
        for f in judge(resources, grants, found, environment, set(model.contracts))
    ]
    findings.sort(key=lambda f: (f.severity, f.object, f.attribute))
    sorted_out = sort_out(findings, entries)
    return Drift(
        environment.name,
        len(resources),
        tuple(sorted_out.open),
        tuple(sorted_out.ignored),
        tuple(sorted_out.stale),
        found.unseen,
    )


def declared(plan: Path, environment: Environment) -> tuple[list[Resource], list[Grant]]:
    """The objects and grants of an environment's stacks. Raises UserError where there is no plan."""
    folders = [plan_folder(plan, f"eros-{environment.name}-{part}") for part in PARTS]
    return [r for f in folders for r in read_stack(f)], [g for f in folders for g in read_grants(f)]


def judge(
    resources: Sequence[Resource],
    grants: Sequence[Grant],
    found: Survey,
    environment: Environment,
    contracts: Iterable[str],
) -> Iterator[Finding]:
    """The findings of a survey, unsorted. `contracts` are all tables and views known, other systems' included."""
    gone = {name for name, objects in found.listed.items() if objects is None}
    for resource in resources:
        if resource.kind == "schedule":
            live: Read = unmanaged.declared_one(resource, found.schedules)
        else:
            live = found.bodies.get(resource.address)
        if isinstance(live, NotSeen):
            continue
        if resource.kind == "dataset" and live is not None and not isinstance(live, Unreadable):
            yield from access.dataset_access(resource, live, grants)
        if live is None and _dataset(resource) in gone:
            continue  # said once, for the dataset
        yield from _compare(resource, live)
    yield from access.table_grants(found.table_roles, grants)
    listed = [o for objects in found.listed.values() for o in objects or []]
    yield from unmanaged.objects(listed, resources, contracts, environment)
    yield from unmanaged.schedules(resources, found.schedules, environment.dataset)


def _compare(resource: Resource, live: Rest | Unreadable | None) -> list[Finding]:
    if live is None:
        gone = consequences.missing(resource.kind)
        return [Finding(resource.address, resource.kind, resource.name, "missing", "", None, None, gone)]
    if isinstance(live, Unreadable):
        follows = consequences.unreadable(resource.kind)
        return [Finding(resource.address, resource.kind, resource.name, "unreadable", "", None, live.said, follows)]
    return compare(resource, live)


def _dataset(resource: Resource) -> str | None:
    reference = resource.rest.get("tableReference") or resource.rest.get("routineReference") or {}
    return reference.get("datasetId")


def declaring_file(model: Model, environment: Environment, finding: Finding) -> str | None:
    """Where a declared object is declared."""
    by_display_name = {s.display_name: s.file for s in model.schedules.values()}
    match finding.kind:
        case "table" | "view" if finding.change != "unmanaged" and finding.name in model.contracts:
            view = model.views.get(finding.name)
            return view.file if view and finding.attribute == "query" else model.contracts[finding.name].file
        case "routine" if finding.name in model.routines:
            return model.routines[finding.name].file
        case "schedule" if finding.attribute == "start_time":
            return environment.file
        case "schedule":
            return by_display_name.get(finding.name)
        case "dataset":
            return "stacks/warehouse.py"
        case "grant":
            return "stacks/constructs/access.py"
    return None
