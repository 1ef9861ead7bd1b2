"""Installs what Pipfile.lock names into the running environment; part of ./bootstrap. Standard library only.

pip reads the lock itself, so that pip's own configuration decides which index is used. `pipenv sync --dev` installs
the same packages where pipenv is at hand.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAMP = Path(sys.prefix) / "eros-installed"


def fingerprint() -> str:
    """What the installation depends on: the lock, the package's own settings, the interpreter and the place."""
    parts = [(ROOT / name).read_bytes() for name in ("Pipfile.lock", "pyproject.toml")]
    parts += [sys.version.encode(), str(ROOT).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


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


def pip(*arguments: str) -> None:
    """Run pip; its own message is the clearest there is when it fails."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *arguments]
    if subprocess.run(command, check=False).returncode:
        sys.exit("error: the packages could not be installed; pip's message is above. Run the same command again.")


def main() -> None:
    """Install, then note what was installed, so that an interrupted run is begun again."""
    if "--check" in sys.argv:
        sys.exit(0 if STAMP.exists() and STAMP.read_text() == fingerprint() else 1)
    print("Installing the locked packages", file=sys.stderr)
    STAMP.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requirements.txt"
        file.write_text(requirements(), encoding="utf-8")
        pip("--require-hashes", "--no-deps", "-r", str(file))
    pip("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    STAMP.write_text(fingerprint())


if __name__ == "__main__":
    main()
