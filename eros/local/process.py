"""Start, find and stop local engines. Deploying onto one is not done here.

    engine = start()                     # `eros up`: detached, answers when this returns, outlives us
    engine = start(9070, data_dir=path)  # a second one beside it; port 0 takes free ports
    engine = find()                      # the one this checkout started last, if it still runs; find(9070)
    engine = require(port)               # the same, or a UserError that says what to do
    crashed()                            # engines that ended without being stopped
    stop()                               # `eros down`: gently, then by force; nothing is left running
    with running_engine() as engine:     # for tests: free ports, own folder; ends with this process, even on kill -9

    engine.client(), engine.transfer_client(), engine.requests(), engine.log, engine.alive   # see engine.py
    clone_data_dir(stopped.data_dir, new_folder)   # a deployed folder as a template for many engines

What this checkout started is noted in .eros/engines/<port>.json; whether it runs is told by the lock on its
data folder (datadir.py), never by a pid.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from eros.errors import UserError
from eros.local.datadir import clone_data_dir, holder, write_atomically
from eros.local.engine import HOST, IDENTITY_PATH, LOG, Engine

__all__ = [
    "DEFAULT_PORT",
    "Engine",
    "clone_data_dir",
    "crashed",
    "engines",
    "find",
    "require",
    "running_engine",
    "start",
    "stop",
]

HOME = Path(__file__).resolve().parents[2] / ".eros"  # in the checkout, ignored by git
PROJECT = "of-scheduler-proj"
DEFAULT_PORT = 9050
START_SECONDS = 90.0  # a slow disk with cold byte code; 2 to 5 s are usual
STOP_SECONDS = 8.0
# The engine also reads its settings from variables of these names; ours come from the command line alone.
ENGINE_VARIABLES = ("GROUPS", "CALLER", "DATA_DIR", "POSTGRES_URI", "STORAGE_EMULATOR_HOST", "GCS_LOCAL_ROOT")

_children: dict[int, subprocess.Popen[bytes]] = {}  # kept to collect their exit status


def start(
    port: int | None = None,
    *,
    data_dir: Path | None = None,
    project: str = PROJECT,
    home: Path = HOME,
) -> Engine:
    """Start an engine that outlives this process, and return when it answers.

    Args:
        port: of the BigQuery API, 9050 by default, 0 for any free one. The transfer API takes the next port
            and gRPC the tenth after, or free ones where those are busy.
        data_dir: kept between starts; `.eros/data` in the checkout by default.
        project: id of the project the engine serves.
        home: where started engines are noted.

    Raises:
        UserError: port or folder in use, folder of another version, engine not installed or not answering.
    """
    folder = (data_dir or home / "data").expanduser().resolve()
    engine = _spawn(DEFAULT_PORT if port is None else port, folder, project, bound_to_us=False)
    note = _note(engine.port, home)
    note.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(note, engine.to_json())
    return engine


def find(port: int | None = None, *, home: Path = HOME) -> Engine | None:
    """The running engine this checkout started last; with a port, the one there, whoever started it."""
    for engine in reversed(_noted(home)):
        if port in (None, engine.port) and engine.alive:
            return engine
    return None if port is None else _ask(port)


def require(port: int | None = None, *, home: Path = HOME) -> Engine:
    """Like `find`, for callers that cannot go on without an engine.

    Raises:
        UserError: none runs.
    """
    if engine := find(port, home=home):
        return engine
    for engine in reversed(crashed(home=home)):
        if port in (None, engine.port):
            raise UserError(
                f"the engine on port {engine.port} (pid {engine.pid}) ended without being stopped.",
                where=str(engine.log),
                remedy="Read its log; start it again with `eros up`.",
            )
    where = "" if port is None else f"port {port}"
    raise UserError("no local engine is running.", where=where, remedy="Start one with `eros up`.")


def engines(*, home: Path = HOME) -> list[Engine]:
    """The engines this checkout started that run, oldest first."""
    return [engine for engine in _noted(home) if engine.alive]


def crashed(*, home: Path = HOME) -> list[Engine]:
    """Engines this checkout started that ended without `stop`, oldest first."""
    return [engine for engine in _noted(home) if not engine.alive]


def stop(port: int | None = None, *, home: Path = HOME) -> Engine | None:
    """Stop an engine, as `find` finds it, and forget crashed ones. Returns what was stopped, None if nothing."""
    engine = find(port, home=home)
    if engine:
        _terminate(engine)
        _note(engine.port, home).unlink(missing_ok=True)
    for dead in crashed(home=home):
        if port in (None, dead.port):
            _note(dead.port, home).unlink(missing_ok=True)
    return engine


@contextlib.contextmanager
def running_engine(data_dir: Path | None = None, *, port: int = 0, project: str = PROJECT) -> Iterator[Engine]:
    """An engine for the length of a `with` block, on free ports, in a temporary folder unless one is given.

    It is not noted in the checkout, so `find()` keeps giving the user's own. It stops when the block ends
    however it ends, and by itself when this process dies.
    """
    with contextlib.ExitStack() as stack:
        if data_dir is None:
            data_dir = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="eros-")))
        engine = _spawn(port, data_dir.expanduser().resolve(), project, bound_to_us=True)
        stack.callback(_terminate, engine)
        yield engine


def _spawn(port: int, folder: Path, project: str, *, bound_to_us: bool) -> Engine:
    if find_spec("local_bigquery") is None or find_spec("duckdb_extensions") is None:
        raise UserError("the embedded BigQuery is not installed.", remedy="Run `make up`, which installs it.")
    if port and (other := _ask(port)):
        raise UserError(
            f"port {port} is in use by the local engine of {other.data_dir} (pid {other.pid}).",
            remedy=f"Stop it with `eros down --port {port}`, or name another port with --port.",
        )
    reading, writing = os.pipe()
    command = [sys.executable, "-P", "-m", "eros.local.server", "--data-dir", str(folder), "--project", project]
    command += ["--port", str(port), "--transfer-port", str(port and port + 1)]
    command += ["--grpc-port", str(port and port + 10), "--report", str(writing)]
    command += ["--watch-stdin"] if bound_to_us else []
    with os.fdopen(reading, "rb") as report:
        try:
            child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if bound_to_us else subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[writing],
                start_new_session=True,  # Ctrl-C in our terminal is not meant for it
                cwd="/",
                env=_environment(),
            )
        finally:
            os.close(writing)
        try:
            engine = _reported(report, folder, child)
        except BaseException:
            child.kill()
            child.wait()
            _close_stdin(child)
            raise
    _children[child.pid] = child
    return engine


def _environment() -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name.upper() not in ENGINE_VARIABLES}
    proxied = [environment[name] for name in ("NO_PROXY", "no_proxy") if environment.get(name)]
    environment["NO_PROXY"] = environment["no_proxy"] = ",".join([HOST, "localhost", *proxied])
    return environment


def _reported(report: Any, folder: Path, child: subprocess.Popen[bytes]) -> Engine:
    """Wait for the server's one line; an engine, or the reason there is none."""
    ready, _, _ = select.select([report], [], [], START_SECONDS)
    line = report.readline() if ready else b""
    message = json.loads(line) if line else {}
    if "error" in message:
        raise UserError(**message["error"])
    if engine := Engine.from_json(message.get("engine", {})):
        return engine
    happened = f"ended with status {child.wait()}" if ready else f"did not answer within {START_SECONDS:.0f} s"
    raise UserError(f"the engine {happened}.", where=str(folder / LOG), remedy="Read this log.")


