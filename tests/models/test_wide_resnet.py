import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.errors import ModelError
from striate.models.wide_resnet import wide_resnet


# Zagoruyko and Komodakis 2016, table 4: depth, width, millions of parameters.
@pytest.mark.parametrize(
    ("depth", "width", "millions"),
    [
        (40, 1, 0.6),
        (40, 2, 2.2),
        (40, 4, 8.9),
        (40, 8, 35.7),
        (28, 10, 36.5),
        (28, 12, 52.5),
        (22, 8, 17.2),
        (22, 10, 26.8),
        (16, 8, 11.0),
        (16, 10, 17.1),
    ],
)
def test_parameters_are_the_paper_s(depth: int, width: int, millions: float) -> None:
    with torch.device("meta"):
        network = wide_resnet(depth=depth, width=width)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count / 1e6 == pytest.approx(millions, abs=0.06)


def test_the_network_is_what_the_paper_describes() -> None:
    torch.manual_seed(0)
    network = wide_resnet(depth=16, width=2).double().eval()
    state = dict(network.state_dict())
    for name, value in state.items():
        if value.is_floating_point():
            value.uniform_(0.5, 1.5) if "var" in name else value.uniform_(-0.3, 0.3)

    def activated(x: Tensor, name: str) -> Tensor:
        mean, variance = state[f"{name}.running_mean"], state[f"{name}.running_var"]
        scaled = (x - mean[:, None, None]) / (variance + 1e-5).sqrt()[:, None, None]
        weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
        y: Tensor = (scaled * weight[:, None, None] + bias[:, None, None]).clamp(min=0)
        return y

    x = torch.randn(2, 3, 17, 12, dtype=torch.double)
    y = F.conv2d(x, state["stem.0.weight"], padding=1)
    for stage in (0, 1, 2):
        for block in (0, 1):
            path = f"stages.{stage}.{block}"
            stride = 2 if block == 0 and stage > 0 else 1
            active = activated(y, f"{path}.bn1")
            body = F.conv2d(active, state[f"{path}.conv1.weight"], stride=stride, padding=1)
            body = activated(body, f"{path}.bn2")
            body = F.conv2d(body, state[f"{path}.conv2.weight"], padding=1)
            if block == 0:
                y = body + F.conv2d(active, state[f"{path}.shortcut.weight"], stride=stride)
            else:
                y = body + y
    expected = activated(y, "bn").mean((2, 3)) @ state["fc.weight"].T + state["fc.bias"]
    assert expected.abs().max() > 0.01
    torch.testing.assert_close(network(x), expected)


def test_dropout() -> None:
    network = wide_resnet(depth=10, width=1, dropout=0.3)
    assert [m.p for m in network.modules() if isinstance(m, nn.Dropout)] == [0.3] * 3


def test_what_makes_no_network() -> None:
    with pytest.raises(ModelError, match=r"depth \(=29\) .* must be 6n \+ 4: 16, 28, 40"):
        wide_resnet(depth=29)
    with pytest.raises(ModelError, match=r"depth \(=4\)"):
        wide_resnet(depth=4)
    with pytest.raises(ModelError, match=r"width \(=0\) must be at least 1"):
        wide_resnet(width=0)
