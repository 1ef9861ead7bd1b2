"""The workflows' rules: pinned actions, least rights, no text of others in a shell, one deploy at a time, its order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from eros.model import REPOSITORY, Model

FOLDER = REPOSITORY / ".github" / "workflows"
NAMES = ["check", "deploy", "drift", "plan"]

#: What a job may hold, and why it needs it. Anything else is refused.
RIGHTS = {
    ("check", "test"): {"contents": "read"},
    ("check", "exit"): {"contents": "read"},
    ("plan", "plan"): {"contents": "read", "id-token": "write"},
    ("plan", "comment"): {"contents": "read", "pull-requests": "write"},
    ("deploy", "plan"): {"contents": "read", "id-token": "write"},
    ("deploy", "apply"): {"contents": "read", "id-token": "write"},
    ("drift", "look"): {"contents": "read", "id-token": "write"},
    ("drift", "report"): {"contents": "read", "issues": "write"},
}

type Block = dict[Any, Any]


def workflow(name: str) -> Block:
    loaded: Block = yaml.safe_load((FOLDER / f"{name}.yml").read_text("utf-8"))
    return loaded


def triggers(name: str) -> Any:
    return workflow(name)[True]  # YAML 1.1 reads the key `on` as true


def jobs() -> Iterator[tuple[str, str, Block]]:
    for name in NAMES:
        for job, body in workflow(name)["jobs"].items():
            yield name, job, body


def steps(name: str, job: str) -> list[Block]:
    found: list[Block] = workflow(name)["jobs"][job]["steps"]
    return found


def commands(name: str, job: str) -> str:
    return "\n".join(step.get("run", "") for step in steps(name, job))


def position(name: str, job: str, text: str) -> int:
    """Which step runs or uses the text; exactly one does."""
    [at] = [i for i, step in enumerate(steps(name, job)) if text in f"{step.get('run', '')}\n{step.get('uses', '')}"]
    return at


def test_there_are_these_workflows() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == NAMES


class TestActionsArePinned:
    def test_by_commit_with_the_version_beside_it(self) -> None:
        for name in NAMES:
            for line in (FOLDER / f"{name}.yml").read_text("utf-8").splitlines():
                if "uses:" in line:
                    assert re.search(r"uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), f"{name}: {line.strip()}"

    def test_to_one_commit_everywhere(self) -> None:
        text = "\n".join((FOLDER / f"{name}.yml").read_text("utf-8") for name in NAMES)
        pins: dict[str, set[str]] = {}
        for action, pin in re.findall(r"uses: ([\w./-]+)@(.+)", text):
            pins.setdefault(action, set()).add(pin)
        assert {action: pin for action, pin in pins.items() if len(pin) > 1} == {}


class TestRights:
    @pytest.mark.parametrize("name", NAMES)
    def test_a_workflow_grants_nothing_by_itself(self, name: str) -> None:
        assert workflow(name)["permissions"] == {}

    def test_each_job_has_exactly_what_it_needs(self) -> None:
        assert {(name, job): body["permissions"] for name, job, body in jobs()} == RIGHTS

    def test_no_job_that_may_write_runs_what_a_pull_request_brings(self) -> None:
        for name, job, body in jobs():
            writes = {k for k, v in body["permissions"].items() if v == "write"} - {"id-token"}
            if writes and "pull_request" in triggers(name):
                [checkout] = [s for s in body["steps"] if "actions/checkout" in s.get("uses", "")]
                assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}", f"{name}.{job}"
                assert ".venv" not in commands(name, job)

    def test_a_checkout_leaves_no_token_behind(self) -> None:
        for name, job, body in jobs():
            for step in body["steps"]:
                if "actions/checkout" in step.get("uses", ""):
                    assert step["with"]["persist-credentials"] is False, f"{name}.{job}"

    def test_nothing_runs_with_the_rights_of_the_base_for_a_fork(self) -> None:
        for name in NAMES:
            assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers(name))
        assert workflow("plan")["jobs"]["plan"]["if"] == (
            "github.event.pull_request.head.repo.full_name == github.repository"
        )

    def test_nothing_is_secret(self) -> None:
        for name in NAMES:
            assert "secrets." not in (FOLDER / f"{name}.yml").read_text("utf-8")
            assert "credentials_json" not in (FOLDER / f"{name}.yml").read_text("utf-8")


class TestShell:
    def test_no_expression_enters_a_script(self) -> None:
        """Titles, branches and plans are other people's text: they reach a script as variables or files alone."""
        for name, job, body in jobs():
            for step in body["steps"]:
                assert "${{" not in step.get("run", ""), f"{name}.{job}: {step.get('name', step.get('run'))}"

    def test_no_script_evaluates_what_it_reads(self) -> None:
        for name, job, _ in jobs():
            for word in ("eval ", "$(cat", "`cat", "bash -c", "sh -c", "xargs"):
                assert word not in commands(name, job), f"{name}.{job} says {word!r}"

    def test_no_line_that_terraform_prints_is_a_workflow_command(self) -> None:
        for name, job, _ in jobs():
            for line in commands(name, job).splitlines():
                assert "stacks.py" not in line or line.startswith("scripts/unheard.sh "), f"{name}.{job}: {line}"

    def test_variables_stand_in_quotes(self) -> None:
        for name, job, _ in jobs():
            for line in commands(name, job).splitlines():
                outside = re.sub(r'"[^"]*"', "", line)
                assert not re.search(r"\$[A-Z{]", outside), f"{name}.{job}: {line}"


