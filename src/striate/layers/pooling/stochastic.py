"""Stochastic pooling."""

import torch
from torch import Tensor

from striate.geometry import Padding, PerAxis
from striate.layers.pooling.inputs import plane_scale, widened, window_scale
from striate.layers.pooling.native import window_sum
from striate.layers.pooling.placement import Kernel, Placement, extract
from striate.layers.pooling.window_pool import WindowPool


class StochasticPool(WindowPool):
    """One value of each window, drawn with a chance proportional to its size.

    Training: y = x_l, with l drawn with probability p_j = x_j / sum_k x_k; the gradient goes to
    x_l. Evaluation: the expectation, y = sum_j p_j x_j = sum_j x_j^2 / sum_j x_j.
    Activations are taken to be non-negative; a negative one counts as 0, as if ReLU came before,
    so it is never drawn. A window without a positive value gives 0 with zero gradient. Padding is
    never drawn. Draws come from `generator`, else from torch's default one.
    (N, C, *spatial) -> (N, C, *output), 1 to 3 spatial axes.
    Raises GeometryError for arguments that no window can have.
    Source: Zeiler and Fergus, Stochastic pooling for regularization of deep convolutional neural
    networks, 2013, section 3.
    """

    def __init__(
        self,
        kernel: Kernel,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        *,
        generator: torch.Generator | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__(kernel, stride, padding, ceil_mode=ceil_mode)
        self.generator = generator

    def _pool(self, x: Tensor, placement: Placement) -> Tensor:
        x = x.relu()
        if self.training:
            return _drawn(x, placement, self.generator)
        return _expected(widened(x), placement)


def _expected(x: Tensor, placement: Placement) -> Tensor:
    # Squares of very large or small numbers leave the range of floats; those of ratios do not.
    scale = plane_scale(x)
    ratios = x / scale
    total = window_sum(ratios, placement)
    drawable = total > 0
    squares = window_sum(ratios.square(), placement)
    ratio = squares / torch.where(drawable, total, 1.0)
    return torch.where(drawable, ratio, total.detach()) * scale


def _drawn(x: Tensor, placement: Placement, generator: torch.Generator | None) -> Tensor:
    places, total = _drawn_places(x.detach(), placement, generator)
    values = x.flatten(2).gather(2, places.flatten(2)).reshape(places.shape)
    return torch.where(total > 0, values, total.to(x.dtype))


def _drawn_places(
    x: Tensor, placement: Placement, generator: torch.Generator | None
) -> tuple[Tensor, Tensor]:
    """The place of the value drawn in each window, counted over the flattened input.

    With it a total that is above 0 where there was something to draw.
    """
    values = extract(widened(x), placement)
    cumulative = (values / window_scale(values)).cumsum(dim=-1)
    total = cumulative[..., -1:]
    uniform = torch.rand(total.shape, generator=generator, device=total.device, dtype=total.dtype)
    # In (0, total]: the first place where the sum reaches it has a positive value, whatever the
    # rounding, so neither padding nor zeros are drawn where there is something else.
    threshold = (1 - uniform) * total
    drawn = (cumulative < threshold).sum(dim=-1, keepdim=True)

    places = torch.arange(x[0, 0].numel(), device=x.device).reshape(1, 1, *placement.spatial)
    windows = extract(places, placement).expand(*values.shape)
    return windows.gather(-1, drawn).squeeze(-1), total.squeeze(-1)
