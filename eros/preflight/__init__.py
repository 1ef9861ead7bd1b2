"""`eros preflight`: what an apply would run into, before it. It reads; it changes nothing."""

from eros.preflight.check import Check, Level
from eros.preflight.command import preflight, run

__all__ = ["Check", "Level", "preflight", "run"]
