"""Max pooling."""

from torch import Tensor

from striate.geometry import Padding, PerAxis
from striate.layers.pooling.native import window_max
from striate.layers.pooling.placement import Kernel, Placement
from striate.layers.pooling.window_pool import WindowPool


class MaxPool(WindowPool):
    """The largest value of each window.

    y = max_j x_j. Padding never wins; of equal values the first gets the gradient.
    (N, C, *spatial) -> (N, C, *output), 1 to 3 spatial axes.
    Raises GeometryError for arguments that no window can have.
    Source: Riesenhuber and Poggio, Hierarchical models of object recognition in cortex, 1999.
    """

    def __init__(
        self,
        kernel: Kernel,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        *,
        dilation: PerAxis = 1,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel, stride, padding, ceil_mode=ceil_mode, dilation=dilation)

    def _pool(self, x: Tensor, placement: Placement) -> Tensor:
        return window_max(x, placement)
