"""The input as the picture that was given."""

import numpy as np
import pytest
import torch
from PIL import Image

from striate.data import AsDataset, CentreCrop, describe, load
from striate.network import Network
from striate.network.pictures.pixels import picture_of


def test_the_normalisation_is_undone() -> None:
    crop = CentreCrop((6, 8), 8, (0.5, 0.4, 0.3), (0.2, 0.3, 0.25), ())
    network = Network("input 3x6x8\nconv 2 3x3")
    network.preprocessing = crop
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    trace = network.trace(Image.fromarray(pixels))
    found = picture_of(trace, crop)
    np.testing.assert_allclose(found, pixels[1:7] / 255, atol=1e-6)


def test_so_is_that_of_a_dataset() -> None:
    stored = load("digits").test.inputs[:1]
    form = AsDataset(describe("digits"))
    network = Network("input 1x8x8\nconv 2 3x3")
    values = (torch.from_numpy(stored.astype(np.float32)) - form.description.mean[0]) / (
        form.description.std[0]
    )
    found = picture_of(network.trace(values), form)
    for colour in range(3):
        np.testing.assert_allclose(found[..., colour], stored[0, 0] / 16, atol=1e-6)


@pytest.mark.parametrize(("channels", "shown"), [(1, 0), (2, 0), (5, 0)])
def test_without_it_the_extremes_are_black_and_white(channels: int, shown: int) -> None:
    network = Network(f"input {channels}x6x8\nconv 2 3x3")
    given = torch.randn(1, channels, 6, 8)
    found = picture_of(network.trace(given))
    plane = given[0, shown].double().numpy()
    expected = (plane - plane.min()) / (plane.max() - plane.min())
    for colour in range(3):
        np.testing.assert_allclose(found[..., colour], expected)


def test_values_that_were_no_picture_are_stretched() -> None:
    network = Network("input 1x6x8\nconv 2 3x3")
    given = torch.linspace(-3, 5, 48).reshape(1, 1, 6, 8)
    found = picture_of(network.trace(given), network.preprocessing)
    np.testing.assert_allclose(found[..., 1].ravel(), np.linspace(0, 1, 48), atol=1e-6)


def test_colours_keep_their_proportions() -> None:
    network = Network("input 3x6x8\nconv 2 3x3")
    given = torch.rand(1, 3, 6, 8) * 4 - 1
    found = picture_of(network.trace(given))
    values = given[0].double().numpy()
    expected = (values - values.min()) / (values.max() - values.min())
    np.testing.assert_allclose(found, np.moveaxis(expected, 0, -1))
    flat = picture_of(network.trace(torch.full((1, 3, 6, 8), 2.0)))
    assert (flat == 0).all()
