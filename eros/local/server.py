"""The process of a local engine: the embedded BigQuery and the Data Transfer stand-in, one Python process.

`python -m eros.local.server` is started by process.py, never by hand. One process means one pid, one lock and
one log; if either API ends, both do. It says over the --report pipe that it answers, or why it cannot.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import uvicorn

from eros.errors import UserError
from eros.local import datadir, information_schema, lookup, ports
from eros.local.engine import HOST, IDENTITY_PATH, LOG, REQUEST_LOG, Engine
from eros.local.requestlog import App, Message, Receive, RequestLog, Send
from eros.local.transfer.app import transfer_app

EXTENSIONS = ("ducklake", "icu", "spatial")
WATCH_SECONDS = 1  # between two looks at the data folder: an engine without it would answer from nothing
GRACE_SECONDS = 2  # for requests under way when the engine is told to stop


def main(argv: list[str] | None = None) -> None:
    arguments = _arguments(argv)
    report = os.fdopen(arguments.report, "w", encoding="utf-8")
    try:
        with contextlib.closing(datadir.claim(arguments.data_dir)) as lock:
            _redirect_output(arguments.data_dir)
            _import_extensions()
            _serve(arguments, lock, report)
            datadir.describe(lock, "")
    except UserError as error:
        _tell(report, {"error": {"what": error.what, "where": error.where, "remedy": error.remedy}})
        os._exit(1)
    except Exception as error:
        traceback.print_exc()
        what = f"the engine could not start: {type(error).__name__}: {error}"
        log = str(arguments.data_dir / LOG)
        _tell(report, {"error": {"what": what, "where": log, "remedy": "Read this log."}})
        os._exit(1)
    os._exit(0)  # worker threads may still run a query nobody waits for; DuckDB recovers from its log


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="eros.local.server")
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--project", required=True)
    for name in ("--port", "--grpc-port", "--transfer-port"):
        parser.add_argument(name, type=int, required=True)
    parser.add_argument("--report", type=int, required=True, help="file descriptor of a pipe")
    parser.add_argument("--watch-stdin", action="store_true", help="stop when standard input ends")
    return parser.parse_args(argv)


def _redirect_output(folder: Path) -> None:
    """Send what the process prints to engine.log, and keep the log before: it may tell of a crash."""
    for name in (LOG, REQUEST_LOG):
        with contextlib.suppress(FileNotFoundError):
            (folder / name).replace(folder / f"{name}.1")
    log = os.open(folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _import_extensions() -> None:
    """Copy DuckDB's extensions out of their Python packages, once per machine: no download, no network.

    A built-in icu does not do: DuckDB sets the time zone of a new connection only with one from a file.
    """
    import duckdb
    from duckdb_extensions import import_extension

    with duckdb.connect() as connection:
        rows = connection.execute(
            "SELECT extension_name FROM duckdb_extensions() WHERE installed AND install_path <> '(BUILT-IN)'"
        ).fetchall()
        for name in sorted(set(EXTENSIONS) - {name for (name,) in rows}):
            import_extension(name, con=connection)


def _settle_pandas() -> None:
    """Let DuckDB learn at once that pandas is missing: it looks for it on the whole path twice in every statement with
    parameters, which is an eighth of a caption selection."""
    if find_spec("pandas") is None:
        sys.modules["pandas"] = None  # type: ignore[assignment] # Python's own mark of a module that is not there


def _serve(arguments: argparse.Namespace, lock: IO[str], report: IO[str]) -> None:
    from local_bigquery.engine import database
    from local_bigquery.grpc import server as storage
    from local_bigquery.settings import settings

    bigquery = ports.take(arguments.port)
    transfer, free = ports.take_near(arguments.transfer_port), ports.take_near(arguments.grpc_port)
    grpc_port = ports.number(free)
    free.close()  # gRPC binds its port itself
    settings.bigquery_host = HOST
    settings.data_dir, settings.default_project_id = arguments.data_dir, arguments.project
    settings.default_dataset_id = "main"  # the one schema it does not list: a new project has no dataset
    information_schema.complete()
    lookup.install()
    _settle_pandas()
    database.connection()  # opens or creates the data; raises here rather than on the first request
    storage_server, grpc_port = storage.start(HOST, grpc_port)
    engine = Engine(
        pid=os.getpid(),
        project=arguments.project,
        port=ports.number(bigquery),
        grpc_port=grpc_port,
        transfer_port=ports.number(transfer),
        data_dir=arguments.data_dir,
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        versions=datadir.versions(),
    )

    def ready() -> bool:
        datadir.completed(arguments.data_dir)
        datadir.describe(lock, engine.to_json())
        return _tell(report, {"engine": json.loads(engine.to_json())})

    with (arguments.data_dir / REQUEST_LOG).open("w", encoding="utf-8") as file:
        servers = [
            _Server(_config(RequestLog(_bigquery_app(engine), "bigquery", file))),
            _Server(_config(RequestLog(transfer_app(engine), "transfer", file))),
        ]
        try:
            watch = functools.partial(datadir.holds, lock, arguments.data_dir)
            asyncio.run(_run(servers, [bigquery, transfer], arguments.watch_stdin, ready, watch))
        finally:
            storage_server.stop(None)


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to `_run`: two of them in one process would each take them away."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: App) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


async def _run(
    servers: list[_Server],
    sockets: list[Any],
    watch_stdin: bool,
    ready: Callable[[], bool],
    folder_there: Callable[[], bool],
) -> None:
    """Serve until a signal, the end of standard input, of one server or of the data folder; then stop all.

    `ready` says whether the one who started us is still there to hear it; if not, nobody would know of us.
    """
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    if watch_stdin:
        threading.Thread(target=_wait_for_end_of_stdin, args=(loop, stop), daemon=True).start()
    tasks = [
        asyncio.create_task(server.serve(sockets=[socket])) for server, socket in zip(servers, sockets, strict=True)
    ]
    for task in tasks:
        task.add_done_callback(lambda _: stop())
    while not all(server.started for server in servers) and not any(task.done() for task in tasks):
        await asyncio.sleep(0.01)
    if not any(server.should_exit for server in servers) and not ready():
        stop()
    while not any(task.done() for task in tasks):
        await asyncio.wait(tasks, timeout=WATCH_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if not folder_there():
            stop()
    await asyncio.gather(*tasks)


def _wait_for_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    while os.read(sys.stdin.fileno(), 1024):
        pass
    with contextlib.suppress(RuntimeError):  # the loop has ended already
        loop.call_soon_threadsafe(stop)


def _bigquery_app(engine: Engine) -> App:
    """The engine's own application, with one more address that says which engine it is."""
    from local_bigquery import app

    identity = engine.to_json().encode()

    async def with_identity(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != IDENTITY_PATH:
            await app(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": identity})

    return with_identity


def _tell(report: IO[str], message: dict[str, Any]) -> bool:
    """Say it to the one who started us; False if it is gone, or has heard something already."""
    try:
        report.write(json.dumps(message) + "\n")
        report.close()
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    main()
