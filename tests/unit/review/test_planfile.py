"""A file that does not tell everything is refused with exit code 1 and a message that says what to do."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from eros.errors import UserError
from eros.review import read_plan, run
from tests.unit.review.plans import NOW, STATS, Everything, document, live, recorded, resource, written


def refusal(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    out, err = io.StringIO(), io.StringIO()
    code = run(path, root=tmp_path, readers=Everything(), now=NOW, stdout=out, stderr=err)
    assert (code, out.getvalue()) == (1, "")
    assert err.getvalue().startswith("error: ")
    return err.getvalue()


NOT_A_PLAN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty"),
    "blanks": (b" \n", "is empty"),
    "no JSON": (b"Terraform used the selected providers", "not complete JSON"),
    "cut off": (json.dumps(recorded("add_column")).encode()[:50_000], "not complete JSON"),
    "a list": (b"[]", "a plan is one JSON object"),
    "the binary plan": (b"PK\x03\x04\x14\x00", "saved binary plan"),
    "the progress log": (b'{"@level":"info"}\n{"@level":"info"}\n', "several JSON documents"),
    "a configuration": (b'{"resource": {}}', "This is a configuration"),
    "any object": (b"{}", "no format_version"),
    "a state": (b'{"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}', "shows a state, not a plan"),
    "a plan whose changes a filter took away": (
        json.dumps({k: v for k, v in recorded("remove_table").items() if k != "resource_changes"}).encode(),
        "does not show their changes",
    ),
    "latin-1": ('{"a": "é"}'.encode("latin-1"), "not JSON"),
    "half a character": (b'{"format_version": "1.2", "planned_values": {"x": "\\ud800"}}', "half a Unicode character"),
    "deep": (b"[" * 200_000, "nested too deeply"),
    "deep object": (
        b'{"format_version":"1.2","planned_values":{},"resource_changes":' + b'{"a":' * 5000 + b"1" + b"}" * 5001,
        "not a plan",
    ),
    "a huge number": (b'{"format_version": "1.2", "x": ' + b"9" * 5000 + b"}", "not JSON"),
    "changes that are no list": (
        b'{"format_version": "1.2", "planned_values": {}, "resource_changes": {}}',
        "resource_changes: Input should be a valid list",
    ),
    "a change without actions": (
        json.dumps(document({"address": "a", "type": "t", "change": {}})).encode(),
        "resource_changes.0.change.actions: Field required",
    ),
}


@pytest.mark.parametrize(("content", "said"), NOT_A_PLAN.values(), ids=NOT_A_PLAN.keys())
def test_what_is_no_plan_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    assert said in refusal(tmp_path, content)


@pytest.mark.parametrize("version", ["2.0", "0.2", "", "x", 1, None])
def test_an_unknown_format_version_is_refused(version: Any, tmp_path: Path) -> None:
    assert "is unknown; this review reads 1.x" in refusal(
        tmp_path, json.dumps(document(format_version=version)).encode()
    )


def test_a_newer_minor_version_is_read(tmp_path: Path) -> None:
    plan = written(tmp_path, document(format_version="1.99", something_new={}))
    assert read_plan(plan).changes == ()


def test_an_errored_plan_is_refused(tmp_path: Path) -> None:
    assert "Terraform failed while making this plan" in refusal(tmp_path, json.dumps(document(errored=True)).encode())


@pytest.mark.parametrize("actions", [[], ["explode"], ["update", "delete"]])
def test_unknown_actions_are_refused(actions: list[str], tmp_path: Path) -> None:
    plan = document(resource(STATS, actions, live(STATS), live(STATS)))
    assert "unknown actions" in refusal(tmp_path, json.dumps(plan).encode())


@pytest.mark.parametrize(
    ("actions", "missing"), [(["update"], "before"), (["delete"], "before"), (["create"], "after")]
)
def test_a_change_that_shows_no_values_is_refused(actions: list[str], missing: str, tmp_path: Path) -> None:
    plan = document(resource(STATS, actions))
    assert f"shows no '{missing}' values" in refusal(tmp_path, json.dumps(plan).encode())


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.json: cannot be read: No such file"):
        read_plan(tmp_path / "gone.json")


def test_a_folder_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        read_plan(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_a_shell_writes_is_read(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(json.dumps(recorded("drop_column")).encode(encoding))
    assert len(read_plan(path).changes) == 10


def test_an_error_cannot_run_a_workflow_command(tmp_path: Path) -> None:
    plan = document(resource("a.b\n::set-output name=x::y", ["explode"]))
    said = refusal(tmp_path, json.dumps(plan).encode())
    assert not any(line.lstrip().startswith("::") for line in said.splitlines())
