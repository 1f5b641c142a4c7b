"""How a run goes, as a page draws it: state, figures, settings and curves, whole every time."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from striate.studio.frames import Arrays
from striate.studio.running.curves import Curves, Reader
from striate.studio.running.forms import form_of
from striate.studio.running.starting import Process, state_of
from striate.studio.service import Answer
from striate.training import Recipe, RunFolder


@dataclass
class Followed:
    """A run that is followed: what was read of it so far, for all pages that do."""

    run: RunFolder
    reader: Reader
    recipe: Recipe
    written: float
    folder: int

    @classmethod
    def begin(cls, run: RunFolder) -> "Followed":
        """Begin to follow a run.

        Raises RunError or RecipeError when its files cannot be read.
        """
        written, folder = _written(run.path / "recipe.toml"), _number(run.path)
        return cls(run, Reader(run.events), run.recipe(), written, folder)

    def still_is(self, run: RunFolder) -> bool:
        """Whether a run of this name is this one, and not another in its place."""
        return self.folder == _number(run.path)

    def refresh(self) -> None:
        """Read what is new; the recipe too, when training has begun and settled what was open."""
        self.reader.refresh()
        written = _written(self.run.path / "recipe.toml")
        if written != self.written:
            self.recipe, self.written = self.run.recipe(), written

    def answer(self, process: Process | None) -> Answer:
        """Return how the run goes.

        Raises RunError when its files cannot be read.
        """
        state, message = state_of(self.run, process)
        curves, summary = self.reader.curves, self.run.summary()
        values = {
            "run": self.run.name,
            "state": state,
            "message": message,
            **_figures(curves, self.recipe),
            "settings": settings(self.recipe, curves.changes),
            **_of_recipe(self.recipe),
            "epochs_done": [_without_nan(epoch) for epoch in curves.epochs],
            "marks": [_without_nan(mark) for mark in curves.marks],
            "result": summary
            and {
                "test_accuracy": summary.test_accuracy,
                "test_loss": summary.test_loss,
                "macro_f1": summary.macro_f1,
            },
        }
        arrays: Arrays = curves.arrays()
        return Answer(values, arrays)


def of_process(process: Process) -> Answer:
    """Return how a training goes that has not come to a run folder yet, or never will."""
    state, curves = process.state, Curves()
    values = {
        "run": process.name,
        "state": state,
        "message": process.last_words if state == "failed" else "",
        **_figures(curves, process.recipe),
        "settings": settings(process.recipe, {}),
        **_of_recipe(process.recipe),
        "epochs_done": [],
        "marks": [],
        "result": None,
    }
    return Answer(values, curves.arrays())


def _of_recipe(recipe: Recipe) -> dict[str, Any]:
    return {
        "network": recipe.network,
        "dataset": recipe.data.name,
        "recipe": recipe.name or None,
        "form": form_of(recipe),
    }


def _figures(curves: Curves, recipe: Recipe) -> dict[str, Any]:
    last, started = curves.last, curves.started
    step, epoch = last.get("step", 0), last.get("epoch", 0.0)
    steps = started.get("steps")
    if last:  # not what was planned in the beginning, because the batch may have changed
        an_epoch = started.get("examples", 0) // max(last["examples"], 1)
        steps = step + max(0, round((recipe.epochs - epoch) * an_epoch))
    seconds = last.get("seconds", 0.0)
    forward, backward = curves.lately("forward_seconds"), curves.lately("backward_seconds")
    rate = curves.rate()
    left = (recipe.epochs - epoch) * started.get("examples", 0)
    return {
        "step": step,
        "steps": steps,
        "epoch": epoch,
        "epochs": recipe.epochs,
        "seconds": seconds,
        "seconds_left": left / rate if rate else None,
        "examples_seen": curves.examples,
        "examples_per_second": rate,
        "forward_ms": None if forward is None else 1000 * forward,
        "backward_ms": None if backward is None else 1000 * backward,
        "loss": _finite(curves.loss),
        "accuracy": _finite(curves.accuracy),
        "device": started.get("device", ""),
        "compute": started.get("compute", ""),
        "processes": started.get("processes", 1),
        "parameters": started.get("parameters"),
        "examples": started.get("examples", 0),
    }


def settings(recipe: Recipe, changes: dict[str, float]) -> dict[str, float | None]:
    """Return the settings that can be changed, as they are now; None for what there is not."""
    optimiser = recipe.optimiser
    momentum = getattr(optimiser, "momentum", None)
    if momentum is None and hasattr(optimiser, "betas"):
        momentum = optimiser.betas[0]
    given: dict[str, float | None] = {
        "learning_rate": optimiser.lr,
        "momentum": momentum,
        "weight_decay": optimiser.weight_decay,
        "batch": recipe.batch,
    }
    return given | {name: value for name, value in changes.items() if name in given}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _without_nan(values: dict[str, Any]) -> dict[str, Any]:
    """Return an event's fields, None in place of numbers that JSON has not."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _number(path: Path) -> int:
    try:
        return path.stat().st_ino
    except OSError:
        return 0
