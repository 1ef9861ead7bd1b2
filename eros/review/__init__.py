"""What a Terraform plan does to data, in words. Only reads plans: applying is Terraform's, drift is eros.drift's."""

from eros.review.command import run
from eros.review.plan import Plan
from eros.review.planfile import read_plan
from eros.review.review import CostChange, Costing, FailOn, Review, review_plan

__all__ = ["CostChange", "Costing", "FailOn", "Plan", "Review", "read_plan", "review_plan", "run"]
