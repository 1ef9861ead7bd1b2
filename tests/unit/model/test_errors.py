"""A mistake in a contract, a SQL file or an environment is one error that names file, line or key, and the remedy."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from eros.errors import UserError
from eros.model import REPOSITORY, load_model

STATS, VIEW = "schemas/owned/caption_bandit_stats.yaml", "schemas/owned/schedule_recommendations_messages.yaml"
LOCAL, DEV, SWEEP = "environments/local.yaml", "environments/dev.yaml", "sql/procedures/sweep_expired_caption_locks.sql"
NOW, JOB = "sql/functions/eros_now.sql", "sql/schedules/lock_sweep.sql"

type Edit = Callable[[Path], object]


def replace(file: str, old: str, new: str) -> Edit:
    def edit(root: Path) -> None:
        text = (root / file).read_text(encoding="utf-8")
        assert old in text, f"{file} no longer holds {old!r}"
        (root / file).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


def write(file: str, text: str) -> Edit:
    return lambda root: (root / file).write_text(text, encoding="utf-8")


def remove(file: str) -> Edit:
    return lambda root: (root / file).unlink()


#: what is wrong -> (the edit, what the message must name)
MISTAKES: dict[str, tuple[Edit, list[str]]] = {
    "an unknown type": (replace(STATS, "type: STRING", "type: TEXT"), [STATS, "columns.1.type", "'TEXT'"]),
    "a misspelt key": (replace(STATS, "cluster:", "clusters:"), [STATS, "'clusters'", "'cluster'"]),
    "a misspelt key of a column": (replace(STATS, "mode: REQUIRED", "modes: REQUIRED"), [STATS, "'mode'"]),
    "a missing description": (replace(STATS, "description:", "descriptions:"), [STATS, "'description'"]),
    "a default that is no text": (replace(STATS, 'default: "1"', "default: 1"), [STATS, "default", "string"]),
    "no retention": (replace(STATS, ", keep_days: 90", ""), [STATS, "keep_days", "keep_forever"]),
    "two retentions": (replace(STATS, "cluster:", "keep_forever: true\ncluster:"), [STATS, "not both"]),
    "a key that is no column": (
        replace(STATS, "primary_key: [caption_id", "primary_key: [captions"),
        [STATS, "'captions'", "no column"],
    ),
    "a partition by a text": (
        replace(STATS, "column: last_updated", "column: page_name"),
        [STATS, "cannot partition", "STRING"],
    ),
    "five cluster columns": (
        replace(STATS, "cluster: [", "cluster: [successes, failures, "),
        [STATS, "cluster"],
    ),
    "a name that differs from the file's": (
        replace(STATS, "name: caption_bandit_stats", "name: bandit_stats"),
        [STATS, "'bandit_stats'"],
    ),
    "a key given twice": (replace(STATS, "kind: table", "kind: table\nkind: table"), [f"{STATS}:", "stands twice"]),
    "no YAML": (write(STATS, "name: [unclosed"), [f"{STATS}:", "not valid YAML"]),
    "an empty file": (write(STATS, ""), [STATS, "mapping"]),
    "a view without a SELECT": (
        remove("sql/views/schedule_recommendations_messages.sql"),
        [VIEW, "no SELECT", "sql/views/schedule_recommendations_messages.sql"],
    ),
    "a view without a contract": (remove(VIEW), ["sql/views/", "no contract", "kind: view"]),
    "an unknown table in SQL": (
        replace(SWEEP, "eros_scheduling_brain.lock_sweep_log`", "eros_scheduling_brain.lock_sweep_logs`"),
        [f"{SWEEP}:", "'lock_sweep_logs'", "Did you mean 'lock_sweep_log'?"],
    ),
    "a circle": (
        replace(NOW, "CURRENT_TIMESTAMP()\n", "`of-scheduler-proj.eros_scheduling_brain.wilson_sample`(1, 1)\n"),
        [],
    ),
    "a file that creates something else": (
        replace(NOW, "brain.eros_now`", "brain.eros_clock`"),
        [NOW, "'eros_clock'"],
    ),
    "a function among the procedures": (
        write(
            "sql/procedures/clock.sql",
            "-- A clock.\nCREATE OR REPLACE FUNCTION `of-scheduler-proj.eros_scheduling_brain.clock`()\n"
            "RETURNS TIMESTAMP\nAS (\n  CURRENT_TIMESTAMP()\n);\n",
        ),
        ["sql/procedures/clock.sql", "creates a FUNCTION"],
    ),
    "a file without a description": (replace(NOW, "-- The clock", "\n-- The clock"), [f"{NOW}:1", "no description"]),
    "two statements in a file": (
        lambda root: (root / NOW).write_text((root / NOW).read_text(encoding="utf-8") * 2, encoding="utf-8"),
        [NOW, "found 2"],
    ),
    "text that is not UTF-8": (lambda root: (root / NOW).write_bytes(b"-- \xff\n"), [NOW, "UTF-8"]),
    "a schedule without a trigger": (replace(JOB, "@trigger", "@when"), [JOB, "trigger line"]),
    "a schedule without a start time": (
        replace(LOCAL, "  lock_sweep:", "  lock_sweeps:"),
        [LOCAL, "'lock_sweeps'", "'lock_sweep'"],
    ),
    "a start time that is no instant": (
        replace(LOCAL, '"2026-01-05T00:37:00Z"', '"now"'),
        [LOCAL, "lock_sweep", "2026-01-05T00:17:00Z"],
    ),
    "a start time in another zone": (
        replace(LOCAL, "2026-01-05T00:37:00Z", "2026-01-05T00:37:00+01:00"),
        [LOCAL, "UTC"],
    ),
    "a misspelt key of an environment": (
        replace(LOCAL, "deletion_protection:", "deletion_protect:"),
        [LOCAL, "'deletion_protect'", "'deletion_protection'"],
    ),
    "a missing environment": (remove(LOCAL), [LOCAL, "missing"]),
    "a type of another dialect": (replace(STATS, "type: INT64", "type: INTEGER"), [STATS, "'INTEGER'", "'INT64'"]),
    "a type in small letters": (replace(STATS, "type: STRING", "type: string"), [STATS, "'string'", "'STRING'"]),
    "a wrong value is shown": (replace(STATS, "keep_days: 90", "keep_days: ninety"), [f"{STATS}:9", "found 'ninety'"]),
    "text where a list stands": (replace(STATS, "cluster: [", "cluster: abc # ["), [STATS, "cluster", "a list"]),
    "a tab": (replace(STATS, "kind: table", "kind: table\n\towner: x"), [f"{STATS}:3", "tab"]),
    "a control character": (replace(STATS, "kind: table", "kind: table # \0"), [f"{STATS}:2", "not valid YAML"]),
    "an unknown YAML tag": (replace(STATS, "kind: table", "kind: !!int table"), [f"{STATS}:2", "not valid YAML"]),
    "a YAML tag of another program": (replace(STATS, "kind: table", "kind: !x table"), [f"{STATS}:2", "'!x'"]),
    "a key that is a list": (replace(STATS, "kind: table", "? [kind]\n: table"), [f"{STATS}:2", "one word"]),
    "a value inside itself": (replace(STATS, "cluster: [", "cluster: &a [*a, "), [STATS, "contains itself"]),
    "a key the place already tells": (replace(STATS, "kind: table", "kind: table\nowned: false"), [STATS, "'owned'"]),
    "an environment that names itself": (replace(DEV, "project:", "name: prod\nproject:"), [f"{DEV}:2", "'name'"]),
    "a misspelt key of one kind of backend": (
        replace(DEV, "bucket:", "bukket:"),
        [DEV, "unknown key 'backend.bukket'", "'bucket'"],
    ),
    "a folder in a file's place": (lambda root: (root / "schemas/owned/x.yaml").mkdir(), ["x.yaml", "directory"]),
    "a link to nothing": (
        lambda root: (root / "sql/functions/x.sql").symlink_to(root / "gone"),
        ["sql/functions/x.sql", "cannot be read"],
    ),
    "a file with another suffix": (
        lambda root: (root / STATS).rename(root / STATS.replace(".yaml", ".yml")),
        [STATS.replace(".yaml", ".yml"), "not read", STATS],
    ),
    "a file in a deeper folder": (
        lambda root: (root / "sql/functions/more").mkdir() or (root / NOW).rename(root / "sql/functions/more/f.sql"),
        ["sql/functions/more/f.sql", "not read", "sql/functions/f.sql"],
    ),
    "an environment nobody knows": (
        lambda root: (root / LOCAL).rename(root / "environments/locale.yaml"),
        ["environments/locale.yaml", "'local'"],
    ),
    "a byte order mark": (replace(NOW, "-- The clock", "\ufeff-- The clock"), [f"{NOW}:1", "byte order mark"]),
    "a function and a procedure of one name": (
        write(
            "sql/procedures/eros_now.sql",
            "-- A clock.\nCREATE OR REPLACE PROCEDURE `of-scheduler-proj.eros_scheduling_brain.eros_now`()\n"
            "BEGIN\n  SELECT 1;\nEND;\n",
        ),
        ["sql/procedures/eros_now.sql", "twice", NOW],
    ),
    "an argument of an unknown type": (
        replace("sql/functions/caption_key.sql", " STRING)", " TEXT)"),
        ["sql/functions/caption_key.sql", "argument", "'TEXT'"],
    ),
    "two tests of one id": (
        write("sql/verification/1.1_other.sql", "-- Other.\nSELECT 1;\n"),
        ["sql/verification/1.1_other.sql", "twice", "1.1_functions_exist.sql"],
    ),
    "a test without an id": (
        write("sql/verification/other.sql", "-- Other.\nSELECT 1;\n"),
        ["sql/verification/other.sql", "1.1_what_it_asserts.sql"],
    ),
    "a view that reads itself": (
        replace("sql/views/available_captions.sql", "brain.caption_bank`", "brain.available_captions`"),
        ["sql/views/available_captions.sql", "reads itself"],
    ),
    "a start minute that is no number": (
        replace(JOB, "@start_minute 37", "@start_minute soon"),
        [JOB, "@start_minute", "'soon'"],
    ),
    "a start minute beyond the hour": (replace(JOB, "@start_minute 37", "@start_minute 60"), [JOB, "'60'"]),
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("schemas", "sql", "environments"):
        shutil.copytree(REPOSITORY / folder, tmp_path / folder)
    return tmp_path


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named(mistake: str, root: Path) -> None:
    edit, named = MISTAKES[mistake]
    edit(root)
    if mistake == "a circle":
        # wilson_sample does not need the clock yet; with it, each needs the other.
        replace(
            "sql/functions/wilson_sample.sql",
            "  LEAST(",
            "  LEAST(\n    IF(`of-scheduler-proj.eros_scheduling_brain.eros_now`() IS NULL, 1.0, 1.0),",
        )(root)
        named = ["eros_now", "wilson_sample", "circle"]
    with pytest.raises(UserError) as error:
        load_model.__wrapped__(root)
    for word in named:
        assert word in str(error.value), str(error.value)


def test_the_repository_itself_loads(root: Path) -> None:
    assert load_model.__wrapped__(root).tables.keys() == load_model().tables.keys()


def test_a_line_is_the_line_of_the_key(root: Path) -> None:
    replace(STATS, "type: STRING", "type: TEXT")(root)
    line = next(i for i, text in enumerate((root / STATS).read_text().splitlines(), 1) if "type: TEXT" in text)
    with pytest.raises(UserError, match=rf"{STATS}:{line}: "):
        load_model.__wrapped__(root)
