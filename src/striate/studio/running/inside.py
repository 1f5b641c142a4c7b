"""The inside of a run's network for a test example: as its training shows it, or at a moment."""

import time
from typing import Any

import torch
from torch import nn

from striate.data import Description, Split, normalise
from striate.errors import RunError, StudioError
from striate.notation import check
from striate.studio.looking.datasets import Datasets
from striate.studio.looking.opening import TEXT_LIMITS
from striate.studio.service import Answer
from striate.training import (
    Arithmetic,
    Feed,
    Lens,
    Recipe,
    RunFolder,
    Snapshot,
    make_loss,
    moments_of,
    network_at,
)
from striate.training.round import Round, guesses
from striate.training.snapshot import of_guess, of_layers, of_round, pictures

_JUDGED = 1000
_SECONDS = 0.5


class Inside:
    """Looks into the networks of runs, with the test examples of their data."""

    def __init__(self, datasets: Datasets) -> None:
        self._datasets = datasets

    def moments(self, run: RunFolder) -> tuple[list[int], int | None]:
        """Return the steps of the moments that were kept, and that of the final weights."""
        summary = run.summary()
        final = summary.steps if summary is not None and run.weights_path.is_file() else None
        return [step for step in moments_of(run) if step != final], final

    def at_moment(
        self, run: RunFolder, step: int, example: int, layers: tuple[str, ...] | None
    ) -> Snapshot:
        """Return what is to be seen in a run's network after a step.

        Raises StudioError for a moment or an example that there is not, RunError for damaged
        files, DataError when the data is not here.
        """
        kept, final = self.moments(run)
        if step not in kept and step != final:
            raise StudioError(f"no weights of {run.name} were kept at step {step}")
        recipe, description = run.recipe(), run.description()
        if not check(recipe.network, limits=TEXT_LIMITS).ok:
            raise StudioError(f"the network of {run.name} is too large to be looked at here")
        test = self._datasets.load(recipe.data.name).test
        if not 0 <= example < len(test):
            raise StudioError(f"there is no test example {example}: there are {len(test)}")
        network = network_at(run, step)
        stored = torch.from_numpy(test.inputs[example : example + 1].copy())
        targets = torch.from_numpy(test.targets[example : example + 1].copy())
        if tuple(stored.shape[1:]) != description.input_shape:
            raise RunError(f"the test examples here have not the shape that {run.name} learned")
        classes = len(description.classes)
        loss = make_loss(recipe.loss, classes)
        insides = Lens(recipe.network, network).look(
            normalise(stored, description), targets, loss, layers
        )
        (guess,) = guesses(insides.logits[None], [example], targets.tolist(), recipe.loss)
        found = of_layers(insides)
        values = {
            "step": step,
            "epoch": None,
            "seconds": None,
            "cost_ms": None,
            "example": {"of": "test", **of_guess(guess)},
            "classes": list(description.classes),
            **found.values,
            "validation": None,
            "guesses": [],
        }
        arrays = {**found.arrays, "example": pictures([test.inputs[example]], description)[0]}
        if layers == ():  # nothing of the layers is looked at, so how well it does is
            judged = self._judged(recipe, description, network, test)
            values, arrays = {**values, **judged.values}, {**arrays, **judged.arrays}
        return Snapshot(values, arrays)

    def _judged(
        self, recipe: Recipe, description: Description, network: nn.Module, test: Split
    ) -> Snapshot:
        feed = Feed(test, description, Arithmetic(), torch.device("cpu"))
        classes = len(description.classes)
        around = Round(feed, classes, make_loss(recipe.loss, classes), recipe.loss)
        began, judged = time.monotonic(), 0
        while judged < min(_JUDGED, len(test)) and time.monotonic() - began < _SECONDS:
            around.go_on(network)
            judged = around.tried().examples
        return of_round(around, test.inputs, description)


def answer_of(run: RunFolder, snapshot: Snapshot, layers: tuple[str, ...] | None) -> Answer:
    """Return a snapshot with the arrays of some layers only, all of them for None."""
    wanted = None if layers is None else set(layers)
    arrays = {
        name: array
        for name, array in snapshot.arrays.items()
        if wanted is None or "/" not in name or name.rpartition("/")[0] in wanted
    }
    described: list[dict[str, Any]] = [
        {
            key: {**value, "array": value["array"] if value["array"] in arrays else None}
            if isinstance(value, dict) and "array" in value
            else value
            for key, value in layer.items()
        }
        for layer in snapshot.values.get("layers", [])
    ]
    return Answer({**snapshot.values, "run": run.name, "layers": described}, arrays)
