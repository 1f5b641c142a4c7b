from math import atan2, cos, exp, log, pi, sin, sqrt

import pytest
import torch

from striate.errors import ModelError
from striate.models.gabor import (
    ComplexCells,
    GaborBank,
    SimpleCells,
    gabor_pair,
    gabor_v1,
)


def grating(wavelength: float, angle: float, phase: float, side: int = 129) -> torch.Tensor:
    """A grating of amplitude 1, (1, 1, side, side), its phase counted from the middle pixel."""
    steps = torch.arange(side, dtype=torch.float64) - side // 2
    u = steps[None, :] * cos(angle) - steps[:, None] * sin(angle)
    return (2 * pi * u / wavelength - phase).cos()[None, None]


def middle(responses: torch.Tensor) -> torch.Tensor:
    """The response of each channel at the middle of the image."""
    height, width = responses.shape[2:]
    return responses[0, :, height // 2, width // 2]


@pytest.mark.parametrize(("wavelength", "angle"), [(4.0, 0.0), (8.0, 0.7), (5.5, 2.0)])
def test_filters_are_the_formula_written_out(wavelength: float, angle: float) -> None:
    even, odd = gabor_pair(wavelength, angle, aspect=0.5, bandwidth=1.5)
    size = even.shape[0]
    half = size // 2
    sigma = wavelength / pi * sqrt(log(2) / 2) * (2**1.5 + 1) / (2**1.5 - 1)

    def part(row: int, column: int) -> tuple[float, float, float]:
        x, y = column - half, half - row
        distance, direction = sqrt(x * x + y * y), atan2(y, x) - angle
        u, v = distance * cos(direction), distance * sin(direction)
        envelope = exp(-(u * u + 0.25 * v * v) / (2 * sigma * sigma))
        return envelope, cos(2 * pi * u / wavelength), sin(2 * pi * u / wavelength)

    cells = [part(row, column) for row in range(size) for column in range(size)]
    mean = sum(e * c for e, c, _ in cells) / sum(e for e, _, _ in cells)
    evens = [e * (c - mean) for e, c, _ in cells]
    odds = [e * s for e, _, s in cells]
    for found, values, wave in ((even, evens, 1), (odd, odds, 2)):
        scale = sum(value * cell[wave] for value, cell in zip(values, cells, strict=True))
        expected = torch.tensor(values, dtype=torch.float64).view(size, size) / scale
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-9)


def test_even_and_odd_filters_are_so() -> None:
    even, odd = gabor_pair(6, 0.4)
    torch.testing.assert_close(even.flip(0, 1), even)
    torch.testing.assert_close(odd.flip(0, 1), -odd)


def test_the_envelope_has_the_bandwidth() -> None:
    # Half the peak amplitude of the spectrum at frequencies b octaves apart.
    even, odd = gabor_pair(8, 0.0, aspect=1.0, bandwidth=1.0)
    line = torch.complex(even, odd).sum(dim=0)
    frequencies = torch.linspace(0.02, 0.4, 4000, dtype=torch.float64)
    places = torch.arange(len(line), dtype=torch.float64) - len(line) // 2
    spectrum = (torch.exp(-2j * pi * frequencies[:, None] * places).to(line.dtype) @ line).abs()
    above = frequencies[spectrum >= spectrum.max() / 2]
    assert float(torch.log2(above[-1] / above[0])) == pytest.approx(1.0, abs=0.05)
    assert float(frequencies[spectrum.argmax()]) == pytest.approx(1 / 8, rel=0.02)


def test_an_even_field_gives_nothing() -> None:
    bank = GaborBank(6).double()
    responses = bank(torch.full((1, 3, 20, 30), 7.0, dtype=torch.float64))
    torch.testing.assert_close(responses, torch.zeros_like(responses), rtol=0, atol=1e-6)


@pytest.mark.parametrize("phase", [0.0, 0.5, 1.9, 3.0])
@pytest.mark.parametrize("orientation", [0, 1, 3, 6])
def test_a_grating_of_their_own_gives_complex_cells_one_whatever_its_phase(
    orientation: int, phase: float
) -> None:
    bank = GaborBank(6, orientations=8).double()
    x = grating(6, pi * orientation / 8, phase, side=65)
    responses = middle(bank(x))
    assert float(responses[orientation]) == pytest.approx(cos(phase), abs=1e-6)
    assert float(responses[8 + orientation]) == pytest.approx(sin(phase), abs=1e-6)
    energy = middle(ComplexCells()(bank(x)))
    assert float(energy[orientation]) == pytest.approx(1.0, abs=1e-6)
    # Its neighbours, 22.5 degrees away, answer less, and what is at right angles not at all.
    assert energy.argmax() == orientation
    assert float(energy[(orientation + 4) % 8]) < 0.01


