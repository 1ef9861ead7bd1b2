"""The product as data. Start with load_model()."""

from eros.model.contracts import Column, Contract, Partition
from eros.model.environments import Environment
from eros.model.graph import Graph
from eros.model.load import load_model
from eros.model.model import REPOSITORY, Model, Query, Routine, Schedule, View
from eros.model.sqltext import PREFIX, Argument

__all__ = [
    "PREFIX",
    "REPOSITORY",
    "Argument",
    "Column",
    "Contract",
    "Environment",
    "Graph",
    "Model",
    "Partition",
    "Query",
    "Routine",
    "Schedule",
    "View",
    "load_model",
]
