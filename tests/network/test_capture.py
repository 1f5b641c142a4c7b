"""What a captured graph says of a module: names, kinds, weights, what is overwritten, modes."""

import copy
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.network import Kind, Network


def names(network: Network) -> list[str]:
    return [node.name for node in network]


class Block(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.relu(self.conv(x))
        y = self.relu(self.conv(y))
        y += x
        return F.relu(y)


def test_layers_have_the_names_that_people_know() -> None:
    network = Network(nn.Sequential(Block(), nn.Flatten(), nn.Linear(48, 2)), (3, 4, 4))
    assert names(network) == [
        *("input", "0.conv", "0.relu", "0.conv:2", "0.relu:2", "0.add", "0.relu:3"),
        *("1", "2"),
    ]
    assert network["0.add"].kind is Kind.JOIN
    assert network["0.relu:3"].operation == "relu"


def test_a_weight_used_twice_is_counted_once() -> None:
    network = Network(Block(), (3, 4, 4))
    assert network["conv"].weights == 3 * 3 * 9 + 3
    assert network["conv:2"].weights == 0
    assert network.table().totals.parameters == 84


def test_the_table_names_parameters_that_nothing_uses() -> None:
    block = Block()
    block.spare = nn.Linear(4, 4)
    totals = Network(block, (3, 4, 4)).table().totals
    assert (totals.parameters, totals.unused_parameters) == (84, 20)


def test_a_padded_convolution_keeps_its_name_for_the_sum() -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular"))
    assert names(Network(module, (1, 5, 5))) == ["input", "0.pad", "0"]


class Reuse(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        a = x * 2
        F.relu_(a)
        return a + x


class WriteToPart(nn.Module):
    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        a = x * 2
        b = a.view(a.shape[0], -1)
        b.relu_()
        a[:, 1].mul_(-1)
        a[:, 0] = 5
        return a, b, x


class WriteToUnread(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        part = (x * 2)[:, :1]
        part += 1
        return part * 3


class WriteToInput(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        x[:, 0] = 0
        y = F.dropout(x, 0.5, training=False)
        y.add_(1)
        return x + y


class Counter(nn.Module):
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("count", torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        self.count.add_(1)
        self.count.mul_(2)
        return x * self.count


@pytest.mark.parametrize(
    "module", [Reuse(), WriteToPart(), WriteToUnread(), WriteToInput(), Counter()]
)
def test_what_is_overwritten_is_still_right(module: nn.Module) -> None:
    x = torch.randn(2, 3, 4, 4)
    expected: Any = copy.deepcopy(module)(x.clone())
    given = x.clone()
    trace = Network(module, (3, 4, 4)).trace(given)
    assert torch.equal(given, x)
    one = isinstance(expected, Tensor)
    for found, value in zip(
        (trace.output,) if one else trace.output, (expected,) if one else expected, strict=True
    ):
        assert torch.equal(found, value)
    assert all(float(b.sum()) == 0 for b in module.buffers())


def test_an_overwritten_value_stays_what_it_was() -> None:
    network = Network(Block(), (3, 4, 4))
    trace = network.trace(torch.randn(1, 3, 4, 4))
    assert (trace["conv"] < 0).any()
    assert torch.equal(trace["relu"], trace["conv"].relu())


class TwoInputs(nn.Module):
    def forward(self, image: Tensor, scale: Tensor) -> dict[str, Tensor]:
        return {"sum": image + scale[:, :, None, None], "mean": image.mean(dim=(2, 3))}


def test_several_inputs_and_named_outputs() -> None:
    module = TwoInputs()
    image, scale = torch.randn(2, 3, 4, 4), torch.randn(2, 3)
    network = Network(module, (image, scale))
    output = network.trace(image, scale).output
    assert set(output) == {"sum", "mean"}
    assert torch.equal(output["sum"], module(image, scale)["sum"])
    assert network.box("sum" if "sum" in names(network) else "add", 0, (1, 1)).slices == (
        slice(1, 2),
        slice(1, 2),
    )


class Modes(nn.Module):
    """Does something else in training than in evaluation, not in a layer's flag but in code."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(3)
        self.head = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Any:
        y = F.dropout(self.norm(x), 0.5, self.training).mean(dim=(2, 3))
        return (y, self.head(y)) if self.training else self.head(y)


def test_each_mode_has_its_own_graph() -> None:
    module = Modes()
    x = torch.randn(4, 3, 5, 5)
    network = Network(module, (3, 5, 5))
    for training in (True, False, True):
        module.train(training)
        torch.manual_seed(1)
        found = network.trace(x).output
        torch.manual_seed(1)
        expected = module(x)
        if training:
            assert torch.equal(found[0], expected[0])
            assert torch.equal(found[1], expected[1])
        else:
            assert torch.equal(found, expected)


def test_part_of_a_network_may_be_in_training() -> None:
    module = nn.Sequential(nn.BatchNorm2d(3), nn.BatchNorm2d(3))
    module[1].eval()
    x = torch.randn(4, 3, 5, 5)
    found = Network(module, (3, 5, 5)).trace(x).output
    assert torch.equal(found, module(x))


def test_a_graph_stays_true_while_the_module_trains() -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(18, 2)).eval()
    network = Network(module, (1, 5, 5))
    graph, x = network.graph, torch.randn(1, 1, 5, 5)
    optimiser = torch.optim.SGD(module.parameters(), lr=0.1)
    before = network.trace(x).output
    for _ in range(3):
        optimiser.zero_grad()
        module(x).sum().backward()
        optimiser.step()
        assert torch.equal(network.trace(x).output, module(x))
    assert not torch.equal(before, network.trace(x).output)
    assert network.graph is graph


def test_other_sizes_and_batches_are_captured_when_they_come() -> None:
    module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.AdaptiveAvgPool2d(1)).eval()
    network = Network(module, (1, 8, 8))
    for shape in ((1, 1, 8, 8), (5, 1, 8, 8), (2, 1, 30, 17)):
        x = torch.randn(shape)
        assert torch.equal(network.trace(x).output, module(x))


def test_half_and_double_precision() -> None:
    for dtype in (torch.bfloat16, torch.float64):
        module = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()).to(dtype)
        trace = Network(module, (1, 8, 8)).trace(torch.randn(1, 1, 8, 8))
        assert trace.output.dtype == dtype


def test_networks_are_captured_in_several_threads_at_once() -> None:
    def captured(size: int) -> list[str]:
        return names(Network(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()), (1, size, size)))

    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(captured, range(4, 16)))
    assert found == [["input", "0", "1"]] * 12
