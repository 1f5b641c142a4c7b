import pytest
import torch
from torch import nn

from striate.errors import ModelError
from striate.models.c3d import FirstWeights, c3d


@pytest.mark.parametrize(("classes", "parameters"), [(487, 79_991_015), (101, 78_409_573)])
def test_parameters_for_sports_1m_and_ucf101(classes: int, parameters: int) -> None:
    with torch.device("meta"):
        network = c3d(classes=classes)
    assert sum(parameter.numel() for parameter in network.parameters()) == parameters


def test_sizes_of_the_maps() -> None:
    with torch.device("meta"):
        network = c3d()
        x = torch.empty(1, 3, 16, 112, 112)
    sizes = []
    for layer in network.features:
        x = layer(x)
        if isinstance(layer, nn.MaxPool3d):
            sizes.append(tuple(x.shape[1:]))
    assert sizes == [
        (64, 16, 56, 56),
        (128, 8, 28, 28),
        (256, 4, 14, 14),
        (512, 2, 7, 7),
        (512, 1, 4, 4),
    ]


def test_layers_are_named_as_published() -> None:
    with torch.device("meta"):
        network = c3d()
    convolutions = [name for name, _ in network.features.named_children() if "conv" in name]
    assert convolutions == [
        "conv1a",
        "conv2a",
        "conv3a",
        "conv3b",
        "conv4a",
        "conv4b",
        "conv5a",
        "conv5b",
    ]


def test_first_weights_are_the_published_code_s() -> None:
    torch.manual_seed(0)
    network = c3d((3, 1, 16, 16), 7, first_weights="published")
    expected = {"fc6": (0.005, 1.0), "fc7": (0.005, 1.0), "fc8": (0.01, 0.0)}
    for name, module in network.named_modules():
        if isinstance(module, (nn.Conv3d, nn.Linear)):
            deviation, bias = expected.get(name, (0.01, 0.0 if "conv1a" in name else 1.0))
            assert float(module.weight.detach().std()) == pytest.approx(deviation, rel=0.05)
            assert module.bias is not None
            assert torch.equal(module.bias, torch.full_like(module.bias, bias))


def test_first_weights_keep_what_tells_two_clips_apart() -> None:
    torch.manual_seed(0)
    clips = torch.randn(2, 3, 16, 48, 48)
    kinds: tuple[FirstWeights, ...] = ("he", "published")
    spread = {}
    for kind in kinds:
        with torch.no_grad():
            maps = c3d((3, 16, 48, 48), 2, first_weights=kind).features(clips)
        spread[kind] = float(maps.std(dim=0).mean())
    assert spread["he"] > 0.05
    assert spread["he"] > 50 * spread["published"]


def test_unknown_first_weights() -> None:
    with pytest.raises(ModelError, match="must be 'he' or 'published'"):
        c3d(first_weights="xavier")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(1, 1, 1), (5, 33, 20)])
def test_any_clip(size: tuple[int, int, int]) -> None:
    with torch.device("meta"):
        network = c3d((2, *size), 3).eval()
        assert network(torch.empty(2, 2, *size)).shape == (2, 3)
