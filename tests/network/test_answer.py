"""What a classifier says."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from striate.network import Network
from striate.network.answer import guesses

NAMES = ("zero", "one", "two", "three")


@pytest.mark.parametrize("end", ["", "\nsoftmax", "\nlogsoftmax"])
def test_the_likeliest_class_comes_first(end: str) -> None:
    network = Network("input 1x4x4\nflatten\nlinear 4" + end)
    trace = network.trace(torch.randn(2, 1, 4, 4))
    scores = trace["linear1"][1].double().numpy()
    expected = np.exp(scores) / np.exp(scores).sum()
    found = guesses(trace, NAMES, example=1)
    assert [guess.index for guess in found] == np.argsort(-expected).tolist()
    for guess in found:
        assert guess.name == NAMES[guess.index]
        assert guess.probability == pytest.approx(expected[guess.index], rel=1e-5)
    assert guesses(trace, NAMES, 2, example=1) == found[:2]


def test_without_classes_there_is_no_guess() -> None:
    network = Network("input 1x4x4\nflatten\nlinear 4")
    trace = network.trace(torch.randn(2, 1, 4, 4))
    assert guesses(trace, ()) == ()
    assert guesses(trace, NAMES[:3]) == ()


class Several(nn.Module):
    """A network that returns more than one tensor."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return x.flatten(1), x


def test_an_output_that_is_no_row_of_scores_has_none() -> None:
    several = Network(Several(), (1, 2, 2))
    assert guesses(several.trace(torch.randn(1, 1, 2, 2)), NAMES) == ()
    maps = Network("input 4x1x1\nconv 4 1x1")
    assert len(guesses(maps.trace(torch.randn(1, 4, 1, 1)), NAMES)) == 4
    maps = Network("input 1x4x4\nconv 4 3x3")
    assert guesses(maps.trace(torch.randn(1, 1, 4, 4)), NAMES) == ()
