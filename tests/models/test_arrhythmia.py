from math import ceil

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.errors import ModelError
from striate.models.arrhythmia import arrhythmia


def keras_same(x: Tensor, layer: nn.Module, stride: int) -> Tensor:
    """A convolution padded as Keras's `same`, which depends on the length and the stride."""
    assert isinstance(layer, nn.Conv1d)
    outputs, kernel = ceil(x.shape[2] / stride), layer.kernel_size[0]
    total = max((outputs - 1) * stride + kernel - x.shape[2], 0)
    return F.conv1d(
        F.pad(x, (total // 2, total - total // 2)), layer.weight, layer.bias, stride=stride
    )


def written_out(network: nn.Module, x: Tensor) -> Tensor:
    """The published code, layer for layer, from a network's weights; evaluation mode."""
    convolutions = iter([m for m in network.modules() if isinstance(m, nn.Conv1d)])
    norms = iter([m for m in network.modules() if isinstance(m, nn.BatchNorm1d)])

    def normalised(x: Tensor) -> Tensor:
        return F.relu(next(norms)(x))

    x = normalised(keras_same(x, next(convolutions), 1))
    for block in range(16):
        stride = 1 if block % 2 == 0 else 2
        shortcut = F.max_pool1d(x, stride)
        if block % 4 == 0 and block > 0:
            shortcut = torch.cat((shortcut, torch.zeros_like(shortcut)), dim=1)
        if block > 0:
            x = normalised(x)
        x = keras_same(x, next(convolutions), stride)
        x = keras_same(normalised(x), next(convolutions), 1)
        x = x + shortcut
    last = next(convolutions)
    assert last.bias is not None
    dense = normalised(x).transpose(1, 2) @ last.weight[:, :, 0].T + last.bias
    assert next(convolutions, None) is None
    return dense.transpose(1, 2)


def test_outputs_are_those_of_the_published_code() -> None:
    torch.manual_seed(0)
    network = arrhythmia(classes=5, width=4).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.8, 1.2)
    x = torch.randn(2, 1, 1024)
    with torch.no_grad():
        torch.testing.assert_close(network(x), written_out(network, x))


def test_34_layers_have_weights() -> None:
    with torch.device("meta"):
        network = arrhythmia()
    layers = [m for m in network.modules() if isinstance(m, (nn.Conv1d, nn.Linear))]
    assert len(layers) == 34
    assert [layer.out_channels for layer in layers if isinstance(layer, nn.Conv1d)] == [
        32,
        *[32] * 8,
        *[64] * 8,
        *[128] * 8,
        *[256] * 8,
        12,
    ]


@pytest.mark.parametrize(
    ("samples", "intervals"), [(1, 1), (255, 1), (256, 1), (257, 2), (6000, 24)]
)
def test_scores_for_every_256_samples(samples: int, intervals: int) -> None:
    network = arrhythmia((2, samples), 3, width=2).eval()
    assert network(torch.randn(2, 2, samples)).shape == (2, 3, intervals)


def test_a_record_has_the_mean_of_its_scores() -> None:
    torch.manual_seed(0)
    sequence = arrhythmia(width=2).eval()
    record = arrhythmia(width=2, output="record").eval()
    record.load_state_dict(sequence.state_dict())
    x = torch.randn(3, 1, 1000)
    torch.testing.assert_close(record(x), sequence(x).mean(dim=2))


def test_first_weights() -> None:
    torch.manual_seed(0)
    network = arrhythmia()
    for module in network.blocks.modules():
        if isinstance(module, nn.Conv1d):
            fan_in = module.in_channels * 16
            weights = module.weight.detach()
            assert float(weights.std()) == pytest.approx((2 / fan_in) ** 0.5, rel=0.05)


def test_an_unknown_output() -> None:
    with pytest.raises(ModelError, match="must be 'sequence' or 'record'"):
        arrhythmia(output="mean")  # type: ignore[arg-type]
