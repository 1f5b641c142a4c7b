"""Global pooling."""

from typing import Any, Literal

from torch import Tensor, nn

from striate.errors import LayerError
from striate.layers.pooling.average import AveragePool
from striate.layers.pooling.gaussian import GaussianL2Pool
from striate.layers.pooling.lp import LpPool
from striate.layers.pooling.maximum import MaxPool
from striate.layers.pooling.mixed import MixedPool
from striate.layers.pooling.stochastic import StochasticPool
from striate.layers.pooling.window_pool import WindowPool

GlobalKind = Literal["average", "max", "lp", "gaussian", "mixed", "stochastic"]

_KINDS: dict[str, type[WindowPool]] = {
    "average": AveragePool,
    "max": MaxPool,
    "lp": LpPool,
    "gaussian": GaussianL2Pool,
    "mixed": MixedPool,
    "stochastic": StochasticPool,
}


class GlobalPool(nn.Module):
    """One value for each channel: a pooling with one window over the whole input.

    `kind` names the pooling and `options` are that pooling's own, as `GlobalPool("lp", p=3)`.
    The spatial axes stay, with one element each.
    (N, C, *spatial) -> (N, C, 1, ...), 1 to 3 spatial axes.
    Raises LayerError for another kind or an option's value that the pooling cannot have.
    Source: Lin, Chen and Yan, Network in network, 2014, section 3.2 (global average pooling).
    """

    def __init__(self, kind: GlobalKind = "average", **options: Any) -> None:
        super().__init__()
        if kind not in _KINDS:
            known = ", ".join(repr(name) for name in _KINDS)
            raise LayerError(f"kind (={kind!r}) of global pooling must be one of {known}")
        self.kind = kind
        self.pool = _KINDS[kind]("global", **options)

    def output_shape(self, spatial: tuple[int, ...]) -> tuple[int, ...]:
        """The spatial size of the output: 1 along every axis."""
        return self.pool.output_shape(spatial)

    def forward(self, x: Tensor) -> Tensor:
        """The pooled maps, (N, C, *spatial) -> (N, C, 1, ...)."""
        pooled: Tensor = self.pool(x)
        return pooled
