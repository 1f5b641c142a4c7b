"""Average pooling."""

from torch import Tensor

from striate.geometry import Padding, PerAxis
from striate.layers.pooling.native import window_mean
from striate.layers.pooling.placement import Kernel, Placement
from striate.layers.pooling.window_pool import WindowPool


class AveragePool(WindowPool):
    """The mean of each window.

    y = sum_j x_j / n, n the number of real values in the window, or with `count_padding` of real
    values and padding (zeros). What hangs over in `ceil_mode` is never counted.
    (N, C, *spatial) -> (N, C, *output), 1 to 3 spatial axes.
    Raises GeometryError for arguments that no window can have.
    Source: LeCun et al., Handwritten digit recognition with a back-propagation network, 1989.
    """

    def __init__(
        self,
        kernel: Kernel,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        *,
        ceil_mode: bool = False,
        count_padding: bool = False,
    ) -> None:
        super().__init__(kernel, stride, padding, ceil_mode=ceil_mode)
        self.count_padding = count_padding

    def _pool(self, x: Tensor, placement: Placement) -> Tensor:
        return window_mean(x, placement, self.count_padding)

    def extra_repr(self) -> str:
        """The arguments, leaving out those that change nothing."""
        counted = ", count_padding=True" if self.count_padding else ""
        return super().extra_repr() + counted
