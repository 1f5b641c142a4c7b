from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.notation import build
from striate.training import Lens, make_loss
from striate.training.losses import CrossEntropy

PLAIN = """
input 2x8x8
conv 6 3x3 pad same
batchnorm
relu
maxpool 2x2
dropout 0.5
flatten
linear 5
"""

BLOCKS = """
input 3x8x8
conv 4 3x3 pad same
repeat 2
  residual
    conv 4 3x3 pad same
    relu
parallel
  branch
    separable 6 3x3 pad same
  branch
    maxpool 3x3 stride 1 pad 1
squeezeexcite 4
avgpool global
flatten
linear 5
"""

loss = make_loss(CrossEntropy(), 5)
target = torch.tensor([3])


def network(text: str) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build(text).train()


def example(*shape: int) -> Tensor:
    return torch.randn(1, *shape, generator=torch.Generator().manual_seed(1))


@contextmanager
def left_alone(module: nn.Module) -> Iterator[None]:
    before = {name: value.clone() for name, value in module.state_dict().items()}
    modes = [each.training for each in module.modules()]
    grads = [p.grad if p.grad is None else p.grad.clone() for p in module.parameters()]
    random = torch.get_rng_state()
    yield
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert modes == [each.training for each in module.modules()]
    for was, parameter in zip(grads, module.parameters(), strict=True):
        assert (was is None) == (parameter.grad is None)
        assert was is None or parameter.grad is None or torch.equal(was, parameter.grad)
    assert torch.equal(random, torch.get_rng_state())
    assert not any(each._forward_hooks for each in module.modules())


def test_values_and_gradients_are_those_worked_out_by_hand() -> None:
    module, x = network(PLAIN), example(2, 8, 8)
    with left_alone(module):
        insides = Lens(PLAIN, module).look(x, target, loss)
    conv, norm, _, _, _, _, linear = module
    values = [F.conv2d(x, conv.weight, conv.bias, padding=1)]
    values.append(
        F.batch_norm(values[0], norm.running_mean, norm.running_var, norm.weight, norm.bias)
    )
    values += [F.relu(values[1])]
    values += [F.max_pool2d(values[2], 2)]
    values += [values[3] * 1.0, values[3].flatten(1)]
    values += [F.linear(values[5], linear.weight, linear.bias)]
    gradients = torch.autograd.grad(
        F.cross_entropy(values[-1], target), values[:4] + values[6:], retain_graph=True
    )
    assert [layer.name for layer in insides.layers] == [
        "conv1", "norm1", "relu1", "pool1", "dropout1", "flatten1", "linear1"
    ]  # fmt: skip
    for layer, value in zip(insides.layers, values, strict=True):
        shown = torch.from_numpy(layer.parts["activations"].shown)
        torch.testing.assert_close(shown, value[0].detach())
        assert layer.output == tuple(value.shape[1:])
        assert layer.parts["activations"].figures.shape == layer.output
    of_layers = [*insides.layers[:4], insides.layers[6]]
    for layer, gradient in zip(of_layers, gradients, strict=True):
        torch.testing.assert_close(torch.from_numpy(layer.parts["gradients"].shown), gradient[0])
    torch.testing.assert_close(insides.logits, values[-1][0].detach())


def test_weights_and_their_gradients_are_the_masters() -> None:
    module, master = network(PLAIN), network(PLAIN)
    with torch.no_grad():
        for parameter in master.parameters():
            parameter.mul_(2)
            parameter.grad = parameter.detach() * 3
    insides = Lens(PLAIN, module, master).look(example(2, 8, 8), target, loss)
    parts = {layer.name: layer.parts for layer in insides.layers}
    for name in ("conv1", "norm1", "linear1"):
        weight = master.get_submodule(name).weight
        shown = torch.from_numpy(parts[name]["weights"].shown)
        assert torch.equal(shown, weight.detach()[:, :256] if weight.ndim == 2 else weight.detach())
        assert torch.equal(torch.from_numpy(parts[name]["weight_gradients"].shown), 3 * shown)
        bias = master.get_submodule(name).bias
        assert parts[name]["bias"].figures.high == bias.max()
        assert parts[name]["bias"].shown is None
    assert not {"weights", "weight_gradients", "bias"} & set(parts["relu1"])


