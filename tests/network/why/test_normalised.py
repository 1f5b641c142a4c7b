"""Normalisations: against NumPy, and parents against the support of the gradient."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from tests.network.why.applied import close, explanations, parents_of, read_from, traced
from torch import Tensor, nn

from striate.layers import ChannelNorm
from striate.network.why import Why
from striate.network.why.why import Grid

SHAPE = (2, 4, 3, 5)
ROOT_MEAN_SQUARE_EPS = {
    torch.float32: float(np.finfo(np.float32).eps),
    torch.float64: float(np.finfo(np.float64).eps),
}

# Each layer with the axes of (N, C, H, W) that its statistics are taken over: of groups, those of
# (N, groups, C / groups, H, W).
LAYERS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "batch": (lambda: nn.BatchNorm2d(4), (0, 2, 3)),
    "batch without weights": (lambda: nn.BatchNorm2d(4, affine=False, eps=0.1), (0, 2, 3)),
    "instance": (lambda: nn.InstanceNorm2d(4, affine=True), (2, 3)),
    "instance without weights": (lambda: nn.InstanceNorm2d(4), (2, 3)),
    "one channel a group": (lambda: nn.GroupNorm(4, 4), (3, 4)),
    "two channels a group": (lambda: nn.GroupNorm(2, 4), (2, 3, 4)),
    "one group": (lambda: nn.GroupNorm(1, 4, affine=False), (2, 3, 4)),
    "layer": (lambda: nn.LayerNorm((4, 3, 5)), (1, 2, 3)),
    "layer over rows": (lambda: nn.LayerNorm(5, bias=False), (3,)),
    "channels": (lambda: ChannelNorm(4), (1,)),
}


def with_drawn_weights(layer: nn.Module, dtype: torch.dtype) -> nn.Module:
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for tensor in layer.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    return layer.to(dtype)


def maps(dtype: torch.dtype = torch.float64, shape: tuple[int, ...] = SHAPE) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    return (2 * torch.randn(shape, generator=generator, dtype=torch.float64) + 3).to(dtype)


def affine(layer: nn.Module, normalised: Grid) -> Grid:
    """Scaled and shifted by the layer's weights, one a channel but for those of nn.LayerNorm."""
    for name in ("weight", "bias"):
        tensor = getattr(layer, name, None)
        if tensor is not None:
            values = tensor.detach().double().numpy()
            if not isinstance(layer, nn.LayerNorm | nn.RMSNorm):
                values = values.reshape(-1, *(1,) * (normalised.ndim - 2))
            normalised = normalised * values if name == "weight" else normalised + values
    return normalised


def labels(why: Why) -> list[str]:
    return [step.label for step in why.steps]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", LAYERS)
def test_statistics_of_the_values_themselves(name: str, dtype: torch.dtype) -> None:
    make, axes = LAYERS[name]
    layer, x = with_drawn_weights(make(), dtype), maps(dtype)
    trace, node = traced(layer, x, training=True, gradients=True)
    values = x.double().numpy()
    if isinstance(layer, nn.GroupNorm):
        values = values.reshape(2, layer.num_groups, -1, 3, 5)
    mean, variance = values.mean(axes, keepdims=True), values.var(axes, keepdims=True)
    normalised = ((values - mean) / np.sqrt(variance + layer.eps)).reshape(SHAPE)
    expected = affine(layer, normalised)
    means = np.broadcast_to(mean, values.shape).reshape(SHAPE)
    variances = np.broadcast_to(variance, values.shape).reshape(SHAPE)
    for index, why in explanations(trace, node):
        assert close(why.total, why.unit.value, x)
        assert close(why.total, float(expected[index]), x)
        steps = {step.label: step.value for step in why.steps}
        assert close(steps["mean"], float(means[index]), x)
        assert close(steps["variance"], float(variances[index]), x)
        assert steps["eps"] == layer.eps
        if dtype == torch.float64 and index[1:3] in ((0, 0), (3, 2)):
            assert parents_of(why) == read_from(trace, node, index)


@pytest.mark.parametrize("make", [nn.BatchNorm2d, nn.InstanceNorm2d])
def test_running_statistics_read_one_value(make: Callable[..., nn.Module]) -> None:
    layer = with_drawn_weights(make(4, affine=True, track_running_stats=True), torch.float64)
    x = maps()
    trace, node = traced(layer, x)
    with torch.no_grad():
        expected = layer(x)
    for index, why in explanations(trace, node):
        assert close(why.total, float(expected[index]), x)
        assert parents_of(why) == {index}
        assert labels(why) == ["mean", "variance", "eps", "normalised", "scaled", "shifted"]
        assert why.steps[0].formula == f"running mean of channel {index[1]}"
        for step, name in zip(why.steps, ("running_mean", "running_var"), strict=False):
            assert step.value == float(layer.get_buffer(name)[index[1]])


def test_a_batch_normalisation_that_keeps_no_statistics() -> None:
    layer = nn.BatchNorm2d(4, track_running_stats=False).double()
    x = maps()
    trace, node = traced(layer, x)
    for index, why in explanations(trace, node):
        assert close(why.total, why.unit.value, x)
        assert {place[0] for place in parents_of(why)} == {0, 1}
        assert {place[1] for place in parents_of(why)} == {index[1]}


