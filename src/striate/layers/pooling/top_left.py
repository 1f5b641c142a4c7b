"""Top-left pooling: plain downsampling."""

import torch
from torch import Tensor

from striate.layers.pooling.placement import Placement
from striate.layers.pooling.window_pool import WindowPool


class TopLeftPool(WindowPool):
    """The first value of each window, plain downsampling.

    y = x_1, in an image the top-left value. Padding is never kept: of a window that starts in
    the padding it is the first real value along each axis.
    (N, C, *spatial) -> (N, C, *output), 1 to 3 spatial axes.
    Raises GeometryError for arguments that no window can have.
    """

    def _pool(self, x: Tensor, placement: Placement) -> Tensor:
        for axis, (window, outputs) in enumerate(
            zip(placement.windows, placement.output, strict=True), start=2
        ):
            first = torch.arange(outputs, device=x.device) * window.stride - window.before
            x = x.index_select(axis, first.clamp(min=0))
        return x
