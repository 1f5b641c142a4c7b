"""The recipes that come with Striate, on their own data: the main job, end to end."""

from dataclasses import replace
from pathlib import Path

import pytest

from striate.data import Dataset, Split, load
from striate.training import Finished, Step, Training, load_recipe, recipe_names


def few(dataset: Dataset, count: int) -> Dataset:
    """The first examples only."""

    def first(split: Split) -> Split:
        return Split(split.inputs[:count], split.targets[:count])

    return replace(dataset, train=first(dataset.train), test=first(dataset.test))


def accuracy(training: Training) -> float:
    """The test accuracy in the end."""
    (finished,) = [event for event in training if isinstance(event, Finished)]
    return finished.test_accuracy


def test_the_digits_are_read() -> None:
    recipe = load_recipe("digits", **{"evaluation.every": 0})
    assert accuracy(Training(recipe, load("digits"))) >= 0.985


def test_half_a_pass_over_mnist_reads_it(shared: Path) -> None:
    recipe = load_recipe("mnist", epochs=0.5)
    assert accuracy(Training(recipe, load("mnist", shared / "data"))) >= 0.97


@pytest.mark.parametrize("name", recipe_names())
def test_each_begins_to_learn_from_its_data(shared: Path, name: str) -> None:
    whole = load_recipe(name)
    dataset = load(whole.data.name, shared / "data")
    # As many steps as the whole training has, so that its warm-up takes as many, too.
    epochs = whole.epochs * (len(dataset.train.inputs) // whole.batch) / 10
    recipe = load_recipe(
        name, batch=32, epochs=epochs, **{"precision.pieces": 32, "evaluation.every": 0}
    )
    training = Training(recipe, few(dataset, 320))
    losses = []
    for event in training:
        if isinstance(event, Step):
            losses.append(event.loss)
        if len(losses) == 10:
            break
    assert min(losses[5:]) < losses[0]
