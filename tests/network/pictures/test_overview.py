"""A whole network on one sheet."""

from types import ModuleType

import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb

from striate.errors import NetworkError
from striate.network import Network
from striate.network.pictures import draw_network
from striate.network.pictures.colours import BLUE
from striate.network.pictures.overview import MOST_LAYERS
from striate.network.pictures.pixels import picture_of

from .conftest import Seen
from .seen import bars, check_legible, maps, values, words


@pytest.mark.parametrize("scale", ["unit", "layer", "network"])
def test_each_layer_has_a_row_of_its_first_maps(plane: Seen, scale: str) -> None:
    network, trace = plane
    figure = draw_network(network, trace, scale=scale)
    picture, *drawn = maps(figure)
    np.testing.assert_array_equal(values(picture), picture_of(trace, network.preprocessing))
    names = [name for name in trace if trace[name].ndim == 4 and name != "input"]
    shown = words(figure)
    row = iter(drawn)
    for name in names:
        assert name in shown
        layer = trace[name][0].double().numpy()
        assert "x".join(map(str, layer.shape)) in shown
        for channel in layer:
            image = next(row)
            np.testing.assert_array_equal(values(image), channel)
            low, high = image.get_clim()
            assert low == (-high if (layer < 0).any() else 0)
    assert next(row, None) is None
    assert len(bars(figure)) == (0 if scale == "unit" else len(names))
    check_legible(figure)


def test_what_a_unit_sees_is_said(plane: Seen) -> None:
    network, trace = plane
    shown = words(draw_network(network, trace, ["conv1", "pool1"]))
    assert "sees 3x3" in shown
    assert "sees 11x11" in shown  # 3 + (3 - 1)*2 + (3 - 1)*2, in steps of 2


def test_the_answer_stands_in_the_title(plane: Seen) -> None:
    network, trace = plane
    network.classes = ("cat", "dog", "$a_b$", "a name that is much too long to be shown in full")
    try:
        figure = draw_network(network, trace)
    finally:
        network.classes = ()
    shares = trace.output[0].tolist()
    first, second = sorted(range(4), key=lambda index: -shares[index])[:2]
    names = ("cat", "dog", "$a_b$", "a name that is much too long to be shown in full")
    title = (
        f"network: {names[first]} ({shares[first]:.1%}), "
        f"then {names[second]} ({shares[second]:.1%})"
    )
    assert title in words(figure)
    painted = [p for p in figure.axes[0].patches if p.get_facecolor()[:3] == to_rgb(BLUE)]
    lengths = [patch.get_width() for patch in painted]  # type: ignore[attr-defined]
    assert np.array(lengths) / sum(lengths) == pytest.approx(sorted(shares)[::-1], abs=1e-6)
    check_legible(figure)


def test_named_layers_alone(plane: Seen) -> None:
    network, trace = plane
    figure = draw_network(network, trace, ["conv2"])
    assert len(maps(figure)) == 1 + 5
    with pytest.raises(NetworkError, match="no maps"):
        draw_network(network, trace, ["conv1", "linear1"])


def test_signals_and_volumes(signal: Seen, volume: Seen) -> None:
    for scale in ("unit", "layer", "network"):
        network, trace = signal
        network.classes = ("normal", "fibrillation", "another rhythm", "noise")
        figure = draw_network(network, trace, scale=scale)
        network.classes = ()
        # The input, four channels of each layer with six and three of the other.
        assert len(figure.axes[0].lines) == 1 + 4 + 4 + 3
        check_legible(figure)
        check_legible(draw_network(*volume, scale=scale))


def test_a_deep_network_fits_on_a_sheet(timm: ModuleType) -> None:
    network = Network("timm:resnet50", (3, 64, 64))
    trace = network.trace(torch.randn(1, 3, 64, 64))
    figure = draw_network(network, trace, scale="layer")
    assert figure.get_figheight() < 30
    rows = {name for name in words(figure) if name in network.graph.by_name} - {"input"}
    assert 8 <= len(rows) <= MOST_LAYERS
    check_legible(figure)


def test_without_a_layer_that_has_maps(plane: Seen) -> None:
    network, _ = plane
    trace = network.trace(torch.zeros(1, 3, 20, 24), keep=["linear1"])
    with pytest.raises(NetworkError, match="none of the layers"):
        draw_network(network, trace)
