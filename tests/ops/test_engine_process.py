"""Starting, finding and stopping local engines: real processes on free ports, about a minute in all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from eros.errors import UserError
from eros.local import process
from eros.local.datadir import LOCK_FILE, clone_data_dir, holder
from eros.local.engine import Engine
from eros.local.process import crashed, find, require, running_engine, start, stop

DATASET = "of-scheduler-proj.d"


def query(engine: Engine, sql: str) -> list[tuple[object, ...]]:
    client = engine.client()
    try:
        return [row.values() for row in client.query_and_wait(sql)]
    finally:
        client.close()


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within 30 s"
        time.sleep(0.05)


def process_exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def is_zombie(pid: int) -> bool:
    """Whether a child of ours has ended, and only waits for us to ask."""
    return os.waitpid(pid, os.WNOHANG)[0] == pid


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """Where a test notes its engines; all are stopped when it ends."""
    yield tmp_path / "home"
    while stop(home=tmp_path / "home"):
        pass


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with running_engine() as engine:
        yield engine


class TestARunningEngine:
    def test_it_starts_as_an_empty_project(self, engine: Engine) -> None:
        client = engine.client()
        assert list(client.list_datasets()) == []
        client.close()

    def test_extensions_that_sql_needs_are_there(self, engine: Engine) -> None:
        la = "TIMESTAMP '2025-07-01 10:05:00+00', 'America/Los_Angeles'"
        assert query(engine, f"SELECT EXTRACT(HOUR FROM DATETIME({la}))") == [(3,)]

    @pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system does not list its sockets in /proc")
    def test_it_listens_on_loopback_only(self, engine: Engine) -> None:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        rows += [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
        own = {f"{port:04X}" for port in (engine.port, engine.grpc_port, engine.transfer_port)}
        listening = {row[1] for row in rows if row[3] == "0A" and row[1].rpartition(":")[2] in own}
        # gRPC's socket is of the IPv6 family, bound to the same address: ::ffff:127.0.0.1
        assert {address.removeprefix("0000000000000000FFFF0000") for address in listening} == {
            f"0100007F:{port}" for port in own
        }

    def test_its_port_alone_is_enough_to_find_it(self, engine: Engine, home: Path) -> None:
        assert find(engine.port, home=home) == engine
        assert require(engine.port, home=home) == engine

    def test_it_is_not_the_one_find_gives_without_a_port(self, engine: Engine, home: Path) -> None:
        assert find(home=home) is None

    def test_its_folder_is_refused_to_a_second_engine(self, engine: Engine, home: Path) -> None:
        with pytest.raises(UserError, match=f"in use by the engine on port {engine.port}"):
            start(0, data_dir=engine.data_dir, home=home)

    def test_its_port_is_refused_to_a_second_engine(self, engine: Engine, home: Path) -> None:
        with pytest.raises(UserError, match=rf"in use by the local engine of {engine.data_dir}.*--port"):
            start(engine.port, home=home)

    def test_every_request_is_logged_when_its_answer_is_there(self, engine: Engine) -> None:
        before = len(engine.requests())
        query(engine, "SELECT 1")
        seen = engine.requests()[before:]
        assert [request.statement for request in seen if request.method == "POST"] == ["SELECT 1"]
        assert not any(request.writes for request in seen)
        query(engine, f"CREATE SCHEMA `{DATASET}_logged`")
        assert [request.statement for request in engine.requests() if request.writes] == [
            f"CREATE SCHEMA `{DATASET}_logged`"
        ]


class TestAFreshMachine:
    def test_extensions_come_from_their_packages(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "user").mkdir()
        monkeypatch.setenv("HOME", str(tmp_path / "user"))  # where DuckDB keeps extensions
        for proxy in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(proxy, "http://127.0.0.1:9")  # nothing can be downloaded, and nothing need be
        for exception in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(exception, raising=False)
        with running_engine(tmp_path / "data") as engine, engine.transfer_client() as transfers:
            query(engine, f"CREATE SCHEMA `{DATASET}`; CREATE TABLE `{DATASET}.t` AS SELECT 1 AS a")
            assert len(list(transfers.list_data_sources(parent=f"projects/{engine.project}"))) == 1
            assert find(engine.port) == engine
        installed = {file.stem for file in (tmp_path / "user").rglob("*.duckdb_extension")}
        assert installed == {"ducklake", "icu", "spatial"}


class TestStartAndStop:
    def test_stop_ends_what_start_began_and_keeps_its_data(self, home: Path) -> None:
        first = start(0, home=home)
        assert find(home=home) == first
        assert first.data_dir == home / "data"
        query(first, f"CREATE SCHEMA `{DATASET}`; CREATE TABLE `{DATASET}.t` AS SELECT 7 AS a")
        assert stop(home=home) == first
        assert not first.alive
        assert not process_exists(first.pid)
        assert find(home=home) is None
        assert crashed(home=home) == []
        assert stop(home=home) is None
        with pytest.raises(UserError, match=r"no local engine is running.*eros up"):
            require(home=home)

        second = start(0, home=home)
        assert query(second, f"SELECT a FROM `{DATASET}.t`") == [(7,)]

    def test_two_run_side_by_side(self, home: Path, tmp_path: Path) -> None:
        one = start(0, data_dir=tmp_path / "one", home=home)
        two = start(0, data_dir=tmp_path / "two", home=home)
        assert find(home=home) == two
        assert find(one.port, home=home) == one
        assert stop(one.port, home=home) == one
        assert (one.alive, two.alive) == (False, True)
        assert find(home=home) == two

    def test_a_killed_engine_is_noticed_and_its_data_is_kept(self, home: Path) -> None:
        engine = start(0, home=home)
        query(engine, f"CREATE SCHEMA `{DATASET}`; CREATE TABLE `{DATASET}.t` AS SELECT 7 AS a")
        os.kill(engine.pid, signal.SIGKILL)
        wait_until(lambda: not engine.alive, "the engine ends")
        assert find(home=home) is None
        assert crashed(home=home) == [engine]
        with pytest.raises(UserError, match=r"engine\.log.*ended without being stopped.*eros up"):
            require(home=home)
        again = start(0, home=home)
        assert query(again, f"SELECT a FROM `{DATASET}.t`") == [(7,)]

    def test_stop_forgets_a_crashed_engine(self, home: Path) -> None:
        engine = start(0, home=home)
        os.kill(engine.pid, signal.SIGKILL)
        wait_until(lambda: not engine.alive, "the engine ends")
        assert stop(home=home) is None
        assert crashed(home=home) == []

    def test_a_query_under_way_does_not_keep_it_from_stopping_gently(self, home: Path) -> None:
        engine = start(0, home=home)
        numbers = "UNNEST(GENERATE_ARRAY(1, 1000000))"
        body = {"query": f"SELECT COUNT(*) FROM {numbers} a, {numbers} b, {numbers} c", "useLegacySql": False}
        url = f"{engine.endpoint}/bigquery/v2/projects/{engine.project}/queries"
        headers = {"content-type": "application/json"}

        def wait_for_a_result_that_never_comes() -> None:
            request = urllib.request.Request(url, json.dumps({**body, "timeoutMs": 60_000}).encode(), headers)
            with contextlib.suppress(OSError):
                urllib.request.urlopen(request, timeout=60)

        waiting = threading.Thread(target=wait_for_a_result_that_never_comes)
        waiting.start()
        with engine.client() as client:
            wait_until(lambda: any(job.state == "RUNNING" for job in client.list_jobs()), "the query runs")
        stop(home=home)
        waiting.join()
        assert not process_exists(engine.pid)
        assert (engine.data_dir / LOCK_FILE).read_text() == "", "it did not get to clean up after itself"

    def test_busy_neighbour_ports_give_way(self, home: Path) -> None:
        with socket.socket() as neighbour:
            neighbour.bind(("127.0.0.1", 0))
            neighbour.listen()
            port = neighbour.getsockname()[1] - 1
            engine = start(port, home=home)
        assert engine.port == port
        assert engine.transfer_port != port + 1

    def test_an_engine_ends_when_its_data_folder_is_removed(self, home: Path) -> None:
        engine = start(0, home=home)
        shutil.rmtree(engine.data_dir)
        wait_until(lambda: not process_exists(engine.pid) or is_zombie(engine.pid), "the engine ends")
        again = start(engine.port, home=home)
        assert query(again, "SELECT 1") == [(1,)]

    def test_an_engine_whose_starter_was_killed_ends(self, tmp_path: Path) -> None:
        program = (
            "import sys; from pathlib import Path; from eros.local.process import start\n"
            "start(0, home=Path(sys.argv[1]))"
        )
        with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) as user:
            wait_until((tmp_path / "data" / LOCK_FILE).exists, "the engine begins to start")
            user.kill()
        wait_until(lambda: holder(tmp_path / "data") is None, "the engine ends with nobody to hear it")

    def test_an_engine_whose_note_was_lost_is_found_by_its_folder(self, home: Path) -> None:
        engine = start(0, home=home)
        shutil.rmtree(home / "engines")
        assert find(home=home) == engine
        assert stop(home=home) == engine


class TestWhatCannotStartSaysWhy:
    def test_a_port_of_another_program(self, home: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            with pytest.raises(UserError, match=rf"port {port} is in use by .*--port"):
                start(port, home=home)
        assert find(home=home) is None

    def test_no_engine_installed(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(process, "find_spec", lambda name: None)
        with pytest.raises(UserError, match=r"not installed.*make up"):
            start(0, home=home)

    def test_damaged_data(self, home: Path) -> None:
        engine = start(0, home=home)
        stop(home=home)
        (engine.data_dir / "emulator.duckdb").write_bytes(b"no database " * 1000)
        with pytest.raises(UserError, match=r"engine\.log: the engine could not start"):
            start(0, home=home)
        assert find(home=home) is None


class TestEnginesOfTestsLeaveNothingBehind:
    def test_the_block_ends_with_an_error(self) -> None:
        with pytest.raises(ZeroDivisionError), running_engine() as engine:
            raise ZeroDivisionError
        assert not process_exists(engine.pid)
        assert not engine.data_dir.exists()

    def test_the_program_is_killed(self, tmp_path: Path) -> None:
        program = (
            "import sys, time; from pathlib import Path; from eros.local.process import running_engine\n"
            "with running_engine(Path(sys.argv[1])) as engine: print(engine.port, flush=True); time.sleep(100)"
        )
        command = [sys.executable, "-c", program, str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as user:
            assert user.stdout is not None
            engine = find(int(user.stdout.readline()))
            assert engine is not None
            user.kill()
        wait_until(lambda: not engine.alive, "the engine ends with its user")


class TestACopiedFolder:
    def test_copies_run_at_the_same_time_and_share_nothing(self, tmp_path: Path) -> None:
        with running_engine(tmp_path / "template") as engine:
            query(
                engine,
                f"CREATE SCHEMA `{DATASET}`; CREATE TABLE `{DATASET}.t` AS SELECT 1 AS a;"
                f"CREATE VIEW `{DATASET}.v` AS SELECT SUM(a) AS s FROM `{DATASET}.t`",
            )
        with ExitStack() as stack:
            one, two = (
                stack.enter_context(running_engine(clone_data_dir(tmp_path / "template", tmp_path / name)))
                for name in ("one", "two")
            )
            query(one, f"INSERT INTO `{DATASET}.t` VALUES (10)")
            query(two, f"INSERT INTO `{DATASET}.t` VALUES (100)")
            assert query(one, f"SELECT s FROM `{DATASET}.v`") == [(11,)]
            assert query(two, f"SELECT s FROM `{DATASET}.v`") == [(101,)]
        with running_engine(tmp_path / "template") as engine:
            assert query(engine, f"SELECT s FROM `{DATASET}.v`") == [(1,)]
