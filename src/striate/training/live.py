"""Showing a training as it goes, to whoever watches, without disturbing it.

A snapshot is made between two steps, and only while somebody watches: at most one a second, and
so rarely that they take no more than a fortieth of the time. Nothing in them writes to what
training reads: weights, gradients, running statistics and random numbers are as they were.
"""

import logging
import math
import time

import torch
from torch import Tensor

from striate.errors import RunError
from striate.training.events import Event, Step, Validated
from striate.training.insides import Lens
from striate.training.round import Round, guesses
from striate.training.run_folder import RunFolder
from striate.training.snapshot import Snapshot, of_guess, of_layers, of_round, picture, pictures
from striate.training.training import Training
from striate.training.watching import Watch, Watchers

log = logging.getLogger("striate.training")

_LEAST_SECONDS = 1.0
_SHARE = 0.025
_SECONDS_AFTER_TROUBLE = 30.0


class Live:
    """Puts snapshots of a training into its run folder while somebody watches."""

    def __init__(self, run: RunFolder, training: Training) -> None:
        self._run = run
        self._training = training
        self._watchers = Watchers(run.watch_path)
        dataset, recipe = training.dataset, training.recipe
        self._lens = Lens(recipe.network, training.working.network, training.network)
        classes = len(dataset.description.classes)
        self._round = Round(training.test, classes, training.loss, recipe.loss)
        self._next = 0.0
        self._shown: tuple[int, int | None] | None = None

    def see(self, event: Event) -> None:
        """Make a snapshot after an event, if one is due."""
        if isinstance(event, Step):
            self.look()

    def look(self) -> None:
        """Make a snapshot if somebody watches, some time has passed, and there is news."""
        began = time.perf_counter()
        if began < self._next:
            return
        watch = self._watchers.watch()
        if watch is None or (self._training.place.step, watch.example) == self._shown:
            return
        try:
            self._snapshot(watch, began).write(self._run.live_path)
        except (OSError, RunError, RuntimeError, MemoryError) as error:
            # Whoever watches can do without; the training goes on.
            log.warning("nothing can be shown of this training for a while: %s", error)
            self._next = time.perf_counter() + _SECONDS_AFTER_TROUBLE
            return
        self._shown = (self._training.place.step, watch.example)
        now = time.perf_counter()
        self._next = now + max(_LEAST_SECONDS, (now - began) * (1 / _SHARE - 1))

    def _snapshot(self, watch: Watch, began: float) -> Snapshot:
        training, place = self._training, self._training.place
        description, test = training.dataset.description, training.dataset.test
        self._round.go_on(training.working.network)
        tried = self._round.tried()
        if math.isfinite(tried.loss):
            self._run.record(Validated(place.step, tried.loss, tried.accuracy, tried.examples))
        example, inputs, targets = self._example(watch)
        insides = self._lens.look(inputs, targets, training.loss)
        layers = of_layers(insides)
        (guess,) = guesses(
            insides.logits[None], [example or 0], targets.tolist(), training.recipe.loss
        )
        judged = of_round(self._round, test.inputs, description)
        arrays = {
            **layers.arrays,
            **judged.arrays,
            "example": picture(inputs, description)
            if example is None
            else pictures([test.inputs[example]], description)[0],
        }
        values = {
            "step": place.step,
            "epoch": training.epochs_done,
            "seconds": place.seconds,
            "example": {"of": "train" if example is None else "test", **of_guess(guess)},
            "classes": list(description.classes),
            **layers.values,
            **judged.values,
            "cost_ms": 1000 * (time.perf_counter() - began),
        }
        return Snapshot(values, arrays)

    def _example(self, watch: Watch) -> tuple[int | None, Tensor, Tensor]:
        """Return the example that is looked at: its number in the test data if it is from there."""
        training = self._training
        if watch.example is None and training.latest is not None:
            return None, *training.latest
        example = min(watch.example or 0, len(training.dataset.test) - 1)
        return example, *training.test.take(torch.tensor([example]))
