import pytest
import torch
from torch import nn

from striate.models.ds_cnn import ENTRIES, Size, ds_cnn


def test_operations_are_the_paper_s() -> None:
    # Zhang et al. 2017 count two operations a multiply-add, and those of other layers as well.
    operations = [2 * entry.multiply_adds / 1e6 for entry in ENTRIES]
    assert operations == pytest.approx([5.4, 19.8, 56.9], rel=0.02)


@pytest.mark.parametrize(
    ("size", "maps"),
    [
        ("small", [(64, 25, 5)] * 5),
        ("medium", [(172, 25, 10), *[(172, 13, 5)] * 4]),
        ("large", [(276, 25, 10), *[(276, 13, 5)] * 5]),
    ],
)
def test_sizes_of_the_maps(size: Size, maps: list[tuple[int, int, int]]) -> None:
    network = ds_cnn(size=size).eval()
    x = network.stem(torch.zeros(1, 1, 49, 10))
    sizes = [tuple(x.shape[1:])]
    for block in network.blocks:
        x = block(x)
        sizes.append(tuple(x.shape[1:]))
    assert sizes == maps


def test_the_first_convolution_reads_what_tensorflow_s_same_reads() -> None:
    # 49 frames, windows of 10 every 2: 9 of padding, 4 in front. 10 coefficients, 4 every 2: 2.
    torch.manual_seed(0)
    first = next(ds_cnn().stem.children())
    assert isinstance(first, nn.Conv2d)
    x = torch.randn(2, 1, 49, 10)
    padded = nn.functional.pad(x, (1, 1, 4, 5))
    expected = nn.functional.conv2d(padded, first.weight, stride=2)
    torch.testing.assert_close(first(x), expected)


@pytest.mark.parametrize("size", [(1, 1), (98, 40)])
def test_any_spectrogram(size: tuple[int, int]) -> None:
    assert ds_cnn((3, *size), 4).eval()(torch.randn(2, 3, *size)).shape == (2, 4)


def test_first_weights_are_glorot_s() -> None:
    torch.manual_seed(0)
    for module in ds_cnn(size="large").blocks.modules():
        if isinstance(module, nn.Conv2d) and module.groups == 1:
            bound = (6 / (276 + 276)) ** 0.5
            assert float(module.weight.detach().abs().max()) == pytest.approx(bound, rel=0.01)
