"""Small networks with their traces, for pictures to be drawn of."""

import pytest
import torch

from striate.network import Network, Trace

PLANE = """
input 3x20x24
conv 8 3x3 stride 2 pad 1
relu
residual
  conv 8 3x3 pad same
  relu
maxpool 3x3 stride 2 pad 1
conv 5 1x1
flatten
linear 4
softmax
"""
SIGNAL = """
input 1x400
conv 6 7 stride 2 pad same
relu
conv 3 5
avgpool global
flatten
linear 4
"""
VOLUME = """
input 1x6x12x10
conv 4 3x3x3 pad same
relu
maxpool 2x2x2
flatten
linear 3
"""

Seen = tuple[Network, Trace]


def _seen(text: str, seed: int = 0) -> Seen:
    network = Network(text)
    generator = torch.Generator().manual_seed(seed)
    return network, network.trace(torch.randn(2, *network.input_shape, generator=generator))


@pytest.fixture(scope="session")
def plane() -> Seen:
    """A network of images and its trace."""
    return _seen(PLANE)


@pytest.fixture(scope="session")
def signal() -> Seen:
    """A network of signals and its trace."""
    return _seen(SIGNAL)


@pytest.fixture(scope="session")
def volume() -> Seen:
    """A network of volumes and its trace."""
    return _seen(VOLUME)
