import pytest
import torch

from striate.models.linear import linear, mlp


def test_a_linear_classifier_is_one_product() -> None:
    network = linear((2, 3, 4), 5)
    x = torch.randn(6, 2, 3, 4)
    weight, bias = network.get_parameter("linear.weight"), network.get_parameter("linear.bias")
    torch.testing.assert_close(network(x), x.reshape(6, 24) @ weight.T + bias)


def test_two_hidden_layers_squash() -> None:
    network = mlp((1, 4, 4), 3)
    x = torch.randn(2, 1, 4, 4)
    y = x.reshape(2, 16)
    for name in ("linear1", "linear2"):
        weight, bias = (
            network.get_parameter(f"{name}.weight"),
            network.get_parameter(f"{name}.bias"),
        )
        y = 1.7159 * torch.tanh(2 / 3 * (y @ weight.T + bias))
    y = y @ network.get_parameter("linear3.weight").T + network.get_parameter("linear3.bias")
    torch.testing.assert_close(network(x), y)


def test_first_weights_are_by_the_number_of_inputs() -> None:
    torch.manual_seed(0)
    network = mlp()
    for name, inputs in (("linear1", 784), ("linear2", 300), ("linear3", 100)):
        weight = network.get_parameter(f"{name}.weight")
        assert weight.abs().max() <= 2.4 / inputs
        assert weight.std().item() == pytest.approx(2.4 / inputs / 3**0.5, rel=0.05)
