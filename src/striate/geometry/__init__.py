"""Sizes, receptive fields and costs of layers, by arithmetic alone.

Standard library only: nothing here imports torch or numpy. Everything is counted along one axis
by a window; functions over several axes take one number for all of them or one an axis.
"""

from striate.geometry.axes import PerAxis, per_axis
from striate.geometry.cost import (
    Cost,
    convolution_cost,
    elementwise_cost,
    linear_cost,
    normalisation_cost,
    pooling_cost,
    transposed_cost,
)
from striate.geometry.formula import size_formula
from striate.geometry.padding import Padding, resolve_padding
from striate.geometry.receptive import (
    ReceptiveField,
    input_interval,
    plain_jump,
    receptive_field,
    upsampling_window,
)
from striate.geometry.sizes import (
    conv_size,
    fitting_paddings,
    flatten_size,
    output_sizes,
    pool_size,
    transposed_size,
    transposed_windows,
    windows,
)
from striate.geometry.window import Fit, Interval, TransposedWindow, Window

__all__ = [
    "Cost",
    "Fit",
    "Interval",
    "Padding",
    "PerAxis",
    "ReceptiveField",
    "TransposedWindow",
    "Window",
    "conv_size",
    "convolution_cost",
    "elementwise_cost",
    "fitting_paddings",
    "flatten_size",
    "input_interval",
    "linear_cost",
    "normalisation_cost",
    "output_sizes",
    "per_axis",
    "plain_jump",
    "pool_size",
    "pooling_cost",
    "receptive_field",
    "resolve_padding",
    "size_formula",
    "transposed_cost",
    "transposed_size",
    "transposed_windows",
    "upsampling_window",
    "windows",
]
