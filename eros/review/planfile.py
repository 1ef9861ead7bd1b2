"""Reads and checks `terraform show -json`: a file that does not tell everything is refused, never half understood."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from eros.errors import UserError
from eros.review.plan import Action, Change, Plan
from eros.review.values import UNKNOWN, conceal, mark_unknown

HOW_TO_MAKE_ONE = "Make one with: terraform plan -out=plan.bin && terraform show -json plan.bin > plan.json"

ACTIONS = {
    ("no-op",): Action.KEEP,
    ("read",): Action.KEEP,  # a data source; reads change nothing
    ("create",): Action.CREATE,
    ("update",): Action.UPDATE,
    ("delete", "create"): Action.REPLACE,
    ("create", "delete"): Action.REPLACE,
    ("delete",): Action.DELETE,
    ("forget",): Action.FORGET,
    ("create", "forget"): Action.RECREATE,
    ("forget", "create"): Action.RECREATE,
}


class _Change(BaseModel):
    actions: list[str]
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    after_unknown: Any = None
    before_sensitive: Any = None
    after_sensitive: Any = None
    replace_paths: list[list[str | int]] | None = None
    importing: dict[str, Any] | None = None


class _Resource(BaseModel):
    address: str
    type: str
    name: str = ""
    mode: str = "managed"
    previous_address: str | None = None
    deposed: str | None = None
    action_reason: str | None = None
    change: _Change


class _Plan(BaseModel):
    """The parts of the format this review uses; others are ignored, as the format's rules for minor versions ask."""

    format_version: str
    terraform_version: str = ""
    timestamp: str = ""
    errored: bool = False
    complete: bool = True
    resource_changes: list[_Resource] = Field(default_factory=list)
    resource_drift: list[_Resource] = Field(default_factory=list)


def read_plan(path: Path) -> Plan:
    """Read and check a plan.

    Raises:
        UserError: the file cannot be read, is no complete JSON, no plan, of an unknown format version, or errored.
    """
    where = str(path)
    document = _load(path, where)
    _check_is_plan(document, where)
    try:
        raw = _Plan.model_validate(document)
        if raw.errored:
            raise UserError(
                "Terraform failed while making this plan, so it does not show everything.",
                where=where,
                remedy="Mend the error that terraform plan printed and plan again.",
            )
        return Plan(
            changes=tuple(_typed(r, where) for r in raw.resource_changes if r.mode == "managed"),
            drift=tuple(_typed(r, where) for r in raw.resource_drift if r.mode == "managed"),
            terraform_version=raw.terraform_version,
            timestamp=raw.timestamp,
            is_complete=raw.complete,
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UserError(f"not a plan: {key}: {first['msg']}.", where=where, remedy=HOW_TO_MAKE_ONE) from None
    except RecursionError:
        raise UserError("nested too deeply for a plan.", where=where, remedy=HOW_TO_MAKE_ONE) from None


def _load(path: Path, where: str) -> Any:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}.", where=where, remedy=HOW_TO_MAKE_ONE) from None
    if content.startswith((b"PK\x03\x04", b"tfplan")):
        raise UserError(
            "is the saved binary plan.", where=where, remedy="Run terraform show -json on it and review the output."
        )
    if not content.strip():
        raise UserError("is empty.", where=where, remedy=HOW_TO_MAKE_ONE)
    try:
        # json.loads tells UTF-8 from UTF-16, which `>` writes in some shells; a byte order mark is no part of JSON.
        document = json.loads(content.removeprefix(b"\xef\xbb\xbf"))
        json.dumps(document, ensure_ascii=False).encode()  # half a surrogate pair can be parsed, but never printed
        return document
    except UnicodeEncodeError:
        raise UserError("holds half a Unicode character.", where=where, remedy=HOW_TO_MAKE_ONE) from None
    except json.JSONDecodeError as error:
        if error.msg == "Extra data":
            raise UserError(
                "holds several JSON documents, like the progress log of `terraform plan -json`.",
                where=where,
                remedy=HOW_TO_MAKE_ONE,
            ) from None
        raise UserError(
            f"not complete JSON: {error.msg} (line {error.lineno}, column {error.colno}).",
            where=where,
            remedy="The file may be cut off. " + HOW_TO_MAKE_ONE,
        ) from None
    except (UnicodeDecodeError, ValueError) as error:
        raise UserError(f"not JSON: {error}.", where=where, remedy=HOW_TO_MAKE_ONE) from None
    except RecursionError:
        raise UserError("nested too deeply for a plan.", where=where, remedy=HOW_TO_MAKE_ONE) from None


