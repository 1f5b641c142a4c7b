import math
from collections.abc import Callable
from types import ModuleType

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.errors import ModelError
from striate.models.densenet import cifar_densenet, densenet

Layout = list[tuple[str, tuple[int, ...]]]


@pytest.mark.parametrize("depth", [121, 161, 169, 201])
def test_names_and_shapes_are_torchvision_s(layout: Callable[[str], Layout], depth: int) -> None:
    with torch.device("meta"):
        state = densenet(depth=depth).state_dict()
    shapes = [(name, tuple(value.shape)) for name, value in state.items()]
    assert shapes == layout(f"densenet{depth}")


@pytest.mark.parametrize("depth", [121, 161, 169, 201])
def test_layers_are_torchvision_s(torchvision: ModuleType, depth: int) -> None:
    with torch.device("meta"):
        networks = densenet(depth=depth), getattr(torchvision.models, f"densenet{depth}")()
    kinds = (nn.Conv2d, nn.BatchNorm2d, nn.Linear, nn.MaxPool2d, nn.AvgPool2d)
    ours, theirs = (
        [(path, m.extra_repr()) for path, m in network.named_modules() if isinstance(m, kinds)]
        for network in networks
    )
    assert ours == theirs


def test_outputs_are_torchvision_s(
    torchvision: ModuleType,
    assert_same_network: Callable[[nn.Module, nn.Module, torch.Tensor], None],
) -> None:
    torch.manual_seed(0)
    ours = densenet((3, 64, 70), 10)
    assert_same_network(
        ours, torchvision.models.densenet121(num_classes=10), torch.randn(3, 3, 64, 70)
    )


def test_gradients_are_torchvision_s(torchvision: ModuleType) -> None:
    torch.manual_seed(0)
    ours = densenet((3, 40, 40), 10).double()
    theirs = torchvision.models.densenet121(num_classes=10).double()
    theirs.load_state_dict(ours.state_dict())
    x, targets = torch.randn(4, 3, 40, 40, dtype=torch.double), torch.tensor([0, 3, 3, 9])
    for network in (ours, theirs):
        F.cross_entropy(network(x), targets).backward()  # type: ignore[no-untyped-call]
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


# Huang et al. 2017, table 2: depth, growth, bottleneck, millions of parameters.
@pytest.mark.parametrize(
    ("depth", "growth", "bottleneck", "millions"),
    [
        (40, 12, False, 1.0),
        (100, 12, False, 7.0),
        (100, 24, False, 27.2),
        (100, 12, True, 0.8),
        (250, 24, True, 15.3),
        (190, 40, True, 25.6),
    ],
)
def test_parameters_are_the_paper_s(
    depth: int, growth: int, bottleneck: bool, millions: float
) -> None:
    with torch.device("meta"):
        network = cifar_densenet(depth=depth, growth=growth, bottleneck=bottleneck)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count / 1e6 == pytest.approx(millions, abs=0.06)


@pytest.mark.parametrize(("depth", "bottleneck"), [(10, False), (16, True)])
def test_small_networks_are_what_the_paper_describes(depth: int, bottleneck: bool) -> None:
    torch.manual_seed(0)
    network = cifar_densenet(depth=depth, growth=4, bottleneck=bottleneck).double().eval()
    state = dict(network.state_dict())
    for name, value in state.items():
        if value.is_floating_point():
            value.uniform_(0.5, 1.5) if "var" in name else value.uniform_(-0.3, 0.3)

    def activated(x: Tensor, name: str) -> Tensor:
        mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        scaled = (x - mean[:, None, None]) / (variance + 1e-5).sqrt()[:, None, None]
        weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
        y: Tensor = (scaled * weight[:, None, None] + bias[:, None, None]).clamp(min=0)
        return y

    x = torch.randn(2, 3, 12, 9, dtype=torch.double)
    seen = [F.conv2d(x, state["features.conv0.weight"], padding=1)]
    for block in (1, 2, 3):
        for layer in (1, 2):
            path = f"features.denseblock{block}.denselayer{layer}"
            y = activated(torch.cat(seen, 1), f"{path}.norm1")
            if bottleneck:
                y = F.conv2d(y, state[f"{path}.conv1.weight"])
                assert y.shape[1] == 16
                y = F.conv2d(
                    activated(y, f"{path}.norm2"), state[f"{path}.conv2.weight"], padding=1
                )
            else:
                y = F.conv2d(y, state[f"{path}.conv1.weight"], padding=1)
            assert y.shape[1] == 4
            seen.append(y)
        if block < 3:
            path = f"features.transition{block}"
            y = activated(torch.cat(seen, 1), f"{path}.norm")
            seen = [F.avg_pool2d(F.conv2d(y, state[f"{path}.conv.weight"]), 2)]
            assert seen[0].shape[1] == y.shape[1] // (2 if bottleneck else 1)
    means = activated(torch.cat(seen, 1), "features.norm4").mean((2, 3))
    expected = means @ state["classifier.weight"].T + state["classifier.bias"]
    assert expected.abs().max() > 0.01
    torch.testing.assert_close(network(x), expected)


@pytest.mark.parametrize(("bottleneck", "count"), [(True, 14), (False, 8)])
def test_dropout_follows_each_convolution(bottleneck: bool, count: int) -> None:
    depth = 16 if bottleneck else 10
    network = cifar_densenet(depth=depth, bottleneck=bottleneck, dropout=0.2)
    previous: nn.Module = network
    drops = 0
    for module in network.modules():
        if isinstance(module, nn.Dropout):
            assert isinstance(previous, nn.Conv2d)
            assert module.p == 0.2
            drops += 1
        previous = module
    assert drops == count


def test_the_small_stem_keeps_sizes() -> None:
    network = densenet((1, 32, 32), 10, stem="small").eval()
    stem = network.features[0]
    assert stem(torch.zeros(1, 1, 32, 32)).shape == (1, 64, 32, 32)
    assert network(torch.zeros(1, 1, 32, 32)).shape == (1, 10)


def test_first_weights_are_he_s() -> None:
    torch.manual_seed(0)
    for module in densenet().modules():
        if isinstance(module, nn.Conv2d) and module.weight.numel() > 10_000:
            fan = module.out_channels * module.kernel_size[0] ** 2
            deviation = float(module.weight.detach().std())
            assert deviation == pytest.approx(math.sqrt(2 / fan), rel=0.03)


def test_what_makes_no_network() -> None:
    with pytest.raises(ModelError, match=r"depth \(=120\) .* one of 121, 161, 169, 201"):
        densenet(depth=120)
    with pytest.raises(ModelError, match=r"depth \(=41\) .* must be 6n \+ 4: 40, 100"):
        cifar_densenet(depth=41)
    with pytest.raises(ModelError, match=r"depth \(=41\) .* must be 3n \+ 4: 40, 100"):
        cifar_densenet(depth=41, bottleneck=False)
    with pytest.raises(ModelError, match=r"growth \(=0\) must be at least 1"):
        cifar_densenet(growth=0)
    with pytest.raises(ModelError, match=r"stem \(='tiny'\)"):
        densenet(stem="tiny")  # type: ignore[arg-type]
