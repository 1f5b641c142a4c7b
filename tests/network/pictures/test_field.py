"""The receptive field of a unit on the input."""

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from striate.errors import NetworkError
from striate.network import Network
from striate.network.pictures import draw_field
from striate.network.pictures.pixels import picture_of

from .conftest import Seen
from .seen import boxes, check_legible, words


def _rectangle(figure: Figure, label: str) -> tuple[float, ...]:
    (box,) = boxes(figure, label)
    return (*box.get_xy(), box.get_width(), box.get_height())


@pytest.mark.parametrize("place", [(0, 0), (4, 5), (2, 3), (0, 5), (4, 2)])
def test_the_box_is_that_of_the_network(plane: Seen, place: tuple[int, int]) -> None:
    network, trace = plane
    figure = draw_field(network, trace, "pool1", 3, place)
    rows, columns = network.box("pool1", 3, place).spans
    expected = (
        columns.first - 0.5,
        rows.first - 0.5,
        columns.last - columns.first + 1,
        rows.last - rows.first + 1,
    )
    assert _rectangle(figure, "box") == expected
    assert _rectangle(figure, "unit") == (place[1] - 0.5, place[0] - 0.5, 1, 1)
    said = f"rows {rows.first} to {rows.last}, columns {columns.first} to {columns.last} of 20x24"
    assert any(said in word for word in words(figure))
    check_legible(figure)


def test_outside_the_box_the_gradient_is_zero(plane: Seen) -> None:
    """The drawn box holds every pixel that the unit depends on."""
    network, _ = plane
    given = torch.randn(1, 3, 20, 24)
    trace = network.trace(given, gradients=True)
    gradient = trace.gradients(trace["pool1"][0, 3, 2, 3], ["input"])["input"][0].abs().sum(0)
    left, top, width, height = _rectangle(draw_field(network, trace, "pool1", 3, (2, 3)), "box")
    rows, columns = np.nonzero(gradient.numpy())
    assert rows.size
    assert top < rows.min()
    assert rows.max() < top + height
    assert left < columns.min()
    assert columns.max() < left + width


def test_padding_lies_beyond_the_border(plane: Seen) -> None:
    network, trace = plane
    figure = draw_field(network, trace, "pool1", 0, (0, 5))
    rows, columns = network.box("pool1", 0, (0, 5)).spans
    assert rows.padding_before > 0
    assert columns.padding_after > 0
    left, top, width, height = _rectangle(figure, "padding")
    assert (left, top) == (-0.5, -0.5 - rows.padding_before)
    assert (width, height) == (24 + columns.padding_after, 20 + rows.padding_before)
    left, top, width, height = _rectangle(figure, "window")
    size = network["pool1"].sight.sizes_seen
    assert (height, width) == size
    axes = figure.axes[1]
    assert axes.get_xlim() == (-0.5, 23.5 + columns.padding_after)
    assert axes.get_ylim() == (19.5, -0.5 - rows.padding_before)
    said = f"{rows.padding_before} rows above, {columns.padding_after} column"
    assert any(said in word for word in words(figure))


def test_without_padding_none_is_drawn(plane: Seen) -> None:
    network, trace = plane
    figure = draw_field(network, trace, "conv1", 0, (4, 5))
    assert not boxes(figure, "padding")
    assert not boxes(figure, "window")


def test_the_pixels_in_the_box_are_as_they_are_and_others_pale(plane: Seen) -> None:
    network, trace = plane
    figure = draw_field(network, trace, "conv1", 2, (4, 5))
    inside = network.box("conv1", 2, (4, 5)).slices
    picture = picture_of(trace)
    shown = _image(figure.axes[1].images[0])
    np.testing.assert_array_equal(shown[inside], picture[inside])
    outside = np.ones(picture.shape[:2], bool)
    outside[inside] = False
    assert (shown[outside] >= 0.59).all()
    np.testing.assert_array_equal(_image(figure.axes[2].images[0]), picture[inside])
    np.testing.assert_array_equal(
        _image(figure.axes[3].images[0]), trace["conv1"][0, 2].double().numpy()
    )
    assert words(figure)[0] == f"conv1, channel 2 at (4, 5) = {trace['conv1'][0, 2, 4, 5]:.3g}"


