"""The inside of a text's network for one example: every layer's output, gradient and weights.

Hooks see it, under the names of the built modules, which are those of the text's lines. A captured
graph (`striate.network`) would see more, in any network, but takes seconds to make; the networks
that are trained here come from text, and are made of modules only.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from striate.notation import Row, check
from striate.training.losses import Loss
from striate.training.shown import Figures, Room, figures, filters, maps

_ROOM_IN_ALL = 4 << 20  # bytes
_PASS = re.compile(r"(repeat\d+)\.\d+")

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Line:
    """The line of the text that a module was made from."""

    number: int
    kind: str
    text: str


@dataclass(frozen=True)
class Part:
    """One tensor of a layer: its figures, and what is shown of it, if anything is."""

    figures: Figures
    shown: Floats | None = None
    stride: int = 1


@dataclass(frozen=True)
class Layer:
    """One layer for one example.

    `parts` are `activations`, `gradients`, `weights`, `weight_gradients`, `bias` and
    `bias_gradients`, as far as there are any; `output` is the shape (C, *spatial).
    """

    name: str
    line: Line
    output: tuple[int, ...]
    parts: dict[str, Part]


@dataclass(frozen=True)
class Insides:
    """All layers in the order in which they run, and each class's output for the example."""

    layers: tuple[Layer, ...]
    logits: Tensor


class Lens:
    """Looks into a network that was built from a text.

    `network` is what computes; `master`, where it is another, has the weights that learn.
    """

    def __init__(self, text: str, network: nn.Module, master: nn.Module | None = None) -> None:
        self._network = network
        self._master = master or network
        rows = {row.module: row for row in check(text).rows}
        self._lines = {
            name: line
            for name, module in network.named_modules()
            if (line := _line(name, module, rows)) is not None
        }

    def look(
        self, inputs: Tensor, targets: Tensor, loss: Loss, layers: Iterable[str] | None = None
    ) -> Insides:
        """Return the inside for one example, as the network sees it when it is tested.

        The gradients of activations are those of the example's loss; those of weights are what the
        master's parameters hold. The network is left as it is: its modes, weights, gradients,
        running statistics; and torch's random numbers. `layers` names those of which something is
        shown, all by default.

        Shapes: inputs `(1, C, *spatial)`, ready for the network; targets `(1,)`.
        """
        with as_tested(self._network):
            outputs, logits = self._run(inputs)
            able = {name: output for name, output in outputs.items() if output.requires_grad}
            found = torch.autograd.grad(
                loss(logits, targets).sum(), list(able.values()), allow_unused=True
            )
        gradients = dict(zip(able, found, strict=True))
        wanted = set(outputs) if layers is None else set(layers)
        tensors = {
            name: _tensors(output[0], gradients.get(name), self._master.get_submodule(name))
            for name, output in outputs.items()
        }
        room = _room([found for name, found in tensors.items() if name in wanted])
        seen = [
            Layer(
                name,
                self._lines[name],
                tuple(output.shape[1:]),
                {
                    part: _part(part, tensor, room if name in wanted else None)
                    for part, tensor in tensors[name].items()
                },
            )
            for name, output in outputs.items()
        ]
        return Insides(tuple(seen), logits[0].detach().float().cpu())

    def _run(self, inputs: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """Return the outputs of all layers, and the network's."""
        outputs: dict[str, Tensor] = {}

        def keep(name: str) -> Any:
            def see(_module: nn.Module, _inputs: object, output: object) -> object:
                if not isinstance(output, Tensor) or output.ndim < 2:
                    return None
                outputs[name] = output
                # What comes next may write into what it gets, and this one is to stay as it is.
                return output.clone()

            return see

        handles: list[RemovableHandle] = [
            self._network.get_submodule(name).register_forward_hook(keep(name))
            for name in self._lines
        ]
        try:
            with torch.enable_grad():
                logits: Tensor = self._network(inputs)
        finally:
            for handle in handles:
                handle.remove()
        return outputs, logits


@contextmanager
def as_tested(network: nn.Module) -> Iterator[None]:
    """Let the network work as it does when it is tested, and be afterwards as it was.

    That is the mode of every module, and torch's random numbers.
    """
    modes = [(module, module.training) for module in network.modules()]
    devices = {p.device for p in network.parameters() if p.device.type == "cuda"}
    network.eval()
    try:
        with torch.random.fork_rng(list(devices)):
            yield
    finally:
        for module, mode in modes:
            module.training = mode


def _line(name: str, module: nn.Module, rows: dict[str, Row]) -> Line | None:
    """Return the line that a module is shown with, None for one that only holds others."""
    if not name or isinstance(module, nn.Sequential | nn.Identity):
        return None
    # The text has one line for all passes of a `repeat`, and its row is that of the first.
    path = _PASS.sub(r"\1.1", name)
    if path in rows:
        row = rows[path]
        return Line(row.line, row.kind, row.text)
    if any(True for _ in module.children()):
        return None
    parents = (path.rsplit(".", count)[0] for count in range(1, path.count(".") + 1))
    row = next(rows[parent] for parent in parents if parent in rows)
    return Line(row.line, type(module).__name__.lower(), f"{path.rpartition('.')[2]} of {row.text}")


def _tensors(output: Tensor, gradient: Tensor | None, module: nn.Module) -> dict[str, Tensor]:
    """Return what there is of a layer for one example, by the names of its parts."""
    found = {"activations": output}
    if gradient is not None:
        found["gradients"] = gradient[0]
    # A layer has a weight and a bias, but for the few poolings and activations that learn.
    for name, parameter in module.named_parameters(recurse=False):
        plural, singular = ("bias", "bias") if name == "bias" else ("weights", "weight")
        found.setdefault(plural, parameter)
        if parameter.grad is not None:
            found.setdefault(f"{singular}_gradients", parameter.grad)
    return found


def _shown(part: str, tensor: Tensor, room: Room) -> tuple[Tensor, int]:
    return (maps if part in ("activations", "gradients") else filters)(tensor, room)


def _room(tensors: Iterable[dict[str, Tensor]]) -> Room:
    """Return the room that each tensor gets, so that all together get a few megabytes."""
    parts = [(part, tensor) for found in tensors for part, tensor in found.items()]
    room = Room()
    while (
        4 * sum(_shown(part, tensor, room)[0].numel() for part, tensor in parts) > _ROOM_IN_ALL
        and room.channels > 1
    ):
        room = room.halved()
    return room


def _part(part: str, tensor: Tensor, room: Room | None) -> Part:
    if room is None or part.startswith("bias"):
        return Part(figures(tensor))
    cut, stride = _shown(part, tensor, room)
    array: Floats = cut.detach().float().cpu().contiguous().numpy().copy()
    return Part(figures(tensor), array, stride)
