"""Synthesizes the plan in a process of its own, so that importing eros never imports cdktf."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from eros.errors import UserError
from eros.model import REPOSITORY


def synthesize(out: Path = REPOSITORY / "cdktf.out") -> Path:
    """Write every stack of every environment below `out` and return it.

    Raises:
        UserError: main.py refused; its own message is shown.
    """
    environment = {**os.environ, "CDKTF_OUTDIR": str(out)}
    done = subprocess.run(
        [sys.executable, str(REPOSITORY / "main.py")],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        # main.py says "error: …" for a user's mistake; anything else is a fault whose whole output is needed.
        said = done.stderr.strip() or done.stdout.strip() or "no output"
        raise UserError(f"the plan could not be synthesized.\n{said.removeprefix('error: ')}", where="main.py")
    return out
