import pytest
import torch
from torch import nn

from striate.layers import ChannelNorm
from striate.notation import build
from striate.training.precision import Arithmetic, PrecisionSettings, WorkingNetwork

BFLOAT16 = Arithmetic(compute="bfloat16", layout="channels_last")


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3)
    )


def step(working: WorkingNetwork, inputs: torch.Tensor) -> None:
    working.network(working.arithmetic.prepare(inputs)).float().square().sum().backward()
    working.collect_gradients()


def test_in_float32_the_master_itself_computes() -> None:
    master = network()
    working = WorkingNetwork(master, Arithmetic())
    assert working.network is master
    step(working, torch.randn(2, 2, 4, 4))
    working.publish()
    assert all(weight.grad is not None for weight in master.parameters())


def test_the_working_network_is_rounded_except_for_normalisations() -> None:
    working = WorkingNetwork(network(), BFLOAT16)
    types = {name: value.dtype for name, value in working.network.named_parameters()}
    assert types == {
        "0.weight": torch.bfloat16,
        "0.bias": torch.bfloat16,
        "1.weight": torch.float32,
        "1.bias": torch.float32,
        "4.weight": torch.bfloat16,
        "4.bias": torch.bfloat16,
    }
    assert {value.dtype for value in working.master.parameters()} == {torch.float32}


@pytest.mark.parametrize(
    "norm",
    [
        nn.BatchNorm1d(4),
        nn.InstanceNorm3d(4, affine=True),
        nn.GroupNorm(2, 4),
        nn.LayerNorm((4, 3, 3)),
        nn.RMSNorm((4, 3, 3)),
        ChannelNorm(4),
    ],
    ids=lambda norm: type(norm).__name__,
)
def test_every_normalisation_keeps_float32(norm: nn.Module) -> None:
    working = WorkingNetwork(nn.Sequential(nn.Conv2d(4, 4, 1), norm), BFLOAT16)
    kept = [p.dtype for p in working.network.get_submodule("1").parameters()]
    assert set(kept) == {torch.float32}


def test_updates_too_small_for_bfloat16_are_not_lost() -> None:
    master = nn.Linear(1, 1, bias=False)
    nn.init.ones_(master.weight)
    working = WorkingNetwork(master, BFLOAT16)
    rounded = next(working.network.parameters())
    for _ in range(64):
        with torch.no_grad():
            master.weight += 1e-3  # bfloat16 has no number between 1 and 1.0078
        working.publish()
    assert master.weight.item() == pytest.approx(1.064, abs=1e-5)
    assert rounded.item() == pytest.approx(1.064, abs=0.004)
    lost = torch.ones(1, dtype=torch.bfloat16)
    for _ in range(64):
        lost += 1e-3
    assert lost.item() == 1


def test_the_master_gets_the_gradients_in_float32() -> None:
    inputs = torch.randn(8, 2, 4, 4, generator=torch.Generator().manual_seed(1))
    exact, working = network(), WorkingNetwork(network(), BFLOAT16)
    exact(inputs).square().sum().backward()
    step(working, inputs)
    for parameter, wanted in zip(working.master.parameters(), exact.parameters(), strict=True):
        assert parameter.grad is not None
        assert wanted.grad is not None
        assert parameter.grad.dtype == torch.float32
        difference = (parameter.grad - wanted.grad).norm() / (wanted.grad.norm() + 1)
        assert difference < 0.05
    assert all(parameter.grad is None for parameter in working.network.parameters())


def test_running_statistics_are_shared() -> None:
    working = WorkingNetwork(network(), BFLOAT16)
    mean = working.master.get_buffer("1.running_mean")
    before = mean.clone()
    step(working, torch.randn(8, 2, 4, 4))
    assert not torch.equal(mean, before)
    assert working.master.get_buffer("1.num_batches_tracked").item() == 1
    with torch.no_grad():
        mean.fill_(3.0)
    assert working.network.get_buffer("1.running_mean").eq(3.0).all()


def test_a_frozen_weight_stays_frozen() -> None:
    master = network()
    first = master.get_parameter("0.weight")
    first.requires_grad = False
    working = WorkingNetwork(master, BFLOAT16)
    assert [p.requires_grad for p in working.network.parameters()].count(False) == 1
    step(working, torch.randn(8, 2, 4, 4))
    assert first.grad is None


@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((2, 3, 5), torch.contiguous_format),
        ((2, 3, 5, 4), torch.channels_last),
        ((2, 3, 5, 4, 2), torch.channels_last_3d),
    ],
)
def test_channels_last_of_every_rank(shape: tuple[int, ...], layout: torch.memory_format) -> None:
    batch = torch.randn(shape)
    laid_out = Arithmetic(layout="channels_last").lay_out(batch)
    assert laid_out.is_contiguous(memory_format=layout)
    assert torch.equal(laid_out, batch)
    prepared = BFLOAT16.prepare(batch)
    assert prepared.is_contiguous(memory_format=layout)
    assert torch.equal(prepared, batch.bfloat16())


def test_filters_are_laid_out_in_place() -> None:
    master = network()
    weight = master.get_parameter("0.weight")
    before = weight.detach().clone()
    WorkingNetwork(master, Arithmetic(layout="channels_last"))
    assert master.get_parameter("0.weight") is weight
    assert weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(weight, before)


LAYERS = """
input 2x8x8
conv 4 3x3 pad same boundary reflect
batchnorm
relu
depthwise 3x3 pad same
groupnorm 2
gelu
residual
  conv 4 3x3 pad same
  layernorm
  squeezeexcite 2
parallel
  branch
    maxpool 3x3 stride 1 pad 1
  branch
    lppool 3x3 stride 1 pad 1 p 3
  branch
    stochasticpool 3x3 stride 1 pad 1
prelu
transposed 4 2x2 stride 2
spectralpool size 4x4
avgpool global
flatten
linear 3
"""


@pytest.mark.parametrize("layout", ["contiguous", "channels_last"])
def test_layers_of_all_sorts_compute_in_bfloat16(layout: str) -> None:
    torch.manual_seed(0)
    master = build(LAYERS)
    working = WorkingNetwork(master, BFLOAT16.model_copy(update={"layout": layout}))
    step(working, torch.randn(4, 2, 8, 8))
    assert all(p.grad is not None and p.grad.isfinite().all() for p in master.parameters())


def test_what_is_left_open_gets_plain_values() -> None:
    assert PrecisionSettings().fixed() == Arithmetic()
    settings = PrecisionSettings(compute="bfloat16", pieces=3)
    assert settings.fixed() == Arithmetic(compute="bfloat16", pieces=3)
    assert settings.fixed().as_settings().fixed() == settings.fixed()
