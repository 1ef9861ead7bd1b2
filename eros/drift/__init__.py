"""Drift: the synthesized plan against the live project, also what Terraform cannot see. No Terraform state is read."""

from eros.drift.command import run
from eros.drift.drift import Drift, find_drift
from eros.drift.finding import Finding, Seen, Severity

__all__ = ["Drift", "Finding", "Seen", "Severity", "find_drift", "run"]