@pytest.mark.parametrize("shape", [(6, 4), (2, 4, 7), (2, 4, 2, 3, 2)])
@pytest.mark.parametrize("training", [False, True])
def test_batches_of_other_numbers_of_axes(shape: tuple[int, ...], training: bool) -> None:
    kind = nn.BatchNorm3d if len(shape) == 5 else nn.BatchNorm1d
    layer, x = with_drawn_weights(kind(4), torch.float64), maps(shape=shape)
    trace, node = traced(layer, x, training=training, gradients=True)
    for index, why in explanations(trace, node):
        assert close(why.total, why.unit.value, x)
        assert parents_of(why) == read_from(trace, node, index)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("eps", [None, 0.01])
@pytest.mark.parametrize("size", [(5,), (3, 5)])
def test_root_mean_squares(size: tuple[int, ...], eps: float | None, dtype: torch.dtype) -> None:
    layer, x = with_drawn_weights(nn.RMSNorm(size, eps), dtype), maps(dtype) * 1e-3
    trace, node = traced(layer, x, gradients=True)
    values = x.double().numpy()
    square = (values**2).mean(tuple(range(4 - len(size), 4)), keepdims=True)
    added = ROOT_MEAN_SQUARE_EPS[dtype] if eps is None else eps
    expected = affine(layer, values / np.sqrt(square + added))
    for index, why in explanations(trace, node):
        assert close(why.total, float(expected[index]), x)
        assert abs(why.total - why.unit.value) <= (1e-12 if dtype == torch.float64 else 1e-5)
        assert labels(why) == ["mean square", "eps", "normalised", "scaled"]
        assert parents_of(why) == read_from(trace, node, index)


def test_a_value_of_statistics_of_many_values_has_one_parent() -> None:
    x = maps(shape=(1, 2, 64, 65))
    trace, node = traced(nn.InstanceNorm2d(2), x)
    why = trace.why(node.name, 1, (3, 4))
    assert close(why.total, why.unit.value, x)
    assert parents_of(why) == {(0, 1, 3, 4)}
    assert why.steps[0].formula == ("of 4,160 values (too many to list), channel 1 of this example")
    trace, node = traced(nn.InstanceNorm2d(2), x[..., :64])
    assert len(trace.why(node.name, 1, (3, 4)).parents) == 4096


def test_a_value_listed_twice_is_one_parent() -> None:
    trace, node = traced(ChannelNorm(4).double(), maps())
    why = trace.why(node.name, 2, (0, 0))
    assert [patch.label for patch in why.patches] == ["value", "statistics"]
    assert len(why.parents) == 4
    mean = why.patches[1].values.mean()
    np.testing.assert_allclose(why.patches[1].terms, (why.patches[1].values - mean) ** 2)


def test_scales_and_shifts_that_are_computed_from_the_input_are_parents() -> None:
    def adaptive(x: Tensor) -> Tensor:
        scale, shift = x.amax((0, 2, 3)), x.amin((0, 2, 3))
        return F.group_norm(x, 2, scale, shift)

    x = maps()
    trace, node = traced(adaptive, x)
    for index, why in explanations(trace, node):
        assert close(why.total, why.unit.value, x)
        layers = [parent.layer for parent in why.parents]
        assert layers[:3] == ["input", "amax", "amin"]
        assert [patch.label for patch in why.patches[:3]] == ["value", "scale", "shift"]
        assert why.parents[1].value == float(x[:, index[1]].max())


def test_a_constant_row_without_eps_is_not_a_number() -> None:
    x = torch.full((2, 1, 3), 2.5, dtype=torch.float64)
    trace, node = traced(nn.LayerNorm(3, eps=0.0).double(), x)
    for _, why in explanations(trace, node):
        assert np.isnan(why.total)
        assert np.isnan(why.unit.value)


def test_the_weight_of_a_value_is_all_that_it_is_multiplied_by() -> None:
    layer = with_drawn_weights(nn.BatchNorm2d(4), torch.float64)
    trace, node = traced(layer, maps(), gradients=True)
    for index, why in list(explanations(trace, node))[::7]:
        value = trace[node.name][index]
        slope = float(trace.gradients(value, ["input"])["input"][index])
        own = why.patches[0]
        assert own.weights is not None
        assert float(own.weights) == pytest.approx(slope, rel=1e-12)
        assert float(own.terms) == pytest.approx(slope * float(own.values), rel=1e-12)


def test_the_formula_has_the_numbers_in_it() -> None:
    layer = nn.BatchNorm1d(1).double()
    layer.load_state_dict(
        {
            "weight": torch.tensor([2.0]),
            "bias": torch.tensor([-1.0]),
            "running_mean": torch.tensor([-0.5]),
            "running_var": torch.tensor([4.0]),
            "num_batches_tracked": torch.tensor(1),
        }
    )
    trace, node = traced(layer, torch.tensor([[1.5]], dtype=torch.float64))
    why = trace.why(node.name, 0)
    assert why.summary == "y = (x - mean) / sqrt(variance + eps) * scale + shift"
    assert [step.formula for step in why.steps] == [
        "running mean of channel 0",
        "running variance of channel 0",
        "added to the variance",
        "(1.5 - (-0.5)) / sqrt(4 + 1e-05)",
        "0.999999 * 2",
        "2 + (-1)",
    ]
