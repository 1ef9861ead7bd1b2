"""The GoogleSQL gate: no statement BigQuery would refuse reaches a plan. Start with check_files() or check_plan()."""

from eros.gate.check import check_files, check_text, exemptions
from eros.gate.plan import Clean, check_plan
from eros.gate.source import Finding, Source

__all__ = ["Clean", "Finding", "Source", "check_files", "check_plan", "check_text", "exemptions"]
