"""`eros adopt` on the simulated production: what it prints, and what it refuses."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from eros.adopt import Proposal, as_dict, print_proposal, propose
from eros.errors import UserError
from eros.model import Model
from tests.unit.drift.cloud import Cloud

STATS = (False, "caption_bandit_stats")


@pytest.fixture
def adopt(cloud: Cloud, model: Model, plan: Path) -> Adopt:
    return Adopt(cloud, model, plan)


class Adopt:
    """Calls the verb."""

    def __init__(self, cloud: Cloud, model: Model, plan: Path) -> None:
        self.cloud, self.model, self.plan = cloud, model, plan

    def propose(self, name: str) -> Proposal:
        return propose(self.model, self.cloud.warehouse, self.plan, name)

    def said(self, name: str) -> str:
        out = io.StringIO()
        print_proposal(self.propose(name), Console(file=out, width=80))
        return out.getvalue()

    def change(self, **live: object) -> None:
        self.cloud.bigquery.bodies[STATS] = {**self.cloud.bigquery.bodies[STATS], **live}

    def refusal(self, name: str) -> str:
        with pytest.raises(UserError) as refused:
            self.propose(name)
        return str(refused.value)


def test_an_object_as_declared_changes_nothing(adopt: Adopt) -> None:
    said = adopt.said("caption_bandit_stats")
    assert "as declared: adopting it changes nothing" in said
    assert "adopt:\n  - object: google_bigquery_table.caption_bandit_stats\n" in said
    assert "environments/prod.yaml" in said


def test_differences_are_listed_with_what_the_import_does(adopt: Adopt) -> None:
    adopt.change(description="by hand", clustering=None)
    said = adopt.said("google_bigquery_table.caption_bandit_stats")
    assert "can be adopted, with 2 differences" in said
    assert 'live "by hand"' in said
    # An import differs from a later apply here: the state begins with what is live.
    assert "The apply: sets it in place." in said


def test_the_same_for_a_program(adopt: Adopt) -> None:
    adopt.change(description="by hand")
    said = json.loads(json.dumps(as_dict(adopt.propose("caption_bandit_stats"))))
    assert said["entry"] == "adopt:\n  - object: google_bigquery_table.caption_bandit_stats"
    assert (said["file"], said["listed"]) == ("environments/prod.yaml", False)
    [change] = said["changes"]
    assert (change["attribute"], change["live"]) == ("description", "by hand")
    assert change["apply"] == "puts it back as planned"


def test_a_schedules_entry_holds_its_resource_name(adopt: Adopt) -> None:
    entry = adopt.propose("lock_sweep").entry()
    assert entry[1:] == [
        "  - object: google_bigquery_data_transfer_config.lock_sweep",
        "    id: projects/300000000000/locations/us/transferConfigs/lock_sweep",
    ]


def test_two_schedules_of_a_name_are_not_guessed_between(adopt: Adopt) -> None:
    name, config = next((n, c) for n, c in adopt.cloud.transfer.configs.items() if n.endswith("/lock_sweep"))
    copy = type(config)(config)
    copy.name = f"{name}-2"
    adopt.cloud.transfer.configs[copy.name] = copy
    assert "2 live schedules have that display name" in adopt.refusal("lock_sweep")


def test_an_import_that_would_rebuild_is_refused_with_what_to_do_first(adopt: Adopt) -> None:
    adopt.change(timePartitioning=None)
    said = adopt.refusal("caption_bandit_stats")
    assert "BigQuery cannot partition a table that exists" in said
    assert "First:\n  copy the rows aside" in said


def test_every_reason_is_given_at_once(adopt: Adopt) -> None:
    fields = adopt.cloud.bigquery.bodies[STATS]["schema"]["fields"]
    live = [{**fields[0], "type": "STRING"}, *fields[1:], {"name": "extra", "type": "STRING"}]
    adopt.change(schema={"fields": live})
    said = adopt.refusal("caption_bandit_stats")
    assert "columns.caption_id.type" in said
    assert "columns.extra: the apply would drop the column" in said


def test_a_table_that_is_not_there(adopt: Adopt) -> None:
    del adopt.cloud.bigquery.bodies[STATS]
    assert "it does not exist, so there is nothing to adopt" in adopt.refusal("caption_bandit_stats")


def test_another_systems_table_is_not_declared(adopt: Adopt) -> None:
    assert "has to be declared before it can be adopted" in adopt.refusal("mass_messages")
