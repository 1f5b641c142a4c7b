import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from striate.errors import ModelError
from striate.models.padded_shortcut import PaddedShortcut
from striate.models.resnet_cifar import cifar_resnet
from striate.models.stochastic_depth import StochasticDepth


# He et al. 2016, table 6; millions there.
@pytest.mark.parametrize(
    ("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)]
)
def test_parameters_are_the_paper_s(depth: int, millions: float) -> None:
    with torch.device("meta"):
        network = cifar_resnet(depth=depth)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count / 1e6 == pytest.approx(millions, abs=0.03 if depth == 110 else 0.005)


def test_the_network_is_what_the_paper_describes() -> None:
    torch.manual_seed(0)
    network = cifar_resnet(depth=20).double().eval()
    state = dict(network.state_dict())
    for name, value in state.items():
        if value.is_floating_point():
            value.uniform_(0.5, 1.5) if "var" in name else value.uniform_(-0.3, 0.3)

    def normalised(x: Tensor, name: str) -> Tensor:
        mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        scaled = (x - mean[:, None, None]) / (variance + 1e-5).sqrt()[:, None, None]
        weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
        y: Tensor = scaled * weight[:, None, None] + bias[:, None, None]
        return y

    x = torch.randn(2, 3, 19, 32, dtype=torch.double)
    y = normalised(F.conv2d(x, state["conv1.weight"], padding=1), "bn1").clamp(min=0)
    for stage in (1, 2, 3):
        for block in range(3):
            path = f"layer{stage}.{block}"
            stride = 2 if block == 0 and stage > 1 else 1
            body = F.conv2d(y, state[f"{path}.conv1.weight"], stride=stride, padding=1)
            body = normalised(body, f"{path}.bn1").clamp(min=0)
            body = normalised(
                F.conv2d(body, state[f"{path}.conv2.weight"], padding=1), f"{path}.bn2"
            )
            if stride == 2:
                past = torch.zeros_like(body)
                past[:, : y.shape[1]] = y[:, :, ::2, ::2]
            else:
                past = y
            y = (body + past).clamp(min=0)
    expected = y.mean((2, 3)) @ state["fc.weight"].T + state["fc.bias"]
    assert expected.abs().max() > 0.01
    torch.testing.assert_close(network(x), expected)


def test_a_padded_shortcut() -> None:
    x = torch.arange(2 * 3 * 5 * 4, dtype=torch.float32).reshape(2, 3, 5, 4).requires_grad_()
    y = PaddedShortcut(2, 4)(x)
    assert y.shape == (2, 7, 3, 2)
    assert torch.equal(y[1, 2], x[1, 2][[0, 2, 4]][:, [0, 2]])
    assert not y[:, 3:].any()
    y.sum().backward()
    assert x.grad is not None
    assert float(x.grad.sum()) == 2 * 3 * 3 * 2


def test_stochastic_depth_grows_to_the_last_block() -> None:
    network = cifar_resnet(depth=20, stochastic_depth=0.45)
    drops = [module.p for module in network.modules() if isinstance(module, StochasticDepth)]
    assert drops == pytest.approx([0.05 * block for block in range(1, 10)])
    assert not any(isinstance(module, StochasticDepth) for module in cifar_resnet().modules())


def test_a_dropped_block_is_its_shortcut() -> None:
    torch.manual_seed(0)
    network = cifar_resnet(depth=8, stochastic_depth=1.0).train()
    x = torch.rand(2, 32, 8, 8)  # rectified already
    block = network.layer3[0]
    torch.testing.assert_close(block(x), PaddedShortcut(2, 32)(x))
    block.eval()
    assert not torch.allclose(block(x), PaddedShortcut(2, 32)(x))


@pytest.mark.parametrize("depth", [2, 18, 21, -4])
def test_a_depth_that_does_not_divide(depth: int) -> None:
    with pytest.raises(ModelError, match=rf"depth \(={depth}\) .* must be 6n \+ 2: 20, 32"):
        cifar_resnet(depth=depth)
