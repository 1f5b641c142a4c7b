"""How active layers are: the extremes, the mean and the zeros of their values."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch

from striate.network.trace import Trace


@dataclass(frozen=True, slots=True)
class Activity:
    """A layer's values for one example, of the given size.

    `minimum`, `mean` and `maximum` are of the finite ones, None where there are none; `zeros` is
    the share of values that are exactly zero, and `not_finite` the number that are infinite or no
    number.
    """

    layer: str
    size: tuple[int, ...]
    minimum: float | None
    mean: float | None
    maximum: float | None
    zeros: float
    not_finite: int


def activities(
    trace: Trace, layers: Iterable[str] | None = None, example: int = 0
) -> tuple[Activity, ...]:
    """The activity of layers, of all that were kept if none are named.

    Raises NetworkError for a layer that does not exist or was not kept.
    """
    return tuple(_activity(trace, name, example) for name in (trace if layers is None else layers))


def _activity(trace: Trace, layer: str, example: int) -> Activity:
    values = trace[layer].detach()
    values = values[example] if values.ndim else values
    size = tuple(values.shape)
    if values.is_complex():
        values = values.abs()
    values = values.to("cpu", torch.float64)
    known = values[torch.isfinite(values)]
    return Activity(
        layer,
        size,
        float(known.min()) if known.numel() else None,
        float(known.mean()) if known.numel() else None,
        float(known.max()) if known.numel() else None,
        float((values == 0).double().mean()),
        values.numel() - known.numel(),
    )