class TestOneAtATime:
    def test_one_deploy_an_environment_never_cut_off(self) -> None:
        assert workflow("deploy")["concurrency"] == {
            "group": "deploy-${{ inputs.environment || 'dev' }}",
            "cancel-in-progress": False,
        }

    @pytest.mark.parametrize("name", NAMES)
    def test_every_workflow_has_a_group(self, name: str) -> None:
        assert workflow(name)["concurrency"]["group"].startswith(name)

    def test_every_job_ends(self) -> None:
        for name, job, body in jobs():
            assert body["timeout-minutes"] <= 60, f"{name}.{job}"


class TestPlan:
    def test_it_reads_without_a_lock_and_is_never_applied(self) -> None:
        run = commands("plan", "plan")
        assert 'scripts/stacks.py plan "$ENVIRONMENT" -lock=false' in run
        assert "apply" not in run
        assert "deployer" not in (FOLDER / "plan.yml").read_text("utf-8")

    def test_every_cloud_environment_has_its_comment(self, model: Model) -> None:
        cloud = sorted(name for name, environment in model.environments.items() if not environment.local)
        for job in ("plan", "comment"):
            assert workflow("plan")["jobs"][job]["strategy"]["matrix"] == {"environment": cloud}
        for job in ("look", "report"):
            assert workflow("drift")["jobs"][job]["strategy"]["matrix"] == {"environment": cloud}
        assert triggers("deploy")["workflow_dispatch"]["inputs"]["environment"]["options"] == cloud

    def test_a_plan_that_failed_is_told_in_the_comments_place(self) -> None:
        comment = workflow("plan")["jobs"]["comment"]
        assert comment["if"] == "${{ !cancelled() && needs.plan.result != 'skipped' }}"
        [download] = [s for s in comment["steps"] if "download-artifact" in s.get("uses", "")]
        assert download["continue-on-error"] is True
        assert "sticky_comment.py" in comment["steps"][-1]["run"]