def _check_is_plan(document: Any, where: str) -> None:
    if not isinstance(document, dict):
        raise UserError("not a plan: a plan is one JSON object.", where=where, remedy=HOW_TO_MAKE_ONE)
    if "format_version" not in document:
        guess = " This is a configuration (cdk.tf.json)." if "resource" in document else ""
        raise UserError(f"not a plan: it has no format_version.{guess}", where=where, remedy=HOW_TO_MAKE_ONE)
    version = document["format_version"]
    if not isinstance(version, str) or version.split(".")[0] != "1":
        raise UserError(
            f"plan format version {version!r} is unknown; this review reads 1.x.",
            where=where,
            remedy="Use the Terraform version the stacks pin, or teach eros/review/planfile.py the new format.",
        )
    if "planned_values" not in document and "resource_changes" not in document:
        what = "it shows a state, not a plan" if "values" in document else "it holds no planned values"
        raise UserError(f"not a plan: {what}.", where=where, remedy=HOW_TO_MAKE_ONE)
    if "resource_changes" not in document and _plans_objects(document["planned_values"]):
        raise UserError(
            "it plans objects but does not show their changes.",
            where=where,
            remedy="A filter took a part of it away. " + HOW_TO_MAKE_ONE,
        )


def _plans_objects(planned_values: Any) -> bool:
    """Whether the values after the plan hold any object; Terraform then lists each among the changes, kept or not."""
    root = planned_values.get("root_module") if isinstance(planned_values, dict) else None
    return isinstance(root, dict) and bool(root.get("resources") or root.get("child_modules"))


def _typed(raw: _Resource, where: str) -> Change:
    change = raw.change
    action = ACTIONS.get(tuple(change.actions))
    if action is None:
        raise UserError(
            f"{raw.address}: unknown actions {change.actions!r}.",
            where=where,
            remedy=f"Known: {', '.join('+'.join(known) for known in ACTIONS)}.",
        )
    _check_sides(raw, action, where)
    # A value is secret if either side says so: the old password is as secret as the new one.
    before = conceal(conceal(change.before, change.before_sensitive), change.after_sensitive)
    after = conceal(conceal(change.after, change.before_sensitive), change.after_sensitive)
    if after is not None:
        after = mark_unknown(after, change.after_unknown)
    return Change(
        address=raw.address,
        type=raw.type,
        resource_name=raw.name or raw.address,
        action=action,
        before=before if isinstance(before, dict) else None,
        after=after if isinstance(after, dict) else None,
        replace_paths=tuple(
            ".".join(str(part) for part in path if isinstance(part, str)) for path in change.replace_paths or []
        ),
        previous_address=raw.previous_address,
        deposed=raw.deposed,
        imported_id=_imported_id(change.importing),
        reason=raw.action_reason,
        creates_first=change.actions[:1] == ["create"],
    )


def _imported_id(importing: dict[str, Any] | None) -> str | None:
    if importing is None:
        return None
    return str(importing.get("id") or importing.get("identity") or UNKNOWN)


def _check_sides(raw: _Resource, action: Action, where: str) -> None:
    """An action that needs the old or the new object must show it, or nothing could be compared."""
    needs_before = action in (Action.UPDATE, Action.REPLACE, Action.DELETE)
    needs_after = action in (Action.UPDATE, Action.REPLACE, Action.CREATE)
    missing = "before" if needs_before and raw.change.before is None else ""
    missing = missing or ("after" if needs_after and raw.change.after is None else "")
    if missing:
        raise UserError(
            f"{raw.address} is {action} but shows no {missing!r} values, so it cannot be compared.",
            where=where,
            remedy=HOW_TO_MAKE_ONE,
        )
