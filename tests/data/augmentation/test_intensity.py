import math

import pytest
import torch

from striate.data.augmentation import (
    AugmentationStep,
    Brightness,
    Contrast,
    Invert,
    Noise,
    augment,
)
from striate.data.augmentation.step import Occasion


def occasion(count: int) -> Occasion:
    return Occasion(0, 0, torch.arange(count), torch.Generator().manual_seed(0))


def test_brightness_written_out() -> None:
    images = torch.tensor([[[1.0, 2], [3, 4]], [[5, 6], [7, 8]]])
    brighter = Brightness(amount=1).apply(images, torch.tensor([0.5, -1]))
    assert brighter.tolist() == [[[1.5, 2.5], [3.5, 4.5]], [[4, 5], [6, 7]]]


def test_contrast_written_out() -> None:
    signals = torch.tensor([[[1.0, 3]], [[4, 8]], [[2, 4]]])
    changed = Contrast(amount=0.5).apply(signals, torch.tensor([1.5, 0.5, 1]))
    assert changed.tolist() == [[[0.5, 3.5]], [[5, 7]], [[2, 4]]]


def test_contrast_keeps_the_mean_over_channels_and_pixels() -> None:
    images = torch.randn(5, 3, 4, 4) + torch.arange(3.0)[:, None, None]
    changed = Contrast(amount=1).apply(images, torch.full((5,), 0.25))
    torch.testing.assert_close(changed.mean((1, 2, 3)), images.mean((1, 2, 3)))
    torch.testing.assert_close(changed.std((1, 2, 3)), 0.25 * images.std((1, 2, 3)))


def test_invert_written_out() -> None:
    signals = torch.tensor([[[1.0, -3]], [[4, 8]]])
    inverted = Invert().apply(signals, torch.tensor([True, False]))
    assert inverted.tolist() == [[[-1, 3]], [[4, 8]]]


@pytest.mark.parametrize(
    ("step", "low", "high"),
    [(Brightness(amount=0.4), -0.4, 0.4), (Contrast(amount=0.4), 0.6, 1.4)],
)
def test_draws_are_uniform(step: AugmentationStep, low: float, high: float) -> None:
    drawn = step.draw((1, 4, 4), occasion(4000)).double()
    assert drawn.shape == (4000,)
    assert low - 1e-6 <= drawn.min() < drawn.max() <= high + 1e-6
    deviation = (high - low) / math.sqrt(12)
    assert abs(drawn.mean() - (low + high) / 2) < 5 * deviation / math.sqrt(4000)
    assert drawn.std() == pytest.approx(deviation, rel=0.05)


def test_noise_is_normal_and_apart_for_every_value() -> None:
    flat = torch.ones(50, 2, 20, 20)
    noisy = augment(flat, [Noise(sigma=0.3)], seed=0, epoch=0, step=0, indices=torch.arange(50))
    noise = (noisy - 1).double().flatten()
    deviations = 0.3 / math.sqrt(len(noise))
    assert abs(noise.mean()) < 5 * deviations
    assert noise.std() == pytest.approx(0.3, rel=0.03)
    assert (noise.abs() < 0.3).double().mean() == pytest.approx(0.6827, abs=0.015)
    assert len(set(noise.tolist())) > 0.99 * len(noise)


def test_inverts_as_often_as_asked() -> None:
    drawn = Invert(probability=0.2).draw((1, 9), occasion(4000))
    assert abs(drawn.float().mean() - 0.2) < 5 * math.sqrt(0.16 / 4000)
