from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn

from striate.errors import ModelError
from striate.models.channels import rounded_channels
from striate.models.efficientnet import ENTRIES, Scaling, compound_scaling, efficientnet
from striate.models.stochastic_depth import StochasticDepth

Layout = list[tuple[str, tuple[int, ...]]]


@pytest.mark.parametrize("variant", range(8))
def test_names_and_shapes_are_torchvision_s(layout: Callable[[str], Layout], variant: int) -> None:
    with torch.device("meta"):
        state = efficientnet(variant=variant).state_dict()
    shapes = [(name, tuple(value.shape)) for name, value in state.items()]
    assert shapes == layout(f"efficientnet_b{variant}")


@pytest.mark.parametrize("variant", [0, 3, 5])
def test_outputs_are_torchvision_s(
    torchvision: ModuleType,
    assert_same_network: Callable[[nn.Module, nn.Module, torch.Tensor], None],
    variant: int,
) -> None:
    torch.manual_seed(0)
    ours = efficientnet((3, 64, 64), 10, variant=variant)
    theirs = getattr(torchvision.models, f"efficientnet_b{variant}")(num_classes=10)
    assert_same_network(ours, theirs, torch.randn(3, 3, 64, 64))


@pytest.mark.parametrize("variant", range(8))
def test_settings_are_torchvision_s(torchvision: ModuleType, variant: int) -> None:
    with torch.device("meta"):
        ours = efficientnet(variant=variant)
        theirs = getattr(torchvision.models, f"efficientnet_b{variant}")()

    def settings(network: nn.Module, depth: type[nn.Module]) -> list[tuple[object, ...]]:
        return [
            (module.eps, module.momentum) if isinstance(module, nn.BatchNorm2d) else (module.p,)
            for module in network.modules()
            if isinstance(module, (nn.BatchNorm2d, nn.Dropout, depth))
        ]

    assert settings(ours, StochasticDepth) == settings(theirs, torchvision.ops.StochasticDepth)


def test_compound_scaling_is_the_paper_s_formula() -> None:
    assert compound_scaling(0) == Scaling(1.0, 1.0, 224)
    assert compound_scaling(1) == Scaling(1.2, 1.1, 258)
    assert compound_scaling(2).depth == pytest.approx(1.44)
    assert compound_scaling(2).width == pytest.approx(1.21)
    assert compound_scaling(2).resolution == 296
    assert compound_scaling(1, alpha=2, beta=1, gamma=1, resolution=32) == Scaling(2, 1, 32)


def test_compound_scaling_doubles_the_work_each_time() -> None:
    for phi in range(4):
        small, large = compound_scaling(phi), compound_scaling(phi + 1)
        work = [
            scaling.depth * scaling.width**2 * scaling.resolution**2 for scaling in (small, large)
        ]
        assert work[1] / work[0] == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize(("variant", "phi"), [(1, 0.5), (2, 1), (3, 2)])
def test_the_first_published_variants_are_the_formula_rounded(variant: int, phi: float) -> None:
    published = ENTRIES[variant]
    scaling = compound_scaling(phi)
    assert scaling.resolution == pytest.approx(published.input_shape[1], abs=5)
    assert f"depth by {scaling.depth:.1f} " in published.paper
    width = float(published.paper.rsplit(" ", 1)[-1])
    assert scaling.width == pytest.approx(width, abs=0.06)


def test_a_network_of_any_compound_coefficient() -> None:
    with torch.device("meta"):
        counts = [
            sum(p.numel() for p in efficientnet(phi=phi).parameters()) for phi in (0.0, 1.0, 2.0)
        ]
    assert counts[0] == 5_288_548
    assert counts[1] == 9_109_994  # B2 is at phi = 1
    assert counts[2] == 12_233_232  # B3 at phi = 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha": 0.9}, r"alpha \(=0.9\) must be at least 1"),
        ({"gamma": 0}, r"gamma \(=0\) must be at least 1"),
        ({"resolution": 0}, r"resolution \(=0\) must be at least 1 pixel"),
    ],
)
def test_scaling_that_makes_no_sense(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        compound_scaling(1, **arguments)  # type: ignore[arg-type]


def test_an_unknown_variant() -> None:
    with pytest.raises(ModelError, match=r"variant \(=8\) of EfficientNet must be 0 to 7"):
        efficientnet(variant=8)


def test_blocks_are_dropped_more_the_deeper_they_are() -> None:
    with torch.device("meta"):
        network = efficientnet(stochastic_depth=0.32)
    drops = [module.p for module in network.modules() if isinstance(module, StochasticDepth)]
    assert drops == pytest.approx([0.32 * block / 16 for block in range(16)])


@pytest.mark.parametrize(
    ("channels", "rounded"),
    # 11 would go to 8, which takes off more than a tenth; 36 is a tie.
    [(32, 32), (35.2, 32), (36, 40), (11, 16), (3, 8), (17.6, 16), (123.2, 120), (1344, 1344)],
)
def test_channels_are_rounded_to_multiples_of_eight(channels: float, rounded: int) -> None:
    assert rounded_channels(channels) == rounded


def test_any_size_and_any_channels() -> None:
    network = efficientnet((4, 1, 1), 3).eval()
    assert network(torch.randn(2, 4, 1, 1)).shape == (2, 3)
