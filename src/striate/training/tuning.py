"""Measuring which number type, layout and piece size this machine trains a network fastest in.

What wins depends on the processor (bfloat16 units or none), on the network and on the batch: a
large batch in one piece falls out of the cache. So it is measured, for about two seconds.

A processor without bfloat16 units may take tens of times as long in bfloat16 as in float32. So
the number types first race with few examples, and no large piece is run in the one that loses.
"""

import itertools
import math
import platform
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

from striate.data import Description
from striate.training.losses import Loss
from striate.training.precision import (
    Arithmetic,
    Compute,
    Layout,
    PrecisionSettings,
    WorkingNetwork,
)
from striate.training.threads import using_threads

_SECONDS = 2.0
_FEW = (2, 16, 64)  # examples; with one, batch normalisation may have a single value
_FAR_BEHIND = 3.0  # times slower; few examples show less of a difference than many
_FIRST_RUN = 0.25  # seconds that it may take longer, because kernels are made for it
_NOISE = 0.05  # seconds of running that make the fastest run a fair one on a busy machine
_MOST_RUNS = 10


def resolve(
    settings: PrecisionSettings,
    network: nn.Module,
    description: Description,
    loss: Loss,
    batch: int,
    device: torch.device,
) -> Arithmetic:
    """Return the settings with every `auto` replaced by what is fastest here.

    The network's weights and torch's random numbers are left as they are.
    """
    computes, layouts, pieces = _choices(settings, batch, device, len(description.input_shape) - 1)
    first = Arithmetic(compute=computes[0], layout=layouts[0], pieces=pieces[0])
    if len(computes) == len(layouts) == len(pieces) == 1:
        return first
    bench = _Bench(network, description, loss, device)
    with _random_numbers_kept(device):
        began = bench.start()
        if len(computes) > 1 and device.type == "cpu":
            computes = (_winner(bench, first, began + _SECONDS / 2),)
        candidates = [
            Arithmetic(compute=compute, layout=layout, pieces=size)
            for size, compute, layout in itertools.product(pieces, computes, layouts)
        ]
        if len(candidates) == 1:
            return candidates[0]
        return _fastest(bench, candidates, began + _SECONDS)


def is_slow(
    arithmetic: Arithmetic,
    network: nn.Module,
    description: Description,
    loss: Loss,
    device: torch.device,
) -> bool:
    """Return whether this processor trains the network several times faster in float32."""
    if arithmetic.compute == "float32" or device.type != "cpu":
        return False
    if _lacks_bfloat16():
        return True
    bench = _Bench(network, description, loss, device)
    with _random_numbers_kept(device):
        try:
            return _race(bench, arithmetic, bench.start() + _SECONDS / 2) > _FAR_BEHIND
        except RuntimeError:  # training will say which layer it is that has no bfloat16
            return False


def _choices(
    settings: PrecisionSettings, batch: int, device: torch.device, axes: int
) -> tuple[tuple[Compute, ...], tuple[Layout, ...], list[int]]:
    """Return the number types, layouts and piece sizes to try, what is likely best first."""
    computes: tuple[Compute, ...] = ("bfloat16", "float32")
    if settings.compute != "auto":
        computes = (settings.compute,)
    elif device.type == "cpu" and _lacks_bfloat16():
        computes = ("float32",)
    layouts: tuple[Layout, ...] = ("channels_last", "contiguous")
    if settings.layout != "auto":
        layouts = (settings.layout,)
    elif axes == 1:
        layouts = ("contiguous",)  # torch has no channels-last layout of signals
    if settings.pieces != "auto":
        return computes, layouts, [settings.pieces]
    if device.type != "cpu":
        return computes, layouts, [batch]
    # Small pieces come first: what they take says which larger ones there is time to measure.
    sizes = [size for size in (64, 128, 256, 512) if size < batch] + [batch] * (batch <= 512)
    return computes, layouts, sorted(sizes)


def _lacks_bfloat16() -> bool:
    """Return whether the processor surely multiplies no bfloat16, as x86 without AVX-512 does."""
    x86 = platform.machine().lower() in ("x86_64", "amd64")
    return x86 and torch.backends.cpu.get_cpu_capability() in ("DEFAULT", "NO AVX", "AVX2")


def _winner(bench: "_Bench", arithmetic: Arithmetic, deadline: float) -> Compute:
    """Return the number type that this processor computes the network faster in."""
    try:
        return "bfloat16" if _race(bench, arithmetic, deadline) < 1 else "float32"
    except RuntimeError:  # torch has no bfloat16 kernel for some layer
        return "float32"


