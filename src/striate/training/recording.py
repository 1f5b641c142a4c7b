"""Keeping a training on disk: its events, its checkpoints, its result."""

import datetime
from collections.abc import Iterator
from contextlib import nullcontext, suppress

from striate.errors import RunError
from striate.training.checkpoint import (
    Place,
    read_checkpoint,
    restore,
    save_checkpoint,
    save_weights,
    steps_in,
)
from striate.training.events import (
    Changed,
    Damaged,
    Epoch,
    Event,
    Failed,
    Finished,
    Paused,
    Saved,
    Started,
    Step,
    Stopped,
)
from striate.training.machine import machine, versions
from striate.training.moments import Moments
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
            for damaged in self._restore(training):
                self._record(damaged)
                yield damaged
            if self._leads:
                self._run.write_recipe(training.recipe)
            try:
                yield from self._follow(training)
            except Exception as error:
                with suppress(RunError):  # what the disk refuses is the error, and no word fits
                    self._record(Failed(training.place.step, str(error) or repr(error)))
                raise

    def _follow(self, training: Training) -> Iterator[Event]:
        moments = Moments(self._run.moments_path, training.network)
        started: Started | None = None
        for event in training:
            match event:
                case Started():
                    started = event
                case Stopped() if self._leads:
                    yield self._save(training)
            if isinstance(event, Finished) and started is not None:
                self._finish(event, started, training)
            else:
                self._record(event)
            if self._leads and isinstance(event, Started | Step):
                with disk_trouble(self._run.path):
                    moments.see(event.step, training.place.seconds)
            yield event
            if self._due(event, training):
                yield self._save(training)

    def _restore(self, training: Training) -> list[Damaged]:
        """Bring training to the last checkpoint that is whole; return those that are not."""
        place, unreadable = Place(), []
        paths = steps_in(self._run.checkpoints_path)
        for path in reversed(paths):
            try:
                checkpoint = read_checkpoint(path)
            except RunError as error:
                unreadable.append((path, str(error)))
                continue
            restore(checkpoint, training.state())
            place = checkpoint.place
            training.go_on_from(place)
            self._saved_at = place.seconds
            break
        if unreadable and len(unreadable) == len(paths):
            raise RunError(
                f"no checkpoint of the run {self._run.path} can be read, so it cannot go on; "
                f"start it anew under another name. The newest: {unreadable[0][1]}"
            )
        if self._leads:
            self._run.clear_up([path for path, _ in unreadable])
            self._run.rewind(place.step, place.changes)
        return [Damaged(place.step, path, reason) for path, reason in unreadable]

    def _due(self, event: Event, training: Training) -> bool:
        if not self._leads:
            return False
        place = training.place
        match event:
            case Changed() | Paused():  # at once, or being killed would undo what the user ordered
                return True
            case Step() if place.epoch_ended:  # saved with the epoch's own event, which follows
                return False
            case Step() | Epoch():
                return place.seconds - self._saved_at >= training.recipe.checkpoint.seconds
            case _:
                return False

    def _save(self, training: Training) -> Saved:
        place, folder = training.place, self._run.checkpoints_path
        with disk_trouble(self._run.path):
            path = save_checkpoint(folder, place, training.state())
            for old in steps_in(folder)[: -training.recipe.checkpoint.keep]:
                old.unlink(missing_ok=True)
        self._saved_at = place.seconds
        saved = Saved(place.step, path)
        self._record(saved)
        return saved

    def _record(self, event: Event) -> None:
        if self._leads:
            self._run.record(event)

    def _finish(self, event: Finished, started: Started, training: Training) -> None:
        """Keep the result; the summary comes last, because it is what makes a run finished."""
        if not self._leads:
            return
        with disk_trouble(self._run.path):
            save_weights(self._run.weights_path, training.network)
        self._record(event)
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
