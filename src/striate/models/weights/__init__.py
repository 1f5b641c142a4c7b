"""Published and own weights: where they are, reading them safely, and fitting them to a model."""

from striate.models.weights.load import Pretrained, load_weights, pretrained
from striate.models.weights.published import class_names, find_source, sources
from striate.models.weights.report import LoadReport, Misshapen
from striate.models.weights.source import Source

__all__ = [
    "LoadReport",
    "Misshapen",
    "Pretrained",
    "Source",
    "class_names",
    "find_source",
    "load_weights",
    "pretrained",
    "sources",
]
