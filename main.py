"""Synthesizes every stack of every environment into cdktf.out. No logic lives here."""

import sys

from stacks import fast_synth

fast_synth.enable()  # before cdktf is imported

from cdktf import App  # noqa: E402

from eros.errors import UserError  # noqa: E402
from eros.model import load_model  # noqa: E402
from stacks.app import build  # noqa: E402

try:
    build(App(), load_model()).synth()
except UserError as error:
    sys.exit(f"error: {error}")
