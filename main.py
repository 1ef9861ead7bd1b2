"""Synthesizes every stack of every environment into cdktf.out. No logic lives here."""

import sys
from pathlib import Path

from stacks import fast_synth

fast_synth.enable()  # before cdktf is imported

from cdktf import App  # noqa: E402

from eros.errors import UserError  # noqa: E402
from eros.model import load_model  # noqa: E402
from stacks.app import build, copy_locks  # noqa: E402

try:
    app, model = App(), load_model()
    build(app, model).synth()
    copy_locks(Path(app.outdir), model)
except UserError as error:
    sys.exit(f"error: {error}")
