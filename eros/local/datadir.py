"""The engine's data folder: who uses it, which versions made it, where it lies, how to copy it.

Two files of ours lie beside the engine's own:
    eros-data.json  versions that wrote the folder, its path, and whether its first start came to an end
    engine.json     the running engine (see engine.py); the process holds an exclusive flock on it for life

The lock, not the pid, says whether an engine runs: the kernel drops it however the process ends, so neither
kill -9 nor a pid used again by another program can deceive.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from eros.errors import UserError

LAYOUT = 1  # raise it when what we keep in the folder changes
VERSIONS_FILE, LOCK_FILE = "eros-data.json", "engine.json"
ROOM_BYTES = 64 << 20  # the sample and its logs take about 15 MB; on a full disk an engine fails in many ways
NOT_COPIED = shutil.ignore_patterns(LOCK_FILE, "*.log", "*.log.1")
LOCK_PATIENCE_SECONDS = 1.0  # readers hold the lock for microseconds; see `holder`


def versions() -> dict[str, str]:
    """What decides the format of a data folder."""
    return {"layout": str(LAYOUT), "local-bigquery": version("local-bigquery"), "duckdb": version("duckdb")}


def holder(folder: Path) -> dict[str, Any] | None:
    """What the process that uses the folder says of itself ({} while it starts), or None if nobody uses it."""
    try:
        with (folder / LOCK_FILE).open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return None
            except BlockingIOError:
                return _object(file.read())
    except (FileNotFoundError, NotADirectoryError):
        return None


def claim(folder: Path) -> IO[str]:
    """Make the folder ready for this process and hold it until the returned file is closed.

    Creates it if it is missing, starts afresh where an earlier first start was interrupted, and corrects the
    path DuckLake keeps where the folder was moved or copied.

    Raises:
        UserError: in use, made by other versions, not an EROS data folder, or not writable.
    """
    if "'" in str(folder):
        raise UserError("the engine cannot use a path with a quote in it.", where=str(folder))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        strangers = sorted(p.name for p in folder.iterdir() if p.name != LOCK_FILE)
        if strangers and VERSIONS_FILE not in strangers:
            raise UserError(
                f"is not an EROS data folder, it holds {', '.join(strangers[:3])}.",
                where=str(folder),
                remedy="Choose another one with --data-dir.",
            )
        free = shutil.disk_usage(folder).free
        if free < ROOM_BYTES:
            raise UserError(
                f"has {free >> 20} MB left on its disk; an engine needs {ROOM_BYTES >> 20}.",
                where=str(folder),
                remedy="Make room, or choose another folder with --data-dir.",
            )
        lock = _lock(folder)
    except OSError as error:
        raise UserError(
            f"cannot be used as data folder: {error.strerror}.",
            where=str(folder),
            remedy="Choose another one with --data-dir.",
        ) from error
    try:
        _prepare(folder)
    except BaseException:
        lock.close()
        raise
    return lock


@contextlib.contextmanager
def alone(file: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock file, and tell `waiting` once if another process has it first. It ends with this process."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock = file.open("a", encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}.", where=str(file)) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def describe(lock: IO[str], text: str) -> None:
    """Write what `holder` is to tell others into the claimed folder."""
    lock.seek(0)
    lock.truncate()
    lock.write(text)
    lock.flush()


def holds(lock: IO[str], folder: Path) -> bool:
    """Whether the claimed file still lies in the folder: it does not where somebody removed or moved the folder."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), (folder / LOCK_FILE).stat())
    except OSError:
        return False


def completed(folder: Path) -> None:
    """Note that the engine came up with this folder: from now on it is never emptied by `claim`."""
    _write(folder, ready=True)


def clone_data_dir(source: Path, target: Path) -> Path:
    """Copy the data of a stopped engine to a new folder, on which another engine can be started.

    DuckLake keeps the absolute path of its files; `claim` corrects it when the copy is first started. Copies
    share nothing: any number can be used at the same time.

    Raises:
        UserError: the source is in use or no data folder, or the target is not empty.
    """
    if not (_recorded(source) or {}).get("ready"):
        raise UserError("holds no finished EROS data.", where=str(source))
    if target.exists() and any(target.iterdir()):
        raise UserError("is not empty.", where=str(target), remedy="Copy to a new folder.")
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.unfinished")
    with (source / LOCK_FILE).open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # nobody starts an engine on it meanwhile
        except BlockingIOError:
            raise UserError(
                "is used by a running engine.", where=str(source), remedy="Stop it before you copy."
            ) from None
        try:
            shutil.copytree(source, unfinished, ignore=NOT_COPIED)
            unfinished.replace(target)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return target


def _lock(folder: Path) -> IO[str]:
    file = (folder / LOCK_FILE).open("a+", encoding="utf-8")
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() < deadline:
                time.sleep(0.02)
                continue
            file.seek(0)
            other = _object(file.read())
            file.close()
            by = f"the engine on port {other['port']}, pid {other['pid']}" if "port" in other else "another engine"
            raise UserError(
                f"is in use by {by}.",
                where=str(folder),
                remedy="Stop it with `eros down`, or choose another folder with --data-dir.",
            ) from None
        describe(file, "")
        return file


def _prepare(folder: Path) -> None:
    for unfinished in folder.glob("*.new"):  # of `write_atomically`
        unfinished.unlink()
    recorded = _recorded(folder)
    if recorded is None or recorded.get("ready") is False:  # new, or nothing was ever served from it
        for entry in folder.iterdir():
            if entry.name not in (LOCK_FILE, VERSIONS_FILE):
                shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    else:
        made_by, now = recorded.get("versions"), versions()
        if made_by != now:
            raise UserError(
                f"was made by {named(made_by)}, this is {named(now)}.",
                where=str(folder),
                remedy="Remove the folder, or choose another one with --data-dir.",
            )
        if recorded.get("path") != str(folder):
            _relocate(folder)
    _write(folder, ready=bool(recorded and recorded.get("ready")))


def _relocate(folder: Path) -> None:
    """Tell each DuckLake catalogue where its files lie now; it refuses to open with another path."""
    import duckdb

    for catalogue in folder.glob("*.ducklake"):
        with duckdb.connect(str(catalogue)) as connection:
            connection.execute(
                "UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path'",
                [f"{catalogue.with_suffix('')}/"],
            )


def _write(folder: Path, *, ready: bool) -> None:
    content = {"versions": versions(), "path": str(folder), "ready": ready}
    write_atomically(folder / VERSIONS_FILE, json.dumps(content, indent=1))


def write_atomically(path: Path, text: str) -> None:
    """Replace a file so that a reader, or a crash, sees the old or the new content and nothing in between."""
    scratch = path.with_name(f"{path.name}.{os.getpid()}.new")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)


def _recorded(folder: Path) -> dict[str, Any] | None:
    """What the versions file says; {} if it says nothing we understand, None if there is none."""
    try:
        return _object((folder / VERSIONS_FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def named(versions: object) -> str:
    """`layout 1, local-bigquery 0.5, duckdb 1.4` for people."""
    known = isinstance(versions, Mapping) and versions
    return ", ".join(f"{k} {v}" for k, v in known.items()) if known else "an unknown version"
