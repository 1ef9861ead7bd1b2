"""The summary fits a screen, the issue fits GitHub, the JSON holds everything, and no name can forge anything."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from eros.drift.drift import Drift
from eros.drift.finding import Finding, Severity
from eros.drift.ignore import Ignore
from eros.drift.markdown import LIMIT, markdown
from eros.drift.report import to_json
from eros.drift.text import print_drift
from eros.review.sqldiff import diff
from tests.unit.drift.objects import finding

HOSTILE = "x`\n## Forged\n::error::x\x1b[2J<!-- @all [red]\u202e"
LOST = finding(
    severity=Severity.DATA,
    object="google_bigquery_table.stats",
    name="stats",
    attribute="columns.wins",
    change="changed",
)


def drift(*findings: Finding) -> Drift:
    return Drift("prod", 40, tuple(sorted(findings, key=lambda f: f.severity)))


def many(count: int) -> list[Finding]:
    return [finding(object=f"table scratch_{i}", name=f"scratch_{i}") for i in range(count)]


def text(drift: Drift, *, everything: bool = False) -> str:
    out = io.StringIO()
    print_drift(drift, Console(file=out, width=80), everything=everything)
    return out.getvalue()


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def with_sql(lines: int) -> Finding:
    old, new = ("\n".join(f"SELECT {word} {i};" for i in range(lines)) for word in ("old", "new"))
    return replace(LOST, attribute="body", diff=diff("body", old, new))


class TestText:
    def test_a_clean_run_is_one_line(self) -> None:
        assert text(drift()) == "prod: no drift. All 40 declared objects are as planned.\n"

    def test_five_thousand_findings_fit_one_screen_worst_first(self) -> None:
        said = text(drift(*many(5000), LOST)).splitlines()
        assert len(said) < 50
        assert said[3].startswith("DATA AT RISK  table stats: columns.wins")
        shown = sum(line.startswith("UNMANAGED  table scratch_") for line in said)
        assert shown >= 20
        assert f"and {5000 - shown:,} UNMANAGED: table unmanaged" in said

    def test_a_long_difference_is_cut_and_shown_in_full_by_all(self) -> None:
        shown = drift(with_sql(300))
        assert "more lines" in text(shown)
        assert "new 299" not in text(shown)
        assert "new 299" in text(shown, everything=True)

    def test_a_name_cannot_add_a_line_or_a_command(self) -> None:
        plain, hostile = (text(drift(finding(name=n, object=f"table {n}", live=n))) for n in ("x", HOSTILE))
        assert hostile.count("\n") == plain.count("\n")
        assert "\x1b" not in hostile
        assert "\u202e" not in hostile

    def test_stale_entries_and_unseen_facts_are_told(self) -> None:
        entry = Ignore(object="table gone", reason="r", owner="o")
        said = text(replace(drift(), stale=(entry,), unseen=("Grants were not looked at.",)))
        assert 'remove it from environments/drift-ignore.yaml: "table gone"' in said
        assert "Not looked at. Grants were not looked at." in said


class TestMarkdown:
    @pytest.mark.parametrize("count", [0, 1, 100, 5000])
    def test_fits_an_issue(self, count: int) -> None:
        said = markdown(drift(*many(count), LOST))
        assert units(said) <= LIMIT
        assert "`columns.wins`" in said
        assert said.startswith("<!-- eros-drift:prod -->\n## prod: drift.")

    def test_fits_with_endless_values_and_differences(self) -> None:
        long = [replace(f, name="😀" * 1000, live="y" * 100_000) for f in many(3000)]
        said = markdown(drift(*long, *[with_sql(2000)] * 200))
        assert units(said) <= LIMIT

    def test_a_name_cannot_forge_a_heading_a_comment_or_a_mention(self) -> None:
        sql = diff("body", "SELECT 1", "```\n# Forged\n@all\n::error::x")
        hostile = finding(name=HOSTILE, object=f"table {HOSTILE}", live=HOSTILE)
        said = markdown(drift(hostile, replace(LOST, attribute="body", diff=sql)))
        headings = [line for line in said.splitlines() if line.startswith("#")]
        assert [h.split(":")[0] for h in headings] == ["## prod", "### Data at risk", "### Unmanaged"]
        assert "\n::" not in said
        # Every < stands in code, where it is no HTML, but for the marker's.
        assert said.count("<!--") - 1 == said.count("\\x1b[2J<!--")

    def test_ignored_findings_keep_their_reasons(self) -> None:
        entry = Ignore(object="table scratch", reason="Analysts' own.", owner="analytics")
        said = markdown(replace(drift(), ignored=((finding(), entry),)))
        assert "`Analysts' own.`" in said


class TestJson:
    def test_holds_every_finding(self) -> None:
        report = json.loads(to_json(drift(*many(500), with_sql(3))))
        assert (report["format"], report["clean"]) == ("eros-drift/1", False)
        assert len(report["findings"]) == 501
        assert report["counts"] == {"DATA AT RISK": 1, "UNMANAGED": 500}
        assert "+SELECT new 0;" in report["findings"][0]["diff"]

    def test_is_ascii_whatever_a_name_holds(self) -> None:
        said = to_json(drift(finding(name=HOSTILE)))
        assert said.isascii()
        assert json.loads(said)["findings"][0]["name"] == HOSTILE
