from collections import OrderedDict
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from striate.errors import ModelError
from striate.layers import GlobalPool, SqueezeExcite
from striate.layers.pooling import POOLINGS, FractionalMaxPool, MaxPool, MixedPool, SpectralPool
from striate.models.replacement import replace_activations, replace_poolings
from striate.models.scaled_tanh import ScaledTanh
from striate.models.squeeze_excitation import SqueezeExcitation


def pooled(pooling: nn.Module, line: str, x: Tensor) -> Tensor:
    network = nn.Sequential(pooling).eval()
    assert replace_poolings(network, line) == 1
    assert not isinstance(network[0], type(pooling)) or line.startswith("maxpool")
    y: Tensor = network(x)
    return y


@pytest.fixture
def maps() -> Tensor:
    return torch.randn(2, 3, 13, 16, generator=torch.Generator().manual_seed(0))


def test_average_for_maximum(maps: Tensor) -> None:
    y = pooled(nn.MaxPool2d(3, 2, 1, ceil_mode=True), "avgpool", maps)
    expected = F.avg_pool2d(maps, 3, 2, 1, ceil_mode=True, count_include_pad=False)
    torch.testing.assert_close(y, expected)
    y = pooled(nn.MaxPool2d(3, 2, 1), "avgpool countpad yes", maps)
    torch.testing.assert_close(y, F.avg_pool2d(maps, 3, 2, 1))


def test_maximum_for_average(maps: Tensor) -> None:
    y = pooled(nn.AvgPool2d((3, 2), (2, 1), (1, 0)), "maxpool", maps)
    torch.testing.assert_close(y, F.max_pool2d(maps, (3, 2), (2, 1), (1, 0)))


def test_norm_for_maximum(maps: Tensor) -> None:
    y = pooled(nn.MaxPool2d(3, 2), "lppool p 3", maps)
    torch.testing.assert_close(y, F.lp_pool2d(maps.abs(), 3.0, 3, 2))


def test_mixed_for_maximum(maps: Tensor) -> None:
    y = pooled(nn.MaxPool2d(2), "mixedpool a 0.25", maps)
    torch.testing.assert_close(y, 0.25 * F.max_pool2d(maps, 2) + 0.75 * F.avg_pool2d(maps, 2))


def test_low_frequencies_for_maximum(maps: Tensor) -> None:
    y = pooled(nn.MaxPool2d(3, 2, 1), "spectralpool", maps)
    torch.testing.assert_close(y, SpectralPool(output_size=(7, 8))(maps))