def _ask(port: int) -> Engine | None:
    """The engine that answers on a port and truly holds the folder it names, or None."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://{HOST}:{port}{IDENTITY_PATH}", timeout=1) as response:
            engine = Engine.from_json(json.loads(response.read(100_000)))
    except (OSError, ValueError):
        return None
    return engine if engine and engine.alive else None


def _terminate(engine: Engine) -> None:
    """End the engine's process: SIGTERM, and SIGKILL if it is still there after some seconds."""
    child = _children.pop(engine.pid, None)
    try:
        for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
            if not engine.alive:
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(engine.pid, number)
            deadline = time.monotonic() + seconds
            while engine.alive and time.monotonic() < deadline:
                time.sleep(0.02)
        if engine.alive:
            raise UserError(f"the engine (pid {engine.pid}) does not end.", where=str(engine.log))
    except PermissionError:
        raise UserError(f"the engine (pid {engine.pid}) belongs to another user.") from None
    finally:
        if child:
            child.wait()
            _close_stdin(child)


def _close_stdin(child: subprocess.Popen[bytes]) -> None:
    if child.stdin:
        child.stdin.close()


def _note(port: int, home: Path) -> Path:
    return home / "engines" / f"{port}.json"


def _noted(home: Path) -> list[Engine]:
    """The engines this checkout started and did not stop, oldest first."""
    engines = {}
    for file in (home / "engines").glob("*.json"):
        with contextlib.suppress(OSError, ValueError):
            if engine := Engine.from_json(json.loads(file.read_text(encoding="utf-8"))):
                engines[engine.port] = engine
    # One on the checkout's own folder is ours even where its note was lost.
    if engine := Engine.from_json(holder(home / "data") or {}):
        engines[engine.port] = engine
    return sorted(engines.values(), key=lambda engine: engine.started_at)
