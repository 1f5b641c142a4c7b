"""What every named network must do, whatever its family."""

from __future__ import annotations

import copy
import gc
from collections.abc import Iterator
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from striate.errors import ModelError
from striate.layers import SqueezeExcite
from striate.layers.pooling import LpPool
from striate.models import Entry, create, describe, entries, names
from striate.models.replacement import replace_activations, replace_poolings
from striate.models.squeeze_excitation import SqueezeExcitation
from striate.notation import build, check

from .conftest import scores_of, smallest

CLASSES = 3
SLIDING = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
ACTIVATIONS = (nn.ReLU, nn.ReLU6, nn.SiLU, nn.Hardswish, nn.Tanh, nn.Sigmoid, nn.Hardsigmoid)
GATES = (nn.Sigmoid, nn.Hardsigmoid)

every_network = pytest.mark.parametrize("name", names())
every_text = pytest.mark.parametrize("name", [e.name for e in entries() if e.text is not None])


def small_shape(entry: Entry) -> tuple[int, ...]:
    """Two channels, and a fourth of the size but little, unless the least size is more."""
    most = {1: 256, 2: 16, 3: 8}[len(entry.least)]
    sizes = zip(entry.least, entry.input_shape[1:], strict=True)
    return (2, *(max(least, min(most, size // 4)) for least, size in sizes))


class Few:
    """A network with few classes on a small input, and its scores in evaluation mode."""

    def __init__(self, name: str) -> None:
        self.entry = describe(name)
        torch.manual_seed(0)
        shape = small_shape(self.entry)
        self.network = self.entry.build(input_shape=shape, classes=CLASSES).eval()
        self.x = torch.randn(2, *shape)
        self.scores = self.scores_now()

    def scores_now(self) -> torch.Tensor:
        """The scores as the network is now."""
        with torch.no_grad():
            return scores_of(self.network(self.x))


@pytest.fixture(scope="module")
def few(request: pytest.FixtureRequest) -> Iterator[Few]:
    """One network at a time: the largest take half a gigabyte."""
    yield Few(request.param)
    gc.collect()


def or_exhaustive(entry: Entry, most: int) -> Any:
    """The name of an entry, left to the exhaustive run when there is a smaller one to test."""
    large = entry.parameters > most and entry.name != smallest(entry.family)
    return pytest.param(entry.name, marks=[pytest.mark.exhaustive] * large)


every_few = pytest.mark.parametrize(
    "few", [or_exhaustive(entry, 30_000_000) for entry in entries()], indirect=True
)


class Published:
    """A network as its entry has it, on the meta device, and what one example makes it do."""

    def __init__(self, name: str) -> None:
        self.entry = describe(name)
        with torch.device("meta"):
            self.network = create(name).eval()
            self.x = torch.empty(1, *self.entry.input_shape)
        with FlopCounterMode(display=False) as counter:
            self.output = self.run(self.network)
        self.operations = counter.get_total_flops()

    def run(self, network: nn.Module) -> tuple[int, ...]:
        """The shape of the first output."""
        with torch.no_grad():
            output = network(self.x)
        return tuple((output[0] if isinstance(output, tuple | list) else output).shape)


@pytest.fixture(scope="module")
def published(request: pytest.FixtureRequest) -> Published:
    """One network at a time."""
    return Published(request.param)


every_published = pytest.mark.parametrize("published", names(), indirect=True)


def test_every_name_is_there_once() -> None:
    assert len(set(names())) == len(names())


@every_published
def test_parameters_and_multiply_adds_are_those_of_the_entry(published: Published) -> None:
    entry = published.entry
    assert sum(p.numel() for p in published.network.parameters()) == entry.parameters
    assert published.operations == 2 * entry.multiply_adds
    if entry.task != "features":
        assert published.output[:2] == (1, entry.classes)


@every_published
def test_any_pooling_stands_in_for_those_that_slide(published: Published) -> None:
    network = copy.deepcopy(published.network)
    sliding = sum(isinstance(module, SLIDING) for module in network.modules())
    assert replace_poolings(network, "lppool p 3") == sliding
    assert sum(isinstance(module, LpPool) for module in network.modules()) == sliding
    assert replace_poolings(network, "spectralpool") == sliding
    if sliding:
        assert published.run(network) == published.output


@every_published
def test_any_activation_stands_in_for_all_but_gates(published: Published) -> None:
    network = copy.deepcopy(published.network)
    gates = [
        child
        for module in network.modules()
        if isinstance(module, SqueezeExcite | SqueezeExcitation)
        for child in module.children()
        if isinstance(child, GATES)
    ]
    activations = [child for child in network.modules() if isinstance(child, ACTIVATIONS)]
    assert replace_activations(network, "gelu") == len(activations) - len(gates)
    assert [child for child in network.modules() if isinstance(child, ACTIVATIONS)] == gates


@every_network
def test_the_least_size_is_the_least(name: str) -> None:
    entry = describe(name)
    channels, sizes = entry.input_shape[0], entry.input_shape[1:]
    with torch.device("meta"):
        network = entry.build(input_shape=(channels, *entry.least), classes=CLASSES).eval()
        with torch.no_grad():
            assert scores_of(network(torch.empty(1, channels, *entry.least))).numel() > 0
        # Axes that are alike in the published input are alike in the least one.
        for axes in ([axis for axis, n in enumerate(sizes) if n == size] for size in set(sizes)):
            least = entry.least[axes[0]]
            if least > 1:
                smaller = [n - (axis in axes) for axis, n in enumerate(entry.least)]
                with pytest.raises(ModelError, match=rf"(`[\w.]+`|U-Net).*{least}"):
                    create(name, input_shape=(channels, *smaller))


@every_few
def test_scores_are_numbers_one_a_class(few: Few) -> None:
    assert torch.isfinite(few.scores).all()
    if few.entry.task != "features":
        assert few.scores.shape == (2, CLASSES)


@every_few
def test_every_parameter_has_a_gradient(few: Few) -> None:
    statistics = copy.deepcopy(dict(few.network.named_buffers()))
    output = few.network.train()(few.x)
    outputs = output if isinstance(output, tuple | list) else [output]
    loss = torch.stack([scores_of(one).square().sum() for one in outputs]).sum()
    loss.backward()  # type: ignore[no-untyped-call]
    lacking = [
        name
        for name, parameter in few.network.named_parameters()
        if parameter.requires_grad
        and (parameter.grad is None or not torch.isfinite(parameter.grad).all())
    ]
    few.network.eval().zero_grad()
    for name, buffer in few.network.named_buffers():
        buffer.copy_(statistics[name])
    assert lacking == []


@every_few
def test_saved_and_loaded_it_is_the_same(few: Few) -> None:
    saved = safetensors.torch.save(few.network.state_dict())
    with torch.no_grad():
        for parameter in few.network.parameters():
            parameter.add_(0.1)
    assert few.entry.parameters == 0 or not torch.equal(few.scores_now(), few.scores)
    few.network.load_state_dict(safetensors.torch.load(saved))
    assert torch.equal(few.scores_now(), few.scores)


@every_few
def test_it_runs_with_channels_last(few: Few) -> None:
    layout = {4: torch.channels_last, 5: torch.channels_last_3d}.get(few.x.dim())
    if layout is None:
        pytest.skip("torch has no such layout of signals")
    few.network.to(memory_format=layout)  # type: ignore[call-overload]
    with torch.no_grad():
        scores = scores_of(few.network(few.x.to(memory_format=layout)))
    few.network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    torch.testing.assert_close(scores, few.scores, rtol=1e-3, atol=1e-4)


# Many processors have no arithmetic of 16 bits and take minutes for maps as large as these.
@pytest.mark.parametrize(
    "few",
    [
        pytest.param(entry.name, marks=pytest.mark.exhaustive)
        if entry.task == "segmentation"
        else or_exhaustive(entry, 30_000_000)
        for entry in entries()
    ],
    indirect=True,
)
def test_it_runs_in_bfloat16(few: Few) -> None:
    network = copy.deepcopy(few.network).bfloat16()
    with torch.no_grad():
        scores = scores_of(network(few.x.bfloat16()))
    assert scores.dtype == torch.bfloat16
    assert torch.isfinite(scores).all()


@every_text
def test_its_text_is_the_same_network(name: str) -> None:
    entry = describe(name)
    assert entry.text is not None
    text = entry.text(input_shape=entry.input_shape, classes=entry.classes)
    report = check(text)
    assert report.ok, report.diagnostics
    assert report.total.parameters == entry.parameters
    assert report.total.multiply_adds == entry.multiply_adds
    with torch.device("meta"):
        mine, other = create(name), build(text)
    shapes = [tuple(p.shape) for p in mine.parameters()]
    assert sorted(tuple(p.shape) for p in other.parameters()) == sorted(shapes)
