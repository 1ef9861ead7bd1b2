"""`eros docs`: the generated parts are fresh, say everything, and leave what people write alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest

from eros.docs import command, lineage, pages
from eros.docs.markdown import prose, table
from eros.docs.pages import render
from eros.docs.timetable import SUMMER, WINTER, local, times
from eros.errors import UserError
from eros.model import Model, Schedule


class TestTheProject:
    def test_every_part_is_fresh(self, model: Model) -> None:
        """If this fails: eros docs"""
        assert [str(page.path) for page in pages(model) if page.stale] == []

    def test_every_part_is_used(self, model: Model) -> None:
        text = "".join(page.text for page in pages(model))
        assert [name for name in command.sections(model) if f"<!-- eros docs: {name} -->" not in text] == []

    def test_every_object_is_in_the_dictionary(self, model: Model) -> None:
        text = (model.root / "docs/reference/dictionary.md").read_text("utf-8")
        for name, contract in model.contracts.items():
            assert f"\n### {name}\n" in text
            assert all(f"\n| `{column.name}` | `{column.type}` |" in text for column in contract.columns)
        assert all(f"\n### {name}\n" in text for name in model.routines)

    def test_every_verb_schedule_test_and_query_is_looked_up(self, model: Model) -> None:
        folder = model.root / "docs/reference"
        text = "".join(path.read_text("utf-8") for path in folder.glob("*.md"))
        assert all(f"`{query.file}`" in text for query in [*model.verification.values(), *model.health.values()])
        assert all(f"`{schedule.display_name}`" in text for schedule in model.schedules.values())
        assert "`eros backup restore TABLE`" in text
        assert "`eros status`" in text


class TestPages:
    SECTIONS = {"one": lambda: "made", "two": lambda: "also\nmade"}  # noqa: RUF012

    def fresh(self, folder: Path, text: str) -> str:
        (folder / "a.md").write_text(text, encoding="utf-8")
        [page] = render([folder / "a.md"], self.SECTIONS, folder)
        return page.fresh

    def test_replaces_what_stands_between_and_nothing_else(self, tmp_path: Path) -> None:
        text = "by hand\n<!-- eros docs: one -->\nold\nolder\n<!-- end of one -->\nend of one, by hand\n"
        assert self.fresh(tmp_path, text) == text.replace("old\nolder", "made")

    def test_a_second_time_changes_nothing(self, tmp_path: Path) -> None:
        text = "<!-- eros docs: two -->\n<!-- end of two -->\n\n<!-- eros docs: one -->\n<!-- end of one -->"
        once = self.fresh(tmp_path, text)
        assert "also\nmade" in once
        assert self.fresh(tmp_path, once) == once

    def test_a_document_without_parts_is_none_of_ours(self, tmp_path: Path) -> None:
        (tmp_path / "a.md").write_text("eros docs: one\n<!-- end of one -->\n", encoding="utf-8")
        assert render([tmp_path / "a.md"], self.SECTIONS, tmp_path) == []

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                "x\n<!-- eros docs: oen -->\n<!-- end of oen -->",
                r"^a\.md:2: nothing makes a part called 'oen'\. .*'one'",
            ),
            ("<!-- eros docs: one -->\n", r"^a\.md:1: the part 'one' does not end\. .*<!-- end of one -->"),
            ("<!-- eros docs: one -->\n<!-- eros docs: two -->\n<!-- end of one -->", "the part 'one' does not end"),
            ("<!-- eros docs: one -->\n<!-- end of two -->\n", "the part 'one' does not end"),
        ],
    )
    def test_a_wrong_marker_is_an_error(self, tmp_path: Path, text: str, said: str) -> None:
        with pytest.raises(UserError, match=said):
            self.fresh(tmp_path, text)

    def test_check_writes_nothing(self, model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "docs").mkdir()
        page = tmp_path / "docs" / "a.md"
        page.write_text("<!-- eros docs: verbs -->\n<!-- end of verbs -->\n", encoding="utf-8")
        elsewhere = replace(model, root=tmp_path)
        assert command.run(elsewhere, check=True) == 2
        assert "docs/a.md" in capsys.readouterr().out
        assert "| `eros up` |" not in page.read_text("utf-8")
        assert command.run(elsewhere, check=False) == 0
        assert "| `eros up` |" in page.read_text("utf-8")
        assert command.run(elsewhere, check=True) == 0


class TestTimetable:
    @staticmethod
    def schedule(words: str) -> Schedule:
        return Schedule("x", "EROS: x", words, None, "SELECT 1", "d", "sql/schedules/x.sql")

    def test_hours_are_counted_from_the_start(self) -> None:
        found = times(self.schedule("every 6 hours"), "2026-01-05T20:17:00Z")
        assert found == [time(2, 17), time(8, 17), time(14, 17), time(20, 17)]

    def test_a_start_in_another_zone(self) -> None:
        assert times(self.schedule("every 24 hours"), "2026-01-05T20:17:00-05:00") == [time(1, 17)]

    def test_a_daily_time_is_its_own(self) -> None:
        assert times(self.schedule("every day 10:05"), "2026-01-05T23:00:00Z") == [time(10, 5)]

    @pytest.mark.parametrize("words", ["every 5 hours", "every 0 hours", "every mon 09:00", "every 15 minutes"])
    def test_others_are_refused_with_their_file(self, words: str) -> None:
        with pytest.raises(UserError) as error:
            times(self.schedule(words), "2026-01-05T00:17:00Z")
        assert (error.value.where, words in str(error.value)) == ("sql/schedules/x.sql", True)

    @pytest.mark.parametrize(("day", "hour"), [(SUMMER, 3), (WINTER, 2), (date(2026, 3, 8), 3), (date(2026, 11, 1), 2)])
    def test_los_angeles_has_two_seasons(self, day: date, hour: int) -> None:
        assert local(time(10, 5), day) == time(hour, 5)


class TestLineage:
    def test_writes_are_told_from_reads(self, model: Model) -> None:
        assert lineage.written(model, "sweep_expired_caption_locks") == {
            "active_caption_assignments",
            "automation_alerts",
            "etl_job_runs",
            "lock_sweep_log",
        }
        assert "holiday_calendar" not in lineage.written(model, "run_daily_automation")

    def test_we_write_our_own_tables_and_locks(self, model: Model) -> None:
        """The same as the job account may write: tests/plan/test_access.py holds the grants to it."""
        found = set().union(*(lineage.written(model, name) for name in model.routines))
        assert found <= {*model.owned_tables(), "active_caption_assignments"}
        assert found >= {"caption_bandit_stats", "schedule_generation_queue", "holiday_calendar"}

    def test_every_arrow_ends_at_a_box(self, model: Model) -> None:
        lines = lineage.diagram(model).splitlines()
        boxes = {line.split("[")[0].split("(")[0].split("{")[0].strip() for line in lines if '"' in line}
        arrows = [line.split() for line in lines if "-->" in line or "==>" in line or "-.->" in line or "-. " in line]
        assert len(arrows) > 40
        assert {end for arrow in arrows for end in (arrow[0], arrow[-1])} <= boxes


class TestMarkdown:
    @pytest.mark.parametrize(
        ("text", "written"),
        [
            ("a_b and _c_", "a_b and \\_c\\_"),
            ("<b> [x](y) `z` *w*", "\\<b\\> \\[x\\](y) \\`z\\` \\*w\\*"),
            ("two\nlines  here", "two lines here"),
            ("- no list", "\\- no list"),
            ("# no heading", "\\# no heading"),
        ],
    )
    def test_prose_is_no_markup(self, text: str, written: str) -> None:
        assert prose(text) == written

    def test_a_cell_cannot_end_its_row(self) -> None:
        assert table(("a", "b"), [("x|y", "1\n2")]).splitlines()[-1] == "| x\\|y | 1 2 |"
