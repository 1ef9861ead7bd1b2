"""Asks everything a preflight asks, in order, and shows the answers. Exit codes: 0 go, 2 problems, 1 could not look."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from google.api_core.exceptions import GoogleAPICallError, NotFound, RetryError
from google.auth.exceptions import GoogleAuthError
from google.cloud.bigquery import Dataset, DatasetReference
from google.cloud.bigquery.retry import DEFAULT_RETRY
from requests.exceptions import ConnectionError as Unreachable
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eros.model import PREFIX, Environment, Model
from eros.preflight import cloud, datasets, objects
from eros.preflight.check import Check
from eros.preflight.cloud import Cloud, GoogleCloud
from eros.preflight.objects import Live
from eros.review.escape import visible
from eros.state.live import list_objects
from eros.state.planned import Rest
from eros.warehouse import Warehouse, reason

#: A question that BigQuery refused, or went on failing: an answer for that one row, not the end of the preflight.
COULD_NOT = (GoogleAPICallError, RetryError)

RETRY = DEFAULT_RETRY.with_timeout(cloud.PATIENCE)
STYLES = {"ok": "green", "warning": "bold yellow", "problem": "bold red"}
REACHABLE = "reachable"

#: Keys of older rows are an MD5 or missing; caption_key_v2 gives 64 hex digits.
STALE = "caption_key IS NULL OR CHAR_LENGTH(caption_key) != 64"


def preflight(model: Model, warehouse: Warehouse, connect: Callable[[], Cloud] | None = None) -> Iterator[Check]:
    """Look at an environment before an apply, deployed already or not. Nothing is changed.

    Args:
        model: what our stacks declare and need.
        warehouse: the environment.
        connect: reaches the cloud around it; default Google's, none for the embedded engine.
    """
    environment = warehouse.environment
    try:
        brain = _dataset(warehouse, environment.dataset)
        backup = _dataset(warehouse, environment.backup_dataset)
    except (*COULD_NOT, Unreachable, GoogleAuthError) as error:
        remedy = "Is the network there, the API on, the login fresh? gcloud auth application-default login"
        yield Check(REACHABLE, "problem", f"BigQuery does not answer: {_said(error)}", remedy)
        return
    yield Check(REACHABLE, "ok", f"BigQuery answers for {environment.project}")
    if connect is None and not environment.local:
        connect = lambda: GoogleCloud(environment)  # noqa: E731
    yield from cloud.checks(environment, connect)
    yield datasets.dataset(environment, environment.dataset, brain)
    yield datasets.dataset(environment, environment.backup_dataset, backup)
    yield from _names(model, warehouse, brain)
    yield from _sources(model, warehouse)
    yield lock_file(model, environment)


def lock_file(model: Model, environment: Environment) -> Check:
    """The providers' checksums, without which `terraform init` takes what it is given."""
    name, path = "provider lock file", f"locks/{environment.name}.lock.hcl"
    if (model.root / path).is_file():
        return Check(name, "ok", f"{path} is there")
    if environment.local:
        return Check(name, "ok", f"{path} is not there; local needs none")
    return Check(
        name,
        "warning",
        f"{path} is not there: the provider's checksum is not pinned",
        f"In the stack's folder run: terraform providers lock -platform=linux_amd64. Commit the file as {path}.",
    )


def run(
    model: Model, warehouse: Warehouse, *, as_json: bool = False, connect: Callable[[], Cloud] | None = None
) -> int:
    """Print every check. Returns 0 where nothing stands in the way, 2 with problems, 1 where nothing could be asked."""
    found = []
    with Console(stderr=True).status("Looking") as status:
        for check in preflight(model, warehouse, connect):
            status.update(f"Looked at {check.name}")
            found.append(check)
    if as_json:
        sys.stdout.write(json.dumps(as_dict(warehouse.environment, found), indent=2, ensure_ascii=False) + "\n")
    else:
        # A log has no width of its own; at the usual 80 characters no command in a cell could be pasted.
        width = None if sys.stdout.isatty() or "COLUMNS" in os.environ else 200
        show(warehouse.environment, found, Console(highlight=False, width=width))
    problems = [c for c in found if c.level == "problem"]
    return 1 if any(c.name == REACHABLE for c in problems) else 2 if problems else 0


def as_dict(environment: Environment, found: Sequence[Check]) -> dict[str, object]:
    """The checks for a program."""
    counts = {f"{level}s": sum(c.level == level for c in found) for level in ("problem", "warning")}
    return {"environment": environment.name, **counts, "checks": [asdict(c) for c in found]}


