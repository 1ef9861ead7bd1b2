"""How many random worlds a property test draws: a few fixed ones, or with --hypothesis-profile=deep many new ones.

One world costs a second or two of an engine. The default draws the same worlds on every run and does not shrink: a
failure names its pages. The deep profile is for the night and for a change to a procedure.
"""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, settings

settings.register_profile("deep", deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def examples(few: int) -> settings:
    """Settings for a property test that draws `few` examples by default."""
    if settings.get_current_profile_name() == "deep":
        return settings.get_profile("deep")
    return settings(
        deadline=None,
        derandomize=True,
        max_examples=few,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        database=None,
    )
