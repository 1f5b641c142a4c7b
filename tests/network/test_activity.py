"""How active layers are."""

import pytest
import torch

from striate.errors import NetworkError
from striate.network import Network
from striate.network.activity import activities


def test_extremes_mean_and_zeros() -> None:
    network = Network("input 1x2x3\nrelu\nflatten")
    given = torch.tensor([[[-1.0, 2.0, 0.0], [4.0, -5.0, 3.0]]])
    whole, relu, flat = activities(network.trace(torch.stack([given, -given])))
    assert (whole.layer, whole.size) == ("input", (1, 2, 3))
    assert (whole.minimum, whole.mean, whole.maximum) == (-5, 0.5, 4)
    assert whole.zeros == pytest.approx(1 / 6)
    assert (relu.minimum, relu.mean, relu.maximum) == (0, 1.5, 4)
    assert relu.zeros == pytest.approx(1 / 2)
    assert flat.size == (6,)
    assert relu.not_finite == 0
    trace = network.trace(torch.stack([given, -given]))
    (other,) = activities(trace, ["relu1"], example=1)
    assert other.maximum == 5
    assert other.zeros == pytest.approx(4 / 6)


def test_what_is_no_number_is_counted_apart() -> None:
    network = Network("input 1x1x2\nconv 2 1x1 bias no")
    with torch.no_grad():
        network.module.get_parameter("conv1.weight")[0] = torch.inf
        network.module.get_parameter("conv1.weight")[1] = 2.0
    (found,) = activities(network.trace(torch.tensor([[[[1.0, 3.0]]]])), ["conv1"])
    assert found.not_finite == 2
    assert (found.minimum, found.mean, found.maximum) == (2, 4, 6)
    with torch.no_grad():
        network.module.get_parameter("conv1.weight").fill_(torch.inf)
    (found,) = activities(network.trace(torch.tensor([[[[1.0, 3.0]]]])), ["conv1"])
    assert (found.minimum, found.mean, found.maximum) == (None, None, None)


def test_a_layer_that_was_not_kept() -> None:
    network = Network("input 1x2x3\nrelu\nflatten")
    trace = network.trace(torch.zeros(1, 1, 2, 3), keep=["relu1"])
    assert [each.layer for each in activities(trace)] == ["input", "relu1"]
    with pytest.raises(NetworkError, match="not kept"):
        activities(trace, ["flatten1"])
