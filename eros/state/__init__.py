"""Objects as they are planned and as they are live, in one form, so that they can be compared. Applying: eros.local."""

from eros.state.planned import Grant, Resource, plan_folder, read_grants, read_stack
from eros.state.properties import Difference, differences, properties

__all__ = ["Difference", "Grant", "Resource", "differences", "plan_folder", "properties", "read_grants", "read_stack"]
