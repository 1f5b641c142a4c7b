from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from striate.data import Dataset, describe
from striate.training import tuning
from striate.training.losses import CrossEntropy, make_loss
from striate.training.precision import Arithmetic, PrecisionSettings

CPU = torch.device("cpu")
LOSS = make_loss(CrossEntropy(), 10)


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 10))


def resolve(settings: PrecisionSettings, batch: int = 60, **changes: Any) -> Arithmetic:
    arguments: dict[str, Any] = {
        "network": network(),
        "description": describe("digits"),
        "loss": LOSS,
        "device": CPU,
    }
    return tuning.resolve(settings, batch=batch, **(arguments | changes))


def test_settings_without_auto_are_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> float:
        raise AssertionError("measured")

    monkeypatch.setattr(tuning, "_seconds_an_example", refuse)
    settings = PrecisionSettings(compute="bfloat16", layout="contiguous", pieces=9)
    assert resolve(settings) == Arithmetic(compute="bfloat16", layout="contiguous", pieces=9)


def test_the_network_is_left_as_it_was() -> None:
    model = network()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    resolve(PrecisionSettings(), network=model)
    assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())
    assert all(parameter.grad is None for parameter in model.parameters())


def measured(
    monkeypatch: pytest.MonkeyPatch, seconds: Callable[[Arithmetic], float]
) -> list[Arithmetic]:
    tried: list[Arithmetic] = []

    def measure(arithmetic: Arithmetic, *_: object) -> float:
        tried.append(arithmetic)
        return seconds(arithmetic)

    monkeypatch.setattr(tuning, "_seconds_an_example", measure)
    return tried


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
@pytest.mark.parametrize("layout", ["contiguous", "channels_last"])
@pytest.mark.parametrize("pieces", [64, 128, 256, 512])
def test_the_fastest_is_taken(
    monkeypatch: pytest.MonkeyPatch, compute: str, layout: str, pieces: int
) -> None:
    wanted = Arithmetic.model_validate({"compute": compute, "layout": layout, "pieces": pieces})
    tried = measured(monkeypatch, lambda arithmetic: 1.0 + (arithmetic != wanted))
    assert resolve(PrecisionSettings(), batch=1000) == wanted
    assert len(tried) == len(set(map(str, tried))) == 16


def test_what_is_given_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = measured(monkeypatch, lambda arithmetic: 1 / arithmetic.pieces)
    assert resolve(PrecisionSettings(layout="contiguous"), batch=300).pieces == 300
    assert {each.layout for each in tried} == {"contiguous"}
    assert {each.compute for each in tried} == {"float32", "bfloat16"}
    assert {each.pieces for each in tried} == {64, 128, 256, 300}


def test_it_ends_when_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 3))
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    tried = measured(monkeypatch, lambda _: 1.0)
    assert resolve(PrecisionSettings()) == tried[0]
    assert len(tried) == 1


def test_signals_have_one_layout(digits: Dataset) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv1d(1, 2, 9, stride=9), nn.Flatten(), nn.LazyLinear(4))
    description = describe("cinc2017")
    model(torch.zeros(1, *description.input_shape))
    loss = make_loss(CrossEntropy(), 4)
    found = resolve(
        PrecisionSettings(pieces=2), network=model, description=description, loss=loss, batch=2
    )
    assert found.layout == "contiguous"


def test_a_loss_that_needs_float32_can_be_measured() -> None:
    def loss(logits: Tensor, targets: Tensor) -> Tensor:
        return logits.float().logsumexp(1) - logits.float()[torch.arange(len(targets)), targets]

    assert resolve(PrecisionSettings(layout="contiguous"), loss=loss).pieces == 60


def test_what_a_layer_cannot_compute_in_is_passed_over() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.LocalResponseNorm(3), nn.Flatten(), nn.Linear(64, 10))
    assert resolve(PrecisionSettings(), network=model).compute == "float32"
