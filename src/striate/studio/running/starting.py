"""Starting trainings in processes of their own, which outlive the studio."""

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread
from typing import Literal

import torch

from striate.errors import RecipeError, RunError, StudioError
from striate.files import write_text
from striate.geometry import Cost
from striate.network.memory import free_memory
from striate.notation import check
from striate.studio.looking.datasets import Datasets
from striate.studio.looking.opening import TEXT_LIMITS
from striate.studio.running.choices import RUNS_AT_ONCE
from striate.studio.running.forms import Form, description_of, misfit, recipe_of
from striate.studio.settings import Settings
from striate.training import Recipe, RunFolder, free_name, may_name_folder, runs_in, standing_of

_MOST_PIECES = 512
_LAST_WORDS = 4000
_GIB = 1 << 30


@dataclass
class Process:
    """A training that this studio has started, and where it writes what it has to say."""

    name: str
    recipe: Recipe
    log: Path
    running: "subprocess.Popen[bytes]" = field(repr=False)
    began: float = field(default_factory=time.time)

    @property
    def state(self) -> Literal["starting", "failed", "ended"]:
        """How it stands, as far as can be said without its run folder."""
        code = self.running.poll()
        if code is None:
            return "starting"
        return "failed" if code not in (0, 130) else "ended"

    @property
    def last_words(self) -> str:
        """What a process that failed has said in the end."""
        code = self.running.poll() or 0
        return last_words(self.log) if code > 0 else f"its process was ended by signal {-code}"

    @property
    def gave_up(self) -> bool:
        """Whether it has ended by itself, with an error."""
        return (self.running.poll() or 0) not in (130, *range(-64, 1))


