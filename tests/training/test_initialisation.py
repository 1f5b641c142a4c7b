import pytest
import torch
from torch import Tensor, nn

from striate.errors import RecipeError
from striate.training.initialisation import InitialisationSettings, initialise

WHITENED = InitialisationSettings(first_layer="whitened")


def examples(*shape: int) -> Tensor:
    """Smooth images: neighbours are alike, as in photographs."""
    noise = torch.randn(shape, generator=torch.Generator().manual_seed(0))
    return (noise + noise.roll(1, -1) + noise.roll(1, 2)).contiguous()


def no_examples() -> Tensor:
    raise AssertionError("no examples are needed")


def copies(model: nn.Module) -> list[Tensor]:
    return [value.clone() for value in model.parameters()]


def test_torchs_own_weights_are_kept() -> None:
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.Conv2d(4, 4, 3))
    before = copies(model)
    initialise(model, InitialisationSettings(), no_examples)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_he_has_the_variance_that_keeps_that_of_relus() -> None:
    model = nn.Sequential(nn.Conv2d(16, 64, 5), nn.Linear(500, 400), nn.Conv1d(50, 60, 7))
    initialise(model, InitialisationSettings(weights="he"), no_examples)
    weights = [value for value in model.parameters() if value.ndim > 1]
    for weight, fan_in in zip(weights, (16 * 25, 500, 50 * 7), strict=True):
        assert weight.std().item() == pytest.approx((2 / fan_in) ** 0.5, rel=0.02)
        assert abs(weight.mean().item()) < 0.1 * (2 / fan_in) ** 0.5


@pytest.mark.parametrize(("inputs", "outputs"), [(4, 4), (4, 9), (4, 2)])
def test_identity_passes_its_input_on(inputs: int, outputs: int) -> None:
    first = nn.Conv2d(3, inputs, 3, padding=1)
    second = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    model = nn.Sequential(first, second)
    before = copies(model)
    initialise(model, InitialisationSettings(weights="identity"), no_examples)
    assert torch.equal(first.weight, before[0])
    images = torch.randn(2, inputs, 6, 6)
    passed = min(inputs, outputs)
    torch.testing.assert_close(second(images)[:, :passed], images[:, :passed])
    assert torch.equal(second.weight[inputs:], before[2][inputs:])  # those left over are random


@pytest.mark.parametrize("shape", [(40, 3, 9, 9), (60, 2, 50), (10, 1, 6, 5, 7)])
def test_whitened_responses_are_uncorrelated_and_of_unit_variance(shape: tuple[int, ...]) -> None:
    data = 3 * examples(*shape)
    axes = len(shape) - 2
    layer_type = (nn.Conv1d, nn.Conv2d, nn.Conv3d)[axes - 1]
    values = shape[1] * 2**axes
    layer = layer_type(shape[1], 2 * values, 2, bias=False)
    initialise(nn.Sequential(layer, layer_type(2 * values, 1, 1)), WHITENED, lambda: data)
    responses = layer(data).transpose(0, 1).flatten(1).double()  # (filters, windows)
    covariance = responses @ responses.T / responses.shape[1]
    identity = torch.eye(values, dtype=torch.float64)
    # Slightly under 1, because 0.0005 is added to each variance, lest it be zero.
    torch.testing.assert_close(covariance[:values, :values], identity, atol=5e-3, rtol=0)
    torch.testing.assert_close(responses[values:], -responses[:values])
    variances = layer.weight[:values].flatten(1).norm(dim=1)
    assert torch.equal(variances, variances.sort()[0])  # the smallest filter varies most
    assert not layer.weight.requires_grad


def test_it_does_not_depend_on_how_many_are_taken_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    data, filters = examples(50, 1, 8, 8), []
    for limit in (1 << 24, 2000, 1):
        monkeypatch.setattr("striate.training.initialisation._VALUES_AT_ONCE", limit)
        layer = nn.Conv2d(1, 9, 3)
        initialise(nn.Sequential(layer), WHITENED, lambda: data)
        filters.append(layer.weight)
    torch.testing.assert_close(filters[0].abs(), filters[1].abs(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(filters[0].abs(), filters[2].abs(), rtol=1e-4, atol=1e-4)


def test_data_that_does_not_vary_gives_finite_filters() -> None:
    layer = nn.Conv2d(1, 8, 2)
    initialise(nn.Sequential(layer), WHITENED, lambda: torch.ones(5, 1, 4, 4))
    assert layer.weight.isfinite().all()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (nn.Sequential(nn.Linear(3, 4)), "needs a network with a convolution"),
        (nn.Sequential(nn.Conv2d(1, 9, 2)), "has 9 filters, but .* 8 directions"),
        (nn.Sequential(nn.Conv2d(1, 2, 2, dilation=2)), "groups or dilation"),
        (nn.Sequential(nn.Conv2d(1, 2, 5, padding=2)), "window is larger than the input"),
    ],
)
def test_a_first_layer_that_cannot_be_whitened(model: nn.Sequential, message: str) -> None:
    with pytest.raises(RecipeError, match=message):
        initialise(model, WHITENED, lambda: examples(5, 1, 4, 4))
