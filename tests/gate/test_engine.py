"""The engine under bad conditions: a crash, a wrong answer, a missing package. None of them is a silent pass."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import wasmtime
from google.protobuf.message import DecodeError

from eros.errors import UserError
from eros.gate import Source, check_text, command, engine
from eros.gate.analyzer import Analyzer
from eros.gate.catalog import Catalog
from eros.gate.engine import Crashed, Engine, Refused, cache_file


@pytest.fixture(scope="module")
def own_engine() -> Engine:
    """An engine these tests may break."""
    return Engine()


class TestSelfTest:
    def test_refuses_an_analyzer_that_accepts_everything(self, own_engine: Engine, monkeypatch) -> None:
        real = Analyzer.analyze
        monkeypatch.setattr(Analyzer, "analyze", lambda self, text, *a, **k: real(self, "SELECT 1"))
        with pytest.raises(UserError, match="accepts a wrong statement"):
            Analyzer(own_engine)

    def test_refuses_an_analyzer_that_refuses_everything(self, own_engine: Engine, monkeypatch) -> None:
        def refuse(self: Analyzer, text: str) -> None:
            raise Refused("Message: no [at 1:1]")

        monkeypatch.setattr(Analyzer, "analyze", refuse)
        with pytest.raises(UserError, match="refuses a correct statement"):
            Analyzer(own_engine)


class TestCrash:
    @pytest.fixture
    def analyzer(self, own_engine: Engine) -> Analyzer:
        return Analyzer(own_engine)

    @pytest.fixture
    def one_crash(self, analyzer: Analyzer, monkeypatch) -> None:
        """A statement that holds the word `boom` ends the instance, as a failed CHECK does."""
        real = engine._Client.call_grpc_func

        def call(client, method, request, *rest):
            if "boom" in getattr(request, "sql_statement", "") and method.endswith("Analyze"):
                raise wasmtime.Trap("wasm trap: unreachable")
            return real(client, method, request, *rest)

        monkeypatch.setattr(engine._Client, "call_grpc_func", call)

    def test_is_a_finding_and_the_next_statement_is_checked(self, analyzer: Analyzer, one_crash) -> None:
        findings = check_text(Source("x.sql", "SELECT 'boom';\nSELECT nope;"), Catalog(analyzer))
        assert {(f.line, f.rule) for f in findings} == {(1, "analyzer-crash"), (2, "googlesql")}
        assert "NOT checked" in findings[0].remedy

    def test_brings_up_a_new_instance_with_its_catalogs(self, analyzer: Analyzer, one_crash) -> None:
        catalog = Catalog(analyzer).serialized()
        with pytest.raises(Crashed):
            analyzer.analyze("SELECT 'boom'", catalog)
        schema = "of-scheduler-proj.eros_scheduling_brain.INFORMATION_SCHEMA.TABLES"
        assert analyzer.analyze(f"SELECT table_name FROM `{schema}`", catalog).tree.kind == "ResolvedQueryStmt"

    def test_real_crash_of_the_instance_is_survived(self, own_engine: Engine, analyzer: Analyzer) -> None:
        """ARG_TYPE_VOID in a signature is known to end the instance."""
        from zetasql.wasi._pb2.zetasql.proto import simple_catalog_pb2
        from zetasql.wasi._pb2.zetasql.public import function_pb2

        broken = simple_catalog_pb2.SimpleCatalogProto()
        procedure = broken.procedure.add(name_path=["p"])
        procedure.signature.argument.add(kind=function_pb2.ARG_TYPE_VOID, num_occurrences=1)
        with pytest.raises(Refused):
            analyzer.analyze("CALL p()", broken.SerializeToString())
        assert analyzer.analyze("SELECT 1").tree.kind == "ResolvedQueryStmt"


class TestDepth:
    """A tree's depth is its message's, of which protobuf by itself reads a hundred levels."""

    LONG = (
        "SELECT " + " || ".join(["'a'"] * 100) + " AS text;",
        "SELECT " + " + ".join(["1"] * 100) + " AS total;",
        "SELECT " + "IF(TRUE, " * 60 + "1" + ", 2)" * 60 + " AS chosen;",
        "SELECT 1 AS a FROM " + "(SELECT a FROM " * 30 + "(SELECT 1 AS a)" + ")" * 30 + ";",
        "BEGIN " * 40 + "SELECT 1; " + "END; " * 40,
    )

    @pytest.mark.parametrize("sql", LONG, ids=lambda sql: sql[:20])
    def test_long_texts_are_checked(self, sql: str, check) -> None:
        assert check(sql) == []
        assert {f.rule for f in check(f"{sql}\nSELECT nope;")} == {"googlesql"}

    @pytest.mark.parametrize("times", [300, 3000])
    def test_endless_ones_are_reported_unchecked(self, times: int, check) -> None:
        """Too deep for this process first, then for the instance."""
        [finding] = check("SELECT " + " || ".join(["'a'"] * times) + ";")
        assert finding.rule == "analyzer-crash"
        assert "NOT checked" in finding.remedy

    def test_a_message_that_cannot_be_read_is_reported_unchecked(self, check, monkeypatch) -> None:
        def unreadable(*_: object) -> None:
            raise DecodeError("Exceeded upb_DecodeOptions_MaxDepth")

        monkeypatch.setattr(engine._Client, "call_grpc_func", unreadable)
        assert [f.rule for f in check("SELECT 1;")] == ["analyzer-crash"]


def test_a_missing_package_is_a_clear_error(monkeypatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("zetasql", "eros.gate"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "zetasql", None)
    with pytest.raises(UserError, match=r"can't be loaded.*Nothing was checked"):
        command.run([], as_json=False)


class TestCompileCache:
    @pytest.fixture
    def compiles(self, own_engine: Engine, tmp_path: Path, monkeypatch) -> list[str]:
        """An empty cache folder; each compile is noted instead of done, for it takes half a minute."""
        done: list[str] = []
        real = cache_file()

        def compile_now(engine: wasmtime.Engine, path: str) -> wasmtime.Module:
            done.append(path)
            return wasmtime.Module.deserialize_file(engine, str(real))

        monkeypatch.setattr(wasmtime.Module, "from_file", compile_now)
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        return done

    def test_the_first_start_compiles_says_so_and_keeps_the_result(self, compiles: list[str], tmp_path: Path) -> None:
        said: list[str] = []
        Engine(said.append)
        assert [len(compiles), len(said)] == [1, 1]
        assert "once per machine" in said[0]
        Engine(said.append)
        assert [len(compiles), len(said)] == [1, 1]
        assert [file.suffix for file in tmp_path.glob("eros/*")] == [".cwasm"]

    def test_a_cut_off_cache_is_made_anew(self, compiles: list[str]) -> None:
        Engine()
        cache_file().write_bytes(cache_file().read_bytes()[:1000])
        assert Analyzer(Engine()).analyze("SELECT 1").tree.kind == "ResolvedQueryStmt"
        assert len(compiles) == 2

    def test_a_folder_that_cannot_be_written_is_no_error(self, compiles: list[str], tmp_path: Path) -> None:
        (tmp_path / "eros").write_text("a file where the folder should be")
        Engine()
        assert len(compiles) == 1


def test_many_catalogs_are_let_go_again(own_engine: Engine) -> None:
    analyzer = Analyzer(own_engine)
    catalog = Catalog(analyzer)
    for n in range(engine._CATALOGS + 6):
        analyzer.analyze("SELECT 1", catalog.serialized({f"v_{n}": analyzer.type_of("INT64")}))
    assert len(own_engine._catalogs) <= engine._CATALOGS
    # The first one was let go and comes back.
    first = analyzer.analyze("SELECT v_0", catalog.serialized({"v_0": analyzer.type_of("INT64")}))
    assert first.tree.kind == "ResolvedQueryStmt"


def test_hostile_texts_are_findings_or_nothing_but_never_an_exception(catalog: Catalog) -> None:
    texts = [
        "",
        ";",
        "\x00",
        "SELECT '",
        "`",
        "SELECT " + "(" * 20_000,
        "/*",
        "BEGIN " * 500,
        "SELECT 1 + " * 2_000 + "1",
    ]
    texts += ["SELECT '\U0001f31e' AS `\U0001f31e`;", "\ufeffSELECT 1;", "SELECT 1;" * 300]
    for text in texts:
        for finding in check_text(Source("x.sql", text), catalog):
            assert finding.line >= 1
            assert finding.column >= 1
            assert finding.remedy
