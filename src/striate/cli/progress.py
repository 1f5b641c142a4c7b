"""What long work shows: bars with rate and time left on a terminal, plain lines elsewhere."""

import time
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from striate.cli.console import amount, duration, output
from striate.cli.downloads import shown_downloads
from striate.data import Dataset, load
from striate.training import (
    Changed,
    Damaged,
    Epoch,
    Event,
    Finished,
    Paused,
    Resumed,
    RunFolder,
    Started,
    Step,
    Stopped,
)

_LEAST_SECONDS_BETWEEN_REDRAWS = 0.1
_HEADING = "      epoch  train loss  accuracy  test loss  accuracy          time"


class Display:
    """Shows a training's events as they come."""

    def __init__(self, run: RunFolder, dataset: Dataset, *, quiet: bool = False) -> None:
        self._run = run
        self._dataset = dataset
        self._quiet = quiet
        self._epochs = 0.0
        self._shown_at = 0.0
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=output,
            disable=quiet or not output.is_terminal,
            transient=True,
        )
        self._task: TaskID | None = None
        self._began = (0.0, 0)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def show(self, event: Event) -> None:
        """Show one event."""
        if self._quiet:
            return
        match event:
            case Started():
                self._start(event)
            case Step():
                self._step(event)
            case Epoch():
                self._say(self._epoch_line(event))
            case Changed():
                self._say(f"step {event.step}: {event.setting} is now {event.value:g}")
            case Paused():
                self._say(f"step {event.step}: paused")
            case Resumed():
                self._say(f"step {event.step}: going on")
            case Damaged():
                self._say(
                    f"going back to step {event.step}: {event.path} is damaged ({event.reason})"
                )
            case Stopped():
                self._say(
                    f"stopped after step {event.step} of {event.steps}; "
                    f"go on with: striate train --resume {self._run.path}"
                )
            case Finished():
                self._finish(event)

    def _start(self, event: Started) -> None:
        self._epochs = event.epochs
        split = f"{event.examples:,} to learn from, {len(self._dataset.test):,} to test with"
        self._say(Text.assemble((self._dataset.description.title, "bold"), f": {split}"))
        if self._dataset.note:
            self._say(self._dataset.note)
        pieces = min(event.pieces, event.batch)
        together = f", {event.processes} processes" if event.processes > 1 else ""
        self._say(
            f"{amount(event.parameters)} parameters, {event.epochs:g} epochs of "
            f"{event.examples // event.batch} steps, batch {event.batch} in pieces of {pieces}, "
            f"{event.compute}, {event.layout} on {event.device}{together}{_chosen(event)}"
        )
        if event.step:
            self._say(f"going on after step {event.step}")
        self._say(_HEADING)
        self._task = self._bar.add_task("epoch 1", total=event.steps, completed=event.step, rate="")
        self._began = (time.perf_counter(), event.step)

    def _step(self, event: Step) -> None:
        now = time.perf_counter()
        if self._task is None or now - self._shown_at < _LEAST_SECONDS_BETWEEN_REDRAWS:
            return
        self._shown_at = now
        began, first = self._began
        rate = (event.step - first) * event.examples / max(now - began, 1e-9)
        self._bar.update(
            self._task,
            completed=event.step,
            description=f"epoch {int(event.epoch) + 1}  loss {event.loss:.3f}",
            rate=f"{amount(rate)} examples/s",
        )

    def _epoch_line(self, event: Epoch) -> str:
        test = " " * 21
        if event.test_accuracy is not None:
            test = f"{event.test_loss:11.4f}{event.test_accuracy:10.2%}"
        return (
            f"{f'{event.epoch:.3g}/{self._epochs:g}':>11}{event.train_loss:12.4f}"
            f"{event.train_accuracy:10.2%}{test}{duration(event.seconds):>14}"
        )

    def _finish(self, event: Finished) -> None:
        self._bar.stop()
        output.print(
            Text.assemble(
                "\n",
                (f"test accuracy {event.test_accuracy:.2%}", "bold green"),
                f"   macro F1 {event.macro_f1:.3f}   trained in {duration(event.seconds)} "
                f"(tested in {duration(event.evaluation_seconds)})",
            )
        )
        output.print(f"the run is in {self._run.path}", highlight=False)

    def _say(self, line: str | Text) -> None:
        self._bar.console.print(line, highlight=False)


def _chosen(event: Started) -> str:
    """Return what was left to this machine to choose, as an addition to a line."""
    values = {
        "compute": event.compute,
        "layout": event.layout,
        "pieces": f"pieces of {min(event.pieces, event.batch)}",
    }
    chosen = [value for name, value in values.items() if name in event.chosen]
    return f" (fastest on this machine: {', '.join(chosen)})" if chosen else ""


def load_dataset(name: str, folder: Path | None) -> Dataset:
    """Return a dataset, with a bar for each file that is downloaded.

    Raises DataError when it cannot be had.
    """
    with shown_downloads() as progress:
        return load(name, folder, progress=progress)
