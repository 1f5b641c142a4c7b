"""The view that looks inside networks: inputs, maps, filters, and the arithmetic of any value."""

from striate.studio.looking.session import LookSession
from striate.studio.looking.shared import Looking

__all__ = ["LookSession", "Looking"]
