"""A synthesized stack as policies see it: its resources, with the line each stands on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eros.errors import UserError
from eros.model import Environment, Model


@dataclass(frozen=True)
class Block:
    """One resource: its Terraform type and name, its arguments, and the line of the plan it begins on."""

    type: str
    name: str
    arguments: dict[str, Any]
    line: int = 1

    @property
    def address(self) -> str:
        """`<type>.<name>`."""
        return f"{self.type}.{self.name}"


@dataclass(frozen=True)
class PlannedStack:
    """One stack of one environment."""

    file: str
    environment: Environment
    model: Model
    blocks: tuple[Block, ...]
    terraform: dict[str, Any] = field(default_factory=dict)

    def of_type(self, pattern: str) -> Iterator[Block]:
        """The resources whose type fits the regular expression."""
        return (block for block in self.blocks if re.fullmatch(pattern, block.type))

    def tables(self) -> Iterator[Block]:
        """Tables that hold rows: views are google_bigquery_table too, and left out."""
        return (block for block in self.of_type("google_bigquery_table") if "view" not in block.arguments)


def read_stacks(out: Path, model: Model) -> list[PlannedStack]:
    """Every stack below cdktf's output folder.

    Raises:
        UserError: there is none, or a stack belongs to no environment.
    """
    paths = sorted(out.glob("stacks/*/cdk.tf.json"))
    if not paths:
        raise UserError("there is no plan here.", where=str(out), remedy="Synthesize it: make synth")
    return [_read(path, out, model) for path in paths]


def _read(path: Path, out: Path, model: Model) -> PlannedStack:
    text = path.read_text(encoding="utf-8")
    plan = json.loads(text)
    blocks = tuple(
        Block(kind, name, arguments, _line(text, kind, name))
        for kind, resources in plan.get("resource", {}).items()
        for name, arguments in resources.items()
    )
    environment = model.environment(path.parent.name.split("-")[1])
    return PlannedStack(str(path.relative_to(out.parent)), environment, model, blocks, plan.get("terraform", {}))


def _line(text: str, kind: str, name: str) -> int:
    start = max(text.find(f'"{kind}": {{'), 0)
    return text.count("\n", 0, max(text.find(f'"{name}": {{', start), 0)) + 1
