"""Traces: exact values, gradients, and a module left as it was found."""

import gc
import resource
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from striate.errors import NetworkError
from striate.network import Network

LENET = """
input 1x28x28
conv 6 5x5 pad 2
batchnorm
relu
maxpool 2x2
dropout 0.3
conv 16 5x5
tanh
stochasticpool 2x2
flatten
linear 10
"""


@pytest.fixture
def network() -> Network:
    return Network(LENET)


def test_only_the_named_layers_are_kept(network: Network) -> None:
    trace = network.trace(torch.rand(2, 1, 28, 28), keep=["conv2"])
    assert set(trace) == {"input", "conv2"}
    assert trace["conv2"].shape == (2, 16, 10, 10)
    with pytest.raises(NetworkError, match="'relu1' were not kept"):
        trace["relu1"]
    with pytest.raises(NetworkError, match="no layer 'relu9'"):
        network.trace(torch.rand(1, 1, 28, 28), keep=["relu9"])


def test_gradients_are_those_of_autograd(network: Network) -> None:
    x = torch.rand(3, 1, 28, 28)
    trace = network.trace(x, gradients=True)
    found = trace.gradients(trace.output[1, 4])
    given = x.clone().requires_grad_()
    network.module(given)[1, 4].backward()
    assert given.grad is not None
    torch.testing.assert_close(found["input"], given.grad)
    assert set(found) == set(trace)
    assert all(p.grad is not None for p in network.module.parameters())  # ours left them alone
    network.module.zero_grad()
    trace.gradients(trace.output[0, 0])
    assert all(p.grad is None for p in network.module.parameters())


def test_gradients_need_a_trace_with_them(network: Network) -> None:
    trace = network.trace(torch.rand(1, 1, 28, 28))
    assert not trace.output.requires_grad
    with pytest.raises(NetworkError, match="gradients=True"):
        trace.gradients(trace.output[0, 0])


def state(network: Network) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.module.state_dict().items()}


@pytest.mark.parametrize("training", [False, True])
def test_the_module_is_left_as_it_was(network: Network, training: bool) -> None:
    module = network.module.train(training)
    before, random = state(network), torch.get_rng_state()
    hooks = [dict(part._forward_hooks) for part in module.modules()]
    network.trace(torch.rand(2, 1, 28, 28, generator=torch.Generator()), gradients=True)
    assert torch.equal(torch.get_rng_state(), random)
    assert all(torch.equal(value, before[name]) for name, value in state(network).items())
    assert all(part.training is training for part in module.modules())
    assert [dict(part._forward_hooks) for part in module.modules()] == hooks
    assert all("forward" not in vars(part) for part in module.modules())
    assert all(p.grad is None and p.requires_grad for p in module.parameters())


def test_a_thousand_traces_leave_no_memory_behind(network: Network) -> None:
    def resident() -> int:
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    if not Path("/proc/self/statm").exists():
        pytest.skip("resident memory is read from /proc")
    x = torch.rand(4, 1, 28, 28)
    for _ in range(200):
        network.trace(x, gradients=True).why("conv1", 0, (3, 3))
    before = resident()
    for _ in range(1000):
        network.trace(x, gradients=True).why("conv1", 0, (3, 3))
    assert resident() - before < 4 << 20


def test_pictures_go_through_the_preprocessing(network: Network, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "digit.png")
    expected = torch.from_numpy(pixels / 255).float()
    for given in (
        pixels,
        Image.fromarray(pixels),
        tmp_path / "digit.png",
        str(tmp_path / "digit.png"),
    ):
        trace = network.trace(given)
        torch.testing.assert_close(trace.input[0, 0], expected)
    assert network.trace([pixels, Image.fromarray(pixels)]).input.shape == (2, 1, 28, 28)


def test_one_example_needs_no_batch_axis(network: Network) -> None:
    x = torch.rand(1, 28, 28)
    assert torch.equal(network.trace(x).output, network.trace(x[None]).output)
    assert torch.equal(network.trace(x.double().numpy()).output, network.trace(x).output)


def test_why_refuses_weights_that_have_changed(network: Network) -> None:
    trace = network.trace(torch.rand(1, 1, 28, 28))
    trace.why("conv1", 0, (0, 0))
    with torch.no_grad():
        next(network.module.parameters()).add_(1)
    with pytest.raises(NetworkError, match="trace the input again"):
        trace.why("conv1", 0, (0, 0))
    nn.init.zeros_(next(network.module.parameters()))


def test_a_layer_that_was_not_kept_is_not_in_the_trace(network: Network) -> None:
    trace = network.trace(torch.rand(1, 1, 28, 28), keep=["conv1"])
    assert "conv1" in trace
    assert "linear1" not in trace
    assert "conv9" not in trace
