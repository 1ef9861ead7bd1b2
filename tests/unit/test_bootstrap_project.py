"""A project's bootstrap, run with a `gcloud` that keeps a project of its own: what it makes, what it leaves."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from eros.access import (
    DEPLOYER_ACCOUNT,
    IDENTITY_POOL,
    IDENTITY_PROVIDER,
    PLANNER_ACCOUNT,
    account_email,
    identity_provider,
    transfer_agent_email,
)
from eros.model import REPOSITORY, Model
from tests.unit.programs import write_program

SCRIPT = REPOSITORY / "scripts" / "bootstrap_project.sh"

GCLOUD = Path(__file__).with_name("gcloud_stand_in.py")


class Project:
    """A Google Cloud project as far as the stand-in knows one."""

    def __init__(self, folder: Path, number: str) -> None:
        self.folder, self.store = folder, folder / "store.json"
        empty: dict[str, Any] = {key: [] for key in ("calls", "writes", "policy", "apis", "bucket_policy", "agents")}
        empty |= {key: {} for key in ("buckets", "accounts", "roles", "pools", "providers", "conditions")}
        self.state = empty | {"number": number, "denied": ""}
        write_program(folder / "gcloud", GCLOUD.read_text("utf-8"))

    @property
    def state(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.store.read_text())
        return loaded

    @state.setter
    def state(self, value: dict[str, Any]) -> None:
        self.store.write_text(json.dumps(value))

    def change(self, **values: Any) -> None:
        self.state = self.state | values

    def run(self, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/bash", str(SCRIPT), *arguments],
            env={
                **os.environ,
                "PATH": path if path is not None else f"{self.folder}:{os.environ['PATH']}",
                "STORE": str(self.store),
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path, model: Model) -> Project:
    return Project(tmp_path, model.environment("dev").project_number)


@pytest.fixture(scope="module")
def options(model: Model) -> list[str]:
    dev = model.environment("dev")
    assert dev.backend.kind == "gcs"
    return [
        *("--project", dev.project, "--bucket", dev.backend.bucket),
        *("--repository", "acme/eros", "--environment", "dev"),
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, model: Model, options: list[str]) -> Project:
    """A project the script has run on once. Tests only read it."""
    project = Project(tmp_path_factory.mktemp("made"), model.environment("dev").project_number)
    done = project.run(*options)
    assert done.returncode == 0, done.stderr
    return project


class TestDryRun:
    def test_it_calls_nothing_that_writes_and_says_what_would(self, project: Project, options: list[str]) -> None:
        done = project.run(*options, "--dry-run")
        assert done.returncode == 0, done.stderr
        state = project.state
        assert state["writes"] == []
        assert state["calls"], "it looked"
        lines = [line for line in done.stdout.splitlines() if line.startswith("would run: gcloud ")]
        assert f"{len(lines)} changes to make" in done.stdout

    def test_it_shows_the_condition_it_would_set(self, project: Project, options: list[str]) -> None:
        lines = project.run(*options, "--dry-run").stdout.splitlines()
        [at] = [n for n, line in enumerate(lines) if "roles/resourcemanager.projectIamAdmin" in line]
        assert any(".hasOnly(['roles/bigquery.jobUser'])" in line for line in lines[at + 1 : at + 4])

    def test_it_says_exactly_what_a_run_then_does(self, project: Project, options: list[str], made: Project) -> None:
        lines = project.run(*options, "--dry-run").stdout.splitlines()
        assert sum(line.startswith("would run:") for line in lines) == len(made.state["writes"])


class TestRun:
    def test_the_bucket_can_be_repaired_and_is_nobody_elses(self, made: Project, model: Model) -> None:
        [(url, bucket)] = made.state["buckets"].items()
        backend = model.environment("dev").backend
        assert backend.kind == "gcs"
        assert url == f"gs://{backend.bucket}"
        assert bucket["versioning_enabled"]
        assert bucket["uniform_bucket_level_access"]
        assert bucket["public_access_prevention"] == "enforced"
        assert int(bucket["soft_delete_policy"]["retentionDurationSeconds"]) >= 7 * 86400

    def test_the_agent_of_the_plans_grant_exists(self, made: Project, model: Model) -> None:
        assert made.state["agents"] == ["bigquerydatatransfer.googleapis.com"]
        agent = f"serviceAccount:{transfer_agent_email(model.environment('dev'))}"
        assert ["roles/bigquerydatatransfer.serviceAgent", agent] in made.state["policy"]

    def test_the_roles_are_exactly_the_documented_ones(self, made: Project, model: Model) -> None:
        dev, state = model.environment("dev"), made.state
        names = {
            f"serviceAccount:{account_email(DEPLOYER_ACCOUNT, dev)}": "deployer",
            f"serviceAccount:{account_email(PLANNER_ACCOUNT, dev)}": "planner",
            f"serviceAccount:{transfer_agent_email(dev)}": "Data Transfer agent",
        }
        held = [(names[m], r, "project") for r, m in state["policy"]]
        held += [(names[m], r, "state bucket") for r, m in state["bucket_policy"]]
        held = [(n, r.replace(f"projects/{dev.project}/roles/", "custom role "), on) for n, r, on in held]
        text = (REPOSITORY / "docs" / "security.md").read_text("utf-8")
        [table] = re.findall(r"<!-- bootstrap:begin -->\n(.*?)<!-- bootstrap:end -->", text, re.DOTALL)
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
        assert sorted(held) == sorted((identity, role, on) for identity, role, on, _why in rows)

    def test_the_deployer_may_grant_one_role_alone(self, made: Project) -> None:
        [(role, condition)] = made.state["conditions"].items()
        assert role == "roles/resourcemanager.projectIamAdmin"
        assert ".hasOnly(['roles/bigquery.jobUser'])" in condition

    def test_the_planner_reads_no_rows_and_changes_nothing(self, made: Project) -> None:
        [permissions] = made.state["roles"].values()
        for permission in permissions:
            assert re.search(r"\.(get|list|getIamPolicy)$", permission), permission
        assert "bigquery.tables.getData" not in permissions
        assert "bigquery.jobs.create" not in permissions

    def test_only_the_approved_environment_becomes_the_deployer(self, made: Project, model: Model) -> None:
        dev = model.environment("dev")
        pool = identity_provider(dev).partition("/providers/")[0]
        accounts = made.state["accounts"]
        user = "roles/iam.workloadIdentityUser"
        assert accounts == {
            account_email(DEPLOYER_ACCOUNT, dev): [
                [user, f"principal://iam.googleapis.com/{pool}/subject/repo:acme/eros:environment:dev"]
            ],
            account_email(PLANNER_ACCOUNT, dev): [
                [user, f"principalSet://iam.googleapis.com/{pool}/attribute.repository/acme/eros"]
            ],
        }

    def test_only_this_repository_signs_in(self, made: Project) -> None:
        assert list(made.state["pools"]) == [IDENTITY_POOL]
        [(name, provider)] = made.state["providers"].items()
        assert name == IDENTITY_PROVIDER
        assert provider["attribute-condition"] == "assertion.repository == 'acme/eros'"
        assert provider["issuer-uri"] == "https://token.actions.githubusercontent.com"

    def test_no_key_is_ever_made(self, made: Project) -> None:
        assert not [call for call in made.state["calls"] if "keys" in call]

    def test_the_apis_terraform_begins_with_are_on(self, made: Project) -> None:
        on = {api.removesuffix(".googleapis.com") for api in made.state["apis"]}
        assert {"cloudresourcemanager", "iam", "serviceusage", "sts", "iamcredentials", "storage"} <= on

    def test_it_tells_the_number_the_environment_file_needs(self, project: Project, options: list[str]) -> None:
        assert project.state["number"] in project.run(*options).stdout


class TestAgain:
    def test_a_second_run_changes_nothing(self, project: Project, options: list[str]) -> None:
        assert project.run(*options).returncode == 0
        project.change(writes=[])
        done = project.run(*options)
        assert done.returncode == 0, done.stderr
        assert project.state["writes"] == []
        assert "0 changes made" in done.stdout

    def test_what_somebody_changed_is_put_right_and_nothing_else(self, project: Project, options: list[str]) -> None:
        project.run(*options)
        state = project.state
        [bucket] = state["buckets"].values()
        bucket["versioning_enabled"] = False
        state["roles"]["erosPlanReader"].append("bigquery.tables.getData")
        state["policy"].remove(next(row for row in state["policy"] if row[0] == "roles/monitoring.editor"))
        project.state = state | {"writes": []}
        assert project.run(*options).returncode == 0
        changed = [[w for w in call if not w.startswith("-")][:3] for call in project.state["writes"]]
        assert changed == [
            ["storage", "buckets", "update"],
            ["iam", "roles", "update"],
            ["projects", "add-iam-policy-binding", options[1]],
        ]
        assert "bigquery.tables.getData" not in project.state["roles"]["erosPlanReader"]

    def test_an_interrupted_run_is_taken_up(self, project: Project, options: list[str], made: Project) -> None:
        project.change(denied="workload-identity-pools create")
        assert project.run(*options).returncode != 0
        project.change(denied="")
        assert project.run(*options).returncode == 0
        for key in ("policy", "accounts", "roles", "providers", "bucket_policy"):
            assert project.state[key] == made.state[key]


class TestMistakes:
    def test_gcloud_missing(self, project: Project, options: list[str], tmp_path: Path) -> None:
        tools = tmp_path / "tools"
        tools.mkdir()
        for tool in ("cat", "grep", "tr", "sort", "paste", "mktemp", "rm"):
            found = shutil.which(tool)
            assert found
            (tools / tool).symlink_to(found)
        done = project.run(*options, path=str(tools))
        assert done.returncode == 1
        assert done.stderr.startswith("error: gcloud is not on PATH. Install the Google Cloud CLI")

    def test_a_project_that_cannot_be_read(self, project: Project, options: list[str]) -> None:
        project.change(denied="projects describe")
        done = project.run(*options)
        assert done.returncode == 1
        assert "cannot be read. Does it exist" in done.stderr
        assert project.state["writes"] == []

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ([], "are needed"),
            (["--project"], "--project needs a value"),
            (["--projct", "x"], "unknown option --projct"),
            (
                ["--project", "x; rm -rf /", "--bucket", "bkt", "--repository", "a/b", "--environment", "dev"],
                "no project",
            ),
            (
                ["--project", "abcdef", "--bucket", "bkt", "--repository", "a'b", "--environment", "dev"],
                "not OWNER/REPO",
            ),
            (
                ["--project", "abcdef", "--bucket", "bkt", "--repository", "a/b", "--environment", "d v"],
                "no environment",
            ),
            (
                ["--project", "abcdef", "--bucket", "B x", "--repository", "a/b", "--environment", "dev"],
                "no bucket's name",
            ),
            (
                [
                    *("--project", "abcdef", "--bucket", "bkt", "--repository", "a/b", "--environment", "dev"),
                    *("--location", ""),
                ],
                "no location",
            ),
        ],
    )
    def test_wrong_options_are_named_before_anything_is_called(
        self, arguments: list[str], said: str, project: Project
    ) -> None:
        done = project.run(*arguments)
        assert done.returncode == 1
        assert said in done.stderr
        assert project.state["calls"] == []
