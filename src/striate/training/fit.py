"""Whether a recipe's network, data and settings fit together, before any time is spent."""

import math
from copy import deepcopy

import torch
from torch import nn

from striate.data import Dataset
from striate.data.augmentation import augmented_shape
from striate.errors import RecipeError
from striate.notation import build, check
from striate.training.processes import Processes
from striate.training.recipe import Recipe


def check_fit(recipe: Recipe, dataset: Dataset, processes: Processes) -> None:
    """Return when the recipe can be trained on the data.

    Raises RecipeError that says what does not fit, NotationError when the network has mistakes.
    """
    report = check(recipe.network)
    description, examples = dataset.description, len(dataset.train)
    if report.diagnostics:
        build(recipe.network)  # raises, with every diagnostic
    if report.input_shape != description.input_shape:
        raise RecipeError(
            f"the network's input is {_by(report.input_shape or ())}, but the examples of "
            f"{description.name} are {_by(description.input_shape)}: "
            f"begin the network with `input {_by(description.input_shape)}`"
        )
    classes = len(description.classes)
    if report.output_shape != (classes,):
        raise RecipeError(
            f"the network's output is {_by(report.output_shape or ())}, but {description.name} "
            f"has {classes} classes: end it with `linear {classes}`"
        )
    for size in recipe.resolution.sizes:
        reduced = (report.input_shape[0], *(size for _ in report.input_shape[1:]))
        smaller = check(recipe.network, reduced)
        if (smaller.output_shape, smaller.total.parameters) != (
            (classes,),
            report.total.parameters,
        ):
            raise RecipeError(
                f"the network does not take examples reduced to {_by(reduced)} (resolution): end "
                "its convolutions with a global pooling, such as `maxpool global`, or use larger "
                "sizes"
            )
    if recipe.batch > examples:
        raise RecipeError(
            f"batch (={recipe.batch}) is larger than the training data: "
            f"{description.name} has {examples} examples; use at most that many"
        )
    if recipe.batch < processes.count:
        raise RecipeError(
            f"batch (={recipe.batch}) is shared by {processes.count} processes; "
            "give each at least one example"
        )
    if len(dataset.test) == 0:
        raise RecipeError(f"{description.name} has no examples to test with")
    shape = augmented_shape(recipe.augmentation, description.input_shape)
    if shape != description.input_shape:
        raise RecipeError(
            f"the augmentation turns {_by(description.input_shape)} into {_by(shape)}, but the "
            f"network's input is {_by(description.input_shape)}: crop to that size"
        )


def check_single_examples(network: nn.Module, recipe: Recipe, processes: Processes) -> None:
    """Return when the network can learn from the smallest pieces that the recipe makes.

    Raises RecipeError where a batch normalisation would see a single value.
    """
    share, pieces = recipe.batch // processes.count, recipe.precision.pieces
    most = share if pieces == "auto" else pieces
    if share // math.ceil(share / most) > 1:
        return
    shape = check(recipe.network).input_shape or ()
    try:
        deepcopy(network).train()(torch.zeros(1, *shape))
    except ValueError as error:
        raise RecipeError(
            f"this network cannot learn from one example at a time (batch = {recipe.batch}, "
            f"pieces = {pieces}): {error}. Give a larger batch or larger pieces"
        ) from error


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
