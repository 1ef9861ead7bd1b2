"""Sample data at the real sizes, with known ground truth.

    world = generate(seed=7)                    # or sizes=REAL.scaled(0.05), or GROWTH
    load(client, "eros_scheduling_brain", world)
    world.quality("aurora_ash", caption_id)     # what learning should find out

Nothing here creates tables, and nothing runs the jobs that learn from the data.
"""

from eros.sample.load import Loaded, load, missing
from eros.sample.sizes import GROWTH, REAL, Sizes
from eros.sample.truth import Truth
from eros.sample.world import SampleWorld, generate

__all__ = ["GROWTH", "REAL", "Loaded", "SampleWorld", "Sizes", "Truth", "generate", "load", "missing"]
