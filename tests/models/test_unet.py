from typing import Literal

import pytest
import torch
from torch import nn

from striate.errors import ModelError
from striate.models.unet import UNet, centre_crop, unet, valid_size

Padding = Literal["valid", "same"]


def test_the_sizes_of_figure_1() -> None:
    network = unet().eval().to("meta")
    seen: list[tuple[int, int]] = []
    pairs = [*network.contracting, *network.expanding]
    for pair in pairs:
        pair.register_forward_hook(
            lambda *call: seen.append((call[-1].shape[1], call[-1].shape[2]))
        )
    y = network(torch.empty(1, 1, 572, 572, device="meta"))
    down = [(64, 568), (128, 280), (256, 136), (512, 64), (1024, 28)]
    up = [(512, 52), (256, 100), (128, 196), (64, 388)]
    assert seen == down + up
    assert y.shape == (1, 2, 388, 388)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_sides_are_those_that_the_network_gives(depth: int) -> None:
    network = unet((1, 572, 572), 3, width=1, depth=depth).eval()
    working = []
    for side in range(1, 260):
        try:
            expected = valid_size(side, depth)
        except ModelError:
            with pytest.raises(ModelError):
                network(torch.zeros(1, 1, side, side))
            continue
        working.append(side)
        assert network(torch.zeros(1, 1, side, side)).shape == (1, 3, expected, expected)
    # Nothing smaller works even without the check, and every 2^depth-th side does.
    assert working == list(range(working[0], 260, 2**depth))
    assert working[0] == {1: 18, 2: 44, 3: 92, 4: 188}[depth]


def test_output_sides() -> None:
    assert valid_size(572) == 388
    assert valid_size(188) == 4


@pytest.mark.parametrize(
    ("padding", "size"), [("valid", (188, 204)), ("same", (16, 32)), ("same", (48, 16))]
)
def test_maps_lie_over_one_another(padding: Padding, size: tuple[int, int]) -> None:
    # With kernels that are their own mirror images, the network of a mirrored image is the mirrored
    # network of the image, and only if every crop is about the middle.
    torch.manual_seed(0)
    network = unet((1, *size), 2, padding=padding, width=8).double().eval()
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            weight = module.weight.data
            module.weight.data = weight + weight.flip(2) + weight.flip(3) + weight.flip(2, 3)
            assert module.bias is not None
            nn.init.normal_(module.bias)
    x = torch.randn(1, 1, *size, dtype=torch.float64)
    y = network(x)
    assert y.std() > 0
    for axis in (2, 3):
        torch.testing.assert_close(network(x.flip(axis)), y.flip(axis))


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (33, 50)])
def test_padding_same_keeps_any_size(size: tuple[int, int]) -> None:
    network = unet((3, *size), 4, padding="same", width=2).eval()
    assert network(torch.randn(2, 3, *size)).shape == (2, 4, *size)


def test_padding_changes_no_parameter() -> None:
    with torch.device("meta"):
        states = [unet(padding=padding).state_dict() for padding in ("valid", "same")]
    shapes = [{name: value.shape for name, value in state.items()} for state in states]
    assert shapes[0] == shapes[1]


def test_first_weights_keep_the_variance() -> None:
    torch.manual_seed(0)
    network = unet(width=32)
    up = next(module for module in network.modules() if isinstance(module, nn.ConvTranspose2d))
    assert float(up.weight.detach().std()) == pytest.approx((2 / 512) ** 0.5, rel=0.01)
    conv = list(network.contracting[4].children())[2]
    assert isinstance(conv, nn.Conv2d)
    assert float(conv.weight.detach().std()) == pytest.approx((2 / (512 * 9)) ** 0.5, rel=0.01)


def test_units_are_dropped_at_the_two_coarsest_scales() -> None:
    with torch.device("meta"):
        network = unet()
    dropped = [
        any(isinstance(layer, nn.Dropout) for layer in pair.children())
        for pair in (*network.contracting, *network.expanding)
    ]
    assert dropped == [False, False, False, True, True, False, False, False, False]


def test_centre_crop() -> None:
    x = torch.arange(36.0).reshape(1, 1, 6, 6)
    torch.testing.assert_close(centre_crop(x, torch.empty(1, 1, 2, 4)), x[:, :, 2:4, 1:5])


@pytest.mark.parametrize(
    ("side", "message"),
    [
        (187, r"a side of 187 pixels leaves nothing .* the least is 188, or any with"),
        (570, r"a side of 570 pixels gives a pooling .* an odd one.* take 556 or 572"),
    ],
)
def test_an_input_that_does_not_fit(side: int, message: str) -> None:
    network = unet(width=1).eval()
    for shape in ((572, side), (side, 572)):
        with pytest.raises(ModelError, match=message):
            network(torch.zeros(1, 1, *shape))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"padding": "full"}, "must be 'valid' or 'same'"),
        ({"depth": 0}, r"depth \(=0\) of a U-Net must be at least 1"),
        ({"width": -1}, r"width \(=-1\) of a U-Net must be at least 1"),
    ],
)
def test_options_that_no_network_has(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        UNet(1, 2, **arguments)  # type: ignore[arg-type]
