"""The ignore list: what an entry covers, what is stale, and what a mistake in the file says."""

from __future__ import annotations

from pathlib import Path

import pytest

from eros.drift.ignore import FILE, Ignore, read_ignores, sort_out
from eros.errors import UserError
from eros.model import REPOSITORY
from tests.unit.drift.objects import finding

LABEL = finding(object="google_bigquery_table.stats", attribute="labels.team", change="changed")
GONE = finding(object="google_bigquery_table.stats", change="missing")
SCRATCH = finding()


def entry(name: str, attribute: str | None = None) -> Ignore:
    return Ignore(object=name, property=attribute, reason="r", owner="o")


COVERS = {
    "an address and its property": (entry("google_bigquery_table.stats", "labels.team"), [LABEL]),
    "a family of properties": (entry("google_bigquery_table.stats", "labels.*"), [LABEL]),
    "an address alone: the object as a whole, never a property": (entry("google_bigquery_table.stats"), [GONE]),
    "every property": (entry("google_bigquery_table.stats", "*"), [LABEL]),
    "an unmanaged object": (entry("table scratch"), [SCRATCH]),
    "unmanaged objects by pattern": (entry("table s*"), [SCRATCH]),
    "nothing: another name": (entry("table scratc"), []),
    "nothing: only * is special": (entry("table scratc?"), []),
    "nothing: brackets are plain": (entry("table [s]cratch"), []),
}


@pytest.mark.parametrize("case", COVERS)
def test_an_entry_covers(case: str) -> None:
    ignore, covered = COVERS[case]
    result = sort_out([LABEL, GONE, SCRATCH], [ignore])
    assert [f for f, _ in result.ignored] == covered
    assert len(result.open) == 3 - len(covered)
    assert result.stale == ([] if covered else [ignore])


def test_a_second_entry_for_the_same_is_not_stale() -> None:
    assert sort_out([SCRATCH], [entry("table scratch"), entry("table *")]).stale == []


def read(root: Path, text: str, environment: str = "prod") -> tuple[Ignore, ...]:
    (root / FILE).parent.mkdir()
    (root / FILE).write_text(text, encoding="utf-8")
    return read_ignores(root, environment, ["local", "dev", "prod"])


def test_this_repositorys_list_can_be_read() -> None:
    read_ignores(REPOSITORY, "prod", ["local", "dev", "prod"])


def test_no_file_ignores_nothing(tmp_path: Path) -> None:
    assert read_ignores(tmp_path, "prod", ["prod"]) == ()


ENTRY = "ignore:\n  - {object: table x, reason: r, owner: o, environments: [dev]}\n"


def test_an_entry_of_another_environment_neither_ignores_nor_is_stale(tmp_path: Path) -> None:
    assert read(tmp_path, ENTRY) == ()


def test_an_entry_of_this_environment_holds(tmp_path: Path) -> None:
    assert [e.object for e in read(tmp_path, ENTRY, "dev")] == ["table x"]


WRONG = {
    "no reason": (
        "ignore:\n  - {object: table x, owner: o}\n",
        "drift-ignore.yaml:2: key 'ignore.0.reason' is missing",
    ),
    "a blank reason": ("ignore:\n  - {object: table x, reason: ' ', owner: o}\n", "ignore.0.reason"),
    "a misspelt key": ("ignore:\n  - {objekt: table x, reason: r, owner: o}\n", "unknown key 'ignore.0.objekt'"),
    "an unknown environment": (ENTRY.replace("dev", "test"), "entry 1 names 'test', which is no environment"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_is_named(case: str, tmp_path: Path) -> None:
    text, said = WRONG[case]
    with pytest.raises(UserError) as error:
        read(tmp_path, text)
    assert said in str(error.value)
