"""Reduced examples: sizes over the training, values by plain averages."""

import pytest
import torch
from pydantic import ValidationError

from striate.data import load
from striate.errors import RecipeError
from striate.training import Step, Training, parse_recipe
from striate.training.resolution import ResolutionSettings

RECIPE = """
network = '''
input 1x8x8
conv 4 3x3
relu
{pooling}
flatten
linear 10
'''
epochs = 1
batch = 100
[data]
name = "digits"
[optimiser]
kind = "sgd"
lr = 0.1
[resolution]
sizes = [{size}]
until = [0.5]
[precision]
compute = "float32"
layout = "contiguous"
pieces = 100
"""


def test_each_size_holds_until_its_share() -> None:
    settings = ResolutionSettings(sizes=(4, 6), until=(0.25, 0.5))
    batch = torch.zeros(2, 3, 8, 8)
    shares = (0.0, 0.24, 0.25, 0.49, 0.5, 1.0)
    assert [settings.reduce(batch, share).shape[-1] for share in shares] == [4, 4, 6, 6, 8, 8]


def test_values_are_area_averages() -> None:
    batch = torch.arange(16.0).view(1, 1, 4, 4)
    reduced = ResolutionSettings(sizes=(2,), until=(1.0,)).reduce(batch, 0.0)
    assert reduced.tolist() == [[[[2.5, 4.5], [10.5, 12.5]]]]
    signal = ResolutionSettings(sizes=(2,), until=(1.0,)).reduce(torch.ones(1, 2, 6), 0.0)
    assert signal.shape == (1, 2, 2)


@pytest.mark.parametrize(
    "settings",
    [
        {"sizes": (4,), "until": ()},
        {"sizes": (4, 6), "until": (0.5, 0.5)},
        {"sizes": (4, 6), "until": (0.5, 0.2)},
        {"sizes": (0,), "until": (0.5,)},
    ],
)
def test_settings_that_contradict_each_other_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ResolutionSettings.model_validate(settings)


def test_the_network_sees_the_sizes() -> None:
    recipe = parse_recipe(RECIPE.format(pooling="maxpool global", size=6), "text")
    training = Training(recipe, load("digits"))
    seen = []
    training.network[0].register_forward_hook(
        lambda _module, inputs, _output: seen.append(inputs[0].shape[-1])
    )
    steps = sum(isinstance(event, Step) for event in training)
    assert steps == 14
    assert seen[:14] == [6] * 7 + [8] * 7


def test_a_network_that_takes_one_size_only_is_refused() -> None:
    recipe = parse_recipe(RECIPE.format(pooling="maxpool 2x2", size=6), "text")
    with pytest.raises(RecipeError, match="does not take examples reduced to 1x6x6"):
        Training(recipe, load("digits"))
