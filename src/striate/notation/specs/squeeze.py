"""Squeeze and excitation."""

from dataclasses import dataclass
from typing import Annotated

from striate.geometry import Cost, elementwise_cost, linear_cost
from striate.notation.construct import striate_layer
from striate.notation.kind import Applied, Argument, LayerKind, Shape, Site, layer_kind, unchanged
from striate.notation.specs.sliding import has_axes
from striate.notation.values import count


@layer_kind("squeezeexcite", also=("se", "squeezeexcitation", "squeeze_excite"))
@dataclass(frozen=True)
class SqueezeExcite(LayerKind):
    """Each channel times a gate that is worked out from the means of all channels.

    The receptive field is that of the values; the gate, which sees everything, is left out.
    """

    reduction: Annotated[
        int,
        Argument(count("the reduction", "16"), "how many times fewer channels lie in between"),
    ] = 16

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        if not has_axes(shape, site):
            return unchanged(shape)
        hidden = max(shape[0] // self.reduction, 1)
        gate = linear_cost(shape[0], hidden) + linear_cost(hidden, shape[0])
        cost = Cost(gate.parameters, gate.multiply_adds) + elementwise_cost(shape)
        module = striate_layer("SqueezeExcite", shape[0], reduction=self.reduction)
        return Applied(shape, module, cost)
