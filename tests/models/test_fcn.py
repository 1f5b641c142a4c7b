from fractions import Fraction
from types import ModuleType
from typing import Literal

import pytest
import torch
import torch.nn.functional as F
from torch import nn

import striate.models.fcn as family
from striate.errors import ModelError
from striate.models.fcn import (
    BilinearUpsampling,
    Grid,
    bilinear_kernel,
    fcn,
    learned_upsampling,
    load_vgg16,
)

Stride = Literal[8, 16, 32]
STRIDES: tuple[Stride, ...] = (8, 16, 32)


@pytest.fixture
def thin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two channels in every stage: the geometry is the same, and cheap."""
    thinned = tuple((2, convolutions) for _, convolutions in family._VGG_16)
    monkeypatch.setattr(family, "_VGG_16", thinned)


@pytest.mark.parametrize(("stride", "crops"), [(32, (19,)), (16, (5, 27)), (8, (5, 9, 31))])
def test_crops_are_those_of_the_published_code(stride: Stride, crops: tuple[int, ...]) -> None:
    with torch.device("meta"):
        assert fcn(stride=stride).crops == crops


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("size", [(1, 1), (31, 64), (33, 100)])
def test_scores_at_every_pixel_of_any_image(
    thin: None, stride: Stride, size: tuple[int, int]
) -> None:
    network = fcn((2, *size), 3, stride=stride).eval()
    assert network(torch.randn(2, 2, *size)).shape == (2, 3, *size)


@pytest.mark.parametrize("stride", STRIDES)
def test_each_score_is_about_its_own_pixel(thin: None, stride: Stride) -> None:
    # With equal positive weights and average pooling the gradient of a score is symmetric about
    # what it is centred on: interpolation between centres keeps that exact.
    network = fcn((1, 1, 1100), 1, stride=stride).double().eval()
    for name, parameter in network.named_parameters():
        if "upscore" not in name:
            nn.init.constant_(parameter, 0.0 if name.endswith("bias") else 0.1)
    for at in network._pools:
        network.features[at] = nn.AvgPool2d(2, ceil_mode=True)
    pixels = torch.ones(1, 1, 1, 1100, dtype=torch.float64, requires_grad=True)
    scores = network(pixels)[0, 0, 0]
    for pixel in (500, 517, 549):
        (gradient,) = torch.autograd.grad(scores[pixel], pixels, retain_graph=True)
        weights = gradient[0, 0, 0]
        # All that the score sees lies inside the image.
        assert not weights[:200].any()
        assert not weights[-200:].any()
        centre = (weights * torch.arange(1100)).sum() / weights.sum()
        assert float(centre) == pytest.approx(pixel, abs=1e-6)


@pytest.mark.parametrize("stride", [2, 8, 32])
def test_fixed_upsampling_is_linear_interpolation(stride: int) -> None:
    x = torch.randn(2, 3, 5, 6)
    y = BilinearUpsampling(3, stride)(x)
    assert y.shape == (2, 3, 6 * stride, 7 * stride)
    half = stride // 2
    inside = y[:, :, half:-half, half:-half]
    expected = F.interpolate(x, scale_factor=stride, mode="bilinear", align_corners=False)
    # torch repeats the outermost values; the transposed convolution fades them to 0.
    torch.testing.assert_close(
        inside[:, :, half:-half, half:-half], expected[:, :, half:-half, half:-half]
    )


def test_learned_upsampling_starts_as_the_fixed_one() -> None:
    x = torch.randn(2, 4, 3, 3)
    learned = learned_upsampling(4)
    torch.testing.assert_close(learned(x), BilinearUpsampling(4, 2)(x))
    assert learned.weight.requires_grad


def test_bilinear_kernels_written_out() -> None:
    line = torch.tensor([0.25, 0.75, 0.75, 0.25])
    torch.testing.assert_close(bilinear_kernel(4), line[:, None] * line)
    torch.testing.assert_close(bilinear_kernel(3)[1], torch.tensor([0.5, 1.0, 0.5]))


def test_first_scores_are_zero_everywhere(thin: None) -> None:
    scores = fcn((3, 40, 40), 5).eval()(torch.randn(1, 3, 40, 40))
    assert not scores.any()


def test_linear_layers_of_vgg_become_convolutions(thin: None, torchvision: ModuleType) -> None:
    torch.manual_seed(0)
    stages = [2, 2, "M", 2, 2, "M", 2, 2, 2, "M", 2, 2, 2, "M", 2, 2, 2, "M"]
    classifier = nn.ModuleDict(
        {
            "features": torchvision.models.vgg.make_layers(stages),
            "classifier": nn.Sequential(
                nn.Linear(2 * 7 * 7, 4096), nn.ReLU(), nn.Dropout(), nn.Linear(4096, 4096)
            ),
        }
    ).eval()
    network = fcn((3, 224, 224), 2, stride=32).eval()
    load_vgg16(network, classifier.state_dict())
    first = network.features[0]
    assert isinstance(first, nn.Conv2d)
    first.padding = (1, 1)  # as the classifier pads
    x = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        ours = network.fc7(network.relu6(network.fc6(network.features(x)))).flatten(1)
        theirs = classifier["classifier"](classifier["features"](x).flatten(1))
    assert theirs.abs().max() > 1e-3
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_weights_of_another_network() -> None:
    with torch.device("meta"):
        network = fcn((1, 64, 64))
        with pytest.raises(ModelError, match=r"lack 'features\.0\.weight'"):
            load_vgg16(network, {})
        state = fcn().state_dict()
        for layer, linear in (("fc6", "classifier.0"), ("fc7", "classifier.3")):
            for kind in ("weight", "bias"):
                state[f"{linear}.{kind}"] = state[f"{layer}.{kind}"]
        with pytest.raises(ModelError, match=r"\(64, 3, 3, 3\) does not fit .* \(64, 1, 3, 3\)"):
            load_vgg16(network, state)


@pytest.mark.parametrize(("stride", "least"), [(32, 81), (16, 73), (8, 69)])
def test_too_little_padding(thin: None, stride: Stride, least: int) -> None:
    with pytest.raises(
        ModelError, match=rf"padding \(=1\) leaves {least - 1} pixels .* needs at least {least}"
    ):
        fcn(stride=stride, padding=1)
    network = fcn((1, 64, 64), 2, stride=stride, padding=least).eval().to("meta")
    for size in range(64, 128):
        assert network(torch.empty(1, 1, size, 64, device="meta")).shape == (1, 2, size, 64)


def test_an_unknown_stride() -> None:
    with pytest.raises(ModelError, match=r"stride \(=4\) .* must be 8, 16 or 32"):
        fcn(stride=4)  # type: ignore[arg-type]


def test_grids() -> None:
    pooled = Grid().convolved(3, padding=1).convolved(2, stride=2)
    assert pooled == Grid(Fraction(2), Fraction(1, 2))
    assert pooled.upsampled(2, 2) == Grid()
    with pytest.raises(ModelError, match="steps must be equal"):
        Grid().skipped(pooled)
    with pytest.raises(ModelError, match="a whole number of steps before"):
        pooled.skipped(Grid(Fraction(2), Fraction(1)))
