from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import LayerError
from striate.layers.pooling import SpectralPool


def cropped(plane: np.ndarray, outputs: tuple[int, ...]) -> np.ndarray:
    """The real part of the centred crop, as the paper writes it."""
    spectrum = np.fft.fftshift(np.fft.fftn(plane))
    box = tuple(
        slice(n // 2 - m // 2, n // 2 - m // 2 + m)
        for n, m in zip(plane.shape, outputs, strict=True)
    )
    pooled = np.fft.ifftn(np.fft.ifftshift(spectrum[box])).real
    return pooled * np.prod(outputs) / np.prod(plane.shape)


def test_a_constant_stays() -> None:
    x = torch.full((1, 1, 7, 6), 2.5)
    torch.testing.assert_close(SpectralPool(output_size=(3, 4))(x), torch.full((1, 1, 3, 4), 2.5))


def test_a_low_wave_is_sampled_exactly() -> None:
    t = torch.arange(12, dtype=torch.float64) / 12
    wave = 1 + torch.cos(2 * torch.pi * (2 * t + 0.1))
    s = torch.arange(5, dtype=torch.float64) / 5
    expected = 1 + torch.cos(2 * torch.pi * (2 * s + 0.1))
    torch.testing.assert_close(SpectralPool(output_size=5)(wave[None, None])[0, 0], expected)


def test_the_unpaired_frequency_keeps_half_its_share() -> None:
    t = torch.arange(8, dtype=torch.float64) / 8
    wave = torch.cos(2 * torch.pi * 2 * t)  # the frequency 2 = 4/2 of an output of 4
    expected = 0.5 * torch.tensor([1.0, -1, 1, -1], dtype=torch.float64)
    torch.testing.assert_close(SpectralPool(output_size=4)(wave[None, None])[0, 0], expected)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), axes=st.integers(1, 3))
def test_is_numpys_crop(data: st.DataObject, axes: int) -> None:
    spatial = tuple(data.draw(st.integers(1, 9)) for _ in range(axes))
    outputs = tuple(data.draw(st.integers(1, n)) for n in spatial)
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))
    x = torch.randn(2, 2, *spatial, generator=generator, dtype=torch.float64)
    y = SpectralPool(output_size=outputs)(x)
    expected = np.stack([[cropped(plane, outputs) for plane in row] for row in x.numpy()])
    np.testing.assert_allclose(y.numpy(), expected, rtol=1e-10, atol=1e-12)
    # The mean is the zero frequency.
    axes_of_space = tuple(range(2, 2 + axes))
    torch.testing.assert_close(y.mean(axes_of_space), x.mean(axes_of_space))


@pytest.mark.parametrize("size", [5, 6])
def test_the_full_size_is_the_identity(size: int) -> None:
    x = torch.randn(2, 3, size, size + 1)
    torch.testing.assert_close(SpectralPool(ratio=1)(x), x)


@pytest.mark.parametrize("outputs", [(5, 3), (3, 7)])
def test_odd_sizes_project_orthogonally(outputs: tuple[int, int]) -> None:
    # With the scale of an orthonormal transform the pooling P has P P^T = 1.
    inputs = (8, 9)
    basis = torch.eye(72, dtype=torch.float64).reshape(72, 1, *inputs)
    matrix = SpectralPool(output_size=outputs)(basis).reshape(72, -1).T
    matrix = matrix * (72 / matrix.shape[0]) ** 0.5
    torch.testing.assert_close(matrix @ matrix.T, torch.eye(len(matrix), dtype=torch.float64))


def test_two_steps_are_one() -> None:
    x = torch.randn(1, 2, 16, 15, dtype=torch.float64)
    stepwise = SpectralPool(output_size=5)(SpectralPool(output_size=(10, 8))(x))
    torch.testing.assert_close(stepwise, SpectralPool(output_size=5)(x))


def test_bad_sizes() -> None:
    with pytest.raises(LayerError, match="cannot be larger"):
        SpectralPool(output_size=(4, 9))(torch.zeros(1, 1, 8, 8))
    with pytest.raises(LayerError, match="must be at least 1"):
        SpectralPool(ratio=float("nan"))
