"""Trying a network on a few test examples at a time, round after round through all of them."""

import time
from collections import deque
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from striate.training.feed import Feed
from striate.training.insides import as_tested
from striate.training.losses import Loss, LossSettings, YesNo

WINDOW = 2000
_YOUNG = 15.0  # seconds: what older weights answered says little of the present ones
_ENOUGH = 256
_FEWEST, _MOST = 16, 128
_SECONDS = 0.015
_MOST_CLASSES = 100


@dataclass(frozen=True)
class Guess:
    """What a network says of a test example: the likeliest classes, with their probabilities."""

    example: int
    target: int
    top: tuple[tuple[int, float], ...]

    @property
    def right(self) -> bool:
        """Whether the first guess is."""
        return self.top[0][0] == self.target


@dataclass(frozen=True)
class Tried:
    """How the last so many test examples went, each with the weights of its time.

    They are at most 2000 of the last 15 seconds of going on, or the last 256 where those are more.

    `confusion[truth, guess]` counts them, None where there are more than a hundred classes.
    """

    examples: int
    loss: float
    accuracy: float
    confusion: npt.NDArray[np.int32] | None


class Round:
    """Goes round the test examples, in an order of its own that mixes the classes."""

    def __init__(self, test: Feed, classes: int, loss: Loss, settings: LossSettings) -> None:
        self._test = test
        self._classes = classes
        self._loss = loss
        self._settings = settings
        # numpy's, because torch's default generator belongs to the training.
        self._order = np.random.default_rng(0).permutation(len(test))
        self._next = 0
        self._few = _MOST
        self._seen: deque[tuple[float, float, int, int]] = deque(maxlen=min(WINDOW, len(test)))
        self.newest: tuple[Guess, ...] = ()

    def go_on(self, network: nn.Module) -> None:
        """Try the network on the next examples: about a hundred, fewer where that takes long."""
        began = time.perf_counter()
        places = (self._next + np.arange(min(self._few, len(self._order)))) % len(self._order)
        indices = torch.from_numpy(self._order[places])
        self._next = int(places[-1]) + 1
        with as_tested(network), torch.no_grad():
            inputs, targets = self._test.take(indices)
            logits = network(inputs)
            losses = self._loss(logits, targets)
        wanted = targets.tolist()
        self.newest = guesses(logits.float().cpu(), indices.tolist(), wanted, self._settings)
        first = [guess.top[0][0] for guess in self.newest]
        self._seen.extend(zip(repeat(began), losses.tolist(), wanted, first))
        while len(self._seen) > _ENOUGH and began - self._seen[0][0] > _YOUNG:
            self._seen.popleft()
        slow = time.perf_counter() - began > _SECONDS
        self._few = max(_FEWEST, self._few // 2) if slow else min(_MOST, 2 * self._few)

    def tried(self) -> Tried:
        """Return how the last examples went; there must have been some."""
        _, losses, truths, first = map(np.array, zip(*self._seen, strict=True))
        confusion = None
        if self._classes <= _MOST_CLASSES:
            cells = np.bincount(truths * self._classes + first, minlength=self._classes**2)
            confusion = cells.reshape(self._classes, self._classes).astype(np.int32)
        return Tried(len(losses), float(losses.mean()), float((truths == first).mean()), confusion)


def guesses(
    logits: Tensor, examples: list[int], targets: list[int], loss: LossSettings, most: int = 3
) -> tuple[Guess, ...]:
    """Return the likeliest classes of each example, by what the loss takes the outputs for.

    Shapes: logits `(N, classes)`, float32.
    """
    shares = logits.sigmoid() if isinstance(loss, YesNo) else logits.softmax(1)
    top = shares.topk(min(most, shares.shape[1]), dim=1)
    return tuple(
        Guess(example, target, tuple(zip(classes, values, strict=True)))
        for example, target, classes, values in zip(
            examples, targets, top.indices.tolist(), top.values.tolist(), strict=True
        )
    )
