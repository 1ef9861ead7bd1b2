"""The helpers of this suite that need no provider, so that they are known to work where it is skipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conformance.conftest import first_error
from tests.conformance.edits import Configuration, column, removes, sets, table, together
from tests.conformance.terraform import Planned, environment


class TestTheReasonForASkip:
    def test_is_terraforms_first_error_in_one_line(self) -> None:
        said = "╷\n│ Warning: old\n╵\n╷\n│ Error: Failed to query\n│ \n│ Could not reach it: no such\n│ host\n╵\n"
        assert first_error(said) == "Failed to query. Could not reach it: no such host"

    @pytest.mark.parametrize("said", ["", "\n╷\n╵\n"])
    def test_is_never_empty(self, said: str) -> None:
        assert first_error(said) == "it said nothing."


def test_nobodys_settings_reach_terraform(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TF_CLI_ARGS_plan", "TF_WORKSPACE", "TF_VAR_x", "GOOGLE_CREDENTIALS", "CLOUDSDK_CORE_PROJECT"):
        monkeypatch.setenv(name, "mine")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/mirror.rc")
    found = environment()
    assert "mine" not in found.values()
    assert (found["TF_CLI_CONFIG_FILE"], found["TF_IN_AUTOMATION"]) == ("/mirror.rc", "1")


def test_actions_leave_out_what_stays(tmp_path: Path) -> None:
    actions = {"a": ["no-op"], "b": ["create"], "c": ["delete", "create"], "d": ["create", "delete"], "e": ["read"]}
    changes = [{"address": address, "change": {"actions": found}} for address, found in actions.items()]
    planned = Planned(2, {"resource_changes": changes}, tmp_path, tmp_path)
    assert planned.actions == {"b": "create", "c": "replace", "d": "replace"}


def test_edits_change_what_they_name_and_nothing_else() -> None:
    schema = json.dumps([{"name": "x", "type": "STRING"}, {"name": "y", "type": "STRING"}])
    resources = {
        "google_bigquery_table": {
            "a": {"description": "old", "labels": {"k": "v"}, "schema": schema},
            "b": {"depends_on": [table("a"), table("c")]},
            "c": {},
        }
    }
    edit = together(
        [
            sets(table("a"), description="new", labels=None),
            column(table("a"), "y", type="INTEGER"),
            removes(table("c")),
        ]
    )
    edit(Configuration([resources, {}]))
    [a, b] = resources["google_bigquery_table"].values()
    assert a == {"description": "new", "schema": schema.replace('"y", "type": "STRING"', '"y", "type": "INTEGER"')}
    assert b == {"depends_on": [table("a")]}
