"""The arithmetic behind any single value of a traced network."""

from striate.network.why.explain import explain
from striate.network.why.text import explanation
from striate.network.why.why import Arithmetic, Patch, Step, Unit, Why

__all__ = ["Arithmetic", "Patch", "Step", "Unit", "Why", "explain", "explanation"]
