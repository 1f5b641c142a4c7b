"""The training loop: a recipe and a dataset in, a stream of events out.

Nothing random is remembered from one step to the next: what a step draws (its order of examples,
its augmentation, its dropout) follows from the seed and the step's number alone. So a checkpoint
needs no random state, and a training that was killed and resumed is the uninterrupted one.
"""

import logging
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from striate.data import Dataset
from striate.data.augmentation import augment
from striate.data.augmentation.seeds import stable_generator, stable_seed
from striate.errors import TrainingError
from striate.notation import build
from striate.training.average import WeightAverage
from striate.training.checkpoint import Place, State
from striate.training.control import Control, change
from striate.training.divergence import Cause, DivergenceWatch
from striate.training.evaluation import Evaluation, EvaluationSettings, evaluate
from striate.training.events import (
    Changed,
    Epoch,
    Event,
    Finished,
    Paused,
    Resumed,
    Started,
    Step,
    Stopped,
)
from striate.training.feed import Feed
from striate.training.fit import check_fit, check_single_examples
from striate.training.initialisation import initialise
from striate.training.losses import make_loss
from striate.training.optimisers import make_optimisers, scale_learning_rates
from striate.training.orders import Adjustable
from striate.training.passes import gather_gradients
from striate.training.precision import Arithmetic, WorkingNetwork
from striate.training.processes import ALONE, Processes
from striate.training.recipe import Recipe
from striate.training.schedules import factor
from striate.training.tuning import is_slow, resolve

log = logging.getLogger("striate.training")

_EXAMPLES_TO_INITIALISE = 5000
_PROCESSOR = torch.device("cpu")


