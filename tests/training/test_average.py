import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from striate.training.average import AverageSettings, WeightAverage


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv1d(1, 2, 3), nn.BatchNorm1d(2))


def move(model: nn.Module, step: int) -> None:
    """Change every weight and running statistic, as a step of training does."""
    generator = torch.Generator().manual_seed(step)
    with torch.no_grad():
        for value in [*model.parameters(), *model.buffers()]:
            if value.is_floating_point():
                value.add_(torch.randn(value.shape, generator=generator))


def values(model: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_the_average_of_a_few_steps_written_out() -> None:
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    average = WeightAverage(model, AverageSettings(decay=0.75))
    for step, weight in enumerate([4.0, 8.0], 1):
        nn.init.constant_(model.weight, weight)
        average.update(step, progress=0.5)
    assert average.average["weight"].item() == 0.75 * (0.75 * 0 + 0.25 * 4) + 0.25 * 8


@pytest.mark.parametrize("ramp", [0.0, 3.0])
def test_it_is_the_formula_for_all_weights_and_statistics(ramp: float) -> None:
    model = network()
    expected = {name: value.double() for name, value in values(model).items()}
    average = WeightAverage(model, AverageSettings(decay=0.9, every=2, ramp=ramp))
    for step in range(1, 8):
        move(model, step)
        average.update(step, progress=step / 7)
        if step % 2 == 0:
            decay = 0.9 * (step / 7) ** ramp
            for name, value in values(model).items():
                expected[name] = decay * expected[name] + (1 - decay) * value
    assert average.average.keys() == expected.keys() - {"1.num_batches_tracked"}
    for name, value in average.average.items():
        torch.testing.assert_close(value.double(), expected[name], rtol=1e-5, atol=1e-6)


def test_lookahead_lets_the_network_go_on_from_the_average() -> None:
    model = network()
    average = WeightAverage(model, AverageSettings(decay=0.5, every=3, lookahead=True))
    for step in range(1, 7):
        move(model, step)
        moved = values(model)
        average.update(step, progress=0.0)
        now = values(model)
        for name, value in average.average.items():
            assert torch.equal(now[name], value if step % 3 == 0 else moved[name])
            assert torch.equal(now[name], moved[name]) == (step % 3 != 0)


def test_swapping_twice_is_nothing() -> None:
    model = network()
    average = WeightAverage(model, AverageSettings(decay=0.5))
    move(model, 1)
    average.update(1, progress=0.5)
    before, mean = values(model), {k: v.clone() for k, v in average.average.items()}
    average.swap()
    assert all(torch.equal(model.state_dict()[name], value) for name, value in mean.items())
    average.swap()
    assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())
    assert all(torch.equal(average.average[name], value) for name, value in mean.items())


@pytest.mark.parametrize("wrong", [{"decay": 1.0}, {"every": 0}, {"ramp": float("inf")}])
def test_settings_that_make_no_average(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        AverageSettings.model_validate(wrong)
