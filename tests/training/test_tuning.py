import math
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from striate.data import describe
from striate.training import tuning
from striate.training.losses import CrossEntropy, make_loss
from striate.training.precision import Arithmetic, Compute, PrecisionSettings

CPU = torch.device("cpu")
LOSS = make_loss(CrossEntropy(), 10)
TYPES: dict[torch.dtype, Compute] = {torch.float32: "float32", torch.bfloat16: "bfloat16"}

_lacks_bfloat16 = tuning._lacks_bfloat16


@pytest.fixture(autouse=True)
def unknown_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the tests measure also on a processor that is known to have no bfloat16."""
    monkeypatch.setattr(tuning, "_lacks_bfloat16", lambda: False)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 10))


def resolve(
    settings: PrecisionSettings, model: nn.Module | None = None, batch: int = 60, **changes: Any
) -> Arithmetic:
    arguments: dict[str, Any] = {
        "description": describe("digits"),
        "loss": LOSS,
        "device": CPU,
    } | changes
    return tuning.resolve(settings, model or network(), batch=batch, **arguments)


def is_slow(model: nn.Module, **settings: Any) -> bool:
    return tuning.is_slow(Arithmetic(**settings), model, describe("digits"), LOSS, CPU)


Cost = Callable[[Compute, int], float]
"""The seconds that a number type takes for so many examples."""


class Machine:
    """A processor on which time passes by a layer's work only, and which notes what it was given.

    `forward` and `backward` are the seconds of a network of twenty layers.
    """

    def __init__(self, forward: Cost, backward: Cost) -> None:
        self.costs = {"forward": forward, "backward": backward}
        self.now = 0.0
        self.given: list[tuple[str, Compute, int]] = []

    def perf_counter(self) -> float:
        return self.now

    def work(self, way: str, x: Tensor) -> Tensor:
        compute = TYPES[x.dtype]
        self.given.append((way, compute, len(x)))
        self.now += self.costs[way](compute, len(x)) / 20
        return x.clone()

    def passes(self, way: str, compute: Compute) -> float:
        return sum(given[:2] == (way, compute) for given in self.given) / 20

    def largest(self, compute: Compute) -> int:
        return max((size for _, kind, size in self.given if kind == compute), default=0)

    def network(self) -> nn.Sequential:
        return nn.Sequential(
            nn.Flatten(), nn.Linear(64, 10), *(_Work(self.work) for _ in range(20))
        )


class _Work(nn.Module):
    def __init__(self, work: Callable[[str, Tensor], Tensor]) -> None:
        super().__init__()
        self.work = [work]

    def __deepcopy__(self, _: Any) -> "_Work":
        return _Work(*self.work)

    def forward(self, x: Tensor) -> Tensor:
        worked: Tensor = _WorkFunction.apply(x, *self.work)  # type: ignore[no-untyped-call]
        return worked


class _WorkFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, work: Callable[[str, Tensor], Tensor]) -> Tensor:
        ctx.work = work
        return work("forward", x)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return ctx.work("backward", gradients[0]), None


MakeMachine = Callable[..., Machine]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> MakeMachine:
    def make(cost: Cost, backward: Cost | None = None) -> Machine:
        made = Machine(cost, backward or cost)
        monkeypatch.setattr(tuning, "time", made)
        return made

    return make


def times(float32: float, bfloat16: float) -> Cost:
    """The same seconds for every example."""
    return lambda compute, size: size * (float32 if compute == "float32" else bfloat16)


class TestNumberType:
    @pytest.mark.parametrize("milliseconds", [0.01, 0.1, 1, 10, 50])
    @pytest.mark.parametrize("times_slower", [100, 20, 4])
    def test_that_is_hopeless_gets_a_few_examples_only(
        self, machine: MakeMachine, milliseconds: float, times_slower: float
    ) -> None:
        seconds = milliseconds / 1000
        made = machine(times(seconds, times_slower * seconds))
        found = resolve(PrecisionSettings(), batch=1000, model=made.network())
        assert found.compute == "float32"
        assert made.largest("bfloat16") == 2
        assert made.now < 2.5

    def test_is_all_that_is_measured_where_it_is_all_that_is_open(
        self, machine: MakeMachine
    ) -> None:
        made = machine(times(0.001, 0.1))
        settings = PrecisionSettings(layout="channels_last", pieces=500)
        found = resolve(settings, batch=2000, model=made.network())
        assert found == Arithmetic(compute="float32", layout="channels_last", pieces=500)
        assert made.largest("float32") == 2
        assert made.now < 0.75

    def test_that_is_hopeless_is_stopped_amid_its_first_run(self, machine: MakeMachine) -> None:
        made = machine(times(0.05, 5.0))
        assert resolve(PrecisionSettings(), model=made.network()).compute == "float32"
        assert 0 < made.passes("forward", "bfloat16") < 0.5
        assert made.passes("backward", "bfloat16") == 0

    def test_that_is_hopeless_backward_only_is_stopped_there(self, machine: MakeMachine) -> None:
        made = machine(times(0.02, 0.02), times(0.02, 5.0))
        assert resolve(PrecisionSettings(), model=made.network()).compute == "float32"
        assert made.passes("forward", "bfloat16") == 1
        assert 0 < made.passes("backward", "bfloat16") < 0.5

    @pytest.mark.parametrize("milliseconds", [0.01, 0.1, 1, 10, 50])
    @pytest.mark.parametrize("times_faster", [1.2, 4, 100])
    def test_bfloat16_wins_where_it_is_faster(
        self, machine: MakeMachine, milliseconds: float, times_faster: float
    ) -> None:
        seconds = milliseconds / 1000
        made = machine(times(seconds, seconds / times_faster))
        found = resolve(PrecisionSettings(), batch=1000, model=made.network())
        assert found.compute == "bfloat16"
        assert made.largest("float32") <= 64
        assert made.now < 2.5

    @pytest.mark.parametrize("others", [{}, {"layout": "contiguous", "pieces": 300}])
    def test_what_holds_for_more_examples_counts(
        self, machine: MakeMachine, others: dict[str, Any]
    ) -> None:
        settings = PrecisionSettings(**others)

        def slow_to_begin(compute: Compute, size: int) -> float:
            return 0.008 + 0.0003 * size if compute == "bfloat16" else 0.003 + 0.001 * size

        made = machine(slow_to_begin)
        assert resolve(settings, batch=300, model=made.network()).compute == "bfloat16"

        def quick_to_begin(compute: Compute, size: int) -> float:
            return 0.0001 + 0.002 * size if compute == "bfloat16" else 0.01 + 0.001 * size

        made = machine(quick_to_begin)
        assert resolve(settings, batch=300, model=made.network()).compute == "float32"

    def test_the_first_run_may_take_longer(self, machine: MakeMachine) -> None:
        seen = set()

        def makes_kernels(compute: Compute, size: int) -> float:
            first = (compute, size) not in seen
            seen.add((compute, size))
            slow = 3.0 if first and compute == "bfloat16" else 0.0  # of twenty layers, one
            return slow + size * (0.001 if compute == "float32" else 0.0005)

        made = machine(makes_kernels)
        settings = PrecisionSettings(layout="contiguous", pieces=64)
        assert resolve(settings, model=made.network()).compute == "bfloat16"

    def test_is_float32_where_time_runs_out_before_anything_is_known(
        self, machine: MakeMachine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tuning, "_SECONDS", -1.0)
        made = machine(times(0.001, 0.0001))
        assert resolve(PrecisionSettings(), model=made.network()).compute == "float32"

    @pytest.mark.parametrize("error", [NotImplementedError, RuntimeError])
    def test_without_kernels_is_passed_over(self, error: type[Exception]) -> None:
        class Float32Only(nn.Module):
            def forward(self, x: Tensor) -> Tensor:
                if x.dtype == torch.bfloat16:
                    raise error("expected scalar type Float")
                return x

        model = nn.Sequential(Float32Only(), network())
        assert resolve(PrecisionSettings(), model=model).compute == "float32"
        assert not is_slow(model, compute="bfloat16")

    def test_that_a_layer_of_torchs_own_lacks_is_passed_over(self) -> None:
        torch.manual_seed(0)
        model = nn.Sequential(nn.LocalResponseNorm(3), nn.Flatten(), nn.Linear(64, 10))
        assert resolve(PrecisionSettings(), model=model).compute == "float32"

    def test_is_known_of_a_processor_without_bfloat16(
        self, machine: MakeMachine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tuning, "_lacks_bfloat16", lambda: True)
        made = machine(times(0.001, 0.0001))
        settings = PrecisionSettings(layout="contiguous", pieces=64)
        assert resolve(settings, model=made.network()).compute == "float32"
        assert not made.given
        assert resolve(PrecisionSettings(), model=made.network()).compute == "float32"
        assert made.largest("bfloat16") == 0

    @pytest.mark.parametrize(
        ("processor", "capability", "lacks"),
        [
            ("x86_64", "AVX2", True),
            ("AMD64", "DEFAULT", True),
            ("x86_64", "AVX512", False),
            ("x86_64", "AMX of 2035", False),
            ("arm64", "DEFAULT", False),
            ("aarch64", "SVE256", False),
        ],
    )
    def test_is_known_where_it_surely_lacks(
        self, monkeypatch: pytest.MonkeyPatch, processor: str, capability: str, lacks: bool
    ) -> None:
        monkeypatch.setattr(platform, "machine", lambda: processor)
        monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
        assert _lacks_bfloat16() == lacks


class TestSlowness:
    def test_is_of_what_is_several_times_slower(self, machine: MakeMachine) -> None:
        assert is_slow(machine(times(0.001, 0.1)).network(), compute="bfloat16")
        assert not is_slow(machine(times(0.001, 0.002)).network(), compute="bfloat16")
        assert not is_slow(machine(times(0.001, 0.0003)).network(), compute="bfloat16")

    def test_needs_no_measuring_of_float32(self, machine: MakeMachine) -> None:
        made = machine(times(0.1, 0.001))
        assert not is_slow(made.network(), compute="float32")
        assert not made.given

    def test_needs_no_measuring_where_bfloat16_is_known_to_lack(
        self, machine: MakeMachine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tuning, "_lacks_bfloat16", lambda: True)
        made = machine(times(0.1, 0.001))
        assert is_slow(made.network(), compute="bfloat16")
        assert not made.given


def measured(
    monkeypatch: pytest.MonkeyPatch, seconds: Callable[[Arithmetic], float]
) -> list[Arithmetic]:
    tried: list[Arithmetic] = []

    def measure(_: object, arithmetic: Arithmetic, limit: float = math.inf) -> float:
        tried.append(arithmetic)
        return seconds(arithmetic)

    monkeypatch.setattr(tuning._Bench, "seconds_an_example", measure)
    return tried


def test_settings_without_auto_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = measured(monkeypatch, lambda _: 1e-6)
    settings = PrecisionSettings(compute="bfloat16", layout="contiguous", pieces=9)
    assert resolve(settings) == Arithmetic(compute="bfloat16", layout="contiguous", pieces=9)
    assert not tried


def test_the_network_the_threads_and_torchs_random_numbers_are_left_as_they_were() -> None:
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    threads = torch.get_num_threads()
    torch.manual_seed(4)
    expected = torch.rand(3)
    torch.manual_seed(4)
    resolve(PrecisionSettings(), model=model)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())
    assert all(parameter.grad is None for parameter in model.parameters())


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
@pytest.mark.parametrize("layout", ["contiguous", "channels_last"])
@pytest.mark.parametrize("pieces", [64, 128, 256, 512])
def test_the_fastest_is_taken(
    monkeypatch: pytest.MonkeyPatch, compute: str, layout: str, pieces: int
) -> None:
    wanted = Arithmetic.model_validate({"compute": compute, "layout": layout, "pieces": pieces})

    def seconds(arithmetic: Arithmetic) -> float:
        differences: int = sum(a != b for (_, a), (_, b) in zip(arithmetic, wanted, strict=True))
        return 1e-6 * (1 + differences)

    tried = measured(monkeypatch, seconds)
    assert resolve(PrecisionSettings(), batch=1000) == wanted
    full = [each for each in tried if each.pieces >= 64 and each.compute == compute]
    assert {(each.layout, each.pieces) for each in full} == {
        (layout, pieces)
        for layout in ("contiguous", "channels_last")
        for pieces in (64, 128, 256, 512)
    }


def test_what_is_given_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = measured(monkeypatch, lambda arithmetic: 1e-3 / arithmetic.pieces)
    assert resolve(PrecisionSettings(layout="contiguous"), batch=300).pieces == 300
    assert {each.layout for each in tried} == {"contiguous"}
    assert {each.compute for each in tried} == {"float32", "bfloat16"}
    assert {each.pieces for each in tried} == {2, 16, 64, 128, 256, 300}


@pytest.mark.parametrize("milliseconds", [1, 10, 50])
@pytest.mark.parametrize("compute", ["auto", "float32", "bfloat16"])
def test_it_ends_when_time_is_up(machine: MakeMachine, compute: Any, milliseconds: float) -> None:
    seconds = milliseconds / 1000
    made = machine(times(seconds, 3 * seconds))
    found = resolve(PrecisionSettings(compute=compute), batch=10**4, model=made.network())
    assert found.pieces <= 128
    assert made.now < 2.5


def test_too_large_a_piece_for_the_memory_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    def seconds(arithmetic: Arithmetic) -> float:
        if arithmetic.pieces > 128:
            raise torch.OutOfMemoryError("not enough memory")
        return 1e-4 / arithmetic.pieces

    measured(monkeypatch, seconds)
    assert resolve(PrecisionSettings(), batch=1000).pieces == 128


def test_signals_have_one_layout() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv1d(1, 2, 9, stride=9), nn.Flatten(), nn.LazyLinear(4))
    description = describe("cinc2017")
    model(torch.zeros(1, *description.input_shape))
    loss = make_loss(CrossEntropy(), 4)
    found = resolve(
        PrecisionSettings(pieces=2), model=model, description=description, loss=loss, batch=2
    )
    assert found.layout == "contiguous"


def test_a_loss_that_needs_float32_can_be_measured() -> None:
    def loss(logits: Tensor, targets: Tensor) -> Tensor:
        return logits.float().logsumexp(1) - logits.float()[torch.arange(len(targets)), targets]

    assert resolve(PrecisionSettings(layout="contiguous"), loss=loss).pieces == 60


REAL = """
import torch
from striate.data import describe
from striate.notation import build
from striate.training import tuning
from striate.training.losses import CrossEntropy, make_loss
from striate.training.precision import PrecisionSettings

tuning._lacks_bfloat16 = lambda: False
torch.manual_seed(0)
network = build('''
input 1x28x28
conv 64 3x3
relu
conv 64 3x3
flatten
linear 10
''')
description, loss = describe("mnist"), make_loss(CrossEntropy(), 10)
settings = PrecisionSettings(layout="channels_last", pieces=500)
print(tuning.resolve(settings, network, description, loss, 500, torch.device("cpu")).compute)
"""


@pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64"), reason="oneDNN has this switch on x86"
)
def test_without_its_units_a_real_processor_is_given_float32() -> None:
    switch = {"ONEDNN_MAX_CPU_ISA": "AVX2", "OMP_NUM_THREADS": "1"}
    answer = subprocess.run(
        [sys.executable, "-c", REAL],
        env=os.environ | switch,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.stdout == "float32\n", answer.stderr
