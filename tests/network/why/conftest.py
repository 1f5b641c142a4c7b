"""Checks that every explanation must pass."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import pytest
from torch import Tensor, nn

from striate.network import Network, Trace
from striate.network.kind import Kind
from striate.network.node import Node
from striate.network.why import Why
from striate.network.why.explain import explain, explanation_of
from striate.network.why.moved import explain_read


def why_at(trace: Trace, layer: Node, index: Sequence[int]) -> Why:
    """The explanation of a value by its whole index, whatever the axes of the layer."""
    return explain(trace._values, trace._module, layer, tuple(index))


def drawn(shape: tuple[int, ...], count: int, chance: np.random.Generator) -> list[tuple[int, ...]]:
    """Indices at random, the corners of the array among them."""
    corners = [tuple(0 for _ in shape), tuple(size - 1 for size in shape)]
    return [*corners, *(tuple(int(chance.integers(n)) for n in shape) for _ in range(count))]


def check_why(why: Why, trace: Trace, tolerance: float) -> None:
    """That the parts give the value, and that the parents are values of the trace."""
    value = why.unit.value
    if np.isfinite(value):
        # Rounding grows with what is summed, not with what is left of it.
        terms = [float(np.abs(p.terms).max(initial=0)) for p in why.patches]
        scale = max(abs(value), *(abs(step.value) for step in why.steps), *terms, 1e-30)
        assert abs(why.total - value) <= tolerance * scale, (why.unit, why.total)
    for parent in why.parents:
        tensor = trace[parent.layer]
        index = (parent.example, *parent.index)[: tensor.ndim]
        assert len(index) == tensor.ndim
        assert min(index, default=0) >= 0, parent
        assert parent.value == float(tensor[index]), (why.unit, parent)


class Check(Protocol):
    """Check units drawn at random in every layer of a module; returns the layers by operation."""

    def __call__(
        self,
        module: nn.Module,
        *inputs: Tensor,
        units: int = 8,
        tolerance: float = 1e-12,
        skip: Iterable[str] = (),
    ) -> dict[str, list[Node]]: ...


@pytest.fixture
def check_every_layer() -> Check:
    """Explain units of every layer of a module, and check the explanations."""

    def check(
        module: nn.Module,
        *inputs: Tensor,
        units: int = 8,
        tolerance: float = 1e-12,
        skip: Iterable[str] = (),
    ) -> dict[str, list[Node]]:
        network = Network(module, inputs)
        trace = network.trace(*inputs)
        chance = np.random.default_rng(0)
        found: dict[str, list[Node]] = {}
        for layer in trace.graph.layers:
            found.setdefault(layer.operation, []).append(layer)
            if layer.kind is Kind.INPUT or layer.operation in skip:
                continue
            assert explanation_of(layer) is not explain_read, layer
            for index in drawn(layer.shape, units, chance):
                check_why(why_at(trace, layer, index), trace, tolerance)
        return found

    return check
