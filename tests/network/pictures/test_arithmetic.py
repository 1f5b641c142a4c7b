"""The arithmetic behind a value, drawn."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from torch import nn

from striate.network import Kind, Network, Patch, Step, Unit, Why
from striate.network.pictures import draw_why
from striate.network.pictures.arithmetic import MOST_PATCHES, MOST_TERMS

from .conftest import Seen
from .seen import boxes, check_legible, maps, values, words

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def _places(figure: Figure, label: str) -> list[tuple[float, float]]:
    return [(round(box.get_x(), 3), round(box.get_y(), 3)) for box in boxes(figure, label)]


def test_a_convolution_is_window_times_kernel(plane: Seen) -> None:
    network, trace = plane
    figure = draw_why(trace.why("conv1", 5, (0, 3)), network)
    padded = torch.nn.functional.pad(trace["input"][0], (1, 1, 1, 1)).double().numpy()
    window = padded[:, 0:3, 6:9]
    kernel = network.module.get_parameter("conv1.weight")[5].detach().double().numpy()
    expected = [grid for c in range(3) for grid in (window[c], kernel[c], window[c] * kernel[c])]
    drawn = maps(figure)
    assert len(drawn) == 9
    for image, grid in zip(drawn, expected, strict=True):
        np.testing.assert_allclose(values(image), grid, atol=1e-12)
    said = words(figure)
    assert said[0] == f"conv1[5, 0, 3] = {trace['conv1'][0, 5, 0, 3]:.6g}"
    assert "input[0, -1..1, 5..7]" in said
    for sum_ in (window * kernel).sum((1, 2)):
        assert f"{sum_:.3g}" in said
    bias = network.module.get_parameter("conv1.bias")[5].item()
    assert f"= {bias:.6g}" in said
    # The row above the image, in what is read and in the products of each channel.
    assert len(boxes(figure, "padding")) == 3 * 3 * 2
    assert "hatched: padding" in said
    check_legible(figure)


def test_numbers_stand_in_their_cells(plane: Seen) -> None:
    network, trace = plane
    figure = draw_why(trace.why("conv1", 2, (4, 4)), network)
    texts = figure.axes[0].texts
    places = np.array([text.get_position() for text in texts])
    for image in maps(figure):
        left, right, bottom, top = image.get_extent()
        grid = values(image)
        high, wide = (bottom - top) / grid.shape[0], (right - left) / grid.shape[1]
        for row, column in np.ndindex(*grid.shape):
            centre = left + (column + 0.5) * wide, top + (row + 0.5) * high
            (found,) = np.flatnonzero(np.abs(places - centre).max(1) < 0.01)
            assert float(texts[int(found)].get_text()) == pytest.approx(
                grid[row, column], abs=0.006
            )


def test_of_many_channels_the_largest_are_drawn(plane: Seen) -> None:
    network, trace = plane
    why = trace.why("residual1.body.conv1", 1, (4, 4))
    figure = draw_why(why, network)
    sums = np.array([patch.terms.sum() for patch in why.patches])
    first = np.argsort(-np.abs(sums))[:MOST_PATCHES]
    assert len(maps(figure)) == 3 * MOST_PATCHES
    said = words(figure)
    for channel in range(8):
        assert (f"relu1[{channel}, 3..5, 3..5]" in said) == (channel in first)
    assert "and 4 more channels" in said
    rest = sums.sum() - sums[first].sum()
    assert f"{rest:.3g}" in said
    check_legible(figure)


def test_the_winner_of_a_maximum_has_a_frame(plane: Seen) -> None:
    network, trace = plane
    figure = draw_why(trace.why("pool1", 2, (0, 0)), network)
    (image,) = maps(figure)
    window = trace["residual1.add"][0, 2, :2, :2]
    place = np.unravel_index(int(window.argmax()), (2, 2))
    left, right, bottom, top = image.get_extent()
    expected = (
        left + (place[1] + 1) * (right - left) / 3,
        top + (place[0] + 1) * (bottom - top) / 3,
    )
    assert _places(figure, "winner") == [tuple(round(float(x), 3) for x in expected)]
    assert len(boxes(figure, "padding")) == 5
    check_legible(figure)


def test_values_that_a_border_repeats_are_marked() -> None:
    network = Network("input 1x5x5\nconv 1 3x3 pad 1 boundary reflect")
    figure = draw_why(network.trace(torch.randn(1, 1, 5, 5)).why("conv1", 0, (0, 0)), network)
    assert len(boxes(figure, "border")) == 5
    assert "dotted frame: repeated beyond the border" in words(figure)
    check_legible(figure)


def test_of_a_long_list_the_largest_terms() -> None:
    network = Network("input 1x12x12\nflatten\nlinear 3")
    why = network.trace(torch.randn(1, 1, 12, 12)).why("linear1", 1)
    figure = draw_why(why, network)
    terms = why.patches[0].terms
    order = np.argsort(-np.abs(terms))
    said = words(figure)
    for place in order[:MOST_TERMS]:
        assert f"flatten1[{place}]" in said
        assert f"{terms[place]:.3g}" in said
    assert f"and {144 - MOST_TERMS} more" in said
    assert f"{terms[order[MOST_TERMS:]].sum():.3g}" in said
    check_legible(figure)


def test_of_a_long_list_padding_is_counted() -> None:
    network = Network("input 1x12x12\nconv 1 15x15 pad 14")
    trace = network.trace(torch.randn(1, 1, 12, 12))
    figure = draw_why(trace.why("conv1", 0, (0, 1)), network)
    said = words(figure)
    assert "input[0, 0, 0]" in said
    assert f"and {15 * 15 - 2} of padding" in said
    assert "hatched: padding" not in said
    check_legible(figure)


def test_a_window_may_be_all_padding() -> None:
    network = Network("input 1x12x12\nconv 1 15x15 pad 20")
    trace = network.trace(torch.randn(1, 1, 12, 12))
    figure = draw_why(trace.why("conv1", 0, (0, 0)), network)
    assert "all 225 are padding" in words(figure)
    check_legible(figure)


def test_softmax_shows_shares(plane: Seen) -> None:
    network, trace = plane
    figure = draw_why(trace.why("softmax1", 2), network)
    said = words(figure)
    for share in trace.output[0].tolist():
        assert f"{share:.1%}" in said
    bold = [t.get_text() for t in figure.axes[0].texts if t.get_color() == "#d55e00"]
    assert bold[0] == "linear1[2]"
    check_legible(figure)


def test_an_activation_has_its_curve(plane: Seen) -> None:
    network, trace = plane
    why = trace.why("relu1", 2, (3, 3))
    (axes,) = draw_why(why, network).axes[1:]
    lines = {line.get_label(): line for line in axes.lines}
    x, y = (np.asarray(part) for part in lines["curve"].get_data())
    np.testing.assert_allclose(y, np.maximum(x, 0), atol=1e-6)
    point = [float(np.asarray(part)[0]) for part in lines["value"].get_data()]
    assert point == pytest.approx([trace["conv1"][0, 2, 3, 3].item(), why.unit.value])
    assert len(draw_why(why).axes) == 1  # without the network there is none to ask


def test_large_windows_are_pictures_and_lines() -> None:
    network = Network("input 2x30x40\nmaxpool global")
    trace = network.trace(torch.randn(1, 2, 30, 40))
    figure = draw_why(trace.why("pool1", 1, (0, 0)), network)
    (image,) = maps(figure)
    np.testing.assert_array_equal(values(image), trace["input"][0, 1].double().numpy())
    assert len(boxes(figure, "winner")) == 1
    check_legible(figure)
    network = Network("input 1x60\navgpool global")
    figure = draw_why(network.trace(torch.randn(1, 1, 60)).why("pool1", 0, 0), network)
    assert len(figure.axes[0].lines) == 1
    check_legible(figure)


POOLINGS = """
input 2x24x24
conv 4 3x3 pad same
topleftpool 2x2 stride 1
lppool 3x3 stride 1
gaussianpool 3x3 stride 1
mixedpool 2x2 stride 1
stochasticpool 2x2 stride 1
fractionalpool ratio 1.5
spectralpool size 6x6
groupnorm 2
batchnorm
squeezeexcite 2
transposed 4 3x3 stride 2
upsample 2
depthwise 5x5
dropout 0.5
flatten
linear 30
layernorm
logsoftmax
"""


@pytest.mark.parametrize("text", [POOLINGS, "input 2x30x30\nconv 3 11x11\nconv 2 15x15"])
def test_every_kind_is_legible(text: str) -> None:
    network = Network(text)
    trace = network.trace(torch.randn(1, *network.input_shape))
    for node in network:
        index = tuple(size // 2 for size in node.size)
        check_legible(draw_why(trace.why(node.name, index[0], index[1:]), network))


def test_signals_and_volumes_are_legible(signal: Seen, volume: Seen) -> None:
    for network, trace in (signal, volume):
        for node in network:
            place = (0,) * (len(node.size) - 1)
            check_legible(draw_why(trace.why(node.name, 0, place), network))


def test_attention_is_legible() -> None:
    module = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, dropout=0.0)
    network = Network(module.eval(), torch.zeros(1, 9, 16))
    trace = network.trace(torch.randn(1, 9, 16))
    for node in network:
        place = (0,) * (len(node.size) - 1)
        check_legible(draw_why(trace.why(node.name, 0, place), network))


def _grid(shape: tuple[int, ...], chance: np.random.Generator, scale: float) -> Array:
    grid = chance.normal(0, scale, shape)
    grid[chance.random(shape) < 0.1] = 0
    return grid


@st.composite
def explanations(draw: st.DrawFn) -> Why:
    """Anything that an explanation may hold."""
    maybe = st.booleans()
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    patches: list[Patch] = []
    for _ in range(draw(st.integers(0, 3))):
        axes = draw(st.integers(0, 4))
        shape = tuple(draw(st.integers(1, 26 if axes < 3 else 5)) for _ in range(axes))
        scale = draw(st.sampled_from([1e-30, 1e-4, 1.0, 255.0, 1e9]))
        kind = draw(st.sampled_from(["weighted", "plain", "powers"]))
        label = draw(st.sampled_from(["", "statistics", "kernel taps 0,2 x 1"]))
        layer = draw(st.sampled_from(["conv1", "features.denseblock4.denselayer16.conv2" * 4]))
        for number in range(draw(st.sampled_from([1, 2, 9]))):
            found = _grid(shape, chance, scale)
            inside = np.asarray(chance.random(shape) < draw(st.sampled_from([0.0, 0.7, 1.1])))
            if draw(maybe):
                found = np.where(inside, found, -np.inf)
            weights = _grid(shape, chance, 0.1) if kind == "weighted" else None
            terms = found
            with np.errstate(invalid="ignore"):
                if weights is not None:
                    terms = np.nan_to_num(found * weights, posinf=0, neginf=0)
                elif kind == "powers":
                    terms = np.where(inside, found, 0.0) ** 2
            first = (number, *(int(i) for i in chance.integers(-2, 9, max(axes, 1))))
            patches.append(
                Patch(
                    layer,
                    first,
                    tuple(range(1, 1 + axes)),
                    (1,) * axes,
                    np.asarray(found),
                    inside,
                    np.asarray(terms),
                    weights,
                    label=label,
                    border=inside & (chance.random(shape) < 0.2) if draw(maybe) else None,
                )
            )
    winner = None
    won: bool = draw(maybe)
    if patches and won:
        number = draw(st.integers(0, len(patches) - 1))
        winner = (number, tuple(draw(st.integers(0, n - 1)) for n in patches[number].values.shape))
    steps = tuple(
        Step(label, formula, value)
        for label, formula, value in draw(
            st.lists(
                st.tuples(
                    st.sampled_from(["sum", "a label of many words", "bias"]),
                    st.sampled_from(["", "of 3 products", "0.123456 + (-1.5) + " * 12, "9" * 300]),
                    st.floats(),
                ),
                max_size=4,
            )
        )
    )
    operation = draw(st.sampled_from(["conv2d", "softmax", "max_pool2d"]))
    unit = Unit("layer", (3, 4), draw(st.floats()))
    return Why(unit, Kind.OTHER, operation, "what it is", tuple(patches), steps, winner)


@settings(max_examples=15)
@given(explanations())
def test_whatever_there_is_to_explain_is_legible(why: Why) -> None:
    figure = draw_why(why)
    check_legible(figure)
    assert figure.get_figwidth() <= 16