class Training:
    """One training; iterate over it to make it happen.

    `recipe` is the recipe with everything resolved, `network` the float32 network that learns; its
    gradients are those of the last step's batch until the next begins. `working` is the network
    that computes, in `arithmetic`; `loss` and `test` are what it is judged by.
    A `Record` keeps it on disk, so that it can be resumed.

    Raises (on construction) RecipeError when network, data and recipe do not fit together.
    """

    def __init__(
        self,
        recipe: Recipe,
        dataset: Dataset,
        *,
        control: Control | None = None,
        processes: Processes = ALONE,
        device: torch.device | None = None,
    ) -> None:
        self.dataset = dataset
        self.device = device or best_device()
        check_fit(recipe, dataset, processes)
        self._control = control or Control()
        self._processes = processes
        self.loss = make_loss(recipe.loss, len(dataset.description.classes))
        with _drawing(_PROCESSOR, recipe.seed, "initialisation"):
            self.network = build(recipe.network)
            initialise(self.network, recipe.initialisation, self._some_examples)
        check_single_examples(self.network, recipe, processes)
        self.network.to(self.device)
        arithmetic = processes.follow(
            resolve(
                recipe.precision,
                self.network,
                dataset.description,
                self.loss,
                recipe.batch,
                self.device,
            )
        )
        self.recipe = recipe.model_copy(update={"precision": arithmetic.as_settings()})
        self._chosen = tuple(name for name, value in recipe.precision if value == "auto")
        self.arithmetic = arithmetic
        if recipe.precision.compute != "auto" and processes.leads:
            self._warn_of_slow_arithmetic()
        self.working = WorkingNetwork(self.network, arithmetic)
        self._optimisers = make_optimisers(self.network, recipe.optimiser)
        self._parallel = processes.join(self.working.network)
        self._average = WeightAverage(self.network, recipe.average) if recipe.average else None
        self._train = Feed(dataset.train, dataset.description, arithmetic, self.device)
        self.test = Feed(dataset.test, dataset.description, arithmetic, self.device)
        self._place = Place(batch=recipe.batch)
        self._order: tuple[int, Tensor] = (-1, torch.empty(0))
        self._latest: tuple[Tensor, Tensor] | None = None

    @property
    def steps(self) -> int:
        """The steps in the whole training, if the batch stays as it is."""
        return self._place.step + math.ceil(
            (self.recipe.epochs - self.epochs_done) * self._steps_an_epoch - 1e-9
        )

    def __iter__(self) -> Iterator[Event]:
        """Train, yielding what happens.

        Raises TrainingError when the loss is no longer a number or diverges.
        """
        yield self._started()
        self._parallel.train()
        paused = False
        while self._place.epoch_ended or self.epochs_done < self.recipe.epochs - 1e-9:
            orders = self._processes.follow(self._control.take())
            for setting, wanted in orders.changes.items():
                value = self._change(setting, wanted)
                if value is not None:
                    self._place = replace(self._place, changes=self._place.changes + 1)
                    yield Changed(self._place.step, setting, value)
            if orders.stop:
                yield Stopped(self._place.step, self.steps)
                return
            if orders.pause != paused:
                paused = orders.pause
                yield (Paused if paused else Resumed)(self._place.step)
            if paused:
                if self._processes.leads:  # the others wait for what it will say
                    self._control.wait()
                continue
            if not self._place.epoch_ended:  # as it has where a change leaves no whole batch
                yield self._step()
            if self._place.epoch_ended:
                yield self._epoch()
        yield self._finish()

    def state(self) -> State:
        """Return the live objects that a checkpoint holds."""
        average = {} if self._average is None else self._average.average
        return State(self.network, self._optimisers, average)

    @property
    def place(self) -> Place:
        """Where training stands."""
        return self._place

    @property
    def latest(self) -> tuple[Tensor, Tensor] | None:
        """The first example of the last step, as the network saw it, and its class.

        Shapes: `(1, C, *spatial)`, `(1,)`. None before the first step.
        """
        return self._latest

    def go_on_from(self, place: Place) -> None:
        """Continue from a place, after the state has been restored."""
        self._place = place
        self.working.publish()

    def evaluation(self, settings: EvaluationSettings) -> Evaluation:
        """Return how the network does on the test data, with averaged weights if there are any."""
        self._swap_in_average()
        try:
            return evaluate(self.working.network, self.test, self.loss, settings)
        finally:
            self._swap_in_average()

    def _step(self) -> Step:
        began = time.perf_counter()
        place, recipe = self._place, self.recipe
        indices = self._indices()[place.offset : place.offset + place.batch]
        part = self._processes.part(len(indices))
        inputs, targets = self._train.take(indices[part])
        inputs = augment(
            inputs,
            recipe.augmentation,
            seed=recipe.seed,
            epoch=place.epoch,
            step=place.step,
            indices=indices,
            part=part,
        )
        progress = self._progress_amid_step()
        inputs = self.arithmetic.lay_out(recipe.resolution.reduce(inputs, progress))
        rate = factor(recipe.schedule, progress)
        scale_learning_rates(self._optimisers, rate)
        for optimiser in self._optimisers:
            optimiser.zero_grad()
        with _drawing(self.device, recipe.seed, "step", place.step, self._processes.rank):
            passes = gather_gradients(
                self._parallel,
                inputs,
                targets,
                len(indices),
                self.loss,
                self.arithmetic,
                self._processes,
            )
        summed_loss, right = passes.totals.tolist()
        loss = summed_loss / len(indices)
        self._watch_loss(loss, inputs)
        self.working.collect_gradients()
        for optimiser in self._optimisers:
            optimiser.step()
        self._latest = (inputs[:1].clone(), targets[:1].clone())
        self._advance(summed_loss, int(right))
        if self._average is not None:
            self._average.update(self._place.step, min(self.epochs_done / recipe.epochs, 1.0))
        self.working.publish()
        seconds = place.seconds + time.perf_counter() - began
        self._place = replace(self._place, seconds=seconds)
        return Step(
            step=self._place.step,
            epoch=self.epochs_done,
            loss=loss,
            accuracy=right / len(indices),
            learning_rate=self._optimisers[0].param_groups[0]["lr"],
            examples=len(indices),
            seconds=seconds,
            forward_seconds=passes.forward_seconds,
            backward_seconds=passes.backward_seconds,
        )

    def _watch_loss(self, loss: float, inputs: Tensor) -> None:
        place = self._place
        watch = DivergenceWatch(place.first_loss, place.smoothed_loss)
        peak = self._optimisers[0].param_groups[0]["base_lr"]
        cause = Cause(self.working.network, inputs, self._processes)
        watch.see(place.step + 1, loss, peak, cause)
        self._place = replace(place, first_loss=watch.first, smoothed_loss=watch.smoothed)

    def _advance(self, summed_loss: float, right: int) -> None:
        place = self._place
        self._place = replace(
            place,
            step=place.step + 1,
            offset=place.offset + place.batch,
            epoch_loss=place.epoch_loss + summed_loss,
            epoch_right=place.epoch_right + right,
            epoch_examples=place.epoch_examples + place.batch,
        )
        self._end_epoch_without_whole_batch()

    def _end_epoch_without_whole_batch(self) -> None:
        place = self._place
        if place.offset + place.batch > len(self._train):
            self._place = replace(place, epoch=place.epoch + 1, offset=0)

    def _indices(self) -> Tensor:
        """Return this epoch's order of examples."""
        epoch = self._place.epoch
        if self._order[0] != epoch:
            generator = stable_generator(self.recipe.seed, "order", epoch)
            self._order = (epoch, torch.randperm(len(self._train), generator=generator))
        return self._order[1]

    @property
    def _steps_an_epoch(self) -> int:
        return len(self._train) // self._place.batch

    @property
    def epochs_done(self) -> float:
        """How many times the training data has been gone through, parts of an epoch included."""
        place = self._place
        left = (len(self._train) - place.offset) // place.batch  # whole batches of this epoch
        return place.epoch + place.offset / (place.offset + left * place.batch)

    def _progress_amid_step(self) -> float:
        """Return the share of training done in the middle of the coming step.

        The middle, because at its start a schedule that warms up from 0 would waste the first step.
        """
        return min((self.epochs_done + 0.5 / self._steps_an_epoch) / self.recipe.epochs, 1.0)

    def _change(self, setting: Adjustable, value: float) -> float | None:
        """Change a setting; return the value that it now has, or None if nothing has it."""
        if setting != "batch":
            return change(self._optimisers, setting, value)
        batch = max(self._processes.count, min(int(value), len(self._train)))
        self._place = replace(self._place, batch=batch)
        self._end_epoch_without_whole_batch()
        return batch

    def _epoch(self) -> Epoch:
        every, test = self.recipe.evaluation.every, None
        ended = self.epochs_done >= self.recipe.epochs - 1e-9
        if every and self._place.epoch % every == 0 and not ended:
            test = self._timed_evaluation(self.recipe.evaluation.single_view)
        place = self._place
        self._place = replace(place, epoch_loss=0.0, epoch_right=0, epoch_examples=0)
        return Epoch(
            step=place.step,
            epoch=self.epochs_done,
            train_loss=place.epoch_loss / place.epoch_examples,
            train_accuracy=place.epoch_right / place.epoch_examples,
            test_loss=test.loss if test else None,
            test_accuracy=test.accuracy if test else None,
            seconds=place.seconds,
        )

    def _finish(self) -> Finished:
        result = self._timed_evaluation(self.recipe.evaluation)
        self._swap_in_average()  # for good: the averaged weights are the result
        self._average = None
        return Finished(
            step=self._place.step,
            epochs=self.epochs_done,
            test_loss=result.loss,
            test_accuracy=result.accuracy,
            macro_f1=result.macro_f1,
            seconds=self._place.seconds,
            evaluation_seconds=self._place.evaluation_seconds,
        )

    def _timed_evaluation(self, settings: EvaluationSettings) -> Evaluation:
        began = time.perf_counter()
        result = self.evaluation(settings)
        if not math.isfinite(result.loss):
            raise TrainingError(
                f"training stopped at step {self._place.step}: the test loss is {result.loss}, so "
                "the last steps were too large. Try a smaller learning rate or a longer warm-up."
            )
        seconds = self._place.evaluation_seconds + time.perf_counter() - began
        self._place = replace(self._place, evaluation_seconds=seconds)
        return result

    def _swap_in_average(self) -> None:
        if self._average is not None:
            self._average.swap()
            self.working.publish()

    def _some_examples(self) -> Tensor:
        """Return up to 5000 examples `(N, C, *spatial)` from all over the training data."""
        feed = Feed(self.dataset.train, self.dataset.description, Arithmetic(), _PROCESSOR)
        count = min(len(feed), _EXAMPLES_TO_INITIALISE)
        return feed.take(torch.arange(count) * len(feed) // count)[0]

    def _warn_of_slow_arithmetic(self) -> None:
        description, compute = self.dataset.description, self.arithmetic.compute
        if is_slow(self.arithmetic, self.network, description, self.loss, self.device):
            log.warning(
                "this processor has no fast %s: float32 trains this network several times faster "
                "here. Begin a run with `--set precision.compute=auto` to have it measured",
                compute,
            )

    def _started(self) -> Started:
        return Started(
            step=self._place.step,
            steps=self.steps,
            epochs=self.recipe.epochs,
            batch=self._place.batch,
            examples=len(self._train),
            parameters=sum(parameter.numel() for parameter in self.network.parameters()),
            device=str(self.device),
            compute=self.arithmetic.compute,
            layout=self.arithmetic.layout,
            pieces=self.arithmetic.pieces,
            processes=self._processes.count,
            chosen=self._chosen,
        )


def best_device() -> torch.device:
    """Return the accelerator when there is one, the processor otherwise."""
    if torch.accelerator.is_available():
        device = torch.accelerator.current_accelerator()
        if device is not None:
            return device
    return _PROCESSOR


@contextmanager
def _drawing(device: torch.device, *parts: int | str) -> Iterator[None]:
    """Let torch's default generators draw what follows from the parts, and be as before after."""
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(stable_seed(*parts))
        yield
