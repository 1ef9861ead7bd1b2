"""What Terraform's Google provider reads back from the local engine after an apply: exactly what was planned.

tests/conformance shows it with the provider itself, where one can be had. Here its requests are sent by hand, ten at a
time as Terraform does, and the answers read the way the provider reads them (provider.py), so that a change of the
engine or of the stand-in that would leave a plan with something to do for ever is found on every machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import requests

from eros.local.engine import Engine
from eros.local.process import running_engine
from eros.local.up import STACKS
from eros.state import Resource, plan_folder, read_stack
from eros.state.planned import unescape
from tests.ops.provider import READ, Json, sent

pytestmark = pytest.mark.xdist_group("provider_view")

#: Terraform's own number of operations at a time.
PARALLEL = 10

#: Arguments that stay in Terraform's state and are never read back.
UNREAD = {"project", "depends_on", "lifecycle", "deletion_protection", "delete_contents_on_destroy", "//"}


class TestAfterAnApply:
    @pytest.mark.parametrize("stack", STACKS)
    def test_nothing_is_left_to_do(self, stack: str, applied: Project) -> None:
        assert applied.differences(stack) == {}

    def test_nor_after_every_object_was_sent_again(self, applied: Project) -> None:
        """An update sends the whole object, a view's with the columns that were read back."""
        applied.put_all()
        assert applied.differences(STACKS[0]) == {}

    def test_every_argument_is_one_that_is_read_back(self, applied: Project) -> None:
        """Or the tests above would not look at it."""
        declared = {(a.partition(".")[0], name) for a, body in applied.arguments.items() for name in body}
        read = {(kind, name) for kind, found in READ.items() for name in found({"labels": {}}, {})}
        unread = {("google_bigquery_data_transfer_config", "location")}  # part of its name
        assert {(kind, name) for kind, name in declared - read - unread if name not in UNREAD} == set()


class TestAChangeByHand:
    """Each is seen; so the silence above means something."""

    @pytest.mark.parametrize(
        ("address", "change", "attribute"),
        [
            ("google_bigquery_dataset.eros_scheduling_brain", {"description": "Mine."}, "description"),
            ("google_bigquery_table.mass_messages", {"labels": {"owner": "ops"}}, "labels"),
            ("google_bigquery_table.mass_messages", {"clustering": {"fields": ["page_name"]}}, "clustering"),
            ("google_bigquery_table.mass_messages", {"requirePartitionFilter": True}, "require_partition_filter"),
            ("google_bigquery_table.available_captions", {"view": {"query": "SELECT 1 AS a"}}, "view"),
            ("google_bigquery_data_transfer_config.lock_sweep", {"disabled": True}, "disabled"),
            (
                "google_bigquery_data_transfer_config.lock_sweep",
                {"emailPreferences": {"enableFailureEmail": True}},
                "email_preferences",
            ),
        ],
    )
    def test_is_a_difference(self, address: str, change: Json, attribute: str, applied: Project) -> None:
        before = applied.get(address)
        applied.patch(address, change)
        assert list(applied.difference(address)) == [attribute]
        applied.patch(address, {name: before.get(name) for name in change})
        assert applied.difference(address) == {}

    def test_a_column_is_a_difference(self, applied: Project) -> None:
        address = "google_bigquery_table.lock_sweep_log"
        fields = [*applied.get(address)["schema"]["fields"], {"name": "note", "type": "STRING"}]
        applied.patch(address, {"schema": {"fields": fields}})
        assert list(applied.difference(address)) == ["schema"]


@pytest.fixture(scope="module")
def applied(plan: Path) -> Iterator[Project]:
    with running_engine() as engine:
        project = Project(engine, plan)
        for stack in STACKS:
            project.apply(stack)
        yield project


@dataclass
class Project:
    """The local plan's objects, sent to an engine as the provider sends them."""

    engine: Engine
    plan: Path

    def __post_init__(self) -> None:
        self.http = requests.Session()
        self.http.trust_env = False
        self.urls: dict[str, str] = {}
        self.resources = {r.address: (stack, r) for stack in STACKS for r in read_stack(plan_folder(self.plan, stack))}
        self.arguments = {
            f"{kind}.{name}": unescape(body)
            for stack in STACKS
            for kind, named in json.loads((plan_folder(self.plan, stack) / "cdk.tf.json").read_text())[
                "resource"
            ].items()
            for name, body in named.items()
        }

    def apply(self, stack: str) -> None:
        """Create everything, what does not depend on one another at the same time."""
        own = {a: r for a, (s, r) in self.resources.items() if s == stack}
        order = TopologicalSorter({a: [d for d in r.depends_on if d in own] for a, r in own.items()})
        order.prepare()
        with ThreadPoolExecutor(PARALLEL) as pool:
            while order.is_active():
                ready = order.get_ready()
                list(pool.map(self._create, [own[a] for a in ready]))
                order.done(*ready)

    def put_all(self) -> None:
        for address, (_, resource) in self.resources.items():
            if resource.kind != "schedule":
                live = self.get(address)
                extra = {"schema": live["schema"]} if resource.kind == "view" else {}
                self._send("PUT", self.urls[address], sent(resource) | extra)

    def get(self, address: str) -> Json:
        return self._send("GET", self.urls[address])

    def patch(self, address: str, change: Json) -> None:
        mask = f"?updateMask={','.join(change)}" if "transferConfigs" in self.urls[address] else ""
        self._send("PATCH", self.urls[address] + mask, change)

    def differences(self, stack: str) -> dict[str, dict[str, tuple[Any, Any]]]:
        """What the next plan would change: address -> attribute -> (planned, read)."""
        found = {a: self.difference(a) for a, (s, _) in self.resources.items() if s == stack}
        return {address: changed for address, changed in found.items() if changed}

    def difference(self, address: str) -> dict[str, tuple[Any, Any]]:
        """What the next plan would change of one object."""
        arguments = self.arguments[address]
        read = READ[address.partition(".")[0]](self.get(address), arguments)
        pairs = {name: (arguments.get(name), value) for name, value in read.items()}
        return {name: pair for name, pair in pairs.items() if (pair[0] or None) != (pair[1] or None)}

    def _create(self, resource: Resource) -> None:
        project = self.engine.project
        if resource.kind == "schedule":
            parent = f"{self.engine.transfer_endpoint}/v1/projects/{project}/locations/US/transferConfigs"
            made = self._send("POST", f"{parent}?serviceAccountName=", sent(resource))
            self.urls[resource.address] = f"{self.engine.transfer_endpoint}/v1/{made['name']}"
            return
        url = f"{self.engine.endpoint}/bigquery/v2/projects/{project}/datasets"
        if resource.kind != "dataset":
            reference = resource.rest.get("tableReference") or resource.rest["routineReference"]
            url += f"/{reference['datasetId']}/{'routines' if resource.kind == 'routine' else 'tables'}"
        self._send("POST", url, sent(resource))
        self.urls[resource.address] = f"{url}/{resource.name}"

    def _send(self, method: str, url: str, body: Json | None = None) -> Json:
        answer = self.http.request(method, url, json=body, timeout=60)
        assert answer.ok, f"{method} {url}: {answer.status_code} {answer.text}"
        result: Json = answer.json()
        return result


def declared(folder: Path) -> Json:
    """A stack's resources as Terraform's configuration gives them: type -> name -> arguments."""
    resources: Json = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))["resource"]
    return resources
