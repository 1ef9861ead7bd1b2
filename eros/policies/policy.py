"""What a policy is, and how all of them are run. The policies themselves stand in rules.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from eros.gate.source import Finding
from eros.policies.plan import Block, PlannedStack

#: Every policy, in the order of its declaration.
POLICIES: list[type[Policy]] = []


class Policy:
    """One rule. The docstring of a policy is its message: first the rule, then why.

    `exceptions` maps addresses to the reason why the rule does not hold for them.
    """

    exceptions: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls) -> None:
        if not cls.__doc__:
            raise TypeError(f"{cls.__name__} needs a docstring: it is the message")
        if empty := [address for address, reason in cls.exceptions.items() if not reason.strip()]:
            raise TypeError(f"{cls.__name__}: the exception for {empty[0]} gives no reason")
        POLICIES.append(cls)

    def broken_by(self, stack: PlannedStack) -> Iterator[tuple[Block, str]]:
        """The resources that break the rule, each with what was found."""
        raise NotImplementedError


def check(stacks: Iterable[PlannedStack]) -> list[Finding]:
    """Run every policy on every stack."""
    from eros.policies import rules as _declares_them  # noqa: F401 - importing fills POLICIES

    findings = []
    for stack in stacks:
        for policy in POLICIES:
            rule, _, why = " ".join((policy.__doc__ or "").split()).partition(". ")
            findings += [
                Finding(stack.file, block.line, 1, policy.__name__, f"{block.address}: {found}.", f"{rule}. {why}")
                for block, found in policy().broken_by(stack)
                if block.address not in policy.exceptions
            ]
    return findings
