"""Small random worlds that walk along the edges of the contracts on purpose.

Each page of a world is drawn from a seed of its own and has nothing to do with the others, so that one call on one
world checks many independent cases. Hypothesis chooses the seeds, and shrinks a failure to the pages that show it.
Figures are halves, quarters and whole numbers: their sums are exact, so equal means are equal on every engine.
"""
