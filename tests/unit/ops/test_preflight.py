"""What a preflight says of objects, datasets and the project, with a simulated cloud and made-up tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from google.api_core.exceptions import Forbidden, RetryError

from eros.access import job_account_email, required_apis, transfer_agent_email
from eros.model import Environment, Model
from eros.model.adoption import Adoption
from eros.model.types import table_schema_type
from eros.preflight import cloud, datasets, objects
from eros.preflight.check import Check
from eros.preflight.cloud import DEPLOYER_PERMISSIONS, Account
from eros.preflight.command import lock_file
from eros.preflight.objects import Live
from eros.state import plan_folder, read_stack

OURS = {"system": "eros"}


@pytest.fixture
def prod(model: Model) -> Environment:
    return model.environment("prod")


@dataclass
class World:
    """A project in order; a test breaks one thing."""

    environment: Environment
    number: str = ""
    off: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)
    agent: bool = True
    jobs: Account | None = None

    def project_number(self) -> str:
        return self.number or self.environment.project_number

    def enabled(self, apis: Collection[str]) -> set[str]:
        return set(apis) - self.off

    def allowed(self, permissions: Collection[str]) -> set[str]:
        return set(permissions) - self.lacking

    def project_members(self) -> set[str]:
        others = {f"serviceAccount:{job_account_email(self.environment)}"}
        return others | ({f"serviceAccount:{transfer_agent_email(self.environment)}"} if self.agent else set())

    def account(self, email: str) -> Account | None:
        assert email == job_account_email(self.environment)
        return self.jobs


def asked(world: World) -> dict[str, Check]:
    return {c.name: c for c in cloud.checks(world.environment, lambda: world)}


def bad(world: World) -> Check:
    """The one check that is not ok."""
    (found,) = [c for c in asked(world).values() if c.level != "ok"]
    return found


class TestTheProject:
    def test_in_order(self, prod: Environment) -> None:
        assert {c.level for c in asked(World(prod)).values()} == {"ok"}

    def test_the_embedded_engine_says_that_it_has_none_of_this(self, model: Model) -> None:
        found = list(cloud.checks(model.environment("local"), None))
        assert {c.found for c in found} == {"there is none on the embedded engine"}
        assert len(found) == 5

    def test_another_number(self, prod: Environment) -> None:
        found = bad(World(prod, number="123456789012"))
        assert (found.name, found.level) == ("project", "problem")
        assert 'project_number: "123456789012"' in found.remedy

    def test_an_api_that_is_off(self, prod: Environment) -> None:
        found = bad(World(prod, off={"bigquerydatatransfer"}))
        assert (found.name, found.level, found.found) == ("APIs", "problem", "off: bigquerydatatransfer")
        assert "gcloud services enable bigquerydatatransfer.googleapis.com" in found.remedy

    def test_an_api_the_apply_switches_on_in_time_is_no_problem(self, prod: Environment) -> None:
        found = bad(World(prod, off={"monitoring", "logging"}))
        assert (found.name, found.level, found.found) == ("APIs", "warning", "off: logging, monitoring")
        assert bad(World(prod, off={"monitoring", "iam"})).level == "problem"

    def test_every_api_of_the_environment_is_asked_for(self, prod: Environment) -> None:
        assert bad(World(prod, off=set(required_apis(prod)))).found == f"off: {', '.join(required_apis(prod))}"

    def test_a_missing_permission(self, prod: Environment) -> None:
        found = bad(World(prod, lacking={"iam.serviceAccounts.actAs"}))
        assert (found.name, found.level) == ("permissions", "problem")
        assert found.found == "you lack iam.serviceAccounts.actAs"
        assert "roles/iam.serviceAccountUser" in found.remedy

    def test_the_roles_are_the_documented_ones(self, model: Model) -> None:
        documented = (model.root / "docs/security.md").read_text(encoding="utf-8")
        assert [r for r in DEPLOYER_PERMISSIONS.values() if f"| deployer | {r} |" not in documented] == []

    def test_a_missing_agent(self, prod: Environment) -> None:
        found = bad(World(prod, agent=False))
        assert (found.name, found.level) == ("Data Transfer agent", "problem")
        assert transfer_agent_email(prod) in found.found

    def test_the_job_account(self, prod: Environment) -> None:
        grant = ("roles/iam.serviceAccountTokenCreator", f"serviceAccount:{transfer_agent_email(prod)}")
        assert bad(World(prod, jobs=Account(disabled=True))).level == "problem"
        assert bad(World(prod, jobs=Account(disabled=False))).level == "warning"
        assert asked(World(prod, jobs=Account(False, frozenset({grant}))))["job account"].level == "ok"

    def test_not_being_allowed_to_look_is_no_answer(self, prod: Environment) -> None:
        class Closed(World):
            def project_members(self) -> set[str]:
                raise Forbidden("no getIamPolicy")

        found = bad(Closed(prod))
        assert (found.name, found.level) == ("Data Transfer agent", "warning")
        assert "no getIamPolicy" in found.found

    def test_an_api_that_goes_on_failing_does_not_end_the_preflight(self, prod: Environment) -> None:
        class Flaky(World):
            def allowed(self, permissions: Collection[str]) -> set[str]:
                raise RetryError("timeout of 20.0s exceeded", None)

        found = bad(Flaky(prod))
        assert (found.name, found.level) == ("permissions", "warning")
        assert "timeout of 20.0s" in found.found


def rest_of(model: Model, name: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """The body of tables.get of an object that is exactly as its contract says."""
    contract = model.contracts[name]
    fields = [{"name": c.name, "type": table_schema_type(c.type), "mode": c.mode} for c in contract.columns]
    return {"type": contract.kind.upper(), "schema": {"fields": fields}, "labels": labels or {}}


def source(model: Model, environment: Environment, name: str, live: Live | None) -> Check:
    return objects.external(model.contracts[name], live, model.graph.readers_of(name), environment)


class TestExternalObjects:
    def live(self, model: Model, name: str, **columns: tuple[str, str] | None) -> Live:
        found = Live.read(rest_of(model, name))
        changed = {n: c for n, c in {**found.columns, **columns}.items() if c is not None}
        return replace(found, columns=changed)

    @pytest.mark.parametrize(
        "name", ["mass_messages", "caption_bank", "available_captions", "active_creator_caption_restrictions_v"]
    )
    def test_as_expected(self, model: Model, prod: Environment, name: str) -> None:
        assert source(model, prod, name, self.live(model, name)).level == "ok"

    def test_further_columns_and_the_other_kind_are_welcome(self, model: Model, prod: Environment) -> None:
        live = self.live(model, "available_captions", extra=("JSON", "NULLABLE"))
        assert source(model, prod, "available_captions", replace(live, kind="table")).level == "ok"
        assert (
            source(model, prod, "mass_messages", replace(self.live(model, "mass_messages"), kind="view")).level == "ok"
        )

    def test_names_are_compared_as_bigquery_compares_them(self, model: Model, prod: Environment) -> None:
        rest = rest_of(model, "mass_messages")
        rest["schema"]["fields"] = [f | {"name": f["name"].upper()} for f in rest["schema"]["fields"]]
        assert source(model, prod, "mass_messages", Live.read(rest)).level == "ok"

    def test_a_missing_object(self, model: Model, prod: Environment) -> None:
        found = source(model, prod, "mass_messages", None)
        assert (found.level, found.found) == ("problem", "it is missing")
        assert "update_caption_performance" in found.remedy

    def test_a_missing_object_nobody_reads_is_a_warning(self, model: Model, prod: Environment) -> None:
        assert source(model, prod, "caption_bank_enriched", None).level == "warning"

    def test_a_missing_object_the_apply_creates(self, model: Model) -> None:
        assert source(model, model.environment("dev"), "mass_messages", None).level == "ok"

    def test_where_we_make_the_sources_somebody_elses_is_in_the_way(self, model: Model) -> None:
        dev, live = model.environment("dev"), self.live(model, "mass_messages")
        found = source(model, dev, "mass_messages", live)
        assert (found.name, found.level) == ("external mass_messages", "problem")
        assert "eros adopt mass_messages --env dev" in found.remedy
        assert source(model, dev, "mass_messages", replace(live, labels=OURS)).level == "ok"
        adopted = objects.external(model.contracts["mass_messages"], live, ["x"], dev, adopted=True)
        assert (adopted.name, adopted.level) == ("external mass_messages", "ok")

    def test_where_we_make_the_sources_the_apply_adds_a_column(self, model: Model) -> None:
        live = replace(self.live(model, "mass_messages", earnings=None), labels=OURS)
        found = source(model, model.environment("dev"), "mass_messages", live)
        assert (found.level, found.found) == ("warning", "no column earnings: the apply adds it, empty")

    def test_a_view_where_the_sweep_has_to_write(self, model: Model, prod: Environment) -> None:
        name = "active_caption_assignments"
        found = source(model, prod, name, replace(self.live(model, name), kind="view"))
        assert (found.level, found.found) == ("problem", "it is a view: the sweep cannot write it")

    def test_a_missing_column(self, model: Model, prod: Environment) -> None:
        found = source(model, prod, "mass_messages", self.live(model, "mass_messages", earnings=None))
        assert (found.level, found.found, found.sql) == ("problem", "no column earnings", "")

    def test_a_wrong_type(self, model: Model, prod: Environment) -> None:
        live = self.live(model, "mass_messages", caption_id=("FLOAT64", "NULLABLE"))
        found = source(model, prod, "mass_messages", live)
        assert (found.level, found.found) == ("problem", "caption_id is FLOAT64, expected INT64")

    def test_an_array_that_is_none(self, model: Model, prod: Environment) -> None:
        name = "active_creator_caption_restrictions_v"
        found = source(model, prod, name, self.live(model, name, hard_patterns=("STRING", "NULLABLE")))
        assert found.found == "hard_patterns is STRING, expected ARRAY<STRING>"

    def test_a_column_that_may_be_null_is_a_warning(self, model: Model, prod: Environment) -> None:
        found = source(model, prod, "caption_bank", self.live(model, "caption_bank", caption_id=("INT64", "NULLABLE")))
        assert (found.level, found.found) == ("warning", "caption_id may be NULL")

    def test_an_older_lock_table_gets_its_alter(self, model: Model, prod: Environment) -> None:
        name = "active_caption_assignments"
        found = source(model, prod, name, self.live(model, name, deactivated_at=None, deactivation_reason=None))
        assert found.level == "problem"
        assert found.sql == (
            "ALTER TABLE `of-scheduler-proj.eros_scheduling_brain.active_caption_assignments`\n"
            "  ADD COLUMN deactivated_at TIMESTAMP,\n"
            "  ADD COLUMN deactivation_reason STRING;"
        )


class TestNameClashes:
    def clash(
        self, model: Model, environment: Environment, name: str, live: Live | None, adopted: bool = False
    ) -> Check:
        return objects.clash(model.contracts[name], live, environment, adopted)

    def table(self, count: int, labels: dict[str, str] | None = None) -> Live:
        return Live("table", {f"mail_{n}": ("STRING", "NULLABLE") for n in range(count)}, labels or {})

    def test_a_free_name(self, model: Model, prod: Environment) -> None:
        assert self.clash(model, prod, "etl_job_runs", None).level == "ok"

    def test_the_18_columns_of_a_mail_etl(self, model: Model, prod: Environment) -> None:
        found = self.clash(model, prod, "etl_job_runs", self.table(18))
        assert found.level == "problem"
        assert "18 columns where we declare 10" in found.found
        assert "RENAME TO etl_job_runs_before_eros" in found.sql
        assert "eros adopt etl_job_runs" in found.remedy
        assert "another dataset" in found.remedy

    def test_the_two_columns_of_an_old_calendar(self, model: Model, prod: Environment) -> None:
        old = Live("table", {"holiday_date": ("DATE", "NULLABLE"), "holiday_name": ("STRING", "NULLABLE")})
        found = self.clash(model, prod, "holiday_calendar", old)
        assert found.level == "problem"
        assert "2 columns where we declare 5" in found.found

    def test_a_table_where_we_declare_a_view(self, model: Model, prod: Environment) -> None:
        found = self.clash(model, prod, "schedule_recommendations_messages", self.table(3, OURS))
        assert (found.level, found.found) == ("problem", "a table has this name, we declare a view")
        view = replace(Live.read(rest_of(model, "lock_sweep_log", OURS)), kind="view")
        assert self.clash(model, prod, "lock_sweep_log", view).sql == "", "a view cannot be renamed"

    def test_ours(self, model: Model, prod: Environment) -> None:
        live = Live.read(rest_of(model, "etl_job_runs", OURS))
        assert self.clash(model, prod, "etl_job_runs", live).found == "it is ours"
        older = replace(live, columns={n: c for n, c in live.columns.items() if n != "error_message"})
        assert self.clash(model, prod, "etl_job_runs", older).found == "it is ours; the apply adds error_message"
        other = replace(live, columns=live.columns | {"job_id": ("INT64", "REQUIRED")})
        assert self.clash(model, prod, "etl_job_runs", other).level == "problem"
        # Where tables are not protected, a rebuild may be meant: the review of the plan decides.
        assert self.clash(model, model.environment("dev"), "etl_job_runs", other).level == "warning"

    def test_made_by_hand_exactly_like_ours(self, model: Model, prod: Environment) -> None:
        live = Live.read(rest_of(model, "etl_job_runs"))
        assert "eros adopt etl_job_runs" in self.clash(model, prod, "etl_job_runs", live).remedy
        assert self.clash(model, prod, "etl_job_runs", live, adopted=True).level == "ok"


class TestDatasets:
    def test_a_wrong_location(self, prod: Environment) -> None:
        found = datasets.dataset(prod, prod.dataset, {"location": "EU", "labels": OURS})
        assert found.level == "problem"
        assert "EU" in found.found
        assert datasets.dataset(prod, prod.dataset, {"location": "us", "labels": OURS}).level == "ok"

    def test_not_deployed_yet(self, prod: Environment) -> None:
        assert datasets.dataset(prod, prod.dataset, None).level == "ok"

    def test_somebody_elses(self, prod: Environment) -> None:
        found = datasets.dataset(prod, prod.dataset, {"location": "US"})
        assert found.level == "problem"
        assert "eros adopt google_bigquery_dataset.eros_scheduling_brain" in found.remedy
        entry = Adoption(object="google_bigquery_dataset.eros_scheduling_brain")
        listed = prod.model_copy(update={"adopt": (entry,)})
        assert datasets.dataset(listed, prod.dataset, {"location": "US"}).level == "ok"

    def test_expirations(self, prod: Environment) -> None:
        rest = {"location": "US", "labels": OURS, "defaultTableExpirationMs": str(30 * 86_400_000)}
        assert datasets.dataset(prod, prod.backup_dataset, rest).level == "ok"
        assert datasets.dataset(prod, prod.dataset, rest).level == "problem"
        weekly = rest | {"defaultTableExpirationMs": str(7 * 86_400_000)}
        assert "7 days" in datasets.dataset(prod, prod.backup_dataset, weekly).found
        forever = {"location": "US", "labels": OURS}
        assert "for ever" in datasets.dataset(prod, prod.backup_dataset, forever).found

    def test_snapshots_live_as_long_as_the_plan_says(self, plan: Path, prod: Environment) -> None:
        declared = {r.name: r for r in read_stack(plan_folder(plan, "eros-prod-warehouse"))}
        rest = declared[prod.backup_dataset].rest
        assert int(rest["defaultTableExpirationMs"]) == datasets.BACKUP_DAYS * 86_400_000

    def test_routines_of_the_first_version(self, prod: Environment) -> None:
        names = ["google_bigquery_routine.caption_key"]
        assert datasets.routines(prod, {"labels": OURS}, names).level == "ok"
        found = datasets.routines(prod, {"labels": {}}, names)
        assert found.level == "problem"
        assert "caption_key" in found.found


class TestProviderLockFile:
    def test_prod_without_one_is_warned(self, model: Model, prod: Environment, tmp_path: Path) -> None:
        without = replace(model, root=tmp_path)
        assert lock_file(without, prod).level == "warning"
        assert lock_file(without, model.environment("local")).level == "ok"
        (tmp_path / "locks").mkdir()
        (tmp_path / "locks/prod.lock.hcl").touch()
        assert lock_file(without, prod).level == "ok"
