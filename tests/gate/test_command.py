"""`eros gate` as people and programs see it: places, remedies, JSON, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eros.errors import UserError
from eros.gate.command import run

WRONG = """-- A file with two mistakes.
SELECT captoin_id
FROM `of-scheduler-proj.eros_scheduling_brain.captions`;
SELECT CURRENT_DATE();
"""


@pytest.fixture
def wrong(tmp_path: Path) -> Path:
    file = tmp_path / "wrong.sql"
    file.write_text(WRONG, encoding="utf-8")
    return file


def test_findings_have_place_rule_message_and_remedy(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([wrong], as_json=False) == 2
    shown = capsys.readouterr()
    assert f"{wrong}:2:8: [googlesql] Unrecognized name: captoin_id; Did you mean caption_id?" in shown.out
    assert f"{wrong}:4:8: [date-names-zone]" in shown.out
    assert "'America/Los_Angeles' as last argument" in shown.out
    assert "1 file, 2 findings." in shown.out
    assert shown.err == ""


def test_json_holds_the_same(wrong: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([wrong], as_json=True) == 2
    findings = json.loads(capsys.readouterr().out)
    assert [(f["line"], f["column"], f["rule"]) for f in findings] == [(2, 8, "googlesql"), (4, 8, "date-names-zone")]
    assert set(findings[0]) == {"file", "line", "column", "rule", "message", "remedy"}


def test_clean_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "fine.sql").write_text("SELECT 1 AS n;\n", encoding="utf-8")
    assert run([tmp_path], as_json=False) == 0
    assert run([tmp_path], as_json=True) == 0
    assert capsys.readouterr().out.endswith("[]\n")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        run([tmp_path / "nowhere.sql"], as_json=False)


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "binary.sql").write_bytes(b"SELECT '\xff';")
    with pytest.raises(UserError, match="not UTF-8"):
        run([tmp_path], as_json=False)


def test_markup_in_sql_is_shown_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "markup.sql").write_text("SELECT `[red]x[/red]`;\n", encoding="utf-8")
    assert run([tmp_path], as_json=False) == 2
    assert "[red]x[/red]" in capsys.readouterr().out
