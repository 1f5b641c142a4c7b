import math
from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn

from striate import notation
from striate.errors import ModelError
from striate.models import resnet, resnext, wide_resnet
from striate.models.entry import Entry

Layout = list[tuple[str, tuple[int, ...]]]

# All networks that torchvision makes of one class, as here.
ENTRIES = {
    entry.name: entry
    for entry in (*resnet.ENTRIES, *resnext.ENTRIES, *wide_resnet.ENTRIES)
    if entry.layout == "torchvision"
}


@pytest.fixture(params=sorted(ENTRIES))
def entry(request: pytest.FixtureRequest) -> Entry:
    name: str = request.param
    return ENTRIES[name]


def test_names_and_shapes_are_torchvision_s(layout: Callable[[str], Layout], entry: Entry) -> None:
    with torch.device("meta"):
        state = entry.build().state_dict()
    assert [(name, tuple(value.shape)) for name, value in state.items()] == layout(entry.name)


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "resnext50_32x4d"])
def test_outputs_are_torchvision_s(
    torchvision: ModuleType,
    assert_same_network: Callable[[nn.Module, nn.Module, torch.Tensor], None],
    name: str,
) -> None:
    torch.manual_seed(0)
    ours = ENTRIES[name].build((3, 64, 64), 10)
    theirs = getattr(torchvision.models, name)(num_classes=10)
    assert_same_network(ours, theirs, torch.randn(3, 3, 64, 64))


def test_layers_are_torchvision_s(torchvision: ModuleType, entry: Entry) -> None:
    with torch.device("meta"):
        networks = entry.build(), getattr(torchvision.models, entry.name)()
    ours, theirs = (
        [
            (path, module.extra_repr())
            for path, module in network.named_modules()
            if isinstance(module, (nn.Conv2d, nn.BatchNorm2d, nn.Linear, nn.MaxPool2d))
        ]
        for network in networks
    )
    assert ours == theirs


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_gradients_are_torchvision_s(torchvision: ModuleType, name: str) -> None:
    torch.manual_seed(0)
    ours = ENTRIES[name].build((3, 40, 40), 10).double()
    theirs = getattr(torchvision.models, name)(num_classes=10).double()
    theirs.load_state_dict(ours.state_dict())
    x, targets = torch.randn(4, 3, 40, 40, dtype=torch.double), torch.tensor([0, 3, 3, 9])
    for network in (ours, theirs):
        nn.functional.cross_entropy(network(x), targets).backward()  # type: ignore[no-untyped-call]
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, other.grad)


def executed(network: nn.Module, x: torch.Tensor) -> tuple[list[tuple[object, ...]], torch.Tensor]:
    """What ran, in order: every layer that computes, with what matters of it; and the output."""
    ran: list[tuple[object, ...]] = []

    def note(module: nn.Module, _: object, output: torch.Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            shape = (*module.weight.shape, module.stride, module.padding, module.groups)
            ran.append(("conv", *shape, module.bias is None))
        elif isinstance(module, nn.BatchNorm2d):
            ran.append(("batchnorm", module.num_features, module.eps, module.momentum))
        elif isinstance(module, nn.Linear):
            ran.append(("linear", *module.weight.shape))
        elif isinstance(module, nn.ReLU):
            ran.append(("relu", tuple(output.shape)))
        elif "Pool" in type(module).__name__ and not isinstance(module, nn.Sequential):
            ran.append(("pool", tuple(output.shape)))

    handles = [module.register_forward_hook(note) for module in network.modules()]
    with torch.no_grad():
        output = network(x)
    for handle in handles:
        handle.remove()
    return ran, output


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("resnet18", "large"),
        ("resnet18", "small"),
        ("resnet34", "large"),
        ("resnet50", "large"),
        ("resnext50_32x4d", "small"),
        ("wide_resnet50_2", "large"),
    ],
)
def test_the_text_is_the_same_network(name: str, stem: str) -> None:
    entry = ENTRIES[name]
    assert entry.text is not None
    torch.manual_seed(0)
    text = entry.text(input_shape=(2, 40, 33), classes=7, stem=stem)
    module = entry.build((2, 40, 33), 7, stem=stem).eval()
    built = notation.build(text).eval()
    with torch.no_grad():
        for mine, other in zip(module.parameters(), built.parameters(), strict=True):
            assert mine.shape == other.shape
            other.copy_(mine.uniform_(-0.05, 0.05))
    x = torch.randn(2, 2, 40, 33)
    (ran, output), (ran_text, output_text) = executed(module, x), executed(built, x)
    assert ran == ran_text
    assert len(ran) > 50
    torch.testing.assert_close(output, output_text)
    assert notation.print_text(notation.parse(text)) == text


def test_the_deepest_text_checks_to_the_published_counts() -> None:
    entry = ENTRIES["resnet152"]
    assert entry.text is not None
    report = notation.check(entry.text())
    assert not report.diagnostics
    assert report.output_shape == (1000,)
    assert report.total.parameters == entry.parameters == 60_192_808
    assert report.total.multiply_adds == entry.multiply_adds


def test_a_text_reads_as_it_is_written() -> None:
    text = ENTRIES["resnet18"].text
    assert text is not None
    lines = text(input_shape=(3, 32, 32), classes=10, stem="small").splitlines()
    assert lines[:14] == [
        "# ResNet-18, He et al. 2016",
        "input 3x32x32",
        "conv 64 3x3 pad 1 bias no",
        "batchnorm",
        "relu",
        "repeat 2",
        "  residual",
        "    conv 64 3x3 pad 1 bias no",
        "    batchnorm",
        "    relu",
        "    conv 64 3x3 pad 1 bias no",
        "    batchnorm",
        "  relu",
        "residual",
    ]


def test_the_small_stem_keeps_the_sizes_of_small_images() -> None:
    with torch.device("meta"):
        network = ENTRIES["resnet18"].build((3, 32, 32), 10, stem="small")
        x = torch.empty(1, 3, 32, 32)
        assert network.maxpool is None
        assert network.layer1(network.conv1(x)).shape == (1, 64, 32, 32)
    # A widely used count of this form for CIFAR-10.
    assert sum(parameter.numel() for parameter in network.parameters()) == 11_173_962


def test_an_unknown_stem() -> None:
    with pytest.raises(ModelError, match=r"stem \(='tiny'\) must be 'large' .* or 'small'"):
        ENTRIES["resnet18"].build(stem="tiny")
    text = ENTRIES["resnet18"].text
    assert text is not None
    with pytest.raises(ModelError, match=r"stem \(='tiny'\)"):
        text(stem="tiny")


@pytest.mark.parametrize("side", [1, 2, 65])
def test_any_size_and_any_channels(side: int) -> None:
    network = ENTRIES["resnet18"].build((5, side, 3), 4).eval()
    assert network(torch.randn(2, 5, side, 3)).shape == (2, 4)


def test_first_weights_are_he_s() -> None:
    torch.manual_seed(0)
    network = ENTRIES["resnet18"].build()
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            fan = module.out_channels * module.kernel_size[0] * module.kernel_size[1]
            assert float(module.weight.detach().std()) == pytest.approx(
                math.sqrt(2 / fan), rel=0.05
            )
    assert not network.get_parameter("fc.bias").any()
