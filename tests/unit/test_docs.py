"""The documents point at what is there: links, paths and console commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from eros.cli import app
from eros.model import REPOSITORY

DOCS = sorted((REPOSITORY / "docs").rglob("*.md"))

#: Paths a document names in backticks begin with one of these.
TOP = ("benchmarks", "docs", "environments", "eros/", "schemas", "scripts", "sql/", "stacks/", "tests", ".github")

#: The folders that together are the operator's library: its commands have to be right at three in the morning.
RUNBOOKS = sorted((REPOSITORY / "docs" / "runbooks").glob("*.md"))


def name(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


@pytest.mark.parametrize("path", DOCS, ids=name)
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text("utf-8")):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), f"{name(path)} links to {target}"


@pytest.mark.parametrize(
    "path", [REPOSITORY / "docs" / f"{p}.md" for p in ("coverage", "security", "recovery")], ids=name
)
def test_every_path_named_is_there(path: Path) -> None:
    for quoted in re.findall(r"`([\w./*-]+)`", path.read_text("utf-8")):
        if quoted.startswith(TOP):
            assert (REPOSITORY / quoted).exists(), f"{name(path)} names {quoted}"


@pytest.mark.parametrize("path", RUNBOOKS, ids=name)
class TestRunbooks:
    def test_it_says_when_it_is_over(self, path: Path) -> None:
        if path.stem != "README":
            text = path.read_text("utf-8")
            assert "**You see**" in text
            assert "**Over when**" in text

    def test_its_commands_stand_in_console_blocks(self, path: Path) -> None:
        for block in re.findall(r"^\s*```console\n(.*?)^\s*```", path.read_text("utf-8"), re.DOTALL | re.MULTILINE):
            for line in block.splitlines():
                assert re.match(r"\s*\$ (eros|bq|cdktf) ", line), f"{name(path)}: {line!r}"

    def test_eros_is_told_the_environment(self, path: Path) -> None:
        for line in re.findall(r"\$ eros .*", path.read_text("utf-8")):
            assert "--env prod" in line, f"{name(path)}: {line}"

    def test_it_is_in_the_table_of_contents(self, path: Path) -> None:
        if path.stem != "README":
            assert f"]({path.name})" in (path.parent / "README.md").read_text("utf-8")

    def test_it_is_short(self, path: Path) -> None:
        assert len(path.read_text("utf-8").splitlines()) <= 70


def commands() -> Iterator[tuple[str, str]]:
    """(document, `verb --option …`) of every eros command that a document tells to type."""
    for path in [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *DOCS]:
        for line in re.findall(r"(?:^|&& |\$ )(?:\.venv/bin/)?eros ([a-z][^`&#\n]*)", path.read_text("utf-8"), re.M):
            yield name(path), line.strip()


@pytest.mark.parametrize(("document", "line"), list(commands()))
def test_a_command_is_one_of_ours(document: str, line: str) -> None:
    command: Any = get_command(app)
    words = line.split()
    while words and hasattr(command, "commands"):
        assert words[0] in command.commands, f"{document}: eros {line}"
        command = command.commands[words.pop(0)]
    known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    assert {word for word in words if word.startswith("--")} <= known, f"{document}: eros {line}"


def test_there_are_commands() -> None:
    assert len(list(commands())) > 40
