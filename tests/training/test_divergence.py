import math
from itertools import count

import pytest
import torch
from torch import nn

from striate.errors import TrainingError
from striate.training.divergence import Cause, DivergenceWatch
from striate.training.processes import ALONE


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv1d(1, 2, 3), nn.Sequential(nn.ReLU(), nn.Flatten()), nn.Linear(12, 3)
    )


def cause(model: nn.Module | None = None, value: float = 1.0) -> Cause:
    return Cause(model or network(), torch.full((4, 1, 8), value), ALONE)


def see_all(watch: DivergenceWatch, losses: list[float], first: int = 1) -> None:
    for step, loss in zip(count(first), losses, strict=False):
        watch.see(step, loss, 0.1, cause())


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_names_the_step(loss: float) -> None:
    with pytest.raises(TrainingError, match=f"training stopped at step 3: the loss is {loss}"):
        see_all(DivergenceWatch(), [2.0, 1.0, loss])


def test_a_loss_that_grows_without_end() -> None:
    with pytest.raises(TrainingError, match=r"it diverges.*began near 2 .*\(=0.1\).*try 0.01"):
        see_all(DivergenceWatch(), [2.0] * 30 + [1.3**n for n in range(40)])


def test_a_loss_that_starts_high_and_wanders_is_let_be() -> None:
    see_all(DivergenceWatch(), [50.0] * 5 + [3.0] * 30 + [1e-4] * 50 + [15.0] * 20)


def test_one_bad_batch_is_let_be() -> None:
    see_all(DivergenceWatch(), [2.0] * 30 + [100.0] + [2.0] * 30)


def test_a_watch_that_goes_on_is_the_one_that_did_not_stop() -> None:
    losses = [2.0 + math.sin(n) for n in range(30)] + [30.0] * 50
    whole = DivergenceWatch()
    with pytest.raises(TrainingError) as caught:
        see_all(whole, losses)
    for stop in (5, 25, 33):
        first = DivergenceWatch()
        see_all(first, losses[:stop])
        second = DivergenceWatch(first.first, first.smoothed)
        with pytest.raises(TrainingError) as again:
            see_all(second, losses[stop:], first=stop + 1)
        assert str(again.value) == str(caught.value)


def test_data_that_is_not_finite() -> None:
    assert "The batch itself holds values" in cause(value=math.nan).explain(0.1)


def test_weights_that_are_not_finite_are_named() -> None:
    model = network()
    nn.init.constant_(model.get_parameter("2.bias"), math.inf)
    message = cause(model).explain(0.1)
    assert message.startswith("The weights 2.bias are no longer finite: an earlier step")
    assert "Try a learning rate of 0.01 (now 0.1)" in message


def test_the_layer_that_overflows_is_named() -> None:
    model = network()
    nn.init.constant_(model.get_parameter("0.weight"), 3e38)
    message = cause(model, 2.0).explain(0.1)
    assert "appears in the output of layer 0 (Conv1d)" in message
    assert not any(module._forward_hooks for module in model.modules())


def test_the_innermost_layer_is_named() -> None:
    class Overflow(nn.Module):
        def forward(self, values: torch.Tensor) -> torch.Tensor:
            return values * math.inf

    model = nn.Sequential(nn.Sequential(nn.Identity(), Overflow()), nn.Flatten())
    assert "layer 0.1 (Overflow)" in cause(model).explain(0.1)


def test_nothing_but_the_loss_overflows() -> None:
    assert "appears in the loss" in cause().explain(0.1)
