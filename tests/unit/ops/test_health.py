"""The health page without an engine: exit codes, long sections, hostile text."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from eros.health import ROWS, Section, exit_code, page


def rows(*levels: str) -> list[dict[str, object]]:
    return [{"level": level, "page_name": f"page {n}"} for n, level in enumerate(levels)]


def section(*levels: str, error: str | None = None) -> Section:
    return Section("stale_pages", "Stale pages", rows(*levels), error)


def printed(*sections: Section, everything: bool = False) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(page("local", sections, everything))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


class TestExitCode:
    @pytest.mark.parametrize(
        ("sections", "code"),
        [
            ([], 0),
            ([section(), section("OK")], 0),
            ([section("OK", "WARNING"), section("OK")], 3),
            ([section("WARNING"), section("OK", "CRITICAL", "WARNING")], 2),
            ([section("WARNING"), section(error="gone")], 1),
            ([section("CRITICAL"), section(error="gone")], 2),
        ],
    )
    def test_the_worst_row_decides(self, sections: list[Section], code: int) -> None:
        assert exit_code(sections) == code


class TestPage:
    def test_a_short_section_shows_every_row(self) -> None:
        text = printed(section("OK", "WARNING"))
        assert "page 0" in text
        assert "page 1" in text

    def test_a_long_section_shows_its_findings_and_counts_the_rest(self) -> None:
        text = printed(section(*["WARNING"] * 2, *["OK"] * 38))
        assert "page 1" in text
        assert "page 2" not in text
        assert "38 more rows with --all (2 WARNING, 38 OK)" in text
        assert "page 39" in printed(section(*["WARNING"] * 2, *["OK"] * 38), everything=True)

    def test_a_very_long_one_does_not_show_all_of_them(self) -> None:
        text = printed(section(*["CRITICAL"] * 1000))
        assert f"page {ROWS - 1}" in text
        assert f"page {ROWS} " not in text

    def test_text_of_the_data_cannot_disturb_the_page(self) -> None:
        found = Section("x", "X", [{"level": "OK", "page_name": "[red]a[/red]\n\x1b[2Jb"}])
        text = printed(found)
        assert "[red]a[/red]" in text
        assert "\x1b" not in text
        assert len(text.splitlines()) == len(printed(Section("x", "X", rows("OK"))).splitlines())

    def test_a_column_without_any_value_is_left_out(self) -> None:
        found = Section("x", "X", [{"level": "OK", "acknowledged_by": None, "page_name": "anna"}])
        assert "acknowledged" not in printed(found)

    def test_what_could_not_be_asked_is_said(self) -> None:
        assert "could not be asked: Not found: Table x" in printed(section(error="Not found: Table x"))
