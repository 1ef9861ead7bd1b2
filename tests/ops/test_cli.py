"""The `eros` command as a user runs it: exit codes, one clear line for a mistake, output for people and programs."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from eros.local import process
from eros.local.datadir import clone_data_dir
from eros.local.engine import Engine
from eros.local.requestlog import Request
from eros.model import PREFIX, REPOSITORY


def eros(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own, on a wide terminal."""
    return subprocess.run(
        [sys.executable, "-m", "eros.cli", *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def measures(request: Request) -> bool:
    """Test 8.1 is a script, because it reads the clock between statements; it declares, selects and sets."""
    words = re.findall(r"\b[A-Z]+\b", re.sub(r"--[^\n]*|'[^']*'|`[^`]*`", "", request.statement or "DROP"))
    return not {"CREATE", "ALTER", "DROP", "INSERT", "MERGE", "UPDATE", "DELETE", "TRUNCATE", "CALL"} & set(words)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def refused(done: subprocess.CompletedProcess[str], says: str) -> None:
    """One clear error, exit code 1, no stack trace."""
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.startswith("error: "), done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def sample_engine(sample_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("cli") / "data"
    clone_data_dir(sample_template, folder)
    with process.running_engine(folder) as engine:
        yield engine


def test_up_deploys_loads_runs_and_verifies_then_does_nothing_more(tmp_path: Path) -> None:
    port = free_port()
    options = ("--port", str(port), "--data-dir", str(tmp_path / "data"))
    try:
        first = eros("up", *options, "--json")
        assert first.returncode == 0, first.stdout + first.stderr
        summary: dict[str, Any] = json.loads(first.stdout)
        assert summary["ok"]
        assert summary["objects"] == {"created": sum(summary["objects"].values())}
        assert summary["rows"]["mass_messages"] == 63_411
        assert {job["row"]["job_status"] for job in summary["jobs"]} <= {"SUCCESS", "COMPLETED_WITH_ERRORS"}
        assert [test["status"] for test in summary["tests"]] == ["PASS"] * 21

        engine = process.find(port)
        assert engine is not None
        before = len(engine.requests())
        again = eros("up", *options, "--json")
        assert again.returncode == 0, again.stdout + again.stderr
        summary = json.loads(again.stdout)
        assert set(summary["objects"]) == {"unchanged"}
        assert summary["jobs"] == []
        assert [str(r) for r in engine.requests()[before:] if r.writes and not measures(r)] == []

        shown = eros("status")
        assert f"http://127.0.0.1:{port}" in shown.stdout
    finally:
        eros("down", "--port", str(port))
    assert process.find(port) is None


def test_verify_gives_the_21_to_a_program(sample_engine: Engine) -> None:
    done = eros("verify", "--port", str(sample_engine.port), "--json")
    # The calendar is empty before its job ran, so some tests fail: that is exit code 2.
    results = json.loads(done.stdout)
    assert done.returncode == 2
    assert len(results) == 21
    assert set(results[0]) == {"id", "category", "name", "status", "detail", "seconds"}
    assert {r["id"] for r in results if r["status"] == "FAIL"} == {"3.3", "6.1", "6.2"}


def test_run_shows_the_log_row(sample_engine: Engine) -> None:
    done = eros("run", "sweep_expired_caption_locks", "--port", str(sample_engine.port))
    assert done.returncode == 0, done.stderr
    assert "SUCCESS" in done.stdout
    assert "job_duration_seconds" in done.stdout


def test_run_takes_a_date_for_the_daily_job(sample_engine: Engine) -> None:
    port = str(sample_engine.port)
    done = eros("run", "run_daily_automation", "--date", "2020-01-01", "--port", port)
    refused(done, "2020-01-01")
    refused(eros("run", "snapshot_state", "--date", "2020-01-01", "--port", port), "takes no date")


def test_select_shows_real_captions(sample_engine: Engine) -> None:
    (row,) = sample_engine.client().query_and_wait(f"SELECT MAX(page_name) AS page_name FROM `{PREFIX}.mass_messages`")
    port = str(sample_engine.port)
    shown = eros("select", row["page_name"], "--port", port, "--budget", "2", "--mid", "1")
    assert shown.returncode == 0, shown.stderr
    assert row["page_name"] in shown.stdout
    rows = json.loads(eros("select", row["page_name"], "--port", port, "--json").stdout)
    assert rows
    assert all(isinstance(r["caption_id"], str) and int(r["caption_id"]) for r in rows)
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    assert eros("select", row["page_name"], "--port", port, **ascii_only).returncode == 0
    escaped = json.loads(eros("select", row["page_name"], "--port", port, "--json", **ascii_only).stdout)
    assert not any("?" * 3 in r["caption_text"] for r in escaped)
    assert any(not r["caption_text"].isascii() for r in escaped)
    assert shown.stderr == ""
    misspelt = eros("select", row["page_name"] + "x", "--port", port, "--budget", "1")
    assert f"has sent no message yet. Did you mean '{row['page_name']}'?" in misspelt.stderr
    refused(eros("select", row["page_name"], "--segment", "RICH", "--port", port), "RICH")


MISTAKES = {
    "no engine": (("verify", "--port", "1"), "no local engine is running"),
    "an unknown environment": (("verify", "--env", "produ"), "no environment 'produ'. Did you mean 'prod'?"),
    "an unknown job": (("run", "update_caption_perf", "--port", "PORT"), "Did you mean 'update_caption_performance'?"),
    "the port in use": (("up", "--port", "PORT"), "is used by an engine on"),
}


WRONG_OPTIONS = (
    (),
    ("slect", "x"),
    ("status", "--jsn"),
    ("select",),
    ("verify", "--port", "70000"),
    ("run", "run_daily_automation", "--date", "2026-02-30"),
)


@pytest.mark.parametrize("arguments", WRONG_OPTIONS, ids=" ".join)
def test_a_wrong_option_does_not_look_like_findings(arguments: tuple[str, ...]) -> None:
    done = eros(*arguments)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Usage: " in done.stdout + done.stderr


def test_the_engine_of_another_checkout_is_left_alone(sample_engine: Engine) -> None:
    before = len(sample_engine.requests())
    refused(eros("up", "--port", str(sample_engine.port)), f"is used by an engine on {sample_engine.data_dir}")
    assert [r for r in sample_engine.requests()[before:] if "/bigquery/" in r.path] == []


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_one_clear_line(case: str, sample_engine: Engine, tmp_path: Path) -> None:
    arguments, says = MISTAKES[case]
    given = [a.replace("PORT", str(sample_engine.port)) for a in arguments]
    if given[0] == "up":
        given += ["--data-dir", str(tmp_path / "other")]
    refused(eros(*given), says)


def test_a_port_held_by_another_program(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        refused(eros("up", "--port", port, "--data-dir", str(tmp_path / "data")), port)


def test_a_plan_that_is_missing(tmp_path: Path) -> None:
    port = str(free_port())
    try:
        done = eros("up", "--port", port, "--data-dir", str(tmp_path / "data"), "--plan", str(tmp_path / "none"))
        refused(done, "there is no plan here")
    finally:
        eros("down", "--port", port)


def test_a_data_folder_of_an_older_version(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with process.running_engine(folder):
        pass
    note = folder / "eros-data.json"
    note.write_text(note.read_text(encoding="utf-8").replace('"layout": "1"', '"layout": "0"'), encoding="utf-8")
    refused(eros("up", "--port", str(free_port()), "--data-dir", str(folder)), "was made by layout 0")


def test_an_engine_that_is_not_installed(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name == 'local_bigquery' else find(name, package)\n"
    )
    done = eros("up", "--port", str(free_port()), "--data-dir", str(tmp_path / "data"), PYTHONPATH=str(tmp_path))
    refused(done, "not installed")
