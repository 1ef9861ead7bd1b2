"""`eros check`: the gate on every SQL file, the gate on what the plans would deploy, and the plan policies."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from eros import policies
from eros.gate.command import show
from eros.gate.source import Finding
from eros.model import Model
from eros.synth import synthesize


def check(model: Model, plan: Path | None = None) -> list[Finding]:
    """Check everything we would deploy, in every environment.

    Args:
        model: the loaded model.
        plan: cdktf's output folder; None synthesizes one to look at.

    Raises:
        UserError: nothing could be checked: no plan, or the analyzer does not start.
    """
    with tempfile.TemporaryDirectory() as folder:
        stacks = plan or synthesize(Path(folder) / "cdktf.out")
        return [*_sql(model, stacks), *policies.check(policies.read_stacks(stacks, model))]


def run(model: Model, plan: Path | None, as_json: bool) -> int:
    """Print the findings. Returns 0 clean, 2 findings."""
    findings = check(model, plan)
    files = len(model.routines) + len(model.views) + len(model.schedules) + len(model.verification) + len(model.health)
    show(findings, f"{files} SQL objects and the plans of {len(model.environments)} environments", as_json)
    return 2 if findings else 0


def _sql(model: Model, stacks: Path) -> list[Finding]:
    from eros.gate import Clean, check_files, check_plan

    findings, clean = check_files(model), Clean()
    for path in sorted(stacks.glob("stacks/*/cdk.tf.json")):
        findings += check_plan(json.loads(path.read_text(encoding="utf-8")), model, clean=clean)
    return findings
