"""The pooling family: modules that shrink (N, C, *spatial) maps of 1 to 3 spatial axes.

`MaxPool`, `AveragePool`, `TopLeftPool`, `LpPool`, `GaussianL2Pool`, `MixedPool` and
`StochasticPool` slide a window; `GlobalPool` is any of them with one window over the whole input;
`FractionalMaxPool` and `SpectralPool` are asked for an output size, a ratio, or the size that a
`SlidingWindow` would leave. Every one has `output_shape(spatial)`. `POOLINGS` has them by their
name in the notation.
"""

from torch import nn

from striate.layers.pooling.average import AveragePool
from striate.layers.pooling.fractional import FractionalMaxPool
from striate.layers.pooling.gaussian import GaussianL2Pool
from striate.layers.pooling.global_pool import GlobalPool
from striate.layers.pooling.lp import LpPool
from striate.layers.pooling.maximum import MaxPool
from striate.layers.pooling.mixed import MixedPool
from striate.layers.pooling.sliding_window import SlidingWindow
from striate.layers.pooling.spectral import SpectralPool
from striate.layers.pooling.stochastic import StochasticPool
from striate.layers.pooling.top_left import TopLeftPool

POOLINGS: dict[str, type[nn.Module]] = {
    "maxpool": MaxPool,
    "avgpool": AveragePool,
    "topleftpool": TopLeftPool,
    "lppool": LpPool,
    "gaussianpool": GaussianL2Pool,
    "mixedpool": MixedPool,
    "stochasticpool": StochasticPool,
    "fractionalpool": FractionalMaxPool,
    "spectralpool": SpectralPool,
}

__all__ = [
    "POOLINGS",
    "AveragePool",
    "FractionalMaxPool",
    "GaussianL2Pool",
    "GlobalPool",
    "LpPool",
    "MaxPool",
    "MixedPool",
    "SlidingWindow",
    "SpectralPool",
    "StochasticPool",
    "TopLeftPool",
]
