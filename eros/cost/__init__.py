"""`eros cost`: what the schedules and selections cost a day, from the SQL, the cadences and the sizes."""

from eros.cost.estimate import Estimate, Job, estimate
from eros.cost.plan import plan_costing

__all__ = ["Estimate", "Job", "estimate", "plan_costing"]
