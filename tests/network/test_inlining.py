"""Parts of a forward that run without gradients."""

import torch
from torch import Tensor, nn

from striate.network import Network


class Frozen(nn.Module):
    """Some of it without gradients, a part of that with, and values overwritten in both."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 4, 3)
        self.head = nn.Conv2d(4, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        with torch.no_grad():
            y = self.body(x)
            first = y[:, 0]
            first += 1
            with torch.enable_grad():
                z = y * 2
        y[:, 1] *= 3
        result: Tensor = self.head(y) + z + self.body(x)
        return result


def test_values_and_gradients_are_the_modules() -> None:
    torch.manual_seed(0)
    module = Frozen().eval()
    network = Network(module, (3, 8, 8))
    x = torch.rand(2, 3, 8, 8, requires_grad=True)
    expected = module(x)
    trace = network.trace(x, gradients=True)
    assert torch.equal(trace.output, expected)
    (wanted,) = torch.autograd.grad(expected.sum(), x)
    assert torch.equal(trace.gradients(trace.output.sum())["input"], wanted)


def test_layers_keep_their_names_and_parameters() -> None:
    network = Network(Frozen().eval(), (3, 8, 8))
    assert network["head"].operation == "conv2d"
    assert network.table().totals.parameters == sum(p.numel() for p in network.module.parameters())
    assert not network.graph.unused_parameters
