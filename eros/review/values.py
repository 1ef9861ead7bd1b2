"""Attribute values of a plan: what is unknown, what is secret, and which differences mean anything."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Final, override


class _Unknown:
    """A value Terraform learns only while applying."""

    @override
    def __repr__(self) -> str:
        return "(known after apply)"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True)
class Secret:
    """A sensitive value: it can be compared, never shown. A plan file holds it in plain text."""

    digest: str

    @override
    def __repr__(self) -> str:
        return "(sensitive value)"


def conceal(value: Any, mask: Any) -> Any:
    """`value` with a `Secret` wherever Terraform's `*_sensitive` structure `mask` says true."""
    if isinstance(value, Secret):
        return value
    if mask is True:
        return None if value is None else Secret(hashlib.sha256(json.dumps(value).encode()).hexdigest())
    if isinstance(value, dict) and isinstance(mask, dict):
        return {key: conceal(item, mask.get(key)) for key, item in value.items()}
    if isinstance(value, list) and isinstance(mask, list):
        masks = [*mask, *[None] * (len(value) - len(mask))]
        return [conceal(item, part) for item, part in zip(value, masks, strict=False)]
    return value


def mark_unknown(value: Any, unknown: Any) -> Any:
    """`value` with `UNKNOWN` wherever Terraform's `after_unknown` structure says true."""
    if unknown is True:
        return UNKNOWN
    if isinstance(unknown, dict) and isinstance(value, dict | None):
        known = value or {}
        marked = {key: mark_unknown(known.get(key), part) for key, part in unknown.items()}
        return {**known, **marked} if value is not None or any(map(holds_unknown, marked.values())) else None
    if isinstance(unknown, list) and isinstance(value, list | None):
        if value is None and not unknown:
            return None
        return [mark_unknown(item, part) for item, part in zip_longest(value or [], unknown)]
    return value


def holds_unknown(value: Any) -> bool:
    """Whether any part of `value` is known only after the apply."""
    if isinstance(value, dict):
        return any(map(holds_unknown, value.values()))
    if isinstance(value, list):
        return any(map(holds_unknown, value))
    return value is UNKNOWN


def first_block(attributes: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    """The one block `name` of a resource (Terraform shows single blocks as lists); empty if there is none."""
    block = (attributes or {}).get(name)
    first = block[0] if isinstance(block, list) and block else block
    return first if isinstance(first, dict) else {}


# Filled in by the service or counted by it; they move without anybody's doing. (Seen in tests/fixtures/plans.)
NOISE: Final = frozenset(
    {"creation_time", "etag", "generated_schema_columns", "id", "last_modified_time", "name", "num_bytes"}
    | {"num_long_term_bytes", "num_rows", "self_link", "status", "type"}
)
# What no type of resource owns; the other words of NOISE may be real attributes elsewhere.
_GENERAL_NOISE: Final = frozenset({"creation_time", "etag", "last_modified_time", "self_link"})


@dataclass(frozen=True)
class Difference:
    """One attribute that differs. Blocks that occur once are written without an index: `time_partitioning.type`."""

    path: str
    before: Any
    after: Any


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, *, strict: bool = False
) -> list[Difference]:
    """What differs, without noise.

    The provider turns null into "", {}, [], 0 or false and back as it pleases, so these count as equal.

    Args:
        before, after: attributes of one resource.
        strict: keep null apart from 0 and false, and drop only general noise: for types this review does not know.
    """
    noise = _GENERAL_NOISE if strict else NOISE
    walked = _walk("", dict(before or {}), dict(after or {}), strict)
    found = [d for d in walked if d.path.split(".")[0] not in noise]
    return list(_without_label_echoes(found))


def _walk(path: str, before: Any, after: Any, strict: bool) -> Iterator[Difference]:
    if before == after or (_is_empty(before, strict) and _is_empty(after, strict)):
        return
    before_block, after_block = _as_block(before), _as_block(after)
    if before_block is not None and after_block is not None:
        for key in dict.fromkeys([*before_block, *after_block]):
            yield from _walk(f"{path}.{key}", before_block.get(key), after_block.get(key), strict)
    else:
        yield Difference(path.removeprefix("."), before, after)


def _as_block(value: Any) -> Mapping[str, Any] | None:
    """A mapping, the mapping in a list of one, or nothing at all, which is an empty mapping."""
    if value is None or value == []:
        return {}
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None


def _is_empty(value: Any, strict: bool) -> bool:
    if isinstance(value, bool | int | float):
        return not strict and not value
    return value is None or value in ("", {}, [])


def _without_label_echoes(found: Iterable[Difference]) -> Iterator[Difference]:
    """A label shows up to three times: as declared, with the provider's defaults, and as the service has it."""
    found = list(found)
    paths = {d.path for d in found}
    for difference in found:
        family, _, label = difference.path.partition(".")
        if family == "terraform_labels" and paths & {f"labels.{label}", f"effective_labels.{label}"}:
            continue
        if family == "effective_labels" and f"labels.{label}" in paths:
            continue
        yield difference
