"""Measuring which number type, layout and piece size this machine trains a network fastest in.

What wins depends on the processor (bfloat16 units or none), on the network and on the batch: a
large batch in one piece falls out of the cache. So it is measured, for about two seconds.
"""

import itertools
import time
from copy import deepcopy

import torch
from torch import nn

from striate.data import Description
from striate.training.losses import Loss
from striate.training.precision import (
    Arithmetic,
    Compute,
    Layout,
    PrecisionSettings,
    WorkingNetwork,
)

_SECONDS = 2.0


def resolve(
    settings: PrecisionSettings,
    network: nn.Module,
    description: Description,
    loss: Loss,
    batch: int,
    device: torch.device,
) -> Arithmetic:
    """Return the settings with every `auto` replaced by what is fastest here.

    The network's weights are left as they are.
    """
    candidates = _candidates(settings, batch, device, axes=len(description.input_shape) - 1)
    if len(candidates) == 1:
        return candidates[0]
    fastest, best = candidates[-1], float("inf")
    deadline = time.perf_counter() + _SECONDS
    for candidate in candidates:
        try:
            seconds = _seconds_an_example(candidate, network, description, loss, device)
        except NotImplementedError:  # torch has no bfloat16 kernel for some layer
            continue
        if seconds < best:
            fastest, best = candidate, seconds
        if time.perf_counter() > deadline:
            break
    return fastest


def _candidates(
    settings: PrecisionSettings, batch: int, device: torch.device, axes: int
) -> list[Arithmetic]:
    """Return the arithmetics to try, the most promising first, because time may run out."""
    computes: tuple[Compute, ...] = ("bfloat16", "float32")
    if settings.compute != "auto":
        computes = (settings.compute,)
    layouts: tuple[Layout, ...] = ("channels_last", "contiguous")
    if settings.layout != "auto":
        layouts = (settings.layout,)
    if axes == 1 and settings.layout == "auto":
        layouts = ("contiguous",)  # torch has no channels-last layout of signals
    if settings.pieces != "auto":
        pieces = [settings.pieces]
    elif device.type == "cpu":
        pieces = [size for size in (256, 128, 512, 64) if size < batch] + [batch] * (batch <= 512)
    else:
        pieces = [batch]
    return [
        Arithmetic(compute=compute, layout=layout, pieces=size)
        for size, compute, layout in itertools.product(pieces, computes, layouts)
    ]


def _seconds_an_example(
    arithmetic: Arithmetic,
    network: nn.Module,
    description: Description,
    loss: Loss,
    device: torch.device,
) -> float:
    """Return the time that one example takes, forward and backward; the faster of two runs."""
    working = WorkingNetwork(deepcopy(network), arithmetic).network
    inputs = arithmetic.prepare(
        torch.randn(arithmetic.pieces, *description.input_shape, device=device)
    )
    targets = torch.zeros(arithmetic.pieces, dtype=torch.int64, device=device)
    best = float("inf")
    for _ in range(2):
        began = time.perf_counter()
        loss(working(inputs), targets).sum().backward()  # type: ignore[no-untyped-call]
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        best = min(best, time.perf_counter() - began)
    return best / arithmetic.pieces
