import pytest
import torch
from torch import nn

from striate.models.mobilenet import mobilenet


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize(("width", "millions"), [(1.0, 4.2), (0.75, 2.6), (0.5, 1.3), (0.25, 0.5)])
def test_the_paper_s_widths(width: float, millions: float) -> None:
    # Howard et al. 2017, table 6; counted there in millions with one digit.
    with torch.device("meta"):
        network = mobilenet(width=width)
    assert parameters(network) / 1e6 == pytest.approx(millions, abs=0.06)


def test_the_sizes_of_table_1() -> None:
    network = mobilenet(classes=3).eval()
    x = torch.zeros(1, 3, 224, 224, device="meta")
    sides = []
    for layer in network.to("meta").features:
        x = layer(x)
        sides.append((x.shape[1], x.shape[2]))
    assert sides == [
        (32, 112),
        (64, 112),
        (128, 56),
        (128, 56),
        (256, 28),
        (256, 28),
        *[(512, 14)] * 6,
        *[(1024, 7)] * 2,
    ]


def test_separable_blocks_are_depthwise_then_pointwise() -> None:
    kinds = {
        (module.kernel_size, module.groups == module.in_channels)
        for module in mobilenet(width=0.25).features[1:].modules()
        if isinstance(module, nn.Conv2d)
    }
    assert kinds == {((3, 3), True), ((1, 1), False)}


@pytest.mark.parametrize("side", [1, 33, 64])
def test_any_size_and_any_channels(side: int) -> None:
    network = mobilenet((2, side, side), 5, width=0.25).eval()
    assert network(torch.randn(2, 2, side, side)).shape == (2, 5)


def test_first_weights_are_the_published_code_s() -> None:
    torch.manual_seed(0)
    for module in mobilenet(width=0.5).modules():
        if isinstance(module, (nn.Conv2d, nn.Linear)) and module.weight.numel() > 10_000:
            # A normal of deviation 1 cut at 2 has a deviation of 0.8796.
            weights = module.weight.detach()
            assert float(weights.std()) == pytest.approx(0.09 * 0.8796, rel=0.03)
            assert float(weights.abs().max()) <= 0.18 + 1e-6
