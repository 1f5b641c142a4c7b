"""A batch's way through the network and back, in pieces."""

import math
import time
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from striate.errors import TrainingError
from striate.training.losses import Loss
from striate.training.precision import Arithmetic
from striate.training.processes import Processes


@dataclass(frozen=True)
class Passes:
    """What a batch gave: its summed loss and right guesses `(2,)`, and the seconds it took.

    An accelerator works on by itself; there the seconds are only those of handing over the work.
    """

    totals: Tensor
    forward_seconds: float
    backward_seconds: float


def gather_gradients(
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    batch: int,
    loss: Loss,
    arithmetic: Arithmetic,
    processes: Processes,
) -> Passes:
    """Add the gradients of a batch's mean loss to those of the network's parameters.

    `batch` counts the examples over all processes, of which the inputs are this one's part.

    Shapes: inputs `(N, C, *spatial)`, targets `(N,)`.

    Raises TrainingError when a layer cannot compute in this number type.
    """
    totals, forward, backward = torch.zeros(2, device=inputs.device), 0.0, 0.0
    # Pieces of equal size, because a small one at the end would be poor for normalisation.
    count = math.ceil(len(inputs) / arithmetic.pieces)
    pieces = zip(inputs.tensor_split(count), targets.tensor_split(count), strict=True)
    for number, (piece, wanted) in enumerate(pieces, 1):
        with processes.without_averaging(network, last=number == count):
            began = time.perf_counter()
            try:
                outputs = network(piece)
            except NotImplementedError as error:
                raise TrainingError(
                    f"a layer of this network cannot compute in {arithmetic.compute} on "
                    f"{inputs.device}: {error}. Set precision.compute = 'float32'"
                ) from error
            summed = loss(outputs, wanted).sum()
            between = time.perf_counter()
            # DistributedDataParallel takes the mean over processes; we want the sum.
            (summed * (processes.count / batch)).backward()  # type: ignore[no-untyped-call]
            forward += between - began
            backward += time.perf_counter() - between
        totals[0] += summed.detach()
        totals[1] += (outputs.detach().argmax(1) == wanted).sum()
    return Passes(processes.sum(totals), forward, backward)
