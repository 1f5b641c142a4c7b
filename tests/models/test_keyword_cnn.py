import pytest
import torch
from torch import nn

from striate.models.keyword_cnn import ENTRIES, keyword_cnn
from striate.notation import build


def test_table_1() -> None:
    # Sainath and Parada 2015, table 1: parameters without biases, and multiplies, per layer. (The
    # table prints 164.8K for the second convolution, and its own total says 163.8K.)
    weights = [
        module.weight.numel()
        for module in keyword_cnn().modules()
        if isinstance(module, (nn.Conv2d, nn.Linear))
    ]
    assert weights == [10_240, 163_840, 65_536, 4_096, 512]
    assert sum(weights) == pytest.approx(244.2e3, abs=50)
    multiplies = [10_240 * 13 * 33, 163_840 * 4 * 8, *weights[2:]]
    assert multiplies[:2] == pytest.approx([4.4e6, 5.2e6], abs=0.05e6)
    assert sum(multiplies) == pytest.approx(9.7e6, abs=0.05e6)


def test_sizes_of_the_maps() -> None:
    x = torch.zeros(1, 1, 32, 40)
    sizes = []
    for layer in keyword_cnn().features:
        x = layer(x)
        sizes.append(tuple(x.shape[1:]))
    assert sizes == [(64, 13, 33), (64, 13, 33), (64, 13, 11), (64, 4, 8), (64, 4, 8)]


def test_between_the_first_linear_layers_is_no_activation() -> None:
    torch.manual_seed(0)
    network = keyword_cnn().double().eval()
    x = torch.randn(3, 1, 32, 40, dtype=torch.float64)
    features = network.features(x).flatten(1)
    matrix = network.hidden.weight @ network.low_rank.weight
    assert torch.linalg.matrix_rank(matrix.detach()) == 32
    hidden = features @ matrix.T + network.hidden(network.low_rank.bias)
    torch.testing.assert_close(network(x), network.classifier(hidden.clamp(min=0)))


@pytest.mark.parametrize("size", [(29, 19), (98, 40)])
def test_other_spectrograms(size: tuple[int, int]) -> None:
    assert keyword_cnn((2, *size), 10)(torch.randn(2, 2, *size)).shape == (2, 10)


def test_its_text_is_the_same_network() -> None:
    (entry,) = ENTRIES
    assert entry.text is not None
    network = keyword_cnn(classes=5).eval()
    written = build(entry.text(input_shape=(1, 32, 40), classes=5)).eval()
    for ours, theirs in zip(network.parameters(), written.parameters(), strict=True):
        theirs.data.copy_(ours)
    x = torch.randn(2, 1, 32, 40)
    torch.testing.assert_close(written(x), network(x))
