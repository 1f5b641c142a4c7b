from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from striate.data.augmentation import Crop, Shift, augment
from striate.data.augmentation.step import Boundary
from striate.errors import GeometryError, RecipeError

NUMPY_MODES: dict[Boundary, dict[str, Any]] = {
    "zeros": {"mode": "constant"},
    "constant": {"mode": "constant", "constant_values": 7},
    "replicate": {"mode": "edge"},
    "reflect": {"mode": "reflect"},
    "symmetric": {"mode": "symmetric"},
    "circular": {"mode": "wrap"},
}


def value_of(boundary: Boundary) -> float:
    return 7.0 if boundary == "constant" else 0.0


def by_numpy(batch: Tensor, margin: int, starts: Tensor, size: int, boundary: Boundary) -> Tensor:
    """The slow way: pad every example alone, cut its window."""
    axes = batch.ndim - 2
    windows = []
    for example, start in zip(batch.numpy(), starts.tolist(), strict=True):
        padding = [(0, 0)] + [(margin, margin)] * axes
        padded = np.pad(example, padding, **NUMPY_MODES[boundary])
        window = tuple(slice(s, s + size) for s in start)
        windows.append(padded[(slice(None), *window)])
    return torch.from_numpy(np.stack(windows))


@pytest.mark.parametrize(
    ("boundary", "left", "right"),
    [
        ("zeros", [3, 4, 0, 0], [0, 0, 1, 2]),
        ("constant", [3, 4, 7, 7], [7, 7, 1, 2]),
        ("replicate", [3, 4, 4, 4], [1, 1, 1, 2]),
        ("reflect", [3, 4, 3, 2], [3, 2, 1, 2]),
        ("symmetric", [3, 4, 4, 3], [2, 1, 1, 2]),
        ("circular", [3, 4, 1, 2], [3, 4, 1, 2]),
    ],
)
def test_written_out(boundary: Boundary, left: list[int], right: list[int]) -> None:
    signals = torch.tensor([1.0, 2, 3, 4]).expand(3, 1, 4)
    step = Shift(pixels=2, boundary=boundary, value=value_of(boundary))
    shifted = step.apply(signals, torch.tensor([[4], [2], [0]]))
    assert shifted[:, 0].tolist() == [left, [1, 2, 3, 4], right]


@pytest.mark.parametrize("boundary", NUMPY_MODES)
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("pixels", [1, 3, 9])
def test_every_boundary_is_numpys(boundary: Boundary, axes: int, pixels: int) -> None:
    """9 pixels are more than the 5 there are: mirrors repeat."""
    batch = torch.randn(6, 2, *(5,) * axes)
    starts = torch.randint(0, 2 * pixels + 1, (6, axes))
    step = Shift(pixels=pixels, boundary=boundary, value=value_of(boundary))
    expected = by_numpy(batch, pixels, starts, 5, boundary)
    assert torch.equal(step.apply(batch, starts), expected)


@pytest.mark.parametrize("boundary", NUMPY_MODES)
def test_crop_is_numpys(boundary: Boundary) -> None:
    batch = torch.randn(6, 2, 7, 7)
    starts = torch.randint(0, 7 + 4 - 5 + 1, (6, 2))
    step = Crop(size=5, padding=2, boundary=boundary, value=value_of(boundary))
    expected = by_numpy(batch, 2, starts, 5, boundary)
    assert torch.equal(step.apply(batch, starts), expected)


def test_every_shift_is_drawn_as_often() -> None:
    count = 9000
    images = torch.arange(25.0).view(1, 1, 5, 5).expand(count, 1, 5, 5)
    shifted = augment(
        images, [Shift(pixels=1)], seed=0, epoch=0, step=0, indices=torch.arange(count)
    )
    middles, counts = np.unique(shifted[:, 0, 2, 2].numpy(), return_counts=True)
    assert middles.tolist() == [6, 7, 8, 11, 12, 13, 16, 17, 18]
    chi_square = ((counts - count / 9) ** 2 / (count / 9)).sum()
    assert chi_square < 26.1  # 99.9th percentile of 8 degrees of freedom


def test_pixels_of_each_axis() -> None:
    images = torch.arange(25.0).view(1, 1, 5, 5).expand(200, 1, 5, 5)
    shifted = augment(
        images, [Shift(pixels=(0, 2))], seed=0, epoch=0, step=0, indices=torch.arange(200)
    )
    assert np.unique(shifted[:, 0, 2, 2].numpy()).tolist() == [10, 11, 12, 13, 14]


def test_crop_reaches_every_place() -> None:
    images = torch.arange(20.0).view(1, 1, 4, 5).expand(400, 1, 4, 5)
    crop = Crop(size=(2, 3))
    cropped = augment(images, [crop], seed=0, epoch=0, step=0, indices=torch.arange(400))
    assert cropped.shape == (400, 1, 2, 3)
    corners = [5.0 * row + column for row, column in product(range(3), range(3))]
    assert np.unique(cropped[:, 0, 0, 0].numpy()).tolist() == corners
    assert torch.equal(cropped[:, 0, 1, 2], cropped[:, 0, 0, 0] + 7)


def test_a_shift_of_none_is_no_shift() -> None:
    images = torch.randn(3, 2, 4, 4)
    assert torch.equal(Shift(pixels=0).apply(images, torch.zeros(3, 2, dtype=torch.long)), images)


def test_crop_too_large() -> None:
    with pytest.raises(RecipeError, match=r"size \(=40\) above the 32 \+ 2\*2 = 36.*at most 36"):
        Crop(size=40, padding=2).output_shape((3, 32, 32))


@pytest.mark.parametrize("step", [Shift(pixels=(1, 2, 3)), Crop(size=(4, 4, 4))])
def test_another_number_of_axes(step: Shift | Crop) -> None:
    with pytest.raises(GeometryError, match=f"of the augmentation {step.kind}.* has 3 entries"):
        step.output_shape((3, 8, 8))


@pytest.mark.parametrize("step", [Shift(pixels=10**9), Crop(size=4, padding=10**9)])
def test_a_margin_without_measure(step: Shift | Crop) -> None:
    with pytest.raises(RecipeError, match="reaches 1000000000 pixels beyond examples of 8; 32 is"):
        step.output_shape((1, 8, 8))
