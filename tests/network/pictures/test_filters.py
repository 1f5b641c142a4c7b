"""Contact sheets of filters."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from striate.errors import NetworkError
from striate.network import Network
from striate.network.pictures import draw_filters, filters_of

from .conftest import Seen
from .seen import bars, check_legible, maps, values, words


def test_filters_are_the_weights(plane: Seen) -> None:
    network, _ = plane
    weights = network.module.get_parameter("conv1.weight").detach().double().numpy()
    np.testing.assert_array_equal(filters_of(network, "conv1"), weights)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_transposed_filters_begin_with_the_output(groups: int) -> None:
    """The weights of the output channel that answers to an impulse in each input channel."""
    module = nn.ConvTranspose2d(4, 8, 3, groups=groups, bias=False)
    network = Network(nn.Sequential(module), (4, 1, 1))
    found = filters_of(network, "0")
    assert found.shape == (8, 4 // groups, 3, 3)
    for channel in range(4):
        impulse = torch.zeros(1, 4, 1, 1)
        impulse[0, channel] = 1
        answer = module(impulse)[0].detach().double().numpy()
        group, within = divmod(channel, 4 // groups)
        outputs = slice(group * 8 // groups, (group + 1) * 8 // groups)
        np.testing.assert_array_equal(found[outputs, within], answer[outputs])


def test_filters_of_pictures_are_in_colours_around_grey(plane: Seen) -> None:
    network, _ = plane
    weights = filters_of(network, "conv1")
    for scale in ("layer", "unit"):
        figure = draw_filters(network, "conv1", scale)
        drawn = maps(figure)
        assert len(drawn) == 8
        for image, weight in zip(drawn, weights, strict=True):
            peak = np.abs(weight if scale == "unit" else weights).max()
            expected = np.moveaxis(weight, 0, -1) / peak / 2 + 0.5
            np.testing.assert_allclose(values(image), expected, atol=1e-12)
        check_legible(figure)


def test_filters_of_one_channel_are_maps_around_zero() -> None:
    network = Network("input 1x9x9\nconv 300 5x3")
    weights = filters_of(network, "conv1")
    figure = draw_filters(network, "conv1")
    drawn = maps(figure)
    assert len(drawn) == 256
    assert "conv1: first 256 of 300 filters" in words(figure)
    peak = np.abs(weights[:256]).max()
    for image, weight in zip(drawn, weights, strict=False):
        np.testing.assert_array_equal(values(image), weight[0])
        assert image.get_clim() == (-peak, peak)
    check_legible(figure)


def test_of_more_channels_there_is_a_grid(plane: Seen) -> None:
    network, _ = plane
    weights = filters_of(network, "residual1.body.conv1")
    figure = draw_filters(network, "residual1.body.conv1", "unit")
    drawn = iter(maps(figure))
    for row in weights:
        for weight in row:
            image = next(drawn)
            np.testing.assert_array_equal(values(image), weight)
            assert image.get_clim() == (-np.abs(row).max(), np.abs(row).max())
    check_legible(figure)


def test_large_grids_say_what_they_leave_out() -> None:
    network = Network("input 40x9x9\nconv 32 3x3")
    figure = draw_filters(network, "conv1")
    assert len(maps(figure)) == 24 * 32
    said = "rows: first 24 of 32 output channels; columns: first 32 of 40 input channels"
    assert said in words(figure)
    check_legible(figure)


def test_one_output_channel(plane: Seen) -> None:
    network, _ = plane
    weights = filters_of(network, "residual1.body.conv1")
    figure = draw_filters(network, "residual1.body.conv1", channel=3)
    for image, weight in zip(maps(figure), weights[3], strict=True):
        np.testing.assert_array_equal(values(image), weight)
    check_legible(figure)
    with pytest.raises(NetworkError, match="channels 0 to 7: there is no 8"):
        draw_filters(network, "residual1.body.conv1", channel=8)


def test_kernels_of_one_pixel_are_one_grid(plane: Seen) -> None:
    network, _ = plane
    figure = draw_filters(network, "conv2")
    (image,) = maps(figure)
    np.testing.assert_array_equal(values(image), filters_of(network, "conv2")[..., 0, 0])
    low, high = image.get_clim()
    assert -low == high == bars(figure)[0].get_clim()[1]
    check_legible(figure)
    wide = Network("input 300x3x3\nconv 70 1x1")
    check_legible(draw_filters(wide, "conv1"))


def test_filters_of_signals_are_lines(signal: Seen) -> None:
    network, _ = signal
    figure = draw_filters(network, "conv1")
    assert len(figure.axes[0].lines) == 6
    weights = filters_of(network, "conv1")
    for line, weight in zip(figure.axes[0].lines, weights, strict=True):
        down = np.asarray(line.get_ydata())
        assert np.corrcoef(down, weight[0])[0, 1] == pytest.approx(-1)
    check_legible(figure)
    figure = draw_filters(network, "conv2")
    assert len(figure.axes[0].lines) == 3 * 6
    check_legible(figure)


def test_filters_of_volumes_are_rows_of_slices(volume: Seen) -> None:
    network, _ = volume
    weights = filters_of(network, "conv1")
    figure = draw_filters(network, "conv1")
    for image, weight in zip(maps(figure), weights, strict=True):
        np.testing.assert_array_equal(values(image), np.concatenate(list(weight[0]), axis=1))
    check_legible(figure)


class Dynamic(nn.Module):
    """A convolution whose filters are computed from its input."""

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, x[:, :, :3, :3])


def test_mistakes_are_explained(plane: Seen) -> None:
    network, _ = plane
    with pytest.raises(NetworkError, match=r"relu1 is no convolution .* as conv1 is"):
        draw_filters(network, "relu1")
    with pytest.raises(NetworkError, match="computed from the input"):
        draw_filters(Network(Dynamic(), (1, 6, 6)), "conv2d")


def test_boundary_convolutions_have_filters_too() -> None:
    network = Network("input 1x9x9\nconv 4 3x3 pad 1 boundary reflect")
    weights = network.module.get_parameter("conv1.weight").detach().double().numpy()
    drawn = maps(draw_filters(network, "conv1"))
    for image, weight in zip(drawn, weights, strict=True):
        np.testing.assert_array_equal(values(image), weight[0])