def _image(image: AxesImage) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(image.get_array(), np.float64)


def test_a_unit_behind_a_global_operation_sees_everything(plane: Seen, signal: Seen) -> None:
    network, trace = plane
    figure = draw_field(network, trace, "linear1", 2)
    assert "it sees everything, as all units do since linear1: 20x24" in words(figure)
    assert _rectangle(figure, "box") == (-0.5, -0.5, 24, 20)
    check_legible(figure)
    figure = draw_field(*signal, "linear1", 2)
    assert "it sees everything, as all units do since pool1: 400" in words(figure)
    check_legible(figure)


def test_the_span_of_a_signal(signal: Seen) -> None:
    network, trace = signal
    figure = draw_field(network, trace, "conv2", 1, 7)
    (span,) = network.box("conv2", 1, 7).spans
    left, _, width, _ = _rectangle(figure, "box")
    assert (left, left + width) == (span.first - 0.5, span.last + 0.5)
    (unit,) = [line for line in figure.axes[-1].lines if line.get_label() == "unit"]
    assert np.asarray(unit.get_xdata()) == pytest.approx([7])
    assert np.asarray(unit.get_ydata()) == pytest.approx([trace["conv2"][0, 1, 7].item()])
    check_legible(figure)
    figure = draw_field(network, trace, "conv1", 1, 0)
    (span,) = network.box("conv1", 1, 0).spans
    left, _, width, _ = _rectangle(figure, "padding")
    assert (left, left + width) == (-0.5 - span.padding_before, -0.5)
    check_legible(figure)


def test_of_a_volume_the_middle_slice_of_the_box(volume: Seen) -> None:
    network, trace = volume
    figure = draw_field(network, trace, "pool1", 1, (2, 0, 3))
    depth, rows, columns = network.box("pool1", 1, (2, 0, 3)).spans
    middle = (depth.first + depth.last) // 2
    assert f"the input, slice {middle}, and the box on it" in words(figure)
    left, top, width, height = _rectangle(figure, "box")
    assert (left, top) == (columns.first - 0.5, rows.first - 0.5)
    assert (width, height) == (columns.last - columns.first + 1, rows.last - rows.first + 1)
    np.testing.assert_array_equal(
        _image(figure.axes[3].images[0]), trace["pool1"][0, 1, 2].double().numpy()
    )
    check_legible(figure)


def test_a_unit_that_sees_padding_alone() -> None:
    network = Network("input 1x6x6\nmaxpool 2x2 pad 1\nconv 1 1x1 pad 2")
    trace = network.trace(torch.randn(1, 1, 6, 6))
    figure = draw_field(network, trace, "conv1", 0, (0, 0))
    assert "it sees nothing of the input, padding alone" in words(figure)
    assert not boxes(figure, "box")
    check_legible(figure)


def test_another_size_of_input_than_the_example(plane: Seen) -> None:
    network = Network("input 1x12x12\nconv 2 3x3 pad same\nmaxpool 2x2")
    trace = network.trace(torch.randn(1, 1, 30, 40))
    figure = draw_field(network, trace, "pool1", 1, (14, 19))
    assert _rectangle(figure, "box")[:2] == (36.5, 26.5)


def test_mistakes_are_explained(plane: Seen) -> None:
    network, trace = plane
    with pytest.raises(NetworkError, match="there is no unit"):
        draw_field(network, trace, "conv1", 0, (40, 0))
    with pytest.raises(NetworkError, match="3 coordinates"):
        draw_field(network, trace, "conv1", 0)
