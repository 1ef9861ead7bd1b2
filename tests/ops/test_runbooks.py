"""Every `eros` command of the runbooks and of the recovery document is run, on an engine instead of prod.

What `bq` and `cdktf` commands do is not tested here: they need Google Cloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from eros.local import process
from eros.local.datadir import clone_data_dir
from eros.local.engine import Engine
from eros.model import REPOSITORY
from tests.ops.test_cli import eros

DOCS = [*sorted((REPOSITORY / "docs" / "runbooks").glob("*.md")), REPOSITORY / "docs" / "recovery.md"]
COMMANDS = sorted({c for path in DOCS for c in re.findall(r"\$ eros (.*)", path.read_text(encoding="utf-8"))})
REMOVES = "rollback"

#: 2 and 3 are findings: on a young engine there are some, and a runbook is read when there are.
FINE = (0, 2, 3)


@pytest.fixture(scope="module")
def engine(sample_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder = tmp_path_factory.mktemp("runbooks") / "data"
    clone_data_dir(sample_template, folder)
    with process.running_engine(folder) as running:
        yield running


@pytest.mark.parametrize("command", sorted(COMMANDS, key=lambda c: (c.startswith(REMOVES), c)))
def test_a_command_runs(command: str, engine: Engine) -> None:
    here = re.sub(r"--env prod|--date \S+", "", command).replace("PAGE", "aurora_ash").split()
    confirmed = ["--yes"] if command.startswith(REMOVES) else []
    done = eros(*here, "--port", str(engine.port), *confirmed)
    assert "Usage:" not in done.stderr, done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in FINE, done.stdout + done.stderr


def test_there_are_commands() -> None:
    assert len(COMMANDS) > 10
