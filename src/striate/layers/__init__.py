"""The layers that torch has not, as nn.Module on (N, C, *spatial) of 1 to 3 spatial axes.

Convolution with each way of dealing with the boundary, true convolution beside correlation, the
pooling family, and the blocks that well-known networks are made of.
"""

from striate.layers.blocks import Bottleneck, Fire, Inception
from striate.layers.boundary import BOUNDARIES, Boundary, pad
from striate.layers.channel_norm import ChannelNorm
from striate.layers.convolution import (
    BoundaryConv1d,
    BoundaryConv2d,
    BoundaryConv3d,
    convolution,
    transposed_convolution,
)
from striate.layers.correlation import convolve, correlate
from striate.layers.joins import Parallel, Residual
from striate.layers.mobile import DepthwiseSeparable, InvertedResidual, SqueezeExcite
from striate.layers.normalisations import NORMALISATIONS
from striate.layers.pooling import (
    POOLINGS,
    AveragePool,
    FractionalMaxPool,
    GaussianL2Pool,
    GlobalPool,
    LpPool,
    MaxPool,
    MixedPool,
    SpectralPool,
    StochasticPool,
    TopLeftPool,
)
from striate.layers.scale import Scale

__all__ = [
    "BOUNDARIES",
    "NORMALISATIONS",
    "POOLINGS",
    "AveragePool",
    "Bottleneck",
    "Boundary",
    "BoundaryConv1d",
    "BoundaryConv2d",
    "BoundaryConv3d",
    "ChannelNorm",
    "DepthwiseSeparable",
    "Fire",
    "FractionalMaxPool",
    "GaussianL2Pool",
    "GlobalPool",
    "Inception",
    "InvertedResidual",
    "LpPool",
    "MaxPool",
    "MixedPool",
    "Parallel",
    "Residual",
    "Scale",
    "SpectralPool",
    "SqueezeExcite",
    "StochasticPool",
    "TopLeftPool",
    "convolution",
    "convolve",
    "correlate",
    "pad",
    "transposed_convolution",
]
