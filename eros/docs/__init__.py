"""`eros docs`: the parts of the documents that are made from the model. pages.py finds them, the others make them."""

from eros.docs.command import pages, run
from eros.docs.pages import Page

__all__ = ["Page", "pages", "run"]
