"""Grants in a plan: who gets or loses which role, and what becomes public."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eros.review.review import ObjectReview
from eros.review.rules import ChangeClass
from tests.unit.review.plans import DATASET, document, messages, only_object, resource, review, updated

GRANT = "google_bigquery_dataset_iam_member.reader"


def grant(**new: str) -> dict[str, Any]:
    return {"dataset_id": "brain", "role": "roles/bigquery.dataViewer", "member": "user:ann@example.com", **new}


def judged(tmp_path: Path, changed: dict[str, Any]) -> ObjectReview:
    return only_object(review(tmp_path, document(changed)))


def rules_of(reviewed: ObjectReview) -> set[str]:
    return {finding.rule.slug for finding in reviewed.findings}


class TestGrants:
    def test_a_new_one_says_who_may_do_what(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, resource(GRANT, ["create"], None, grant()))
        assert reviewed.classed is ChangeClass.ADD
        assert "user:ann@example.com gets roles/bigquery.dataViewer on brain." in messages(reviewed)

    def test_a_removed_one_says_who_may_no_longer(self, tmp_path: Path) -> None:
        reviewed = judged(tmp_path, resource(GRANT, ["delete"], grant()))
        assert reviewed.classed is ChangeClass.REPLACE
        assert "user:ann@example.com loses roles/bigquery.dataViewer on brain." in messages(reviewed)

    @pytest.mark.parametrize("everybody", ["allUsers", "allAuthenticatedUsers"])
    @pytest.mark.parametrize(
        ("address", "attribute"),
        [
            (GRANT, "member"),
            ("google_bigquery_dataset_iam_binding.x", "members"),
            ("google_bigquery_dataset_iam_policy.x", "policy_data"),
            (DATASET, "access"),
        ],
    )
    def test_one_for_everybody_is_loud(self, everybody: str, address: str, attribute: str, tmp_path: Path) -> None:
        shapes: dict[str, Any] = {
            "member": everybody,
            "members": ["user:ann@example.com", everybody],
            "policy_data": f'{{"bindings":[{{"members":["{everybody}"]}}]}}',
            "access": [{"role": "READER", "special_group": everybody}],
        }
        after = {**grant(), attribute: shapes[attribute]}
        for actions, before in ((["create"], None), (["update"], grant())):
            reviewed = judged(tmp_path, resource(address, actions, before, after))
            assert [f.rule.warns for f in reviewed.findings if f.rule.slug == "open-to-everybody"] == [True]
            assert any(m.startswith(f"{everybody} is anybody outside this project") for m in messages(reviewed))

    def test_one_for_everybody_that_stays_is_not_said_again(self, tmp_path: Path) -> None:
        access = [{"role": "READER", "special_group": "allUsers"}]
        changed = updated(DATASET, access=access, description="new")
        changed["change"]["before"]["access"] = access
        assert "open-to-everybody" not in rules_of(judged(tmp_path, changed))
