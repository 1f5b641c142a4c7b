"""Contact sheets of activation maps."""

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

from striate.errors import DataError, NetworkError
from striate.network import Network
from striate.network.pictures import draw_maps, save
from striate.network.pictures.maps import MOST_MAPS

from .conftest import Seen
from .seen import bars, check_legible, maps, values, words


@pytest.mark.parametrize("scale", ["unit", "layer", "network"])
@pytest.mark.parametrize("layer", ["conv1", "relu1", "conv2"])
def test_each_channel_is_an_image_of_its_values(plane: Seen, layer: str, scale: str) -> None:
    _, trace = plane
    figure = draw_maps(trace, layer, scale)
    drawn = maps(figure)
    expected = trace[layer][0].double().numpy()
    assert len(drawn) == len(expected)
    for image, channel in zip(drawn, expected, strict=True):
        np.testing.assert_array_equal(values(image), channel)
    for number in range(len(expected)):
        assert str(number) in words(figure)
    check_legible(figure)


def test_the_colours_of_a_map_reach_to_its_own_peak(plane: Seen) -> None:
    _, trace = plane
    for layer, low in (("conv1", -1), ("relu1", 0)):
        for image in maps(draw_maps(trace, layer, "unit")):
            peak = np.abs(values(image)).max()
            assert image.get_clim() == (low * peak, peak)


def test_the_colours_of_a_layer_are_one(plane: Seen) -> None:
    _, trace = plane
    figure = draw_maps(trace, "conv1", "layer")
    peak = trace["conv1"][0].abs().max().item()
    assert {image.get_clim() for image in maps(figure)} == {(-peak, peak)}
    (bar,) = bars(figure)
    assert bar.get_clim() == (-peak, peak)
    assert f"{peak:.3g}" in words(figure)
    assert f"-{peak:.3g}" in words(figure)


def test_the_colours_of_a_network_are_those_of_its_largest_layer(plane: Seen) -> None:
    _, trace = plane
    names = [name for name in trace if trace[name].ndim == 4 and name != "input"]
    peak = max(trace[name][0].abs().max().item() for name in names)
    assert maps(draw_maps(trace, "conv2", "network"))[0].get_clim() == (-peak, peak)
    assert maps(draw_maps(trace, "relu1", "network"))[0].get_clim() == (0, peak)


def test_another_example_of_the_batch(plane: Seen) -> None:
    _, trace = plane
    image = maps(draw_maps(trace, "conv1", example=1))[3]
    np.testing.assert_array_equal(values(image), trace["conv1"][1, 3].double().numpy())


@pytest.mark.parametrize(
    ("channels", "title"),
    [(None, "conv1: first 256 of 300 channels"), (range(290, 300), "conv1: 10 of 300 channels")],
)
def test_many_channels_stay_legible(channels: range | None, title: str) -> None:
    network = Network("input 1x5x5\nconv 300 3x3")
    trace = network.trace(torch.randn(1, 1, 5, 5))
    figure = draw_maps(trace, "conv1", channels=channels)
    shown = channels or range(MOST_MAPS)
    assert title in words(figure)
    assert len(maps(figure)) == len(shown)
    for image, channel in zip(maps(figure), shown, strict=True):
        np.testing.assert_array_equal(values(image), trace["conv1"][0, channel].double().numpy())
    check_legible(figure)


def test_signals_are_lines(signal: Seen) -> None:
    _, trace = signal
    figure = draw_maps(trace, "conv2", "layer")
    lines = figure.axes[0].lines
    layer = trace["conv2"][0].double().numpy()
    assert len(lines) == len(layer)
    peak = np.abs(layer).max()
    for line, channel in zip(lines, layer, strict=True):
        down = np.asarray(line.get_ydata())
        # From top to bottom the frame spans peak to -peak: heights are linear in the values.
        fit = np.polyfit(channel, down, 1)
        np.testing.assert_allclose(np.polyval(fit, channel), down, atol=1e-6)
        assert -fit[0] * 2 * peak == pytest.approx(44)
    assert any(f"from -{peak:.3g} to {peak:.3g}" in word for word in words(figure))
    check_legible(figure)
    check_legible(draw_maps(trace, "relu1"))


def test_of_volumes_the_middle_slice_is_drawn_and_named(volume: Seen) -> None:
    _, trace = volume
    figure = draw_maps(trace, "conv1")
    expected = trace["conv1"][0, :, 3].double().numpy()
    for image, slice_ in zip(maps(figure), expected, strict=True):
        np.testing.assert_array_equal(values(image), slice_)
    assert any("slice 3 of 6 is shown" in word for word in words(figure))
    check_legible(figure)


@pytest.mark.parametrize("shape", ["1x4x200", "1x200x4", "1x1x30", "1x64x65"])
def test_maps_of_any_proportions(shape: str) -> None:
    network = Network(f"input {shape}\nconv 6 1x1")
    channels, height, width = network.input_shape
    trace = network.trace(torch.randn(1, channels, height, width))
    figure = draw_maps(trace, "conv1")
    assert figure.get_figheight() < 40
    check_legible(figure)


def test_what_is_no_number_is_counted_and_dead_maps_are_named() -> None:
    network = Network("input 1x4x4\nconv 3 1x1 bias no\nrelu")
    with torch.no_grad():
        network.module.get_parameter("conv1.weight").copy_(
            torch.tensor([torch.inf, -1.0, 1.0]).view(3, 1, 1, 1)
        )
    trace = network.trace(torch.ones(1, 1, 4, 4))
    figure = draw_maps(trace, "relu1")
    said = " ".join(words(figure))
    assert "16 values are no finite numbers (magenta)" in said
    assert "all 0" in said
    check_legible(figure)


def test_pictures_are_written_by_their_ending(plane: Seen, tmp_path: Path) -> None:
    _, trace = plane
    figure = draw_maps(trace, "conv1")
    save(figure, tmp_path / "maps.png")
    save(figure, tmp_path / "maps.svg")
    with Image.open(tmp_path / "maps.png") as image:
        assert image.format == "PNG"
        assert image.width == 1800
        assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    root = ElementTree.parse(tmp_path / "maps.svg").getroot()
    assert root.tag.endswith("svg")
    assert len(list(root.iter("{http://www.w3.org/2000/svg}image"))) == 8 + 1
    with pytest.raises(DataError, match="names its format"):
        save(figure, tmp_path / "maps.xyz")


def test_mistakes_are_explained(plane: Seen) -> None:
    _, trace = plane
    with pytest.raises(NetworkError, match=r"channels 0 to 7, .* there is no channel 8"):
        draw_maps(trace, "conv1", channels=[7, 8])
    with pytest.raises(NetworkError, match="0 are given"):
        draw_maps(trace, "conv1", channels=[])
    with pytest.raises(NetworkError, match="no layer 'conv9'"):
        draw_maps(trace, "conv9")
    with pytest.raises(ValueError, match="pixel"):
        draw_maps(trace, "conv1", "pixel")
