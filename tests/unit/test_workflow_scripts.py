"""One comment and one issue: the scripts by which workflows talk to people, with a `gh` that keeps what it is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eros.model import REPOSITORY
from tests.unit.programs import write_program

GH = """
import json, os, pathlib, sys
store = pathlib.Path(os.environ["STORE"])
state = json.loads(store.read_text())
state["calls"].append(sys.argv[1:])
a = sys.argv[1:]
option = lambda name: a[a.index(name) + 1]
if state.get("broken"):
    sys.exit("gh: HTTP 503")
if a[0] == "api" and "--jq" in a:
    for c in state["comments"]:
        if c["by"] == "github-actions[bot]" or '.user.login == "github-actions[bot]"' not in option("--jq"):
            print(json.dumps({"id": c["id"], "body": c["body"]}, ensure_ascii=False))
elif a[0] == "api":
    body = json.load(sys.stdin)["body"]
    if option("-X") == "PATCH":
        [c] = [c for c in state["comments"] if a[3].endswith("/comments/" + str(c["id"]))]
        c["body"] = body
    else:
        state["comments"].append({"id": len(state["comments"]) + 1, "by": "github-actions[bot]", "body": body})
elif a[:2] == ["issue", "list"]:
    print(json.dumps([i for i in state["issues"] if i["open"]]))
elif a[:2] == ["issue", "create"]:
    state["issues"].append({"number": len(state["issues"]) + 1, "open": True, "title": option("--title"),
                             "body": sys.stdin.read(), "comments": []})
elif a[0] == "issue":
    [i] = [i for i in state["issues"] if str(i["number"]) == a[2]]
    if a[1] == "edit":
        i["title"], i["body"] = option("--title"), sys.stdin.read()
    if a[1] == "close":
        i["open"] = False
    if a[1] in ("close", "comment"):
        i["comments"].append(option("--comment") if "--comment" in a else sys.stdin.read())
