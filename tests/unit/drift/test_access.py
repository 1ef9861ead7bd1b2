"""Access entries and grants. The answers are simulated: made after the API's reference, not recorded from Google."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

import pytest

from eros.drift.access import dataset_access, table_grants
from eros.drift.finding import Finding
from eros.state import Grant
from tests.unit.drift.objects import DATASET, Body, live

JOBS = "serviceAccount:eros-jobs@p.iam.gserviceaccount.com"
VIEWER = Grant("google_bigquery_dataset_iam_member.viewer", "d", None, "roles/bigquery.dataViewer", JOBS)
CUSTOM = Grant("google_bigquery_dataset_iam_member.custom", "d", None, "projects/p/roles/erosSnapshotWriter", JOBS)
EDITOR = Grant("google_bigquery_table_iam_member.stats", "d", "stats", "roles/bigquery.dataEditor", JOBS)
GRANTS = (VIEWER, CUSTOM, EDITOR)

DEFAULT: list[Body] = [
    {"role": "WRITER", "specialGroup": "projectWriters"},
    {"role": "OWNER", "specialGroup": "projectOwners"},
    {"role": "READER", "specialGroup": "projectReaders"},
]
DEPLOYED: list[Body] = [
    *DEFAULT,
    {"role": "OWNER", "userByEmail": "deployer@p.iam.gserviceaccount.com"},  # BigQuery adds who made the dataset
    {"role": "READER", "userByEmail": "eros-jobs@p.iam.gserviceaccount.com"},  # as it shows roles/bigquery.dataViewer
    {"role": "projects/p/roles/erosSnapshotWriter", "userByEmail": "Eros-Jobs@p.iam.gserviceaccount.com"},
]


def judged(entries: list[Body], grants: Iterable[Grant] = GRANTS) -> dict[str, Finding]:
    body = live(DATASET, lambda b: b.update(access=entries))
    return {f"{f.object} {f.attribute}": f for f in dataset_access(DATASET, body, grants)}


class TestDatasetAccess:
    def test_a_deployed_dataset_is_silent(self) -> None:
        assert judged(DEPLOYED) == {}

    def test_a_local_dataset_without_grants_is_silent(self) -> None:
        assert judged(DEFAULT, ()) == {}

    EXTRA: ClassVar[dict[str, tuple[Body, str]]] = {
        "a reader": ({"role": "READER", "userByEmail": "eve@x.org"}, "READER.email:eve@x.org"),
        "the public": ({"role": "READER", "specialGroup": "allAuthenticatedUsers"}, "allAuthenticatedUsers"),
        "the public by IAM": ({"role": "READER", "iamMember": "allUsers"}, "READER.allUsers"),
        "a whole company": ({"role": "READER", "domain": "x.org"}, "READER.domain:x.org"),
        "a group": ({"role": "WRITER", "groupByEmail": "all@x.org"}, "WRITER.email:all@x.org"),
        "another system's view": (
            {"view": {"projectId": "p", "datasetId": "other", "tableId": "v"}},
            "authorized.view:p.other.v",
        ),
        "another system's dataset": (
            {"dataset": {"dataset": {"projectId": "p", "datasetId": "other"}, "targetTypes": ["VIEWS"]}},
            "authorized.dataset:p.other",
        ),
    }

    @pytest.mark.parametrize("case", EXTRA)
    def test_an_entry_nobody_planned_is_unseen_by_terraform(self, case: str) -> None:
        entry, name = self.EXTRA[case]
        [(key, finding)] = judged([*DEPLOYED, entry]).items()
        assert key.endswith(name)
        assert (finding.object, finding.consequence.seen.value) == ("google_bigquery_dataset.d", "no")

    def test_of_two_owners_one_was_added(self) -> None:
        found = judged([*DEPLOYED, {"role": "OWNER", "userByEmail": "eve@x.org"}])
        assert len(found) == 2
        assert all(".OWNER." in key for key in found)

    def test_a_planned_grant_that_is_gone_comes_back(self) -> None:
        [finding] = judged(DEPLOYED[:-1]).values()
        assert finding.object == CUSTOM.address
        assert finding.consequence.seen.value == "yes"

    def test_a_default_entry_that_was_removed(self) -> None:
        [key] = judged(DEPLOYED[1:])
        assert key.endswith("access.WRITER.specialGroup:projectWriters")


class TestTableGrants:
    def test_granted_as_planned_is_silent(self) -> None:
        assert list(table_grants({"stats": {(EDITOR.role, JOBS)}}, GRANTS)) == []

    def test_an_extra_member_is_found_on_the_table(self) -> None:
        roles = {"stats": {(EDITOR.role, JOBS), ("roles/bigquery.dataOwner", "user:eve@x.org")}}
        [finding] = table_grants(roles, GRANTS)
        assert finding.object == "google_bigquery_table.stats"
        assert finding.attribute == "access.roles/bigquery.dataOwner.user:eve@x.org"

    def test_a_lost_grant_is_found(self) -> None:
        [finding] = table_grants({"stats": set()}, GRANTS)
        assert (finding.object, finding.live) == (EDITOR.address, None)

    def test_a_table_that_was_not_looked_at_has_no_findings(self) -> None:
        assert list(table_grants({}, GRANTS)) == []