def _race(bench: "_Bench", arithmetic: Arithmetic, deadline: float) -> float:
    """Return how many times longer bfloat16 takes than float32, by as few examples as will tell.

    It is infinity when bfloat16 was stopped. It is stopped as soon as it is far behind, while it
    has to be ahead to the end to win, because a wrong choice of it costs most.

    Raises RuntimeError when a layer cannot do it.
    """
    ratio, exact, rounded = math.inf, 0.0, 0.0
    with _few_threads():
        for size in [few for few in _FEW if few < arithmetic.pieces] or [arithmetic.pieces]:
            if not _fits(size * (exact + rounded), deadline):
                break
            few = arithmetic.model_copy(update={"pieces": size})
            exact = bench.seconds_an_example(few.model_copy(update={"compute": "float32"}))
            rounded = bench.seconds_an_example(
                few.model_copy(update={"compute": "bfloat16"}),
                limit=_FIRST_RUN + _FAR_BEHIND * size * exact,
            )
            ratio = rounded / exact
            if ratio > _FAR_BEHIND:
                break
    return ratio


def _fastest(bench: "_Bench", candidates: list[Arithmetic], deadline: float) -> Arithmetic:
    """Return the fastest of the arithmetics that there is time to measure, as they are used."""
    few = [size for size in _FEW if size < candidates[0].pieces]
    if bench.device.type != "cpu":
        few = []  # they leave an accelerator idle, and tell nothing of it
    probes = [candidates[0].model_copy(update={"pieces": size}) for size in few]
    fastest, best, seconds = candidates[0], math.inf, 0.0
    for number, candidate in enumerate(probes + candidates):
        if not _fits(candidate.pieces * seconds, deadline):
            continue
        try:
            seconds = bench.seconds_an_example(candidate)
        except RuntimeError:  # no kernel for some layer, or not the memory for so many examples
            continue
        if number >= len(probes) and seconds < best:
            fastest, best = candidate, seconds
    return fastest


def _fits(seconds: float, deadline: float) -> bool:
    """Return whether a run of so many seconds, and the one before it to warm up, can be made."""
    return time.perf_counter() + 2 * seconds <= deadline


class _TooSlow(Exception):  # noqa: N818  # no error: what is measured is not the fastest
    """A run has used up the time it was given."""


class _Limit(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own
    """Ends a run, forward or backward, at the first operation after its time is up."""

    def __init__(self, seconds: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._until = time.perf_counter() + seconds

    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Carry out an operation, if there is time."""
        if time.perf_counter() > self._until:
            raise _TooSlow
        return func(*args, **(kwargs or {}))


@dataclass(frozen=True)
class _Bench:
    """Where candidates are timed: copies of the network, forward and backward, on noise."""

    network: nn.Module
    description: Description
    loss: Loss
    device: torch.device

    def start(self) -> float:
        """Wake up everything that the first run would wait for; return the time it is then.

        That is the device, and the parts of torch that the first limited run imports (the first
        optimiser would import them soon after), which takes longer than a limit allows.
        """
        with torch.no_grad(), _few_threads(), _Limit(math.inf):
            inputs = torch.zeros(2, *self.description.input_shape, device=self.device)
            deepcopy(self.network).train()(inputs)
            self._wait()
        return time.perf_counter()

    def seconds_an_example(self, arithmetic: Arithmetic, limit: float = math.inf) -> float:
        """Return the time that one example takes in the fastest of some runs.

        Infinity when the first of them takes more than `limit` seconds.

        Raises RuntimeError when a layer cannot do it.
        """
        working = WorkingNetwork(deepcopy(self.network), arithmetic).network
        inputs = arithmetic.prepare(
            torch.randn(arithmetic.pieces, *self.description.input_shape, device=self.device)
        )
        targets = torch.zeros(arithmetic.pieces, dtype=torch.int64, device=self.device)

        def seconds() -> float:
            began = time.perf_counter()
            self.loss(working(inputs), targets).sum().backward()  # type: ignore[no-untyped-call]
            self._wait()
            return time.perf_counter() - began

        try:
            with nullcontext() if limit == math.inf else _Limit(limit):
                times = [seconds()]
        except _TooSlow:
            return math.inf
        while len(times) == 1 or (sum(times[1:]) < _NOISE and len(times) < _MOST_RUNS):
            times.append(seconds())
        return min(times) / arithmetic.pieces

    def _wait(self) -> None:
        if self.device.type != "cpu":
            torch.accelerator.synchronize(self.device)


@contextmanager
def _random_numbers_kept(device: torch.device) -> Iterator[None]:
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        yield


def _few_threads() -> AbstractContextManager[None]:
    """Leave most cores alone: on a busy machine, threads that meet measure how long they queue."""
    return using_threads(max(1, torch.get_num_threads() // 4))
