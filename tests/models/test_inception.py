from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn

from striate.errors import ModelError
from striate.models.auxiliary import AuxiliaryOutputs
from striate.models.inception import inception_v3

Layout = list[tuple[str, tuple[int, ...]]]


@pytest.mark.parametrize("heads", [True, False])
def test_names_and_shapes_are_torchvision_s(layout: Callable[[str], Layout], heads: bool) -> None:
    with torch.device("meta"):
        network = inception_v3(heads=heads)
    expected = layout("inception_v3")
    if not heads:
        expected = [(name, shape) for name, shape in expected if not name.startswith("AuxLogits")]
    shapes = [(name, tuple(value.shape)) for name, value in network.state_dict().items()]
    assert shapes == expected
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == (27_161_264 if heads else 23_834_568)


def theirs_like(torchvision: ModuleType, *, heads: bool, transform_input: bool) -> nn.Module:
    network: nn.Module = torchvision.models.Inception3(
        10, aux_logits=heads, transform_input=transform_input, init_weights=False
    )
    return network


def test_outputs_are_torchvision_s(
    torchvision: ModuleType,
    assert_same_network: Callable[[nn.Module, nn.Module, torch.Tensor], None],
) -> None:
    torch.manual_seed(0)
    ours = inception_v3((3, 107, 75), 10, transform_input=True)
    theirs = theirs_like(torchvision, heads=False, transform_input=True)
    assert_same_network(ours, theirs, torch.randn(3, 3, 107, 75))


def test_the_head_is_torchvision_s(torchvision: ModuleType) -> None:
    torch.manual_seed(0)
    ours = inception_v3((3, 299, 299), 10, heads=True, dropout=0)
    theirs = theirs_like(torchvision, heads=True, transform_input=False)
    theirs.get_submodule("dropout").eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 299, 299)
    with torch.no_grad():
        outputs, expected = ours(x), theirs(x)
    assert isinstance(outputs, AuxiliaryOutputs)
    torch.testing.assert_close((outputs.scores, *outputs.heads), tuple(expected))
    assert isinstance(ours.eval()(x), torch.Tensor)


def test_layers_are_torchvision_s(torchvision: ModuleType) -> None:
    with torch.device("meta"):
        networks = (
            inception_v3(classes=10, heads=True),
            theirs_like(torchvision, heads=True, transform_input=False),
        )
    kinds = (nn.Conv2d, nn.BatchNorm2d, nn.Linear, nn.Dropout)
    ours, theirs = (
        [(path, m.extra_repr()) for path, m in network.named_modules() if isinstance(m, kinds)]
        for network in networks
    )
    assert ours == theirs


def test_the_grids_of_table_1() -> None:
    with torch.device("meta"):
        network = inception_v3().eval()
    shapes: dict[str, tuple[int, ...]] = {}
    for name, module in network.named_children():

        def note(_: nn.Module, __: object, y: torch.Tensor, name: str = name) -> None:
            shapes[name] = tuple(y.shape[1:])

        module.register_forward_hook(note)
    network(torch.empty(1, 3, 299, 299, device="meta"))
    assert shapes["Conv2d_1a_3x3"] == (32, 149, 149)
    assert shapes["Conv2d_2b_3x3"] == (64, 147, 147)
    assert shapes["maxpool1"] == (64, 73, 73)
    assert shapes["maxpool2"] == (192, 35, 35)
    assert shapes["Mixed_5d"] == (288, 35, 35)
    assert shapes["Mixed_6e"] == (768, 17, 17)
    assert shapes["Mixed_7a"] == (1280, 8, 8)
    assert shapes["Mixed_7c"] == (2048, 8, 8)


def test_first_weights_are_the_published_code_s() -> None:
    torch.manual_seed(0)
    network = inception_v3(heads=True)
    for name, deviation in (
        ("fc", 0.1),
        ("Mixed_7c.branch1x1.conv", 0.1),
        ("AuxLogits.conv1.conv", 0.01),
        ("AuxLogits.fc", 0.001),
    ):
        weights = network.get_parameter(f"{name}.weight").detach()
        # A normal cut at two deviations has 0.8796 of its deviation.
        assert float(weights.std()) == pytest.approx(0.8796 * deviation, rel=0.02)
        assert float(weights.abs().max()) <= 2.001 * deviation


def test_the_transform_needs_colours() -> None:
    with pytest.raises(ModelError, match="means of 3 channels, and this input has 4"):
        inception_v3((4, 299, 299), transform_input=True)


def test_the_head_needs_its_grid() -> None:
    with pytest.raises(ModelError, match="at least 299x299, and this is 300x298"):
        inception_v3((3, 300, 298), heads=True)