class Starter:
    """Starts trainings for all pages of a studio."""

    def __init__(self, settings: Settings, datasets: Datasets) -> None:
        self._settings = settings
        self._datasets = datasets
        self._processes: dict[str, Process] = {}
        self._lock = Lock()

    def start(self, form: Form, name: str | None) -> str:
        """Start a training as a form says; return the name of its run.

        Raises RecipeError, NotationError, RunError or StudioError for what cannot be trained.
        """
        description_of(form.dataset)
        folder = self._datasets.folder_of(form.dataset)
        recipe = recipe_of(form, None if folder is None else folder.resolve())
        if name is not None and not may_name_folder(name):
            raise StudioError(f"{name[:60]!r} cannot be the name of a folder; try my-digits")
        self._refuse_misfits(recipe)
        with self._lock:
            self._refuse_too_many()
            runs = self._settings.runs
            run = name or self._free_name(form.recipe or form.dataset)
            if (runs / run).exists() or self.process(run) is not None:
                raise RunError(f"there is a run {run!r} already; give another name")
            file = self._folder / f"{run}.toml"
            try:
                write_text(file, recipe.to_toml())
            except OSError as error:
                raise RunError(f"cannot write to {self._folder}: {error.strerror}") from error
            self._begin(run, recipe, ["train", str(file), "--name", run])
        return run

    def resume(self, run: RunFolder) -> None:
        """Go on with a run from its last checkpoint.

        Raises RunError when it is in use or has finished, StudioError when too many train.
        """
        with self._lock:
            if state_of(run, self.process(run.name))[0] in ("starting", "training", "paused"):
                raise RunError(f"{run.name} is being trained already")
            if run.summary() is not None:
                raise RunError(f"{run.name} has finished; there is nothing to go on with")
            recipe = run.recipe()
            self._refuse_misfits(recipe)
            self._refuse_too_many()
            self._begin(run.name, recipe, ["train", "--resume", str(run.path.resolve())])

    def process(self, name: str) -> Process | None:
        """Return the process that this studio started for a run, if it still runs or has failed."""
        process = self._processes.get(name)
        if process is not None and process.state == "ended":
            del self._processes[name]
            return None
        return process

    def processes(self) -> list[Process]:
        """Return those that still run or have failed."""
        found = [self.process(name) for name in list(self._processes)]
        return [process for process in found if process is not None]

    def forget(self, name: str) -> None:
        """Forget a process that has failed, and remove what it left."""
        with self._lock:
            if self._processes.pop(name, None) is not None:
                for suffix in (".log", ".toml"):
                    (self._folder / f"{name}{suffix}").unlink(missing_ok=True)

    def log_of(self, name: str) -> Path:
        """Return where a training that was started here says what goes on."""
        return self._folder / f"{name}.log"

    @property
    def _folder(self) -> Path:
        return self._settings.runs / ".studio"

    def _free_name(self, stem: str) -> str:
        name = free_name(self._settings.runs, stem)
        count = 1
        while name in self._processes:
            count += 1
            name = free_name(self._settings.runs, f"{stem}-{count}")
        return name

    def _begin(self, run: str, recipe: Recipe, arguments: Sequence[str]) -> None:
        log = self.log_of(run)
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("wb") as words:
                running = subprocess.Popen(
                    [
                        *(sys.executable, "-m", "striate", *arguments),
                        *("--runs", str(self._settings.runs.resolve())),
                    ],
                    stdin=subprocess.DEVNULL,
                    stdout=words,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # so it goes on when the studio ends
                )
        except OSError as error:
            raise RunError(f"cannot start a training: {error.strerror or error}") from error
        # Who waits for a process that has ended lets the system forget it.
        Thread(target=running.wait, daemon=True).start()
        self._processes[run] = Process(run, recipe, log, running)

    def _refuse_too_many(self) -> None:
        starting = {process.name for process in self.processes() if process.state == "starting"}
        running = {run.name for run in runs_in(self._settings.runs) if run.in_training()}
        if len(starting | running) >= RUNS_AT_ONCE:
            raise StudioError(
                f"{RUNS_AT_ONCE} trainings run already, and they share this machine; stop one first"
            )

    def _refuse_misfits(self, recipe: Recipe) -> None:
        """Say at once what the process would find out after some seconds."""
        dataset = recipe.data.name
        if dataset not in self._datasets.available():
            raise StudioError(
                f"the files of {dataset[:60]!r} are not here; `striate data download` fetches a "
                "dataset's, and --data names the folder that holds them"
            )
        report = check(recipe.network, limits=TEXT_LIMITS)
        if not report.ok:
            listed = "\n".join(str(diagnostic) for diagnostic in report.diagnostics)
            raise RecipeError(f"the network cannot be built:\n{listed}")
        wrong = misfit(report, dataset)
        if wrong is not None:
            raise RecipeError(wrong["message"])
        _refuse_more_than_memory(report.total, recipe)


def _refuse_more_than_memory(cost: Cost, recipe: Recipe) -> None:
    """Refuse a batch whose activations would not fit: all of the machine would come to a halt."""
    pieces = recipe.precision.pieces
    at_once = min(recipe.batch, _MOST_PIECES if pieces == "auto" else pieces)
    # Activations are kept for their gradients, of which there are some at a time.
    needed = 1.5 * cost.activation_bytes * at_once + 16 * cost.parameters
    free = free_memory(torch.device("cpu"))
    if free is not None and needed > free:
        raise RecipeError(
            f"{at_once} examples at once would take about {needed / _GIB:.1f} GiB, and "
            f"{free / _GIB:.1f} GiB are free; a smaller batch or a smaller network needs less"
        )


def last_words(log: Path) -> str:
    """Return what a process that failed has said in the end."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _LAST_WORDS))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    said = text.rpartition("error:")[2] if "error:" in text else text
    return " ".join(said.split())[-1000:]


def state_of(run: RunFolder, process: Process | None) -> tuple[str, str]:
    """Return how a run stands, in one word, and what there is to say of it."""
    stands = standing_of(run)
    if process is None or stands.state in ("finished", "training", "paused"):
        return stands.state, stands.message
    if process.state == "starting" and not run.events.written_since(process.began):
        return "starting", ""
    if process.gave_up and stands.state == "killed":
        return "failed", process.last_words or stands.message
    return stands.state, stands.message