store.write_text(json.dumps(state))
"""


class GitHub:
    """The state behind the `gh` stand-in, and a way to run a script with it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.store = folder, folder / "store.json"
        self.write(calls=[], comments=[], issues=[])
        write_program(folder / "gh", GH)

    def write(self, **state: Any) -> None:
        self.store.write_text(json.dumps(state))

    def __getitem__(self, key: str) -> Any:
        return json.loads(self.store.read_text())[key]

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}"}
        return subprocess.run(
            [sys.executable, str(REPOSITORY / "scripts" / script), *arguments],
            env={**environment, "STORE": str(self.store), "GH_REPO": "eros/infrastructure"},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


class TestStickyComment:
    COMMIT, RUN = "0123456789abcdef0123456789abcdef01234567", "https://example.com/runs/1"
    FOOTER = f"\nPlan of commit `0123456789ab`: {RUN}\n"

    def comment(
        self, github: GitHub, text: str | None, environment: str = "prod", number: str = "7", commit: str = COMMIT
    ) -> subprocess.CompletedProcess[str]:
        (github.folder / "comment.md").unlink(missing_ok=True)
        if text is not None:
            (github.folder / "comment.md").write_text(text)
        return github.run("sticky_comment.py", number, "comment.md", environment, commit, self.RUN)

    def test_the_second_review_replaces_the_first(self, github: GitHub) -> None:
        for text in ("first", "second"):
            assert self.comment(github, f"<!-- eros-review:prod -->\n{text}\n").returncode == 0
        assert [c["body"] for c in github["comments"]] == [f"<!-- eros-review:prod -->\nsecond\n{self.FOOTER}"]

    def test_each_environment_has_its_own(self, github: GitHub) -> None:
        for environment in ("dev", "prod", "dev"):
            self.comment(github, f"<!-- eros-review:{environment} -->\nplan\n", environment)
        assert len(github["comments"]) == 2

    def test_a_plan_that_failed_leaves_no_older_verdict_standing(self, github: GitHub) -> None:
        self.comment(github, "<!-- eros-review:prod -->\nNo data is lost.\n")
        done = self.comment(github, None)
        assert (done.returncode, done.stdout) == (1, "")
        [comment] = github["comments"]
        assert comment["body"].startswith("<!-- eros-review:prod -->\n## prod was not reviewed\n")
        assert f"commit `0123456789ab`: {self.RUN}" in comment["body"]
        assert "No data is lost" not in comment["body"]
        assert self.comment(github, "<!-- eros-review:prod -->\nNo data is lost.\n").returncode == 0
        [comment] = github["comments"]
        assert "No data is lost" in comment["body"]

    @pytest.mark.parametrize("author", ["ann", "renovate[bot]"])
    def test_somebody_elses_comment_with_the_marker_is_left_alone(self, author: str, github: GitHub) -> None:
        theirs = {"id": 1, "by": author, "body": "<!-- eros-review:prod -->\nmine!"}
        github.write(calls=[], comments=[theirs], issues=[])
        self.comment(github, "<!-- eros-review:prod -->\nreview\n")
        assert github["comments"][0] == theirs
        assert len(github["comments"]) == 2

    @pytest.mark.parametrize("separator", ["\u2028", "\u2029", "\x85"])
    def test_another_bots_comment_cannot_stop_ours(self, separator: str, github: GitHub) -> None:
        theirs = {"id": 1, "by": "github-actions[bot]", "body": f"thanks{separator}a lot"}
        github.write(calls=[], comments=[theirs], issues=[])
        for _ in range(2):
            assert self.comment(github, "<!-- eros-review:prod -->\nreview\n").returncode == 0
        assert [c["id"] for c in github["comments"]] == [1, 2]

    def test_hostile_text_is_text(self, github: GitHub) -> None:
        text = "<!-- eros-review:prod -->\n$(touch hacked) `touch hacked` ${IFS} @/etc/passwd \"'; touch hacked\n"
        assert self.comment(github, text).returncode == 0
        assert github["comments"][0]["body"] == text + self.FOOTER
        assert not (github.folder / "hacked").exists()
        assert not any("hacked" in word for call in github["calls"] for word in call)

    @pytest.mark.parametrize(
        "text", ["", "no marker\n", "<!-- eros-review:prod --> and more\n", "<!-- eros-review:dev -->\nanother's\n"]
    )
    def test_a_text_without_its_marker_is_refused(self, text: str, github: GitHub) -> None:
        done = self.comment(github, text)
        assert done.returncode == 1
        assert "marker" in done.stderr
        assert github["calls"] == []

    @pytest.mark.parametrize(("number", "commit"), [("7/../8", COMMIT), ("", COMMIT), ("7", "main`"), ("7", "")])
    def test_what_is_no_number_or_commit_is_refused(self, number: str, commit: str, github: GitHub) -> None:
        done = self.comment(github, "<!-- eros-review:prod -->\nreview\n", number=number, commit=commit)
        assert (done.returncode, github["calls"]) == (1, [])

    def test_github_out_of_reach_is_a_clear_failure(self, github: GitHub) -> None:
        github.write(calls=[], comments=[], issues=[], broken=True)
        done = self.comment(github, "<!-- eros-review:prod -->\nreview\n")
        assert (done.returncode, done.stderr) == (1, "error: gh api failed: gh: HTTP 503\n")


class TestDriftIssue:
    RUN = "https://example.com/runs/1"

    def look(self, github: GitHub, code: str | None, report: str = "", error: str = "") -> int:
        folder = github.folder / "look"
        shutil.rmtree(folder, ignore_errors=True)
        if code is not None:
            folder.mkdir()
            (folder / "code").write_text(f"{code}\n")
            (folder / "drift.md").write_text(report)
            (folder / "error.txt").write_text(error)
        return github.run("drift_issue.py", "prod", "look", self.RUN).returncode

    def report(self, text: str) -> str:
        return f"<!-- eros-drift:prod -->\n## {text}\n"

    def test_opened_updated_and_closed_when_clean(self, github: GitHub) -> None:
        assert self.look(github, "2", self.report("one column")) == 0
        assert self.look(github, "2", self.report("two columns")) == 0
        [issue] = github["issues"]
        assert issue["title"] == "Drift in prod"
        assert "two columns" in issue["body"]
        assert "one column" not in issue["body"]
        assert self.look(github, "0", self.report("clean")) == 0
        [issue] = github["issues"]
        assert not issue["open"]
        assert self.RUN in issue["comments"][0]

    def test_a_clean_night_without_an_issue_does_nothing(self, github: GitHub) -> None:
        assert self.look(github, "0", self.report("clean")) == 0
        assert github["issues"] == []

    def test_drift_after_a_closed_issue_opens_a_new_one(self, github: GitHub) -> None:
        for code in ("2", "0", "2"):
            self.look(github, code, self.report("drift"))
        assert [i["open"] for i in github["issues"]] == [False, True]

    @pytest.mark.parametrize("code", ["1", "127", "", None])
    def test_a_night_without_a_look_is_told_and_red(self, code: str | None, github: GitHub) -> None:
        assert self.look(github, code, error="error: no credentials") == 1
        [issue] = github["issues"]
        assert issue["title"] == "Nobody could look for drift in prod"
        assert ("no credentials" if code is not None else "before it could look") in issue["body"]

    def test_it_is_told_on_the_open_issue_whose_findings_stay(self, github: GitHub) -> None:
        self.look(github, "2", self.report("one column"))
        assert self.look(github, "1", error="error: timeout") == 1
        [issue] = github["issues"]
        assert "one column" in issue["body"]
        assert "timeout" in issue["comments"][0]

    def test_the_next_look_turns_that_into_a_report_or_closes_it(self, github: GitHub) -> None:
        self.look(github, "1", error="error: timeout")
        self.look(github, "2", self.report("one column"))
        [issue] = github["issues"]
        assert issue["title"] == "Drift in prod"
        self.look(github, "0")
        assert not github["issues"][0]["open"]

    def test_findings_without_a_report_are_no_look(self, github: GitHub) -> None:
        assert self.look(github, "2", "Segmentation fault") == 1

    def test_an_error_cannot_break_out_of_its_block(self, github: GitHub) -> None:
        self.look(github, "1", error="```\n# Approved")
        assert "````\n```\n# Approved\n````" in github["issues"][0]["body"]


class TestUnheard:
    """What runs inside cannot speak to GitHub: the token that ends the silence is new each time."""

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        command = [str(REPOSITORY / "scripts" / "unheard.sh"), "sh", "-c", script]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def test_commands_stop_before_and_go_on_after(self) -> None:
        done = self.run("echo ::add-mask::x >&2")
        stopped, inside, resumed = done.stderr.splitlines()
        token = stopped.removeprefix("::stop-commands::")
        assert (len(token), inside, resumed) == (32, "::add-mask::x", f"::{token}::")
        assert self.run("true").stderr != self.run("true").stderr

    @pytest.mark.parametrize("code", [0, 1, 2])
    def test_output_and_exit_code_are_the_commands_own(self, code: int) -> None:
        done = self.run(f"echo digest=1; exit {code}")
        assert (done.returncode, done.stdout) == (code, "digest=1\n")

    def test_words_stay_words(self) -> None:
        command = [str(REPOSITORY / "scripts" / "unheard.sh"), "printf", "%s|", "a b", "$(id)", ""]
        assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "a b|$(id)||"
