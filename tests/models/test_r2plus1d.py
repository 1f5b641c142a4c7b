from collections.abc import Callable
from types import ModuleType

import pytest
import torch
from torch import nn

from striate.models.r2plus1d import middle_channels, r2plus1d_18

Layout = list[tuple[str, tuple[int, ...]]]


def test_names_and_shapes_are_torchvision_s(layout: Callable[[str], Layout]) -> None:
    with torch.device("meta"):
        state = r2plus1d_18().state_dict()
    assert [(name, tuple(value.shape)) for name, value in state.items()] == layout("r2plus1d_18")


def test_outputs_are_torchvision_s(
    torchvision: ModuleType,
    assert_same_network: Callable[[nn.Module, nn.Module, torch.Tensor], None],
) -> None:
    torch.manual_seed(0)
    ours = r2plus1d_18((3, 4, 24, 24), 10)
    theirs = torchvision.models.video.r2plus1d_18(num_classes=10)
    assert_same_network(ours, theirs, torch.randn(2, 3, 4, 24, 24))


@pytest.mark.parametrize(("before", "after"), [(64, 64), (64, 128), (256, 512)])
def test_split_convolutions_have_the_weights_of_whole_ones(before: int, after: int) -> None:
    middle = middle_channels(before, after)
    split, whole = 9 * before * middle + 3 * middle * after, 27 * before * after
    assert split <= whole < split + 9 * before + 3 * after


def test_the_paper_s_count() -> None:
    # Tran et al. 2018, table 1: 33.3 M; torchvision gives 31.5 M.
    with torch.device("meta"):
        network = r2plus1d_18(middle_as_paper=True)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count / 1e6 == pytest.approx(33.3, abs=0.1)


@pytest.mark.parametrize("size", [(1, 1, 1), (5, 33, 20)])
def test_any_clip(size: tuple[int, int, int]) -> None:
    with torch.device("meta"):
        network = r2plus1d_18((2, *size), 3).eval()
        assert network(torch.empty(2, 2, *size)).shape == (2, 3)
