"""timm's networks with random weights, loaded into ours: the outputs are theirs."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from striate.models import create
from striate.models.weights import load_weights
from striate.models.weights.layouts import LAYOUTS

from .conftest import spread, state

OURS = "the model's own"


def assert_same_outputs(ours: nn.Module, theirs: nn.Module, side: int) -> None:
    x = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        expected = theirs.eval()(x)
        found = ours.eval()(x)
    assert expected.isfinite().all()
    scale = expected.abs().max().item()
    assert scale > 1e-3
    torch.testing.assert_close(found / scale, expected / scale, rtol=1e-5, atol=1e-5)


def without_values(build: Callable[[], nn.Module]) -> nn.Module:
    """A network whose first weights cost no time."""
    with torch.device("meta"):
        network = build()
    return network.to_empty(device="cpu")


def fill(network: nn.Module) -> None:
    """Give every tensor values of its own, such that signals neither grow nor vanish."""
    # A prime number of them over and over: millions of others would take their time.
    noise = torch.randn(100_003, generator=torch.Generator().manual_seed(0))
    for value in network.state_dict().values():
        if value.is_floating_point():
            repeated = noise.roll(value.numel()).repeat(value.numel() // len(noise) + 1)
            scale = value[0].numel() ** -0.5 if value.ndim > 1 else 0.1
            value.copy_(repeated[: value.numel()].view(value.shape) * scale)
        else:
            value.zero_()
    spread(network)


@pytest.mark.parametrize(
    ("name", "theirs", "side", "layout", "epsilon"),
    [
        ("resnet50", "resnet50", 64, OURS, None),
        ("resnext50_32x4d", "resnext50_32x4d", 64, OURS, None),
        ("densenet121", "densenet121", 64, OURS, None),
        ("inception_v3", "inception_v3", 96, OURS, None),
        ("xception", "legacy_xception", 96, OURS, None),
        ("vgg11_bn", "vgg11_bn", 224, "timm's VGG", None),
        ("mobilenet_v2", "mobilenetv2_100", 64, "timm's MobileNet v2", None),
        ("mobilenet_v3_large", "mobilenetv3_large_100", 64, "timm's MobileNet v3", 1e-5),
        ("mobilenet_v3_small", "mobilenetv3_small_100", 64, "timm's MobileNet v3", 1e-5),
        ("efficientnet_b0", "efficientnet_b0", 64, "timm's EfficientNet", None),
        ("efficientnet_b5", "efficientnet_b5", 64, "timm's EfficientNet", 1e-5),
    ],
)
def test_networks_of_timm(
    timm: ModuleType,
    tmp_path: Path,
    name: str,
    theirs: str,
    side: int,
    layout: str,
    epsilon: float | None,
) -> None:
    network = without_values(partial(timm.create_model, theirs))
    fill(network)
    save_file(state(network), tmp_path / "a.safetensors")
    ours = without_values(partial(create, name))
    report = load_weights(ours, tmp_path / "a.safetensors")
    assert report.fits
    assert not report.left_out
    assert (report.layout, report.epsilon) == (layout, epsilon)
    assert_same_outputs(ours, network, side)


def test_the_densenets_that_torchvision_publishes(torchvision: ModuleType, tmp_path: Path) -> None:
    theirs = without_values(torchvision.models.densenet121)
    fill(theirs)
    renamed = {}
    for name, value in state(theirs).items():
        if "denselayer" in name:
            for part in ("norm", "conv"):
                for number in "12":
                    name = name.replace(f".{part}{number}.", f".{part}.{number}.")  # noqa: PLW2901
        renamed[name] = value
    assert "features.denseblock1.denselayer1.norm.1.weight" in renamed
    torch.save(renamed, tmp_path / "a.pth")
    ours = without_values(partial(create, "densenet121"))
    report = load_weights(ours, tmp_path / "a.pth")
    assert report.fits
    assert report.layout == "torchvision's of 2017"
    assert_same_outputs(ours, theirs, 64)


def test_layouts_leave_other_names_alone() -> None:
    others = ["conv1.weight", "layer1.0.bn1.bias", "features.0.weight", "blocks.weight"]
    for layout in LAYOUTS:
        translated = layout.translate({name: torch.zeros(2) for name in others})
        if "Net v" not in layout.name and "Efficient" not in layout.name:
            assert list(translated) == others
        assert len(translated) == len(others)


def test_two_tensors_with_one_name_stay_two() -> None:
    (layout,) = (one for one in LAYOUTS if one.name == "timm's VGG")
    tensors = {"head.fc.weight": torch.ones(1), "classifier.6.weight": torch.zeros(1)}
    for order in (list(tensors), list(tensors)[::-1]):
        translated = layout.translate({name: tensors[name] for name in order})
        assert sorted(old for old, _ in translated.values()) == sorted(tensors)