def test_the_scale_of_a_grating_is_told() -> None:
    banks = [GaborBank(wavelength).double() for wavelength in (4.0, 8.0, 16.0)]
    for own, wavelength in enumerate((4, 8, 16)):
        x = grating(wavelength, 0.0, 0.3)
        answers = [float(middle(ComplexCells()(bank(x)))[0]) for bank in banks]
        assert answers.index(max(answers)) == own


def test_a_turned_image_turns_the_orientations() -> None:
    torch.manual_seed(0)
    bank = GaborBank(4, orientations=8).double()
    x = torch.randn(1, 1, 33, 33, dtype=torch.float64)
    cells = ComplexCells()
    turned = cells(bank(x.rot90(1, (2, 3))))
    expected = cells(bank(x)).rot90(1, (2, 3)).roll(4, dims=1)
    torch.testing.assert_close(turned, expected, rtol=1e-5, atol=1e-6)


def test_angles_are_anticlockwise_and_point_across_the_bars() -> None:
    even, _ = gabor_pair(8, pi / 4)
    half = even.shape[0] // 2
    up_right = even[half - 3, half + 3]  # 3 sqrt(2) = 4.2 pixels: half a wavelength across the bars
    down_right = even[half + 3, half + 3]  # along the bar
    assert up_right < 0 < down_right


def test_simple_cells_are_both_signs_rectified() -> None:
    x = torch.tensor([1.0, -2.0]).view(1, 2, 1, 1)
    assert SimpleCells()(x).flatten().tolist() == [1.0, 0.0, 0.0, 2.0]


def test_energy_has_a_gradient_where_nothing_is_seen() -> None:
    x = torch.zeros(1, 4, 2, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(ComplexCells()(x).sum(), x)
    assert not gradient.any()


def test_only_the_readout_learns_and_filters_are_saved() -> None:
    network = gabor_v1((3, 32, 32), 10)
    assert [name for name, _ in network.named_parameters()] == ["readout.weight", "readout.bias"]
    assert sum("filters" in name for name in network.state_dict()) == 3


def test_the_front_end_is_the_same_each_time() -> None:
    torch.manual_seed(0)
    first = gabor_v1().state_dict()
    torch.manual_seed(1)
    second = gabor_v1().state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first if "filters" in name)


@pytest.mark.parametrize("cells", ["simple", "complex"])
@pytest.mark.parametrize("size", [(1, 1), (7, 50)])
def test_any_size_and_any_channels(cells: str, size: tuple[int, int]) -> None:
    network = gabor_v1((2, *size), 3, cells=cells)  # type: ignore[arg-type]
    x = torch.randn(2, 2, *size)
    each = 8 if cells == "complex" else 32
    assert network.features(x).shape == (2, 3 * each, 6, 6)
    assert network(x).shape == (2, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"wavelengths": (2.5,)}, r"wavelength \(=2.5\) must be at least 3 pixels"),
        ({"wavelengths": (float("nan"),)}, r"wavelength \(=nan\) must be at least 3 pixels"),
        ({"wavelengths": ()}, "give at least one"),
        ({"aspect": 0}, r"aspect \(=0\) of a Gabor filter must be above 0"),
        ({"bandwidth": -1}, r"bandwidth \(=-1\) of a Gabor filter must be above 0"),
        ({"orientations": 0}, r"orientations \(=0\) must be at least 1"),
        ({"grid": 0}, r"grid \(=0\) must be at least 1"),
        ({"cells": "hypercomplex"}, "must be 'simple' or 'complex'"),
    ],
)
def test_fronts_that_nobody_has(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        gabor_v1(**arguments)  # type: ignore[arg-type]


def test_a_bank_without_a_stride() -> None:
    with pytest.raises(ModelError, match=r"stride \(=0\) must be at least 1"):
        GaborBank(4, stride=0)
