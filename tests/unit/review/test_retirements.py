"""A loss passes only with an entry that names it, says why and who, and has not expired."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from eros.errors import UserError
from eros.model import REPOSITORY
from eros.review import FailOn, Review, run
from eros.review.retirements import FILE, LOSS_RULES, entries_to_add, read_retirements
from tests.unit.review.plans import (
    HOLIDAYS,
    NOW,
    STATS,
    Everything,
    document,
    recorded,
    review,
    updated,
    with_columns,
    written,
)

ENTRY: dict[str, Any] = {
    "object": STATS,
    "column": "exploration_score",
    "reason": "nobody reads it",
    "owner": "scheduling",
    "until": "2025-03-31",
}


def repository(tmp_path: Path, *entries: dict[str, Any]) -> Path:
    return with_file(tmp_path, yaml.safe_dump({"retirements": list(entries)}))


def with_file(tmp_path: Path, text: str) -> Path:
    (tmp_path / FILE).parent.mkdir(exist_ok=True)
    (tmp_path / FILE).write_text(text)
    return tmp_path


def reviewed(tmp_path: Path, plan: str | dict[str, Any], *entries: dict[str, Any]) -> Review:
    retirements = read_retirements(repository(tmp_path, *entries))
    return review(tmp_path, recorded(plan) if isinstance(plan, str) else plan, retirements=retirements)


class TestAnEntry:
    @pytest.mark.parametrize(
        "change",
        [
            {},
            {"column": None},
            {"rule": "column-dropped"},
            {"until": "2025-01-02"},  # the last day counts
        ],
    )
    def test_allows_what_it_names(self, change: dict[str, Any], tmp_path: Path) -> None:
        entry = {key: value for key, value in {**ENTRY, **change}.items() if value is not None}
        result = reviewed(tmp_path, "drop_column", entry)
        assert (result.open_losses, result.stops(FailOn.DATA_LOSS), result.stops(FailOn.REPLACE)) == ([], False, False)

    @pytest.mark.parametrize(
        "change",
        [
            {"object": HOLIDAYS},
            {"object": "caption_bandit_stats"},
            {"column": "avg_emv"},
            {"column": "EXPLORATION_SCORE"},
            {"rule": "table-replaced"},
            {"until": "2025-01-01"},
        ],
    )
    def test_allows_nothing_else(self, change: dict[str, Any], tmp_path: Path) -> None:
        result = reviewed(tmp_path, "drop_column", {**ENTRY, **change})
        assert len(result.open_losses) == 1
        assert result.stops(FailOn.DATA_LOSS)

    def test_for_a_column_does_not_allow_the_table_to_go(self, tmp_path: Path) -> None:
        assert reviewed(tmp_path, "rename_column", {**ENTRY, "column": "avg_emv"}).stops(FailOn.DATA_LOSS)

    def test_for_one_column_leaves_the_other_loss_open(self, tmp_path: Path) -> None:
        schema = with_columns(STATS, ("exploration_score", None), ("avg_emv", None))
        result = reviewed(tmp_path, document(updated(STATS, schema=schema)), ENTRY)
        assert [finding.column for _, finding in result.open_losses] == ["avg_emv"]

    def test_does_not_change_the_class(self, tmp_path: Path) -> None:
        result = reviewed(tmp_path, "drop_column", ENTRY)
        assert "DATA LOSS: 1 of 1 changed object loses data, 1 of them allowed by retirements." in result.sentence()
        assert result.stops(FailOn.ANY)

    def test_of_several_the_one_that_lasts_counts(self, tmp_path: Path) -> None:
        result = reviewed(tmp_path, "drop_column", {**ENTRY, "until": "2024-01-01"}, ENTRY)
        assert result.open_losses == []


class TestTheMessage:
    def printed(self, tmp_path: Path, output: Any, *entries: dict[str, Any]) -> tuple[int, str]:
        out = io.StringIO()
        root = repository(tmp_path, *entries)
        plan = written(tmp_path, recorded("drop_column"))
        code = run(plan, output, "data-loss", root=root, readers=Everything(), now=NOW, stdout=out)
        return code, out.getvalue()

    @pytest.mark.parametrize("output", ["text", "markdown"])
    def test_shows_the_entry_to_add(self, output: str, tmp_path: Path) -> None:
        code, text = self.printed(tmp_path, output)
        assert (code, FILE in text, 'column: "exploration_score"' in text) == (2, True, True)

    @pytest.mark.parametrize("output", ["text", "markdown"])
    def test_says_who_allowed_it_and_shows_no_entry(self, output: str, tmp_path: Path) -> None:
        code, text = self.printed(tmp_path, output, ENTRY)
        assert code == 0
        assert "Allowed until 2025-03-31 by scheduling: nobody reads it" in text
        assert "owner:" not in text

    @pytest.mark.parametrize("output", ["text", "markdown"])
    def test_says_that_an_entry_has_expired(self, output: str, tmp_path: Path) -> None:
        code, text = self.printed(tmp_path, output, {**ENTRY, "until": "2024-12-31"})
        assert (code, "expired on 2024-12-31" in text) == (2, True)

    def test_in_json(self, tmp_path: Path) -> None:
        _, text = self.printed(tmp_path, "json", ENTRY)
        [found] = json.loads(text)["objects"]
        assert (found["loses_data"], found["findings"][0]["allowed_until"]) == (False, "2025-03-31")

    def test_its_entry_is_refused_until_reason_and_owner_are_filled_in(self, tmp_path: Path) -> None:
        losses = reviewed(tmp_path, "drop_column").open_losses
        text = "\n".join(entries_to_add(losses, NOW.date()))
        with pytest.raises(UserError, match=r"reason: must not be empty(.|\n)*owner: must not be empty"):
            read_retirements(with_file(tmp_path, text))

    @pytest.mark.parametrize("name", ["remove_table", "rename_table", "change_dataset_location", "drift_column_added"])
    def test_its_entry_allows_the_loss_once_filled_in(self, name: str, tmp_path: Path) -> None:
        losses = review(tmp_path, recorded(name)).open_losses
        text = (
            "\n".join(entries_to_add(losses, NOW.date()))
            .replace('reason: ""', "reason: r")
            .replace('owner: ""', "owner: o")
        )
        retirements = read_retirements(with_file(tmp_path, text))
        assert review(tmp_path, recorded(name), retirements=retirements).open_losses == []

    def test_its_entry_fits_a_name_with_quotes(self, tmp_path: Path) -> None:
        plan = recorded("remove_table")
        for changed in plan["resource_changes"]:
            changed["address"] = changed["address"].replace("holiday_calendar", 'x["a: \\"b\\" # é"]')
        losses = review(tmp_path, plan).open_losses
        text = "\n".join(entries_to_add(losses, NOW.date()))
        assert yaml.safe_load(text)["retirements"][0]["object"] == losses[0][0]


MALFORMED = {
    "unknown key": ({**ENTRY, "reson": "x"}, r"unknown key 'retirements\.0\.reson'. Did you mean 'reason'\?"),
    "missing key": ({k: v for k, v in ENTRY.items() if k != "owner"}, r"'retirements\.0\.owner' is missing"),
    "blank reason": ({**ENTRY, "reason": "  "}, r"retirements\.0\.reason: must not be empty"),
    "no date": ({**ENTRY, "until": "soon"}, r"'soon' is no date; write it as 2026-03-31"),
    "impossible date": ({**ENTRY, "until": "2025-02-30"}, r"is no date"),
    "a number": ({**ENTRY, "until": 2025}, r"must be a date such as"),
    "unknown rule": (
        {**ENTRY, "rule": "colum-dropped"},
        r"finds 'colum-dropped'. Did you mean 'column-dropped'\?",
    ),
    "a rule that is no loss": ({**ENTRY, "rule": "column-added"}, r"no rule finds 'column-added'"),
}


class TestAMalformedFile:
    @pytest.mark.parametrize(("entry", "said"), MALFORMED.values(), ids=MALFORMED.keys())
    def test_names_file_line_and_key(self, entry: dict[str, Any], said: str, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=said) as refused:
            read_retirements(repository(tmp_path, entry))
        assert str(refused.value).startswith(f"{FILE}:")

    def test_at_the_top(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=rf"{FILE}:1: unknown key 'retirement'. Did you mean 'retirements'\?"):
            read_retirements(with_file(tmp_path, "retirement: []"))

    @pytest.mark.parametrize("text", ["", "- a", "retirements: [", "retirements: {a: b}", "a: 1\na: 2"])
    def test_of_any_kind_is_an_error(self, text: str, tmp_path: Path) -> None:
        with pytest.raises(UserError, match=FILE):
            read_retirements(with_file(tmp_path, text))

    def test_stops_the_review(self, tmp_path: Path) -> None:
        err = io.StringIO()
        root = with_file(tmp_path, "retirement: []")
        plan = written(tmp_path, recorded("no_op"))
        assert run(plan, root=root, readers=Everything(), now=NOW, stdout=io.StringIO(), stderr=err) == 1
        assert "Did you mean 'retirements'?" in err.getvalue()


class TestTheFile:
    def test_may_be_absent(self, tmp_path: Path) -> None:
        assert read_retirements(tmp_path) == ()

    def test_may_be_empty(self, tmp_path: Path) -> None:
        assert read_retirements(repository(tmp_path)) == ()

    def test_takes_a_plain_yaml_date(self, tmp_path: Path) -> None:
        text = f"retirements:\n- {{object: {STATS}, reason: r, owner: o, until: 2025-03-31}}"
        assert read_retirements(with_file(tmp_path, text))[0].until == date(2025, 3, 31)

    def test_of_this_repository_is_valid(self) -> None:
        read_retirements(REPOSITORY)

    def test_of_this_repository_shows_a_valid_example(self, tmp_path: Path) -> None:
        comment = (REPOSITORY / FILE).read_text().splitlines()
        example = "\n".join(line.removeprefix("#   ") for line in comment if line.startswith("#   "))
        [entry] = read_retirements(with_file(tmp_path, example))
        assert entry.rule in LOSS_RULES
