"""One network, many views: any PyTorch network captured as a graph, and what is seen in it."""

from striate.network.box import Box, Span
from striate.network.kind import Kind
from striate.network.network import Network
from striate.network.node import Node
from striate.network.table import Row, Table, Totals
from striate.network.trace import Trace
from striate.network.why import Patch, Step, Unit, Why

__all__ = [
    "Box",
    "Kind",
    "Network",
    "Node",
    "Patch",
    "Row",
    "Span",
    "Step",
    "Table",
    "Totals",
    "Trace",
    "Unit",
    "Why",
]