def show(environment: Environment, found: Sequence[Check], out: Console) -> None:
    """The checks for a person: one row each, then the statements that mend, ready to be pasted."""
    shown = Table("", "check", "found", "what to do")
    for check in found:
        level = Text(check.level, style=STYLES[check.level])
        shown.add_row(level, Text(check.name), Text(visible(check.found)), Text(visible(check.remedy)))
    out.print(shown)
    for check in found:
        if check.sql:
            out.print(Text(f"\n-- {check.name}\n{check.sql}"), soft_wrap=True)
    problems, warnings = (sum(c.level == level for c in found) for level in ("problem", "warning"))
    style = "bold red" if problems else "bold yellow" if warnings else "bold green"
    verdict = "Do not apply yet." if problems else "Nothing stands in the way of an apply."
    counts = f"{len(found)} checks, {problems} problems, {warnings} warnings."
    out.print(Text(f"\n{environment.name}: {counts} {verdict}", style=style), soft_wrap=True)


def _dataset(warehouse: Warehouse, name: str) -> Rest | None:
    try:
        found: Dataset = warehouse.client.get_dataset(
            DatasetReference(warehouse.environment.project, name), retry=RETRY, timeout=cloud.PATIENCE
        )
    except NotFound:
        return None
    return dict(found.to_api_repr())


def _names(model: Model, warehouse: Warehouse, brain: Rest | None) -> Iterator[Check]:
    """Names our stacks are going to use."""
    environment = warehouse.environment
    try:
        there = list_objects(warehouse.client, environment.project, environment.dataset, RETRY) or []
    except COULD_NOT as error:
        yield Check(
            "names", "warning", f"they could not be looked at: {_said(error)}", "Look with the deployer's roles."
        )
        return
    listed = {o.name for o in there}
    for name, contract in sorted(model.contracts.items()):
        if contract.owned:
            try:
                live = _live(warehouse, name) if name in listed else None
            except COULD_NOT as error:
                yield Check(f"name {name}", "problem", f"it cannot be read: {_said(error)}", "Mend or remove it.")
                continue
            adopted = datasets.adopted(environment, f"google_bigquery_table.{name}")
            yield objects.clash(contract, live, environment, adopted)
    found = [f"google_bigquery_routine.{name}" for name in model.routines if name in listed]
    try:
        displayed = set(warehouse.schedules.names())
    except COULD_NOT as error:
        yield Check("schedules", "warning", f"they could not be looked at: {_said(error)}", "Is the API on?")
        displayed = set()
    found += [
        f"google_bigquery_data_transfer_config.{name}"
        for name, schedule in model.schedules.items()
        if schedule.display_name in displayed
    ]
    yield datasets.routines(environment, brain, found)


def _sources(model: Model, warehouse: Warehouse) -> Iterator[Check]:
    """What other systems give us, and whether the captions' stored keys are current."""
    environment = warehouse.environment
    bank: Live | None = None
    for name, contract in sorted(model.contracts.items()):
        if contract.owned or (contract.sources_only and not environment.creates_sources):
            continue
        try:
            live = _live(warehouse, name)
        except COULD_NOT as error:
            yield Check(f"external {name}", "problem", f"it cannot be read: {_said(error)}", "Tell its owner.")
            continue
        readers = [r for r in model.graph.readers_of(name) if r in model.routines or _is_owned(model, r)]
        adopted = datasets.adopted(environment, f"google_bigquery_table.{name}")
        yield objects.external(contract, live, readers, environment, adopted)
        bank = live if name == "caption_bank" else bank
    if bank is not None and {"caption_key", "caption_text"} <= bank.columns.keys():
        yield _stale_keys(warehouse)


def _is_owned(model: Model, name: str) -> bool:
    return name in model.contracts and model.contracts[name].owned


def _stale_keys(warehouse: Warehouse) -> Check:
    bank = f"`{PREFIX}.caption_bank`"
    try:
        (row,) = warehouse.query(f"SELECT COUNT(*) AS captions, COUNTIF({STALE}) AS stale FROM {bank}")
    except COULD_NOT as error:
        remedy = "The other checks of the bank may say why; counting needs the right to read it and to start a query."
        return Check("caption keys", "warning", f"they could not be counted: {_said(error)}", remedy)
    if not row["stale"]:
        return Check("caption keys", "ok", f"all {row['captions']:,} captions have a current key")
    update = f"UPDATE {bank}\nSET caption_key = `{PREFIX}.caption_key_v2`(caption_text)\nWHERE {STALE};"
    return Check(
        "caption keys",
        "warning",
        f"{row['stale']:,} of {row['captions']:,} captions have an old key or none: it is computed again on every read",
        "After the apply, which makes the function, run the statement below; ask the bank's owner first.",
        warehouse.environment.rewrite(update),
    )


def _said(error: Exception) -> str:
    return reason(error) if isinstance(error, GoogleAPICallError) else str(error)


def _live(warehouse: Warehouse, name: str) -> Live | None:
    environment = warehouse.environment
    try:
        found = warehouse.client.get_table(f"{environment.project}.{environment.dataset}.{name}", retry=RETRY)
    except NotFound:
        return None
    return Live.read(found.to_api_repr())
