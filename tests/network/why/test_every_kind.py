"""Every kind of operation of many networks: parts give the value, parents lead to pixels."""

from collections.abc import Iterator
from types import ModuleType

import numpy as np
import pytest
import torch
from tests.network.why.conftest import check_why, drawn, why_at
from tests.random_texts import Writer
from torch import Tensor, nn

from striate.network import Kind, Network, Node, Trace
from striate.network.run import run
from striate.network.why import Why
from striate.network.why.explain import explanation_of
from striate.network.why.moved import explain_read

# Operations of which only what they read is shown, with the reason.
EXCEPTIONS: dict[str, str] = {}

_NODES = 3
_UNITS = 3


def in_float64(trace: Trace, module: nn.Module, *inputs: Tensor) -> Trace:
    """The same graph run with the same weights in float64; the module is changed to it."""
    module.double()
    wide = tuple(x.double() for x in inputs)
    values, output = run(trace.graph, module, wide, trace.graph.layers)
    return Trace(trace.graph, module, values, output)


def chosen(trace: Trace, chance: np.random.Generator) -> Iterator[Node]:
    """Some layers of each operation, and of each way in which they are explained."""
    alike: dict[object, list[Node]] = {}
    for layer in trace.graph.layers:
        if layer.kind is not Kind.INPUT:
            alike.setdefault((layer.operation, explanation_of(layer)), []).append(layer)
    for layers in alike.values():
        yield from (layers[i] for i in chance.permutation(len(layers))[:_NODES])


def check_trace(trace: Trace, tolerance: float, seed: int = 0) -> None:
    """Units at random in every kind of operation, and the way from some of them to the input."""
    chance = np.random.default_rng(seed)
    for layer in chosen(trace, chance):
        if layer.operation not in EXCEPTIONS:
            assert explanation_of(layer) is not explain_read, layer
            for index in drawn(layer.shape, _UNITS, chance):
                check_why(why_at(trace, layer, index), trace, tolerance)
    for _ in range(_UNITS):
        index = tuple(int(chance.integers(size)) for size in trace.graph.output.shape)
        check_way(trace, why_at(trace, trace.graph.output, index), chance)


def check_way(trace: Trace, why: Why, chance: np.random.Generator) -> None:
    """Following parents leads to the input, or to a constant such as padding."""
    for _ in range(len(trace.graph.layers)):
        parents = why.parents
        if not parents:
            break
        why = parents[int(chance.integers(len(parents)))].why()
    assert why.parents == ()
    if why.kind is not Kind.INPUT:
        assert all(not patch.inside.any() for patch in why.patches)
        assert trace.graph[why.unit.layer].kind in (Kind.RESHAPE, Kind.CONVOLUTION, Kind.JOIN)


def check_network(network: Network, *inputs: Tensor, seed: int = 0) -> None:
    trace = network.trace(*inputs)
    check_trace(trace, 1e-5, seed)
    check_trace(in_float64(trace, network.module, *inputs), 1e-12, seed)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_random_texts(seed: int, training: bool) -> None:
    text = Writer(seed).text()
    network = Network(text)
    network.module.train(training)
    chance = torch.Generator().manual_seed(seed)
    x = torch.randn(2, *network.input_shape, generator=chance)
    try:
        check_network(network, x, seed=seed)
    except Exception as error:
        raise AssertionError(text) from error


@pytest.mark.parametrize("name", ["digits", "mnist", "ecg", "cifar10"])
def test_recipes(name: str) -> None:
    network = Network(name)
    x = torch.randn(1, *network.input_shape, generator=torch.Generator().manual_seed(0))
    check_network(network, x)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("lenet5_1998", (1, 32, 32)),
        ("squeezenet1_1", (3, 64, 64)),
        ("ds_cnn_small", (1, 49, 10)),
        ("gabor_v1", (3, 224, 224)),
        pytest.param("preact_resnet18", (3, 64, 64), marks=pytest.mark.slow),
        pytest.param("unet", (1, 188, 188), marks=pytest.mark.slow),
        pytest.param("arrhythmia", (1, 5888), marks=pytest.mark.slow),
    ],
)
def test_named_networks(name: str, shape: tuple[int, ...]) -> None:
    network = Network(name, shape)
    x = torch.randn(1, *shape, generator=torch.Generator().manual_seed(0))
    check_network(network, x)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("resnet18", 64),
        ("efficientnet_b0", 64),
        ("inception_v3", 96),
        ("densenet121", 64),
        ("convnext_tiny", 64),
        ("regnety_002", 64),
        ("nfnet_l0", 64),
        ("hrnet_w18_small", 64),
        ("res2net50_26w_4s", 64),
        ("ghostnet_050", 64),
        ("resnest14d", 64),
        ("visformer_tiny", 224),
        ("swin_tiny_patch4_window7_224", 224),
    ],
)
def test_timm(name: str, side: int, timm: ModuleType) -> None:
    network = Network(f"timm:{name}", (3, side, side))
    x = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    check_network(network, x)


@pytest.mark.slow
def test_shufflenet(torchvision: ModuleType) -> None:
    torch.manual_seed(0)
    module = torchvision.models.shufflenet_v2_x0_5().eval()
    check_network(Network(module, (3, 64, 64)), torch.randn(2, 3, 64, 64))
