"""Rules every synthesized plan keeps, whatever the stacks' code says. SQL has rules of its own: eros.gate."""

from eros.policies.plan import Block, PlannedStack, read_stacks
from eros.policies.policy import POLICIES, Policy, check

__all__ = ["POLICIES", "Block", "PlannedStack", "Policy", "check", "read_stacks"]
