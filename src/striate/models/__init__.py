"""The named networks: every architecture of the lectures, and weights published for them."""

from striate.models.entry import Accuracy, Entry
from striate.models.receptive_fields import receptive_field
from striate.models.registry import create, describe, entries, names
from striate.models.weights import LoadReport, Source, load_weights, pretrained, sources

__all__ = [
    "Accuracy",
    "Entry",
    "LoadReport",
    "Source",
    "create",
    "describe",
    "entries",
    "load_weights",
    "names",
    "pretrained",
    "receptive_field",
    "sources",
]