def test_there_are_no_gradients_of_weights_before_a_step() -> None:
    module = network(PLAIN)
    first = Lens(PLAIN, module).look(example(2, 8, 8), target, loss).layers[0]
    assert set(first.parts) == {"activations", "gradients", "weights", "bias"}


def test_layers_in_blocks_have_the_lines_they_come_from() -> None:
    module = network(BLOCKS)
    with left_alone(module):
        insides = Lens(BLOCKS, module).look(example(3, 8, 8), target, loss)
    found = [(layer.name, layer.line.number, layer.line.kind) for layer in insides.layers]
    assert found == [
        ("conv1", 3, "conv"),
        ("repeat1.1.residual1.body.conv1", 6, "conv"),
        ("repeat1.1.residual1.body.relu1", 7, "relu"),
        ("repeat1.1.residual1", 5, "residual"),
        ("repeat1.2.residual1.body.conv1", 6, "conv"),
        ("repeat1.2.residual1.body.relu1", 7, "relu"),
        ("repeat1.2.residual1", 5, "residual"),
        ("parallel1.branches.0.separable1.depthwise", 10, "conv2d"),
        ("parallel1.branches.0.separable1.pointwise", 10, "conv2d"),
        ("parallel1.branches.1.pool1", 12, "maxpool"),
        ("parallel1", 8, "parallel"),
        *[(f"squeezeexcite1.{name}", 13, kind) for name, kind in SQUEEZE],
        ("squeezeexcite1", 13, "squeezeexcite"),
        ("pool1", 14, "avgpool"),
        ("flatten1", 15, "flatten"),
        ("linear1", 16, "linear"),
    ]
    assert insides.layers[7].line.text == "depthwise of separable 6 3x3 pad same"


SQUEEZE = [("fc1", "linear"), ("activation", "relu"), ("fc2", "linear"), ("gate", "sigmoid")]


def test_an_operation_in_place_does_not_change_what_is_seen_of_the_layer_before() -> None:
    text = "input 1x4x4\nconv 3 3x3\nrelu\nflatten\nlinear 5\n"
    module = network(text)
    plain = Lens(text, module).look(example(1, 4, 4), target, loss)
    module[1].inplace = True
    insides = Lens(text, module).look(example(1, 4, 4), target, loss)
    assert insides.layers[0].parts["activations"].figures.low < 0
    for one, other in zip(plain.layers, insides.layers, strict=True):
        for part in ("activations", "gradients"):
            np.testing.assert_array_equal(one.parts[part].shown, other.parts[part].shown)


def test_arrays_only_of_the_layers_that_are_asked_for() -> None:
    module = network(PLAIN)
    insides = Lens(PLAIN, module).look(example(2, 8, 8), target, loss, ["relu1"])
    shown = {layer.name for layer in insides.layers for part in layer.parts.values()
             if part.shown is not None}  # fmt: skip
    assert shown == {"relu1"}
    assert len(insides.layers) == 7


def test_large_networks_are_shown_in_part() -> None:
    text = "input 3x96x96\n" + "conv 64 3x3 pad same\nrelu\n" * 10 + "flatten\nlinear 5\n"
    insides = Lens(text, network(text)).look(example(3, 96, 96), target, loss)
    size = sum(
        part.shown.nbytes
        for layer in insides.layers
        for part in layer.parts.values()
        if part.shown is not None
    )
    assert 1 << 19 < size <= 4 << 20
    assert insides.layers[0].parts["activations"].figures.shape == (64, 96, 96)


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("input 2x64\nconv 4 5\nrelu\nmaxpool 2\nflatten\nlinear 5\n", (2, 64)),
        ("input 1x6x8x8\nconv 4 3x3x3\nrelu\nflatten\nlinear 5\n", (1, 6, 8, 8)),
        ("input 12\nlinear 6\nprelu\nlinear 5\n", (12,)),
    ],
)
def test_of_any_number_of_axes(text: str, shape: tuple[int, ...]) -> None:
    insides = Lens(text, network(text)).look(example(*shape), target, loss)
    for layer in insides.layers:
        for part in layer.parts.values():
            assert part.shown is None or 1 <= part.shown.ndim <= 4
