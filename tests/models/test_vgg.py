from collections.abc import Callable
from types import ModuleType

import pytest
import torch

from striate.models.vgg import VGG

Layout = list[tuple[str, tuple[int, ...]]]

# Simonyan and Zisserman 2015, table 2: the parameters in millions.
MILLIONS = {11: 133, 13: 133, 16: 138, 19: 144}


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("depth", MILLIONS)
def test_names_and_shapes_are_torchvision_s(
    layout: Callable[[str], Layout], depth: int, batch_norm: bool
) -> None:
    with torch.device("meta"):
        state = VGG(depth, batch_norm).state_dict()
    expected = layout(f"vgg{depth}{'_bn' * batch_norm}")
    assert [(name, tuple(value.shape)) for name, value in state.items()] == expected


@pytest.mark.parametrize("depth", MILLIONS)
def test_the_paper_s_counts(depth: int) -> None:
    with torch.device("meta"):
        network = VGG(depth, False)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert round(count / 1e6) == MILLIONS[depth]
    weighty = [p for p in network.parameters() if p.dim() > 1]
    assert len(weighty) == depth


def test_outputs_are_torchvision_s(torchvision: ModuleType) -> None:
    torch.manual_seed(0)
    ours = VGG(11, True, (3, 64, 64), 10)
    with torch.device("meta"):
        theirs = torchvision.models.vgg11_bn(num_classes=10)
    theirs.load_state_dict(ours.state_dict(), assign=True)
    x = torch.randn(2, 3, 64, 48)
    for training in (False, True):
        outputs = []
        for network in (ours.train(training), theirs.train(training)):
            torch.manual_seed(1)  # the same units are dropped
            with torch.no_grad():
                outputs.append(network(x))
        assert outputs[1].std() > 1e-3
        torch.testing.assert_close(*outputs, rtol=1e-5, atol=1e-5)


def test_first_weights() -> None:
    torch.manual_seed(0)
    network = VGG(11, True, (3, 32, 32), 10)
    for layer in network.features:
        if isinstance(layer, torch.nn.Conv2d):
            assert layer.weight.std().item() == pytest.approx(
                (2 / (9 * layer.out_channels)) ** 0.5, rel=0.1
            )
    for layer in network.classifier:
        if isinstance(layer, torch.nn.Linear):
            assert layer.weight.std().item() == pytest.approx(0.01, rel=0.05)
    biases = [p for name, p in network.named_parameters() if name.endswith("bias")]
    assert not any(bias.any() for bias in biases)
