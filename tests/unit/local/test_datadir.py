"""The data folder of a local engine: claimed by one, never destroyed by mistake, copied whole."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from eros.errors import UserError
from eros.local import datadir


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    with datadir.claim(folder):
        yield


def finished(folder: Path) -> Path:
    """A stopped engine's folder with one file of data."""
    with claimed(folder):
        (folder / "emulator.duckdb").write_text("precious")
        datadir.completed(folder)
    return folder


class TestOneFolderOneEngine:
    def test_a_second_claim_is_refused_and_names_the_first(self, tmp_path: Path) -> None:
        with datadir.claim(tmp_path) as lock:
            datadir.describe(lock, json.dumps({"port": 9050, "pid": 7}))
            with pytest.raises(UserError, match=r"in use by the engine on port 9050, pid 7.*--data-dir"):
                datadir.claim(tmp_path)
            assert datadir.holder(tmp_path) == {"port": 9050, "pid": 7}

    def test_it_is_free_again_afterwards(self, tmp_path: Path) -> None:
        with claimed(tmp_path):
            assert datadir.holder(tmp_path) == {}
        assert datadir.holder(tmp_path) is None
        with claimed(tmp_path):
            pass

    def test_nobody_holds_a_folder_that_does_not_exist(self, tmp_path: Path) -> None:
        assert datadir.holder(tmp_path / "none") is None


def test_a_full_disk_is_told_before_anything_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: SimpleNamespace(free=5 << 20))
    with pytest.raises(UserError, match=r"data: has 5 MB left on its disk; an engine needs 64"):
        datadir.claim(tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


class TestOneUpAtATime:
    def test_a_second_one_says_that_it_waits_and_goes_on_after_the_first(self, tmp_path: Path) -> None:
        file, told, steps = tmp_path / "new" / "up.lock", threading.Event(), []

        def second() -> None:
            with datadir.alone(file, told.set):
                steps.append("second")

        with datadir.alone(file, lambda: None):
            thread = threading.Thread(target=second)
            thread.start()
            assert told.wait(10)
            steps.append("first")
        thread.join(10)
        assert steps == ["first", "second"]

    def test_a_place_that_cannot_be_written_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with (
            pytest.raises(UserError, match=r"file/up\.lock: cannot be written"),
            datadir.alone(tmp_path / "file" / "up.lock", lambda: None),
        ):
            pass


class TestClaimingAFolder:
    def test_data_survives(self, tmp_path: Path) -> None:
        finished(tmp_path)
        with claimed(tmp_path):
            assert (tmp_path / "emulator.duckdb").read_text() == "precious"

    def test_what_an_interrupted_first_start_left_is_removed(self, tmp_path: Path) -> None:
        with claimed(tmp_path):
            (tmp_path / "emulator.duckdb").write_text("half")
            (tmp_path / "p").mkdir()
        with claimed(tmp_path):
            assert {p.name for p in tmp_path.iterdir()} == {datadir.LOCK_FILE, datadir.VERSIONS_FILE}

    def test_a_folder_of_other_versions_is_refused_in_one_line_and_kept(self, tmp_path: Path) -> None:
        finished(tmp_path)
        file = tmp_path / datadir.VERSIONS_FILE
        record = json.loads(file.read_text())
        record["versions"]["duckdb"] = "0.9.1"
        file.write_text(json.dumps(record))
        with pytest.raises(UserError, match=r"duckdb 0\.9\.1, this is .*Remove the folder, or choose another") as error:
            datadir.claim(tmp_path)
        assert "\n" not in str(error.value)
        assert (tmp_path / "emulator.duckdb").exists()
        assert datadir.holder(tmp_path) is None

    @pytest.mark.parametrize("content", ["", "{", "[]", '{"ready": "no"}'])
    def test_a_damaged_versions_file_never_costs_data(self, tmp_path: Path, content: str) -> None:
        finished(tmp_path)
        (tmp_path / datadir.VERSIONS_FILE).write_text(content)
        with pytest.raises(UserError, match="made by an unknown version"):
            datadir.claim(tmp_path)
        assert (tmp_path / "emulator.duckdb").exists()

    def test_a_folder_with_other_things_is_refused_and_left_alone(self, tmp_path: Path) -> None:
        (tmp_path / "thesis.txt").write_text("mine")
        with pytest.raises(UserError, match=r"not an EROS data folder, it holds thesis\.txt"):
            datadir.claim(tmp_path)
        assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]

    def test_a_file_in_the_way_is_an_error_that_names_it(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(UserError, match=r"file.*cannot be used as data folder.*--data-dir"):
            datadir.claim(tmp_path / "file")

    def test_a_quote_in_the_path_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="quote"):
            datadir.claim(tmp_path / "it's")
        assert not (tmp_path / "it's").exists()


class TestCopyingAFolder:
    def test_the_copy_has_the_data_but_neither_lock_nor_logs(self, tmp_path: Path) -> None:
        source = finished(tmp_path / "a")
        (source / "engine.log").write_text("old")
        copy = datadir.clone_data_dir(source, tmp_path / "b")
        assert {p.name for p in copy.iterdir()} == {"emulator.duckdb", datadir.VERSIONS_FILE}
        assert {p.name for p in tmp_path.iterdir()} == {"a", "b"}

    def test_a_folder_in_use_is_refused(self, tmp_path: Path) -> None:
        source = finished(tmp_path / "a")
        with claimed(source), pytest.raises(UserError, match="used by a running engine"):
            datadir.clone_data_dir(source, tmp_path / "b")
        assert not (tmp_path / "b").exists()

    def test_a_folder_without_finished_data_is_refused(self, tmp_path: Path) -> None:
        with claimed(tmp_path / "a"):
            pass
        with pytest.raises(UserError, match="no finished EROS data"):
            datadir.clone_data_dir(tmp_path / "a", tmp_path / "b")
        with pytest.raises(UserError, match="no finished EROS data"):
            datadir.clone_data_dir(tmp_path / "none", tmp_path / "b")

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        source, target = finished(tmp_path / "a"), finished(tmp_path / "b")
        with pytest.raises(UserError, match="not empty"):
            datadir.clone_data_dir(source, target)

    def test_an_empty_folder_may_be_the_target(self, tmp_path: Path) -> None:
        (tmp_path / "b").mkdir()
        datadir.clone_data_dir(finished(tmp_path / "a"), tmp_path / "b")
        with claimed(tmp_path / "b"):
            assert (tmp_path / "b" / "emulator.duckdb").read_text() == "precious"
