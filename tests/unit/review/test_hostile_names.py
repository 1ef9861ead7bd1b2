"""Whatever a plan holds, its text cannot leave its place: no heading, HTML, mention or workflow command."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from eros.review import run
from eros.review.escape import code_block, code_span, guarded, shown, visible
from tests.unit.review.plans import (
    BOUNDS,
    NOW,
    PERFORMANCE,
    STATS,
    document,
    live,
    resource,
    updated,
    with_columns,
    written,
)

HOSTILE = [
    "x\n## No data is lost",
    "x\n::set-output name=verdict::fine",
    "::set-output name=verdict::fine",
    "##[set-env name=PATH]/tmp",
    "`code` </details><h1>fine</h1>",
    "``` \n# heading\n```",
    "<!-- eros-review:prod -->",
    "<img src=x onerror=alert(1)>",
    "@everyone please approve #1",
    "[red]rich markup[/red]",
    "\x1b[2J\x1b[31mcleared",
    "\u202egnp.exe",
    "a\u2028::error::b",
    "a\r::error::b",
    "]]>**bold**|table|",
    "{rows} {0.__class__} %s",
    "\u200b",
    " ",
    "`" * 40,
]


class Hostile:
    """A graph whose reader is hostile too."""

    def __init__(self, name: str) -> None:
        self.name = name

    def readers_of(self, name: str) -> set[str]:
        return {f"reader {self.name}"}


def hostile_plan(name: str) -> dict[str, Any]:
    """Puts `name` wherever a plan can hold a text of somebody else's choosing."""
    dropped = updated(STATS, description=name, labels={name: name}, table_id=name)
    dropped["address"] = f"google_bigquery_table.x[{json.dumps(name)}]"
    dropped["change"]["before"]["schema"] = with_columns(STATS, (f"col {name}", {"type": "STRING", "description": "x"}))
    dropped["change"]["after"]["schema"] = with_columns(STATS, (f"new {name}", {"type": name}))
    routine = updated(
        BOUNDS,
        definition_body=f"SELECT 1\n{name}\n{name}x",
        arguments=[{"name": name, "data_type": name}],
        return_type=name,
    )
    # A line that stays, too: it stands in a difference without a plus or minus before it.
    routine["change"]["before"]["definition_body"] = f"SELECT 0\n{name}"
    schedule = resource(PERFORMANCE, ["delete"], {**live(PERFORMANCE), "display_name": name}, deposed=name)
    other = resource(f"{name}.x", ["update"], {name: 1}, {name: [name]}, previous_address=name, action_reason=name)
    gone = resource(STATS, ["update"], live(STATS), {**live(STATS), "effective_labels": {name: "x"}})
    return document(dropped, routine, schedule, other, resource_drift=[gone], timestamp=name, terraform_version=name)


def printed(tmp_path: Path, plan: dict[str, Any], output: Any, name: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    path, readers = written(tmp_path, plan), Hostile(name)
    code = run(path, output, None, name, root=tmp_path, readers=readers, now=NOW, stdout=out, stderr=err)
    assert (code, err.getvalue()) == (0, "")
    return out.getvalue()


def outside_code(markdown: str) -> str:
    """A comment without its code blocks and code spans: what GitHub would interpret."""
    kept: list[str] = []
    fence = ""
    for line in markdown.split("\n"):
        ticks = re.match(r" *(`{3,})", line)
        if fence:
            if ticks and ticks[1] == fence and line.strip() == fence:
                fence = ""
            continue
        if ticks and "`" not in line.strip().lstrip("`"):
            fence = ticks[1]
            continue
        kept.append(line)
    assert not fence, "a code block is never closed"
    return re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "CODE", "\n".join(kept))


@pytest.mark.parametrize("name", HOSTILE)
class TestAHostileName:
    def test_runs_no_workflow_command(self, name: str, tmp_path: Path) -> None:
        for output in ("text", "markdown", "json"):
            for line in re.split(r"[\r\n\u2028\u2029]", printed(tmp_path, hostile_plan(name), output, name)):
                assert not line.lstrip().startswith("::"), line
                assert "##[" not in line, line

    def test_leaves_the_structure_of_the_comment_alone(self, name: str, tmp_path: Path) -> None:
        comment = outside_code(printed(tmp_path, hostile_plan(name), "markdown", name))
        plain = outside_code(printed(tmp_path, hostile_plan("plain"), "markdown", "plain"))
        for what in (r"^#+ .*", r"<[^>]*>", r"@\w+", r"\*\*.*?\*\*", r"!?\[.*?\]"):
            found = [re.sub(r"eros-review:\w*", "", text) for text in re.findall(what, comment, re.MULTILINE)]
            wanted = [re.sub(r"eros-review:\w*", "", text) for text in re.findall(what, plain, re.MULTILINE)]
            assert found == wanted, what

    def test_prints_no_control_character(self, name: str, tmp_path: Path) -> None:
        for output in ("text", "markdown", "json"):
            text = printed(tmp_path, hostile_plan(name), output, name)
            assert not set(text) & set("\x1b\x00\r\u202e\u2028\u2029\u200b"), output

    def test_does_not_hide_the_loss(self, name: str, tmp_path: Path) -> None:
        for output in ("text", "markdown"):
            text = printed(tmp_path, hostile_plan(name), output, name)
            assert "is dropped and its values are gone" in text
        report = json.loads(printed(tmp_path, hostile_plan(name), "json", name))
        assert [f["column"] for o in report["objects"] for f in o["findings"] if f["classed"] == "DATA LOSS"] == [
            f"col {name}"
        ]


class TestEscaping:
    @given(st.text())
    def test_a_visible_text_is_one_printable_line(self, text: str) -> None:
        assert len(visible(text).splitlines()) <= 1
        assert visible(text).replace("\u00a0", " ").isprintable() or not visible(text).isascii()

    @given(st.text(alphabet=st.sampled_from("`a <\n\\ ")))
    def test_no_text_ends_its_code_span(self, text: str) -> None:
        assert re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", code_span(text)) == ""

    @example([" ```"])
    @given(st.lists(st.text(alphabet=st.sampled_from("`a ~\n"))))
    def test_no_line_ends_its_code_block(self, lines: list[str]) -> None:
        first, *inside, last = code_block(lines, "sql")
        assert first == f"{last}sql"
        assert all(len(run) < len(last) for line in inside for run in re.findall("`+", line))

    @given(st.text(alphabet=st.sampled_from(":# [a\t")))
    def test_a_guarded_line_is_no_command(self, line: str) -> None:
        safe = guarded(line)
        assert not safe.lstrip().startswith("::")
        assert "##[" not in safe

    @settings(suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(min_size=1))
    def test_a_value_in_a_sentence_is_bare_or_quoted(self, text: str) -> None:
        assert " " not in shown(text) or shown(text).startswith('"')

    def test_ordinary_names_stay_as_they_are(self) -> None:
        assert shown("google_bigquery_table.stats[0]") == "google_bigquery_table.stats[0]"
        assert code_span("caption_id") == "`caption_id`"

    def test_an_endless_name_is_cut_and_says_so(self) -> None:
        assert code_span("x" * 5000).endswith("… (5,000 characters)`")
