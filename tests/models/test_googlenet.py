from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn

from striate.errors import ModelError
from striate.models.auxiliary import AuxiliaryOutputs
from striate.models.googlenet import InceptionBlock, googlenet

Layout = list[tuple[str, tuple[int, ...]]]


@pytest.mark.parametrize("heads", [True, False])
def test_names_and_shapes_are_torchvision_s(layout: Callable[[str], Layout], heads: bool) -> None:
    with torch.device("meta"):
        state = googlenet(heads=heads).state_dict()
    expected = layout("googlenet")
    if not heads:
        expected = [(name, shape) for name, shape in expected if not name.startswith("aux")]
    assert [(name, tuple(value.shape)) for name, value in state.items()] == expected


@pytest.mark.parametrize("transform_input", [False, True])
def test_outputs_are_torchvision_s(
    torchvision: ModuleType,
    assert_same_network: Callable[[nn.Module, nn.Module, torch.Tensor], None],
    transform_input: bool,
) -> None:
    torch.manual_seed(0)
    ours = googlenet((3, 65, 48), 10, transform_input=transform_input)
    theirs = torchvision.models.GoogLeNet(
        10, aux_logits=False, transform_input=transform_input, init_weights=False
    )
    assert_same_network(ours, theirs, torch.randn(3, 3, 65, 48))


def test_heads_and_gradients_are_torchvision_s(torchvision: ModuleType) -> None:
    torch.manual_seed(0)
    ours = googlenet((3, 48, 48), 10, heads=True).double()
    theirs = torchvision.models.GoogLeNet(10, init_weights=False).double()
    for network in (ours, theirs):
        for module in network.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(4, 3, 48, 48, dtype=torch.double)
    outputs = ours(x)
    assert isinstance(outputs, AuxiliaryOutputs)
    scores, late, early = theirs(x)
    torch.testing.assert_close(outputs.scores, scores)
    torch.testing.assert_close(outputs.heads, (early, late))
    for results in ((scores, early, late), (outputs.scores, *outputs.heads)):
        torch.stack(results).square().sum().backward()  # type: ignore[no-untyped-call]
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert mine.grad is not None
        assert mine.grad.any()
        torch.testing.assert_close(mine.grad, other.grad)
    ours.eval()
    assert ours(x).shape == (4, 10)


def test_layers_are_torchvision_s(torchvision: ModuleType) -> None:
    with torch.device("meta"):
        networks = googlenet(heads=True), torchvision.models.GoogLeNet(init_weights=False)
    kinds = (nn.Conv2d, nn.BatchNorm2d, nn.Linear, nn.MaxPool2d, nn.Dropout)
    ours, theirs = (
        sorted((p, m.extra_repr()) for p, m in network.named_modules() if isinstance(m, kinds))
        for network in networks
    )
    assert ours == theirs


# Szegedy et al. 2015, table 1, column `params`: with 5x5 kernels, biases, and thousands of 1024.
@pytest.mark.parametrize(
    ("block", "published"), [("3a", 159), ("3b", 380), ("4a", 364), ("4b", 437)]
)
def test_with_the_largest_kernels_blocks_have_the_paper_s_parameters(
    block: str, published: int
) -> None:
    with torch.device("meta"):
        network = googlenet(largest=5)
    count = sum(
        convolution.weight.numel() + convolution.out_channels
        for convolution in network.get_submodule(f"inception{block}").modules()
        if isinstance(convolution, nn.Conv2d)
    )
    assert count / 1024 == pytest.approx(published, rel=0.01)


def test_the_sizes_of_table_1() -> None:
    with torch.device("meta"):
        network = googlenet().eval()
    shapes: list[tuple[int, ...]] = []
    for module in network.modules():
        if isinstance(module, InceptionBlock):
            module.register_forward_hook(lambda _, __, y: shapes.append(tuple(y.shape[1:])))
    network(torch.empty(1, 3, 224, 224, device="meta"))
    assert shapes == [
        (256, 28, 28),
        (480, 28, 28),
        *[(512, 14, 14)] * 3,
        (528, 14, 14),
        (832, 14, 14),
        (832, 7, 7),
        (1024, 7, 7),
    ]


def test_what_makes_no_network() -> None:
    with pytest.raises(ModelError, match=r"largest \(=4\) must be 3, .* or 5"):
        googlenet(largest=4)
    with pytest.raises(ModelError, match="means of 3 channels, and this input has 1"):
        googlenet((1, 224, 224), transform_input=True)


def test_any_channels() -> None:
    network = googlenet((2, 32, 15), 4).eval()
    assert network(torch.randn(2, 2, 32, 15)).shape == (2, 4)


def test_dropout_of_the_paper() -> None:
    assert googlenet(dropout=0.4).dropout.p == 0.4
