"""Keeping a training on disk: its events, its checkpoints, its result."""

import datetime
from collections.abc import Iterator
from contextlib import nullcontext

from striate.errors import RunError
from striate.training.checkpoint import (
    checkpoints_in,
    load_checkpoint,
    save_checkpoint,
    save_weights,
)
from striate.training.events import Epoch, Event, Finished, Saved, Started, Step, Stopped
from striate.training.machine import machine, versions
from striate.training.run_folder import RunFolder, Summary, disk_trouble
from striate.training.training import Training


class Record:
    """Keeps a training in a run folder; `leads` is false in processes that only follow."""

    def __init__(self, run: RunFolder, *, leads: bool = True) -> None:
        self._run = run
        self._leads = leads
        self._saved_at = 0.0

    def keep(self, training: Training) -> Iterator[Event]:
        """Train from the last checkpoint on, yielding what happens, once it is written down.

        Raises RunError when the run is finished or in use, or the disk refuses, and what
        iterating over the training raises.
        """
        with self._run.in_use() if self._leads else nullcontext():
            if self._run.summary() is not None:
                raise RunError(f"the run {self._run.path} has finished; there is nothing to resume")
            self._restore(training)
            if self._leads:
                self._run.write_recipe(training.recipe)
            started: Started | None = None
            for event in training:
                if isinstance(event, Started):
                    started = event
                if isinstance(event, Finished) and started is not None:
                    self._finish(event, started, training)
                self._record(event)
                yield event
                if self._due(event, training):
                    yield self._save(training)

    def _restore(self, training: Training) -> None:
        checkpoints = checkpoints_in(self._run.checkpoints_path)
        step = 0
        if checkpoints:
            place = load_checkpoint(checkpoints[-1], training.state())
            training.go_on_from(place)
            step, self._saved_at = place.step, place.seconds
        if self._leads:
            self._run.rewind_metrics(step)

    def _due(self, event: Event, training: Training) -> bool:
        if not self._leads or isinstance(event, Finished):
            return False
        if isinstance(event, Stopped):
            return True
        # The last step of an epoch is saved only with the epoch's own event, which follows it.
        between = isinstance(event, Step) and training.place.offset == 0
        interval = training.recipe.checkpoint.seconds
        return (
            isinstance(event, Step | Epoch)
            and not between
            and training.place.seconds - self._saved_at >= interval
        )

    def _save(self, training: Training) -> Saved:
        place, folder = training.place, self._run.checkpoints_path
        with disk_trouble(self._run.path):
            path = save_checkpoint(folder, place, training.state())
            for old in checkpoints_in(folder)[: -training.recipe.checkpoint.keep]:
                old.unlink(missing_ok=True)
        self._saved_at = place.seconds
        saved = Saved(place.step, path)
        self._record(saved)
        return saved

    def _record(self, event: Event) -> None:
        if self._leads:
            self._run.record(event)

    def _finish(self, event: Finished, started: Started, training: Training) -> None:
        if not self._leads:
            return
        with disk_trouble(self._run.path):
            save_weights(self._run.weights_path, training.network)
        recipe = training.recipe
        self._run.write_summary(
            Summary(
                recipe=recipe.name,
                title=recipe.title,
                dataset=recipe.data.name,
                seed=recipe.seed,
                test_accuracy=event.test_accuracy,
                test_loss=event.test_loss,
                macro_f1=event.macro_f1,
                seconds=event.seconds,
                evaluation_seconds=event.evaluation_seconds,
                epochs=event.epochs,
                steps=event.step,
                parameters=started.parameters,
                compute=started.compute,
                layout=started.layout,
                pieces=started.pieces,
                processes=started.processes,
                finished=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
                machine=machine(),
                versions=versions(),
            )
        )
