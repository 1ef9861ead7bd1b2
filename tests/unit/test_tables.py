"""The tables of `eros select`, `verify` and `run` on narrow terminals: ids stay whole, a failure's finding too."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console, RenderableType

from eros import selection, verify
from eros.cli import operate
from eros.verify import Result

ROW: dict[str, Any] = {
    "caption_id": -(2**63),
    "final_score": 0.7123,
    "price_tier": "premium",
    "content_category": "Behind the scenes",
    "has_urgency": True,
    "caption_text": "[red]now[/red] ]] \u202e👀 " + "a whole album from the coast " * 5,
}
FOUND = "found " + "x" * 300 + "; expected y"


def printed(table: RenderableType, width: int) -> list[str]:
    console = Console(width=width, color_system=None)
    with console.capture() as capture:
        console.print(table)
    lines = capture.get().splitlines()
    assert max(map(len, lines)) <= width
    return lines


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_caption_is_one_line_with_its_whole_id(width: int) -> None:
    lines = printed(selection.table("a[red]b[/red]\u202e", [ROW, {**ROW, "caption_id": 7}]), width)
    assert lines[0].rstrip() == "2 captions for a[red]b[/red]"
    assert [line for line in lines if "-9223372036854775808  0.712" in line]
    assert sum(bool(line.strip()) for line in lines) == 5, lines


def test_a_usual_terminal_shows_every_column_of_a_caption() -> None:
    text = "\n".join(printed(selection.table("p", [ROW]), 80))
    for shown in ("premium", "Behind the", "yes", "[red]now"):
        assert shown in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_test_is_one_line_and_what_failed_is_told_whole_below(width: int) -> None:
    passed = Result("1.1", "object existence", "functions exist", "PASS", "as expected: " + "z" * 300, 0.1)
    failed = Result("5.4", "signatures", "select captions for creator signature", "FAIL", FOUND, 0.1)
    lines = printed(verify.table([passed, failed]), width)
    assert "".join(line.strip() for line in lines).count("x" * 300) == 1
    assert "z" * 300 not in "".join(line.strip() for line in lines)
    assert len([line for line in lines if line.startswith((" 1.1", " 5.4"))]) == 2


@pytest.mark.parametrize("width", [40, 80])
def test_a_log_row_is_shown_whole_and_as_it_is(width: int) -> None:
    row = {"job_id": "run_daily_automation_" + "0123456789" * 8, "error_message": "page [red]x[/red]: gone"}
    lines = printed(operate._row(row), width)
    text = "".join(line.strip("│┃ ").split("│")[-1].strip() for line in lines if "│" in line)
    assert row["job_id"] in text
    assert "[red]x[/red]" in "".join(lines)