@settings(max_examples=60)
@given(data=st.data(), name=st.sampled_from(sorted(POOLINGS)))
def test_every_member_gives_the_size_that_the_window_gave(data: st.DataObject, name: str) -> None:
    kernel = data.draw(st.integers(2, 4))
    stride = data.draw(st.integers(1, kernel))
    padding = data.draw(st.integers(0, kernel // 2))
    axes = data.draw(st.integers(1, 3))
    ceil_mode = data.draw(st.booleans())
    spatial = tuple(data.draw(st.integers(kernel, 9)) for _ in range(axes))
    torch_pool: Any = getattr(nn, f"MaxPool{axes}d")(kernel, stride, padding, ceil_mode=ceil_mode)
    x = torch.rand(1, 2, *spatial)
    expected = torch_pool(x).shape
    if any(m > n for m, n in zip(expected[2:], spatial, strict=True)) and "window" not in name:
        return  # fractional and spectral pooling make maps smaller, never larger
    assert pooled(torch_pool, name, x).shape == expected


def test_a_ratio_takes_the_place_of_the_window(maps: Tensor) -> None:
    network = nn.Sequential(nn.MaxPool2d(2))
    assert replace_poolings(network, "fractionalpool ratio 1.4 mode pseudorandom") == 1
    assert isinstance(network[0], FractionalMaxPool)
    assert network[0].mode == "pseudorandom"
    assert network(maps).shape[2:] == (9, 11)
    # It has no window that another could keep.
    assert replace_poolings(network, "avgpool") == 0


def test_what_was_replaced_can_be_replaced_again(maps: Tensor) -> None:
    network = nn.Sequential(nn.MaxPool2d(3, 2, 1))
    for line in ("spectralpool", "fractionalpool", "stochasticpool", "maxpool"):
        assert replace_poolings(network, line) == 1
    torch.testing.assert_close(network(maps), F.max_pool2d(maps, 3, 2, 1))


def test_global_adaptive_and_index_poolings_stay() -> None:
    network = nn.Sequential(
        nn.AdaptiveAvgPool2d(1),
        nn.AdaptiveMaxPool2d(7),
        GlobalPool(),
        MaxPool("global"),
        nn.MaxPool2d(2, return_indices=True),
    )
    before = list(network.modules())
    assert replace_poolings(network, "lppool") == 0
    assert list(network.modules()) == before


def test_dilation_is_kept_or_refused(maps: Tensor) -> None:
    y = pooled(MaxPool(3, 1, 1, dilation=2), "maxpool", maps)
    torch.testing.assert_close(y, F.max_pool2d(maps, 3, 1, 1, 2))
    network = nn.Sequential(OrderedDict(one=nn.Sequential(nn.MaxPool2d(2, dilation=2))))
    with pytest.raises(ModelError, match=r"'one\.0' has a window with a dilation of 2.*`maxpool`"):
        replace_poolings(network, "avgpool")


def test_what_stands_in_several_places_stays_one() -> None:
    shared = nn.MaxPool2d(2)
    network = nn.ModuleDict({"a": shared, "b": nn.Sequential(shared), "c": nn.MaxPool2d(2)})
    assert replace_poolings(network, "mixedpool a learned") == 2
    assert network["a"] is network["b"].get_submodule("0")
    assert network["a"] is not network["c"]
    assert len(list(network.parameters())) == 2


def test_mode_type_and_device_are_the_network_s() -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 1), nn.MaxPool2d(2)).double().to("meta").eval()
    replace_poolings(network, "mixedpool a learned")
    assert isinstance(network[1], MixedPool)
    (share,) = network[1].parameters()
    assert (share.dtype, share.device.type) == (torch.float64, "meta")
    assert not network[1].training


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lpool", r"no pooling named 'lpool': did you mean `lppool`"),
        ("conv", r"no pooling named 'conv': known are maxpool, avgpool"),
        ("lppool 3x3", r"window of its own \(3x3\)"),
        ("lppool stride 2", r"window of its own \(2\)"),
        ("avgpool global", r"window of its own \(global\)"),
        ("lppool p 0", r"p \(=0\) must be above 0"),
        ("lppool q 3", r"no option `q`"),
        ("", "one line"),
        ("lppool\navgpool", "one line"),
        ("lppool\n  relu", "one line"),
        ("\tlppool", "cannot be read"),
    ],
)
def test_a_line_that_is_no_pooling(line: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        replace_poolings(nn.Sequential(nn.MaxPool2d(2)), line)


def test_activations_are_replaced_wherever_they_stand() -> None:
    shared = nn.ReLU(inplace=True)
    network = nn.Sequential(
        shared, nn.Sequential(nn.SiLU(), shared), nn.PReLU(), ScaledTanh(), nn.Sigmoid()
    )
    assert replace_activations(network, "leakyrelu slope 0.1") == 5
    x = torch.linspace(-2, 2, 9)
    expected = x.clone()
    for _ in range(6):
        expected = F.leaky_relu(expected, 0.1)
    torch.testing.assert_close(network(x), expected)
    assert network[0] is network[1].get_submodule("1")


def test_a_learned_slope_is_the_layer_s_own() -> None:
    network = nn.Sequential(nn.ReLU(), nn.ReLU())
    replace_activations(network, "prelu")
    assert len({id(parameter) for parameter in network.parameters()}) == 2


@pytest.mark.parametrize(
    "block", [SqueezeExcite(8, 2), SqueezeExcitation(8, 4, gate=nn.Hardsigmoid)]
)
def test_gates_and_softmax_stay(block: nn.Module) -> None:
    network = nn.Sequential(block, nn.Softmax(1))
    assert replace_activations(network, "gelu") == 1
    kinds = {type(module) for module in network.modules()}
    assert kinds & {nn.Sigmoid, nn.Hardsigmoid}
    assert nn.Softmax in kinds
    assert nn.ReLU not in kinds


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("glu", "no activation named 'glu': did you mean `gelu`"),
        ("maxpool", "no activation named 'maxpool': known are relu"),
        ("gelu slope 2", "no option `slope`"),
        ("prelu channels", "number of channels"),
    ],
)
def test_a_line_that_is_no_activation(line: str, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        replace_activations(nn.Sequential(nn.ReLU()), line)


def test_a_module_cannot_be_replaced_from_inside() -> None:
    with pytest.raises(ModelError, match="itself a MaxPool2d"):
        replace_poolings(nn.MaxPool2d(2), "avgpool")
    with pytest.raises(ModelError, match="itself a ReLU"):
        replace_activations(nn.ReLU(), "gelu")
