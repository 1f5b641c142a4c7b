"""The named networks: every architecture of the lectures, and weights published for them."""

from striate.models.entry import Accuracy, Entry
from striate.models.registry import create, describe, entries, names

__all__ = ["Accuracy", "Entry", "create", "describe", "entries", "names"]
