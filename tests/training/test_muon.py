import copy
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from striate.errors import TrainingError
from striate.training.muon import Muon, orthogonalise


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def decomposed(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    u, s, vh = torch.linalg.svd(matrix.double(), full_matrices=False)
    return u, s, vh


def quintic(matrix: Tensor, iterations: int) -> Tensor:
    """The iteration in float64 on the singular values alone, as the theory has it."""
    u, s, vh = decomposed(matrix)
    s = s / s.square().sum().sqrt()
    for _ in range(iterations):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return u * s @ vh


@pytest.mark.parametrize("shape", [(8, 8), (6, 40), (40, 6), (1, 9), (9, 1), (64, 72)])
@pytest.mark.parametrize("iterations", [1, 3, 5])
def test_every_iteration_is_the_quintic(shape: tuple[int, int], iterations: int) -> None:
    matrix = random(*shape)
    found = orthogonalise(matrix[None], iterations)[0]
    torch.testing.assert_close(found.double(), quintic(matrix, iterations), atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("shape", [(6, 40), (40, 6), (16, 144)])
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_singular_values_near_one(shape: tuple[int, int], precision: torch.dtype) -> None:
    matrices = random(3, *shape)
    found = orthogonalise(matrices, 5, precision)
    assert found.dtype == torch.float32
    singular_values = torch.linalg.svdvals(found.double())
    assert singular_values.min() > 0.6
    assert singular_values.max() < 1.3
    for each, matrix in zip(found, matrices, strict=True):
        u, _, vh = decomposed(matrix)
        ideal = u @ vh
        cosine = (each.double() * ideal).sum() / (each.double().norm() * ideal.norm())
        assert cosine > 0.98


def test_scale_of_the_gradient_does_not_matter() -> None:
    matrix = random(1, 5, 7)
    torch.testing.assert_close(orthogonalise(matrix * 1000), orthogonalise(matrix))


def test_zeros_stay_zeros() -> None:
    assert not orthogonalise(torch.zeros(2, 3, 4)).any()


def train(
    weights: list[Tensor], make: Callable[[list[nn.Parameter]], torch.optim.Optimizer], steps: int
) -> list[Tensor]:
    parameters = [nn.Parameter(w.clone()) for w in weights]
    optimiser = make(parameters)
    for step in range(steps):
        for place, p in enumerate(parameters):
            p.grad = random(*p.shape, seed=100 * step + place)
        optimiser.step()
    return [p.detach() for p in parameters]


@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_matrices_are_updated_as_torchs_muon_does(nesterov: bool, decay: float) -> None:
    """torch's own takes matrices only, and iterates in bfloat16."""
    weights = [random(6, 20), random(6, 20, seed=1), random(20, 6, seed=2)]

    def reference(parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Muon(
            parameters, lr=0.1, momentum=0.9, nesterov=nesterov, weight_decay=decay
        )

    def ours(parameters: list[nn.Parameter]) -> Muon:
        return Muon(parameters, lr=0.1, momentum=0.9, nesterov=nesterov, weight_decay=decay)

    pairs = zip(train(weights, ours, 4), train(weights, reference, 4), strict=True)
    for found, expected in pairs:
        torch.testing.assert_close(found, expected, atol=0.01, rtol=0)


@pytest.mark.parametrize("nesterov", [True, False])
@pytest.mark.parametrize("normalise", [True, False])
def test_two_steps_by_the_slow_way(nesterov: bool, normalise: bool) -> None:
    weight = random(4, 3, 5, 2)

    def ours(parameters: list[nn.Parameter]) -> Muon:
        return Muon(
            parameters,
            lr=0.1,
            momentum=0.8,
            nesterov=nesterov,
            weight_decay=0.5,
            normalise_weights=normalise,
        )

    expected = weight.double()
    momentum = torch.zeros_like(expected)
    for step in range(2):
        gradient = random(4, 3, 5, 2, seed=100 * step).double()
        momentum = 0.8 * momentum + gradient
        direction = gradient + 0.8 * momentum if nesterov else momentum
        if normalise:
            expected = expected * 2 / expected.square().sum().sqrt()
        expected = expected * (1 - 0.1 * 0.5)
        expected = expected - 0.1 * quintic(direction.reshape(4, 30), 5).reshape(4, 3, 5, 2)
    torch.testing.assert_close(train([weight], ours, 2)[0].double(), expected, atol=1e-5, rtol=1e-5)


def test_shapes_trained_together_as_each_alone() -> None:
    shapes = [(8, 3, 3), (8, 3, 3), (8, 3, 3, 3), (8, 2, 3, 3, 3), (8, 27), (27, 8), (8, 1, 3, 3)]
    weights = [random(*shape, seed=i) for i, shape in enumerate(shapes)]

    def together(parameters: list[nn.Parameter]) -> Muon:
        return Muon(parameters, lr=0.1)

    found = train(weights, together, 3)
    for place, weight in enumerate(weights):
        alone = nn.Parameter(weight.clone())
        optimiser = Muon([alone], lr=0.1)
        for step in range(3):
            alone.grad = random(*alone.shape, seed=100 * step + place)
            optimiser.step()
        torch.testing.assert_close(found[place], alone.detach(), atol=1e-5, rtol=1e-5)


def test_memory_layout_is_kept_and_does_not_matter() -> None:
    weight = random(4, 3, 5, 5)
    laid_out = weight.contiguous(memory_format=torch.channels_last)
    results = []
    for start in (weight, laid_out):
        parameter = nn.Parameter(start.clone())
        parameter.grad = random(4, 3, 5, 5, seed=1)
        Muon([parameter], lr=0.1, normalise_weights=True, weight_decay=0.1).step()
        assert parameter.stride() == start.stride()
        results.append(parameter.detach())
    torch.testing.assert_close(*results)


@pytest.mark.parametrize("nesterov", [True, False])
def test_gradients_are_left_alone(nesterov: bool) -> None:
    parameter = nn.Parameter(random(4, 6))
    parameter.grad = random(4, 6, seed=1)
    before = parameter.grad.clone()
    Muon([parameter], lr=0.1, nesterov=nesterov).step()
    assert torch.equal(parameter.grad, before)


def test_parameters_without_gradient_are_left_alone() -> None:
    parameter = nn.Parameter(random(4, 6))
    optimiser = Muon([parameter], lr=0.1, weight_decay=0.5)
    optimiser.step()
    assert torch.equal(parameter.detach(), random(4, 6))
    assert not optimiser.state


def test_a_weight_of_zeros_can_be_normalised() -> None:
    parameter = nn.Parameter(torch.zeros(4, 6))
    parameter.grad = random(4, 6)
    Muon([parameter], lr=0.1, normalise_weights=True).step()
    assert parameter.isfinite().all()
    assert parameter.any()


def test_goes_on_from_a_state_dict_bit_for_bit() -> None:
    def step(optimiser: Muon, parameter: nn.Parameter, seed: int) -> None:
        parameter.grad = random(*parameter.shape, seed=seed)
        optimiser.step()

    whole = nn.Parameter(random(4, 3, 3))
    optimiser = Muon([whole], lr=0.1)
    step(optimiser, whole, 1)
    resumed = nn.Parameter(whole.detach().clone())
    second = Muon([resumed], lr=0.7, momentum=0.1)
    second.load_state_dict(copy.deepcopy(optimiser.state_dict()))
    step(optimiser, whole, 2)
    step(second, resumed, 2)
    assert torch.equal(whole, resumed)


def test_the_closure_is_called_with_gradients() -> None:
    parameter = nn.Parameter(random(3, 3))
    optimiser = Muon([parameter], lr=0.1)

    def closure() -> float:
        loss = parameter.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.item()

    first = optimiser.step(closure)
    assert first == pytest.approx(random(3, 3).square().sum().item())
    assert closure() < first


def test_vectors_are_refused() -> None:
    with pytest.raises(TrainingError, match=r"shape \(3,\).*another optimiser"):
        Muon([nn.Parameter(torch.zeros(3))], lr=0.1)
