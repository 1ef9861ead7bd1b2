"""The fast path changes nothing but the time: the same JSON with it, without it, and with each piece missing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eros.model import REPOSITORY

STOCK = """
import sys
from stacks import fast_synth
{change}
sys.argv[0] = "main.py"
exec(compile(open("main.py").read(), "main.py", "exec"))
"""

CHANGES = {
    "stock imports in Python and Node": "fast_synth._provider_without_its_list = lambda: None; "
    "fast_synth.HOOK = fast_synth.HOOK.with_name('missing.cjs')",
    "without the Node hook": "fast_synth.HOOK = fast_synth.HOOK.with_name('missing.cjs')",
    "without the packaged Node": "fast_synth._packaged_node = lambda: None",
}


def plans(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("cdk.tf.json"))}


@pytest.mark.parametrize("change", CHANGES)
def test_the_plan_is_the_same(change: str, plan: Path, tmp_path: Path) -> None:
    if "packaged Node" in change and shutil.which("node") is None:
        pytest.skip("the stock path needs a node on PATH, and there is none")
    environment = {k: v for k, v in os.environ.items() if k not in ("JSII_NODE", "NODE_OPTIONS")}
    done = subprocess.run(
        [sys.executable, "-c", STOCK.format(change=CHANGES[change])],
        cwd=REPOSITORY,
        env={**environment, "CDKTF_OUTDIR": str(tmp_path), "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert plans(tmp_path) == plans(plan)
    assert len(plans(plan)) > 0
