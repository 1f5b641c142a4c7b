"""What the tests of the named networks share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from striate.models import entries

Layout = list[tuple[str, tuple[int, ...]]]


@pytest.fixture(scope="session")
def layout() -> Callable[[str], Layout]:
    """Names and shapes of torchvision's state dict of a network, in its order, kept as text.

    A line is a name and a shape, `64x3x7x7` or `scalar`; made from torchvision 0.28.0.
    """

    def read(name: str) -> Layout:
        text = (Path(__file__).parent / "layouts" / f"{name}.txt").read_text()
        pairs = (line.split(" ") for line in text.splitlines())
        return [
            (key, () if shape == "scalar" else tuple(map(int, shape.split("x"))))
            for key, shape in pairs
        ]

    return read


@pytest.fixture(scope="session")
def assert_same_network() -> Callable[[nn.Module, nn.Module, torch.Tensor], None]:
    """Compare two networks of one layout: weights carried over, outputs of both modes."""

    def compare(ours: nn.Module, theirs: nn.Module, x: torch.Tensor) -> None:
        spread_statistics(theirs)
        ours.load_state_dict(theirs.state_dict())
        for training in (False, True):
            outputs = []
            for network in (ours.train(training), theirs.train(training)):
                torch.manual_seed(0)
                with torch.no_grad():
                    outputs.append(network(x))
            assert outputs[1].abs().max() > 1e-3
            torch.testing.assert_close(*outputs, rtol=1e-5, atol=1e-5)
        state = ours.state_dict()
        for name, value in theirs.state_dict().items():
            torch.testing.assert_close(state[name], value, rtol=1e-5, atol=1e-5)

    return compare


def spread_statistics(network: nn.Module) -> None:
    """Give every batch normalisation numbers of its own, so that a swap of two cannot hide."""
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            for values in (module.running_mean, module.bias):
                assert values is not None
                values.data.normal_(0, 0.1, generator=generator)
            for values in (module.running_var, module.weight):
                assert values is not None
                values.data.uniform_(0.8, 1.2, generator=generator)


def scores_of(output: Any) -> Tensor:
    """The class scores of one or several outputs, averaged over positions: (N, classes)."""
    first: Tensor = output[0] if isinstance(output, tuple | list) else output
    return first.flatten(2).mean(2) if first.dim() > 2 else first


def smallest(family: str) -> str:
    """The name of the member of a family that has the fewest parameters."""
    members = [entry for entry in entries() if entry.family == family]
    return min(members, key=lambda entry: entry.parameters).name
