"""The folder that holds a run: what was asked, what happened, and how to go on.

    recipe.toml         the recipe with everything resolved
    network.txt         the network as text
    dataset.json        the description of the data: shapes, classes, normalisation
    metrics.jsonl       one event a line, in order
    orders.jsonl        orders to the process that trains, one a line
    watch.json          until when somebody watches, and which test example
    live.safetensors    what a watched training has to show: the newest only
    checkpoints/        step-00001200.safetensors ...: weights, optimiser and place in the data
    moments/            step-00001024.safetensors ...: weights alone, all along the way
    weights.safetensors the final weights, under the network's own names
    summary.json        the result, the machine and the versions

Everything is replaced whole or not at all but for the two `.jsonl`, which grow by whole lines.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, ValidationError

from striate.data import Description
from striate.errors import RunError
from striate.files import read_text, remove_unfinished, write_text
from striate.training.checkpoint import step_of, steps_in
from striate.training.control import check_change
from striate.training.events import Event
from striate.training.metrics import Metrics, Recorded
from striate.training.orders import Change, Mailbox, Order, give
from striate.training.recipe import Recipe, read_recipe


class Summary(BaseModel):
    """The result of a finished run."""

    model_config = ConfigDict(frozen=True)

    recipe: str
    title: str
    dataset: str
    seed: int
    test_accuracy: float
    test_loss: float
    macro_f1: float
    seconds: float
    evaluation_seconds: float
    epochs: float
    steps: int
    parameters: int
    compute: str
    layout: str
    pieces: int
    processes: int
    finished: str
    machine: dict[str, str | int]
    versions: dict[str, str]


class RunFolder:
    """A run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.path.name

    @property
    def weights_path(self) -> Path:
        """Where the final weights are, once training has finished."""
        return self.path / "weights.safetensors"

    @property
    def checkpoints_path(self) -> Path:
        """The folder of checkpoints."""
        return self.path / "checkpoints"

    @property
    def moments_path(self) -> Path:
        """The folder of weights kept on the way."""
        return self.path / "moments"

    @property
    def watch_path(self) -> Path:
        """Where it stands that somebody watches."""
        return self.path / "watch.json"

    @property
    def live_path(self) -> Path:
        """Where a watched training puts what is to be seen inside its network."""
        return self.path / "live.safetensors"

    @property
    def events(self) -> Metrics:
        """The file with what has happened."""
        return Metrics(self.path / "metrics.jsonl")

    @property
    def _orders_path(self) -> Path:
        return self.path / "orders.jsonl"

    @classmethod
    def create(cls, path: Path, recipe: Recipe, description: Description) -> "RunFolder":
        """Make the folder of a new run.

        Raises RunError when there is a run at this path already, or the disk refuses.
        """
        run = cls(path)
        with disk_trouble(path):
            run._refuse_if_taken()
            path.mkdir(parents=True, exist_ok=True)
        with run.in_use(), disk_trouble(path):
            run._refuse_if_taken()  # by a process that came first, a moment ago
            run.checkpoints_path.mkdir(exist_ok=True)
            write_text(path / "network.txt", recipe.network)
            write_text(path / "dataset.json", json.dumps(description.as_dict(), indent=2) + "\n")
            run.write_recipe(recipe)  # last, because it is what makes a folder a run
        return run

    def _refuse_if_taken(self) -> None:
        if (self.path / "recipe.toml").exists():
            raise RunError(
                f"{self.path} already holds a run; give another name with --name, or go on with "
                f"it with `striate train --resume {self.path}`"
            )

    @classmethod
    def open(cls, path: Path) -> "RunFolder":
        """Return the run at a path.

        Raises RunError when there is none.
        """
        if not os.path.isfile(path / "recipe.toml"):  # False also where we may not look
            raise RunError(
                f"{path} is not a run folder: it holds no recipe.toml; "
                "`striate runs` lists the runs there are"
            )
        return cls(path)

    @classmethod
    def find(cls, name_or_path: Path, runs: Path) -> "RunFolder":
        """Return the run at a path, or of that name in the folder of runs.

        Raises RunError when there is none.
        """
        named = runs / name_or_path
        return cls.open(named if not name_or_path.exists() and named.exists() else name_or_path)

    def write_recipe(self, recipe: Recipe) -> None:
        """Record the recipe, with what was measured on this machine filled in."""
        with disk_trouble(self.path):
            write_text(self.path / "recipe.toml", recipe.to_toml())

    def recipe(self) -> Recipe:
        """Return the run's resolved recipe."""
        return read_recipe(self.path / "recipe.toml")

    def description(self) -> Description:
        """Return the description of the data that the run learns from.

        Raises RunError when it cannot be read, DataError when it is not a description.
        """
        path = self.path / "dataset.json"
        text = read_text(path, "description of a run's data", RunError)
        try:
            return Description.from_dict(json.loads(text))
        except (ValueError, TypeError, RecursionError) as error:
            raise RunError(f"cannot read {path}: {error}") from error

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Hold the run, so that no second process trains in the same folder.

        Raises RunError when another process does already; a process that was killed holds nothing.
        """
        lock = FileLock(self.path / ".lock")
        with disk_trouble(self.path):
            try:
                # Not at once: another process may be looking whether the run is in use.
                lock.acquire(timeout=1)
            except Timeout:
                raise RunError(
                    f"another process is training in {self.path}; wait for it or stop it"
                ) from None
        try:
            yield
        finally:
            lock.release()

    def in_training(self) -> bool:
        """Return whether a living process trains in this folder."""
        path = self.path / ".lock"
        if not path.exists():
            return False
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:  # a folder where we may write nothing: then we do not train there either
            return False
        lock.release()
        return False

    def order(self, order: Order) -> None:
        """Give an order to the process that trains in this folder; it is obeyed between two steps.

        Raises RunError when none does, TrainingError for a change to what the setting cannot be.
        """
        if isinstance(order, Change):
            check_change(order.setting, order.value)
        if not self.in_training():
            raise RunError(f"no process trains in {self.path}, so there is none to {order.order}")
        with disk_trouble(self.path):
            give(self._orders_path, order)

    def mailbox(self) -> Mailbox:
        """Return the orders that are going to be given to this run from now on."""
        return Mailbox(self._orders_path)

    def record(self, event: Event) -> None:
        """Add one event to the metrics."""
        with disk_trouble(self.path):
            self.events.record(event)

    def metrics(self) -> list[Recorded]:
        """Return the recorded events, oldest first, as far as they are whole.

        Raises RunError when the file cannot be read.
        """
        return self.events.read()

    def rewind(self, step: int, changes: int) -> None:
        """Drop the events and moments that a training resumed after a step is going to repeat.

        Of the changed settings, only so many are kept as the checkpoint knows of.
        """
        with disk_trouble(self.path):
            self.events.rewind(step, changes)
            for path in steps_in(self.moments_path):
                if step_of(path) > step:
                    path.unlink(missing_ok=True)

    def clear_up(self, damaged: Iterable[Path] = ()) -> None:
        """Remove what killed processes left half-written, and put damaged checkpoints aside."""
        with disk_trouble(self.path):
            remove_unfinished(self.path)
            remove_unfinished(self.checkpoints_path)
            remove_unfinished(self.moments_path)
            for path in damaged:
                path.replace(path.with_suffix(".damaged"))

    def write_summary(self, summary: Summary) -> None:
        """Record the result."""
        with disk_trouble(self.path):
            write_text(self.path / "summary.json", summary.model_dump_json(indent=2) + "\n")

    def summary(self) -> Summary | None:
        """Return the result, or None while the run has not finished.

        Raises RunError when the file is not a summary.
        """
        path = self.path / "summary.json"
        try:
            if not path.exists():
                return None
            return Summary.model_validate_json(read_text(path, "summary of a run", RunError))
        except OSError as error:
            raise RunError(f"cannot read {path}: {error.strerror}") from error
        except ValidationError as error:
            raise RunError(
                f"{path} is not the summary of a run: {error.errors()[0]['msg']}"
            ) from None


def runs_in(folder: Path) -> list[RunFolder]:
    """Return the runs that a folder holds, newest last."""
    found = []
    for recipe in folder.glob("*/recipe.toml"):
        with suppress(OSError):  # removed, a moment ago
            found.append((recipe.stat().st_mtime, recipe.parent))
    return [RunFolder(path) for _, path in sorted(found)]


def free_name(folder: Path, stem: str) -> str:
    """Return a name for a new run that no run in the folder has: `mnist`, `mnist-2`, ..."""
    name, count = stem, 1
    with disk_trouble(folder):
        while (folder / name).exists():
            count += 1
            name = f"{stem}-{count}"
    return name


@contextmanager
def disk_trouble(path: Path) -> Iterator[None]:
    """Turn what the operating system says of a write into a RunError that says what to do."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise RunError(
            f"cannot write to the run folder {path}: {reason}. What was saved before is whole; "
            "free some space or choose another folder with --runs, then resume"
        ) from error
