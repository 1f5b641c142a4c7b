from types import ModuleType

import pytest
import torch
from torch import nn

from striate.errors import ModelError
from striate.models.preactivation import (
    PreActivationResNet,
    cifar_preactivation_resnet,
    preactivation_resnet,
)


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


@pytest.mark.parametrize("depth", [18, 50])
def test_outputs_are_timm_s(timm: ModuleType, depth: int) -> None:
    torch.manual_seed(0)
    ours = preactivation_resnet((3, 64, 64), 10, depth=depth).double().eval()
    theirs = timm.create_model(f"resnetv2_{depth}", num_classes=10).double().eval()
    if depth == 18:
        # Its first shortcut is not activated there; of the 50 layers it is, by a projection.
        theirs.stages[0].blocks[0].downsample = nn.Identity()
    state = ours.state_dict()
    for name, value in state.items():
        if "running_mean" in name or name.endswith("bias"):
            value.normal_(0, 0.1)
        elif value.ndim == 1:
            # timm normalises after the first pooling: the same while the scales are positive.
            value.uniform_(0.8, 1.2)
    renamed = {_timm_name(name): value for name, value in state.items()}
    renamed["head.fc.weight"] = renamed["head.fc.weight"][:, :, None, None]
    theirs.load_state_dict(renamed)
    x = torch.randn(2, 3, 64, 64, dtype=torch.double)
    expected = theirs(x)
    assert expected.std(0).mean() > 1e-2
    torch.testing.assert_close(ours(x), expected)


def _timm_name(name: str) -> str:
    if name.startswith("stem.0."):
        return name.replace("stem.0.", "stem.conv.")
    if name.startswith("stem.1."):
        return name.replace("stem.1.", "stages.0.blocks.0.norm1.")
    if name.startswith("stages."):
        _, stage, block, layer, what = name.split(".")
        layer = {"shortcut": "downsample.conv"}.get(layer, layer.replace("bn", "norm"))
        return f"stages.{stage}.blocks.{block}.{layer}.{what}"
    return name.replace("bn.", "norm.").replace("fc.", "head.fc.")


# Counted from the published code of He et al.; in millions 1.7 and 10.2 in Zagoruyko and Komodakis
# 2016, table 5.
@pytest.mark.parametrize(("depth", "count"), [(164, 1_703_258), (1001, 10_327_706)])
def test_parameters_of_the_published_networks(depth: int, count: int) -> None:
    with torch.device("meta"):
        assert parameters(cifar_preactivation_resnet(depth=depth)) == count


def test_what_goes_past_is_not_touched_within_a_stage() -> None:
    torch.manual_seed(0)
    network = cifar_preactivation_resnet(depth=110).eval()
    first, *rest = network.stages[1].children()
    for unit in (first, *rest):
        nn.init.zeros_(unit.get_parameter("conv2.weight"))
    x = torch.randn(1, 16, 6, 6)
    past = first(x)
    for unit in rest:
        assert torch.equal(unit(past), past)
    # In the first, x is normalised and rectified, then halved and filled up with zeros.
    expected = torch.relu(x / (1 + 1e-5) ** 0.5)[:, :, ::2, ::2]
    torch.testing.assert_close(past[:, :16], expected)
    assert not past[:, 16:].any()


def test_the_small_stem_keeps_sizes() -> None:
    network = preactivation_resnet((1, 32, 32), 10, depth=18, stem="small").eval()
    assert network.stages[0](network.stem(torch.zeros(1, 1, 32, 32))).shape == (1, 64, 32, 32)
    assert network(torch.zeros(1, 1, 32, 32)).shape == (1, 10)


def test_dropout_stands_between_the_convolutions() -> None:
    network = PreActivationResNet(3, 10, blocks=(1, 1), channels=(16, 32), dropout=0.3)
    drops = [module.p for module in network.modules() if isinstance(module, nn.Dropout)]
    assert drops == [0.3, 0.3]


@pytest.mark.parametrize("side", [1, 2, 33])
def test_any_size(side: int) -> None:
    for network in (
        preactivation_resnet((4, side, side), 3, depth=18).eval(),
        cifar_preactivation_resnet((4, side, side), 3, depth=110).eval(),
    ):
        assert network(torch.randn(2, 4, side, side)).shape == (2, 3)


def test_unknown_depths() -> None:
    with pytest.raises(ModelError, match=r"depth \(=110\) .* one of 18, 34, 50, 101, 152, 200"):
        preactivation_resnet(depth=110)
    with pytest.raises(ModelError, match=r"depth \(=50\) .* one of 110, 164, 1001"):
        cifar_preactivation_resnet(depth=50)
