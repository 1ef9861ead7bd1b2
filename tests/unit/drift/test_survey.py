"""Reading a whole project, a simulated production (cloud.py): what is silent, what is found, what stops the look."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
import requests
from google.api_core.exceptions import (
    BadRequest,
    Forbidden,
    NotFound,
    RetryError,
    ServiceUnavailable,
    TooManyRequests,
)

from eros.drift import run
from eros.model import Model
from tests.unit.drift.cloud import ACCOUNT, Cloud


def test_a_clean_production_is_silent(cloud: Cloud) -> None:
    assert cloud.look() == ({}, ())


def test_a_schedule_that_runs_as_somebody_else(cloud: Cloud) -> None:
    cloud.transfer.accounts["EROS: lock sweep"] = "me@example.com"
    [(name, finding)] = cloud.look()[0].items()
    assert name == "google_bigquery_data_transfer_config.lock_sweep service_account"
    assert (finding.planned, finding.live) == (ACCOUNT, "me@example.com")


def test_a_member_added_to_tables(cloud: Cloud) -> None:
    """Also on the table of another system that our jobs may write."""
    cloud.bigquery.extra_members.append("group:all@example.com")
    found, _ = cloud.look()
    assert (
        "google_bigquery_table.active_caption_assignments access.roles/bigquery.dataEditor.group:all@example.com"
        in found
    )
    assert len(found) == len(cloud.bigquery.granted)


def test_grants_that_may_not_be_read_are_told_and_no_finding(cloud: Cloud) -> None:
    cloud.bigquery.policy_error = Forbidden("no bigquery.tables.getIamPolicy")  # type: ignore[no-untyped-call]
    found, unseen = cloud.look()
    assert found == {}
    assert unseen == ("Grants on single tables were not looked at: no bigquery.tables.getIamPolicy",)


def test_one_object_that_cannot_be_read_does_not_hide_the_others(cloud: Cloud) -> None:
    cloud.bigquery.broken["schedule_recommendations_messages"] = BadRequest("Unrecognized name: price_tier")  # type: ignore[no-untyped-call]
    cloud.bigquery.broken["etl_job_runs"] = NotFound("deleted a moment ago")  # type: ignore[no-untyped-call]
    found, _ = cloud.look()
    changes = {name: f.change for name, f in found.items()}
    assert changes == {
        "google_bigquery_table.schedule_recommendations_messages": "unreadable",
        "google_bigquery_table.etl_job_runs": "missing",
    }


def test_an_object_that_may_not_be_read_is_told_and_no_finding(cloud: Cloud) -> None:
    cloud.bigquery.broken["etl_job_runs"] = Forbidden("no bigquery.tables.get")  # type: ignore[no-untyped-call]
    cloud.transfer.accounts["EROS: lock sweep"] = "me@example.com"
    found, unseen = cloud.look()
    assert list(found) == ["google_bigquery_data_transfer_config.lock_sweep service_account"]
    assert unseen == ("The table etl_job_runs was not looked at: no bigquery.tables.get",)


class TestWhatWasNotLookedAtIsNotClean:
    def run(self, cloud: Cloud, model: Model, plan: Path, output: str = "text") -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        code = run(model, lambda: cloud.warehouse, output, plan=plan, stdout=out, stderr=err)
        return code, out.getvalue(), err.getvalue()

    def test_everything_seen(self, cloud: Cloud, model: Model, plan: Path) -> None:
        assert self.run(cloud, model, plan)[0] == 0

    @pytest.mark.parametrize("output", ["text", "markdown", "json"])
    @pytest.mark.parametrize("what", ["an object", "every object", "grants"])
    def test_nothing_found_but_not_everything_seen(
        self, what: str, output: str, cloud: Cloud, model: Model, plan: Path
    ) -> None:
        refused = Forbidden("Access denied")  # type: ignore[no-untyped-call]
        tables = [r.name for r in cloud.resources if r.kind in ("table", "view")]
        if what == "grants":
            cloud.bigquery.policy_error = refused
        else:
            cloud.bigquery.broken = dict.fromkeys(tables[: 1 if what == "an object" else None], refused)
        code, said, error = self.run(cloud, model, plan, output)
        assert (code, said) == (1, "")
        assert "could not look at everything in prod" in error
        assert "Access denied" in error

    @pytest.mark.parametrize(
        "failure",
        [
            ServiceUnavailable("backend"),  # type: ignore[no-untyped-call]
            TooManyRequests("quota"),  # type: ignore[no-untyped-call]
            RetryError("gave up", cause=None),  # type: ignore[no-untyped-call]
            requests.exceptions.ConnectionError("reset"),
            TimeoutError("read"),
        ],
        ids=lambda failure: type(failure).__name__,
    )
    @pytest.mark.parametrize("where", ["get_table", "get_routine", "list_routines", "get_iam_policy"])
    def test_an_api_that_fails_half_way(
        self, where: str, failure: Exception, cloud: Cloud, model: Model, plan: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object, **__: object) -> None:
            raise failure

        cloud.transfer.accounts["EROS: lock sweep"] = "me@example.com"  # found or not: this look is none
        monkeypatch.setattr(cloud.bigquery, where, fail)
        code, said, error = self.run(cloud, model, plan)
        assert (code, said) == (1, "")
        assert "could not look at prod" in error

    def test_findings_stand_beside_what_was_not_seen(self, cloud: Cloud, model: Model, plan: Path) -> None:
        cloud.bigquery.broken["etl_job_runs"] = Forbidden("Access denied")  # type: ignore[no-untyped-call]
        cloud.transfer.accounts["EROS: lock sweep"] = "me@example.com"
        for output in ("text", "markdown", "json"):
            code, said, _ = self.run(cloud, model, plan, output)
            assert code == 2
            assert "The table etl_job_runs was not looked at: Access denied" in said
            assert "me@example.com" in said


def test_a_project_that_refuses_is_no_finding_but_an_error(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Forbidden("Access denied")  # type: ignore[no-untyped-call]

    monkeypatch.setattr(cloud.bigquery, "get_dataset", refuse)
    with pytest.raises(Forbidden):
        cloud.look()
