"""What a classifier says: its guesses, the likeliest first."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from striate.network.trace import Trace


@dataclass(frozen=True, slots=True)
class Guess:
    """A class, by its number and name, and its probability."""

    index: int
    name: str
    probability: float


def guesses(
    trace: Trace, classes: Sequence[str], most: int = 5, example: int = 0
) -> tuple[Guess, ...]:
    """The likeliest classes of one example, the likeliest first; () unless there are such.

    The probabilities are the softmax of the network's output (N, K) over its K classes, or that
    output itself where the network ends in a softmax.
    """
    output = trace.output
    if not isinstance(output, Tensor) or not output.is_floating_point():
        return ()
    scores = output.detach().flatten(1) if output.ndim > 1 else output.detach()[:, None]
    if not classes or scores.shape[1] != len(classes):
        return ()
    ready = trace.graph.output.operation == "softmax"
    scores = scores[example].to("cpu", torch.float64)
    probabilities = scores if ready else scores.softmax(0)
    values, indices = probabilities.topk(min(most, len(classes)))
    return tuple(
        Guess(index, classes[index], value)
        for index, value in zip(indices.tolist(), values.tolist(), strict=True)
    )