class TestDeploy:
    def test_the_plan_is_made_reviewed_and_kept_before_anybody_approves(self) -> None:
        order = [
            position("deploy", "plan", text)
            for text in ("eros check", "main.py", "auth@", "stacks.py plan", "--fail-on data-loss", "upload-artifact")
        ]
        assert order == sorted(order)

    def test_then_that_very_plan_is_applied_and_verified(self) -> None:
        order = [
            position("deploy", "apply", text)
            for text in (
                "auth@",
                "download-artifact",
                "eros preflight",  # as the deployer, whose permissions it asks about
                "stacks.py apply",
                "stacks.py settled",
                "eros run refresh_holiday_calendar",
                "eros verify",
            )
        ]
        assert order == sorted(order)

    def test_prod_is_deployed_from_main_alone(self) -> None:
        plan = workflow("deploy")["jobs"]["plan"]
        assert plan["if"] == "inputs.environment != 'prod' || github.ref == 'refs/heads/main'"

    def test_approval_stands_between_them(self) -> None:
        plan, apply = workflow("deploy")["jobs"]["plan"], workflow("deploy")["jobs"]["apply"]
        assert apply["environment"] == "${{ inputs.environment || 'dev' }}"
        assert apply["needs"] == "plan"
        assert "environment" not in plan

    def test_the_apply_makes_no_plan_of_its_own(self) -> None:
        run = commands("deploy", "apply")
        assert "stacks.py plan" not in run
        assert "main.py" not in run
        apply = steps("deploy", "apply")[position("deploy", "apply", "stacks.py apply")]
        assert apply["env"] == {"DIGEST": "${{ needs.plan.outputs.digest }}"}

    def test_nothing_after_the_approval_may_fail_unseen(self) -> None:
        for name, job, body in jobs():
            for step in body["steps"]:
                if step.get("continue-on-error"):  # their scripts tell people, and exit 1
                    assert (name, job) in (("drift", "report"), ("plan", "comment"))
            assert not re.search(r"\|\| true|set \+e", commands(name, job)), f"{name}.{job}"


class TestDrift:
    def test_it_looks_every_night_and_not_on_the_hour(self) -> None:
        [schedule] = triggers("drift")["schedule"]
        minute, _hour, *days = schedule["cron"].split()
        assert days == ["*", "*", "*"]
        assert minute.isdecimal()
        assert minute != "0"

    def test_it_reports_even_if_it_could_not_look(self) -> None:
        report = workflow("drift")["jobs"]["report"]
        assert report["if"] == "${{ !cancelled() }}"
        [download] = [s for s in report["steps"] if "download-artifact" in s.get("uses", "")]
        assert download["continue-on-error"] is True

    def test_it_signs_in_as_the_reader(self) -> None:
        assert "deployer" not in (FOLDER / "drift.yml").read_text("utf-8")


class TestOwners:
    def test_data_has_owners(self) -> None:
        lines = (REPOSITORY / ".github" / "CODEOWNERS").read_text("utf-8").splitlines()
        owned = {line.split()[0]: line.split()[1:] for line in lines if line and not line.startswith("#")}
        assert {"/schemas/", "/sql/", "/environments/retirements.yaml"} <= set(owned)
        for path, owners in owned.items():
            assert owners
            assert (REPOSITORY / path.strip("/")).exists()

    def test_versions_are_kept_up(self) -> None:
        file = yaml.safe_load((REPOSITORY / ".github" / "dependabot.yml").read_text("utf-8"))
        assert {update["package-ecosystem"] for update in file["updates"]} == {"pip", "github-actions"}


def test_hooks_are_local_and_need_no_network() -> None:
    file = yaml.safe_load((REPOSITORY / ".pre-commit-config.yaml").read_text("utf-8"))
    assert [repo["repo"] for repo in file["repos"]] == ["local"]
    hooks = file["repos"][0]["hooks"]
    assert {hook["language"] for hook in hooks} == {"system"}
    entries = [hook["entry"] for hook in hooks]
    assert any("ruff check" in e for e in entries)
    assert any("ruff format" in e for e in entries)
    assert {".venv/bin/eros check", ".venv/bin/eros docs --check"} <= set(entries)


def test_every_script_a_workflow_runs_is_there() -> None:
    for name, job, _ in jobs():
        for path in re.findall(r"(?:scripts/\w+\.(?:py|sh)|\./[\w./]+|main\.py)", commands(name, job)):
            assert Path(REPOSITORY / path).is_file(), f"{name}.{job} runs {path}"
