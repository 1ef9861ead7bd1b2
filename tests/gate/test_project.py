"""The project's own SQL: nothing to find, no exemption without need, headers as the analyzer sees them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eros.gate import check as gate
from eros.gate import check_files, exemptions
from eros.gate.analyzer import Analyzer, data
from eros.gate.catalog import Catalog
from eros.gate.headers import check_headers
from eros.gate.rules import RULES
from eros.model import Argument, Model, load_model


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


def test_all_our_sql_passes(model: Model) -> None:
    assert "\n".join(map(str, check_files(model))) == ""


@pytest.mark.parametrize("exemption", exemptions(), ids=lambda e: f"{e.rule}-{e.object}")
def test_every_exemption_is_needed_and_has_a_reason(model: Model, monkeypatch, exemption) -> None:
    assert len(exemption.reason) > 20
    assert exemption.rule in {rule.name() for rule in RULES}
    monkeypatch.setattr(gate, "exemptions", lambda: tuple(e for e in exemptions() if e != exemption))
    file = model.root / model.routines[exemption.object].file
    assert exemption.rule in {finding.rule for finding in check_files(model, [file])}


def test_functions_are_listed_once() -> None:
    lists = data("functions.yaml")
    assert not set(lists["allowed"]) & set(lists["not_in_bigquery"])
    for names in lists.values():
        assert len(names) == len(set(names))


class TestHeaders:
    """A header read wrongly by the model is found, whatever part of it."""

    @pytest.fixture
    def catalog(self, model: Model, analyzer: Analyzer) -> Catalog:
        return Catalog.of(model, analyzer)

    @pytest.mark.parametrize(
        "arguments",
        [
            (Argument("successes", "INT64"),),
            (Argument("successes", "INT64"), Argument("failures", "FLOAT64")),
            (Argument("failures", "INT64"), Argument("successes", "INT64")),
        ],
        ids=["one missing", "another type", "another order"],
    )
    def test_arguments(self, model: Model, catalog: Catalog, arguments: tuple[Argument, ...]) -> None:
        wrong = replace(model.routines["wilson_sample"], arguments=arguments)
        (finding,) = check_headers(replace(model, routines={"wilson_sample": wrong}), catalog)
        assert (finding.rule, finding.file) == ("header", "sql/functions/wilson_sample.sql")
        assert "successes INT64, failures INT64" in finding.message

    def test_mode_of_a_procedures_argument(self, model: Model, catalog: Catalog) -> None:
        routine = model.routines["run_daily_automation"]
        wrong = replace(routine, arguments=(Argument("p_execution_date", "DATE", "OUT"),))
        (finding,) = check_headers(replace(model, routines={routine.name: wrong}), catalog)
        assert "IN p_execution_date DATE" in finding.message

    def test_return_type(self, model: Model, catalog: Catalog) -> None:
        wrong = replace(model.routines["wilson_score_bounds"], return_type="STRUCT<lower_bound FLOAT64>")
        (finding,) = check_headers(replace(model, routines={"wilson_score_bounds": wrong}), catalog)
        assert "exploration_bonus FLOAT64" in finding.message

    def test_columns_of_a_view(self, model: Model, catalog: Catalog) -> None:
        view = model.views["available_captions"]
        fewer = view.contract.model_copy(update={"columns": view.columns[:-1]})
        wrong = replace(model, routines={}, views={view.name: replace(view, contract=fewer)})
        (finding,) = check_headers(wrong, catalog)
        assert finding.rule == "view-contract"
        assert "caption_key_norm STRING" in finding.message

    def test_default_of_a_column(self, model: Model, catalog: Catalog) -> None:
        table = model.tables["caption_bandit_stats"]
        columns = tuple(
            c.model_copy(update={"default": "'one'"}) if c.name == "successes" else c for c in table.columns
        )
        wrong = replace(model, tables={table.name: table.model_copy(update={"columns": columns})})
        (finding,) = [f for f in check_headers(wrong, catalog) if f.rule == "column-default"]
        assert "successes" in finding.message
        assert finding.file == "schemas/owned/caption_bandit_stats.yaml"
