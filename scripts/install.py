"""Makes .venv and installs what Pipfile.lock names into it; part of ./bootstrap. Standard library only.

pip reads the lock itself, so that pip's own configuration decides which index is used. `pipenv sync --dev` installs
the same packages where pipenv is at hand. Whatever ended an earlier run, the next one mends what it left.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "eros-installed"  # written last: the place and the fingerprint of a finished installation

#: Python 3.13 that also has pip to the last file: venv unpacks it after the interpreter is in place.
USABLE = (
    "import sys; from importlib.metadata import files; sys.exit(sys.version_info[:2] != (3, 13) or not files('pip'))"
)


def wanted() -> list[str]:
    """The place, since scripts name their interpreter by its path; and what the packages depend on."""
    parts = [(ROOT / name).read_bytes() for name in ("Pipfile.lock", "pyproject.toml")]
    parts.append(repr(sys.version_info[:2]).encode())
    return [str(ROOT), hashlib.sha256(b"\0".join(parts)).hexdigest()]


def installed() -> list[str]:
    """What the last finished installation noted; nothing where none was finished."""
    return STAMP.read_text(encoding="utf-8").splitlines() if STAMP.exists() else []


def requirements() -> str:
    """The lock in pip's own format, hashes included; the project itself is installed after it."""
    lock = json.loads((ROOT / "Pipfile.lock").read_text(encoding="utf-8"))
    lines = []
    for name, entry in sorted({**lock["default"], **lock["develop"]}.items()):
        if entry.get("editable"):
            continue
        extras = f"[{','.join(entry['extras'])}]" if entry.get("extras") else ""
        marker = f" ; {entry['markers']}" if entry.get("markers") else ""
        hashes = "".join(f" --hash={value}" for value in entry["hashes"])
        lines.append(f"{name}{extras}{entry['version']}{marker}{hashes}")
    return "\n".join(lines) + "\n"


@contextmanager
def alone() -> Iterator[int]:
    """Hold the checkout's folder locked, so that two runs at once do not install over each other."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another run that installs here", file=sys.stderr)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield folder
    finally:
        os.close(folder)


def make_venv() -> None:
    """Make .venv, unless a usable one is there."""
    if PYTHON.exists() and subprocess.run([PYTHON, "-c", USABLE], capture_output=True, check=False).returncode == 0:
        return
    print(f"Making .venv with Python {sys.version.split()[0]}", file=sys.stderr)
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        venv.create(VENV, with_pip=True, symlinks=True)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {VENV} could not be made: {error}. Mend that, and run the same command again.")


def pip(lock: int, *arguments: str) -> None:
    """Run pip; its own message is the clearest there is when it fails. It keeps the lock should it outlive us."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *arguments]
    if subprocess.run(command, check=False, pass_fds=[lock]).returncode:
        sys.exit("error: the packages could not be installed; pip's message is above. Run the same command again.")


def install(lock: int) -> None:
    """Install the locked packages and the project, then note it."""
    print("Installing the locked packages, a minute or so", file=sys.stderr)
    # What an interrupted run or another place left may look installed without being whole: write every file anew.
    anew = [] if installed()[:1] == wanted()[:1] else ["--ignore-installed"]
    STAMP.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(requirements(), encoding="utf-8")
        pip(lock, *anew, "--require-hashes", "--no-deps", "-r", str(file))
    pip(lock, "--no-deps", "--no-build-isolation", "-e", str(ROOT))
    STAMP.write_text("\n".join(wanted()), encoding="utf-8")


def main() -> None:
    """With --check, only say by the exit code whether all is there."""
    if "--check" in sys.argv:
        sys.exit(0 if installed() == wanted() else 1)
    try:
        with alone() as lock:
            if installed() != wanted():
                make_venv()
                install(lock)
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. Run the same command again; it begins where it must.")


if __name__ == "__main__":
    main()
