import math

import pytest
import torch
from torch import Tensor

from striate.data.augmentation import AlternatingFlip, Flip, augment
from striate.errors import RecipeError

YES_NO = torch.tensor([True, False])


def test_written_out() -> None:
    images = torch.tensor([[[[1.0, 2], [3, 4]]], [[[5, 6], [7, 8]]]])
    assert Flip().apply(images, YES_NO).tolist() == [[[[2, 1], [4, 3]]], [[[5, 6], [7, 8]]]]
    vertical = Flip(axis="vertical").apply(images, YES_NO)
    assert vertical.tolist() == [[[[3, 4], [1, 2]]], [[[5, 6], [7, 8]]]]


def test_signals_run_backwards() -> None:
    signals = torch.tensor([[[1.0, 2, 3]], [[4, 5, 6]]])
    assert Flip().apply(signals, YES_NO).tolist() == [[[3, 2, 1]], [[4, 5, 6]]]


def test_depth_of_volumes() -> None:
    volumes = torch.arange(24.0).view(2, 1, 3, 2, 2)
    flipped = Flip(axis="depth").apply(volumes, YES_NO)
    assert torch.equal(flipped[0, 0], volumes[0, 0, [2, 1, 0]])
    assert torch.equal(flipped[1], volumes[1])


@pytest.mark.parametrize("probability", [0.0, 0.3, 1.0])
def test_as_often_as_asked(probability: float) -> None:
    images = torch.arange(2.0).expand(4000, 1, 1, 2)
    step = Flip(probability=probability)
    flipped = augment(images, [step], seed=0, epoch=0, step=0, indices=torch.arange(4000))
    share = flipped[..., 0].mean().item()
    assert abs(share - probability) <= 5 * math.sqrt(probability * (1 - probability) / 4000)


def alternating(epoch: int, indices: Tensor, *, seed: int = 0, step: int = 0) -> Tensor:
    """Whether each example is mirrored."""
    images = torch.arange(2.0).expand(len(indices), 1, 1, 2)
    steps = [AlternatingFlip()]
    flipped = augment(images, steps, seed=seed, epoch=epoch, step=step, indices=indices)
    return flipped[:, 0, 0, 0] == 1


def test_alternates_after_a_random_first_choice() -> None:
    indices = torch.arange(4000)
    first = alternating(0, indices)
    assert abs(first.float().mean() - 0.5) < 5 * 0.5 / math.sqrt(4000)
    for epoch in range(1, 5):
        assert torch.equal(alternating(epoch, indices), first ^ bool(epoch % 2))


def test_alternation_follows_the_example_not_the_batch() -> None:
    indices = torch.arange(100)
    first = alternating(0, indices)
    order = torch.randperm(100)
    assert torch.equal(alternating(0, order, step=9), first[order])
    assert torch.equal(alternating(0, indices[40:]), first[40:])
    assert not torch.equal(alternating(0, indices, seed=1), first)


@pytest.mark.parametrize("step", [Flip(axis="vertical"), AlternatingFlip(axis="vertical")])
def test_signals_have_no_vertical_axis(step: Flip | AlternatingFlip) -> None:
    with pytest.raises(RecipeError, match=r"\(axis vertical\) needs at least 2 spatial axes.*1x9"):
        step.output_shape((1, 9))
