"""`./bootstrap`: whatever an earlier run left, the next one ends with all packages; a missing Python is one message."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import venv
from pathlib import Path
from types import ModuleType

import pytest

from eros.model import REPOSITORY


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "a checkout (ü)"
    (root / "scripts").mkdir(parents=True)
    for name in ("bootstrap", "scripts/install.py", "Pipfile.lock", "pyproject.toml"):
        (root / name).write_bytes((REPOSITORY / name).read_bytes())
    (root / "bootstrap").chmod(0o755)
    return root


@pytest.fixture
def install(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """install.py of the checkout; `install.calls` notes what pip would be asked."""
    spec = importlib.util.spec_from_file_location("install_under_test", checkout / "scripts/install.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(module, "pip", lambda lock, *arguments: calls.append(arguments))
    module.calls = calls  # type: ignore[attr-defined]
    (checkout / ".venv").mkdir()
    return module


def tools(checkout: Path) -> Path:
    """A PATH with what a shell script needs, and no Python."""
    folder = checkout / "bin"
    folder.mkdir()
    for name in ("sh", "dirname", "sort", "tail", "ls", "cat"):
        folder.joinpath(name).symlink_to(next(p for p in (Path("/bin", name), Path("/usr/bin", name)) if p.exists()))
    return folder


def test_a_venv_that_was_cut_off_before_its_pip_is_made_anew(install: ModuleType, checkout: Path) -> None:
    python = checkout / ".venv/bin/python"
    venv.create(checkout / ".venv", with_pip=False, symlinks=True)
    assert subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode
    install.make_venv()
    assert subprocess.run([python, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


def test_packages_of_an_unfinished_installation_are_written_anew(install: ModuleType) -> None:
    install.install(0)
    assert "--ignore-installed" in install.calls[0]


def test_a_finished_installation_is_only_completed_when_the_lock_changes(install: ModuleType, checkout: Path) -> None:
    install.install(0)
    assert install.installed() == install.wanted()
    (checkout / "pyproject.toml").write_text("[project]\n")
    assert install.installed() != install.wanted()
    install.calls.clear()
    install.install(0)
    assert "--ignore-installed" not in install.calls[0]
    assert install.installed() == install.wanted()


def test_a_checkout_that_was_moved_is_installed_anew(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    install.install(0)
    monkeypatch.setattr(install, "ROOT", install.ROOT.rename(install.ROOT.with_name("moved")))
    monkeypatch.setattr(install, "STAMP", install.ROOT / ".venv/eros-installed")
    install.calls.clear()
    install.install(0)
    assert "--ignore-installed" in install.calls[0]


def test_a_second_run_waits_for_the_first(install: ModuleType, checkout: Path) -> None:
    with install.alone():
        second = subprocess.Popen(
            [sys.executable, "-c", f"import fcntl, os; fcntl.flock(os.open({str(checkout)!r}, 0), 6)"],
            stderr=subprocess.DEVNULL,
        )
        assert second.wait() == 1, "the folder could be locked a second time"


def test_the_newest_release_of_pyenv_is_taken(checkout: Path) -> None:
    home = checkout / "home"
    for version in ("3.12.9", "3.13.2", "3.13.10", "3.13.11t", "3.13.0rc1", "3.14.0"):
        python = home / ".pyenv/versions" / version / "bin/python"
        python.parent.mkdir(parents=True)
        # Fits every question, and says who it is when it is asked to install.
        python.write_text(f'#!/bin/sh\n[ "$1" = -c ] || echo took {version}\n')
        python.chmod(0o755)
    environment = {"PATH": str(tools(checkout)), "HOME": str(home)}
    done = subprocess.run(["./bootstrap"], cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "took 3.13.10\n", done.stderr


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ({}, "error: EROS needs Python 3.13"),
        ({"EROS_PYTHON": "/bin/false"}, "error: EROS_PYTHON=/bin/false is no Python 3.13"),
    ],
)
def test_no_python_is_one_message(checkout: Path, extra: dict[str, str], said: str) -> None:
    environment = {"PATH": str(tools(checkout)), **extra}  # no HOME either
    done = subprocess.run(["./bootstrap"], cwd=checkout, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(said), done.stderr
