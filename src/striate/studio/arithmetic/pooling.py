"""Every pooling on the same input: what each gives, and how one of its values comes about."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from striate.errors import StriateError
from striate.network import Network, Trace
from striate.network.why import Patch, Why
from striate.studio.arithmetic.family import FAMILY, Choices, Member
from striate.studio.arithmetic.grids import Grid

_NETWORKS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Pooled:
    """What one pooling gives, or why it cannot."""

    member: Member
    output: Tensor | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Explained:
    """How one value of a pooling comes about: the arithmetic, and which elements were read.

    `places` are the rows and the columns of the input that the window reads, beyond its ends too.
    """

    member: Member
    why: Why
    patch: Patch
    places: tuple[tuple[int, ...], ...]


class SideBySide:
    """The family over inputs of one page; networks of it are kept, since inputs change more often.

    With a `seed` chance takes part, as in training: stochastic pooling draws a value and
    fractional pooling its regions. Without, both are as in evaluation.
    """

    def __init__(self) -> None:
        self._networks: OrderedDict[tuple[object, ...], Network] = OrderedDict()

    def pooled(self, x: Grid, choices: Choices, seed: int | None) -> tuple[Pooled, ...]:
        """What every pooling gives for a map (H, W) or a signal (L)."""
        layers, problems = _able(x.shape, choices)
        with torch.random.fork_rng([]):
            torch.manual_seed(seed or 0)
            outputs = _AllOver(layers).train(seed is not None)(torch.from_numpy(x)[None, None])
        found = dict(zip(layers, outputs, strict=True))
        return tuple(
            Pooled(member, None, problems[member.name])
            if member.name in problems
            else Pooled(member, found[member.name].detach()[0, 0])
            for member in FAMILY
        )

    def explained(
        self, x: Grid, choices: Choices, seed: int | None, place: Sequence[int]
    ) -> tuple[Explained, ...]:
        """How each pooling comes to its value at a place of the output.

        Of an output with fewer places it is the last along each axis.
        """
        batch = torch.from_numpy(x)[None, None]
        network = self._network_of(choices, batch)
        network.module.train(seed is not None)
        with torch.random.fork_rng([]):
            torch.manual_seed(seed or 0)
            trace = network.trace(batch)
        found = []
        for member in FAMILY:
            layer = _layer(trace, member)
            if layer is not None:
                sizes = trace[layer].shape[2:]
                at = [min(index, size - 1) for index, size in zip(place, sizes, strict=True)]
                found.append(_explained(member, trace.why(layer, 0, at)))
        return tuple(found)

    def _network_of(self, choices: Choices, batch: Tensor) -> Network:
        key = (choices, tuple(batch.shape))
        if key not in self._networks:
            layers, _ = _able(batch.shape[2:], choices)
            self._networks[key] = Network(_AllOver(layers).eval(), batch)
            if len(self._networks) > _NETWORKS_KEPT:
                self._networks.popitem(last=False)
        self._networks.move_to_end(key)
        return self._networks[key]


class _AllOver(nn.Module):
    """Layers that all read the same input; where they draw, they do so in this order."""

    def __init__(self, layers: Mapping[str, nn.Module]) -> None:
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)
        # A network takes its input in the number type of its weights, and poolings have none.
        self.register_buffer("precise", torch.zeros((), dtype=torch.float64))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        return tuple(layer(x) for layer in self.children())


def _able(spatial: Sequence[int], choices: Choices) -> tuple[dict[str, nn.Module], dict[str, str]]:
    """The poolings that can do what is asked, and what keeps the others from it."""
    layers, problems = {}, {}
    for member in FAMILY:
        try:
            layer: Any = member.make(choices)
            layer.output_shape(tuple(spatial))
        except StriateError as error:
            problems[member.name] = str(error)
        else:
            layers[member.name] = layer
    return layers, problems


def _layer(trace: Trace, member: Member) -> str | None:
    """The name of a pooling in the network; a global one is a module around its pooling."""
    return next((name for name in trace if name.split(".")[0] == member.name), None)


def _explained(member: Member, why: Why) -> Explained:
    patch = why.patches[0]
    places = []
    for axis, size in enumerate(patch.values.shape):
        corner = [0] * patch.values.ndim
        found = []
        for offset in range(size):
            corner[axis] = offset
            found.append(patch.index(tuple(corner))[patch.axes[axis]])
        places.append(tuple(found))
    return Explained(member, why, patch, tuple(places))
