"""How big a sample world is. REAL copies the production tables' figures, GROWTH the stated growth target."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from eros.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Row counts and shares of a sample world. The defaults are the real sizes.

    Raises UserError when the figures contradict each other.
    """

    #: Rows of mass_messages, spread over the last `days` days, and the pages that sent them.
    messages: int = 63_411
    days: int = 120
    pages: int = 39
    #: Pages with a message in the last 30 days. The others, last in `SampleWorld.pages`, fell silent before.
    active_pages: int = 38
    #: Rows of caption_bank, the distinct texts among them, and how many of these texts differ from another one
    #: only in case, punctuation, emoji or letter style (so there are `texts - variant_texts` distinct keys).
    captions: int = 44_651
    texts: int = 37_271
    variant_texts: int = 560
    #: Rows of the smaller tables.
    locks: int = 153
    inventories: int = 36
    fallback_captions: int = 2_000
    schedule_rows: int = 900
    exports: int = 400
    #: Rows of caption_bandit_stats. 0 leaves the table to the updater, which learns it from the messages.
    stats: int = 0

    def __post_init__(self) -> None:
        where = "sample sizes"
        for field in fields(self):
            if getattr(self, field.name) < 0:
                raise UserError(f"{field.name} is negative.", where=where, remedy="Give 0 or more.")
        rules = [
            (self.days >= 60, "days must be 60 or more, so that the 30-day window cuts"),
            (1 <= self.active_pages <= self.pages, "active_pages must be between 1 and pages"),
            (self.messages >= 4 * self.pages, "messages must be at least 4 a page"),
            (self.texts >= 2 * self.variant_texts, "variant_texts can be at most half of texts"),
            (200 <= self.texts <= self.captions, "texts must be at least 200 and at most captions"),
            (self.stats <= self.pages * self.captions, "stats can be at most one row a page and caption"),
        ]
        for holds, rule in rules:
            if not holds:
                raise UserError(f"{rule}, got {self}.", where=where)

    def scaled(self, factor: float) -> Sizes:
        """The same world with `factor` times the messages and captions. Pages and their few rows stay."""
        scaled = {
            name: max(minimum, round(getattr(self, name) * factor))
            for name, minimum in {
                "messages": 20 * self.pages,
                "captions": 300,
                "texts": 250,
                "variant_texts": 4,
                "fallback_captions": 20,
                "stats": 0,
            }.items()
        }
        return replace(self, **scaled)


REAL = Sizes()

#: The growth target: a million messages, and a million learned rows that an update has to compare with.
GROWTH = Sizes(
    messages=1_000_000,
    pages=100,
    active_pages=100,
    captions=120_000,
    texts=100_000,
    variant_texts=1_500,
    locks=4_000,
    inventories=94,
    stats=1_000_000,
)
