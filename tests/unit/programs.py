"""Stand-ins for programs such as `gh` and `terraform`, which a test puts where they are looked for."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path


def write_program(file: Path, python: str) -> None:
    """Make an executable that runs Python text with this interpreter.

    By way of a shell, because a `#!` line cannot hold an interpreter's path with a blank in it.
    """
    source = file.with_name(f"{file.name}.py")
    source.write_text(python, encoding="utf-8")
    file.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(str(source))} "$@"\n')
    file.chmod(0o755)
