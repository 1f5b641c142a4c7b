import math
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from pydantic import TypeAdapter, ValidationError

from striate.errors import RecipeError
from striate.training.losses import (
    CrossEntropy,
    Hinge,
    LossSettings,
    MeanSquare,
    YesNo,
    make_loss,
)

LOGITS = torch.randn(6, 4, generator=torch.Generator().manual_seed(0)) * 3
TARGETS = torch.tensor([0, 1, 2, 3, 3, 0])
ONE_HOT = torch.eye(4)[TARGETS]
EVERY_LOSS: list[LossSettings] = [CrossEntropy(), YesNo(), Hinge(), MeanSquare()]


def kinds(settings: LossSettings) -> str:
    return settings.kind


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (CrossEntropy(), [math.log(1 + math.e), math.log(1 + math.e**-1)]),
        (YesNo(), [math.log(2) / 2 + math.log(1 + math.e) / 2] * 1 + [0.5032044380]),
        (Hinge(), [2 / 2, 0.0]),
        (Hinge(margin=3), [4 / 2, 2 / 2]),
        (MeanSquare(), [(1 + 1) / 2, 0.0]),
    ],
    ids=["cross_entropy", "yes_no", "hinge", "hinge margin 3", "mean_square"],
)
def test_two_classes_written_out(settings: LossSettings, expected: list[float]) -> None:
    logits = torch.tensor([[0.0, 1.0], [0.0, 1.0]])
    loss = make_loss(settings, 2)(logits, torch.tensor([0, 1]))
    assert loss.tolist() == pytest.approx(expected, rel=1e-6)


def test_smoothing_written_out() -> None:
    """Half the target goes evenly over two classes: 3/4 and 1/4."""
    logits = torch.tensor([[0.0, 1.0]])
    loss = make_loss(CrossEntropy(label_smoothing=0.5), 2)(logits, torch.tensor([0]))
    zero, one = math.log(1 + math.e), math.log(1 + math.e) - 1
    assert loss.item() == pytest.approx(0.75 * zero + 0.25 * one)


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_is_torchs(smoothing: float) -> None:
    loss = make_loss(CrossEntropy(label_smoothing=smoothing), 4)(LOGITS, TARGETS)
    module = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)
    torch.testing.assert_close(loss.mean(), module(LOGITS, TARGETS))


@pytest.mark.parametrize(
    ("settings", "reference"),
    [
        (YesNo(), torch.nn.BCEWithLogitsLoss()),
        (MeanSquare(), torch.nn.MSELoss()),
    ],
    ids=["yes_no", "mean_square"],
)
def test_per_class_losses_are_torchs(settings: LossSettings, reference: torch.nn.Module) -> None:
    loss = make_loss(settings, 4)
    torch.testing.assert_close(loss(LOGITS, TARGETS).mean(), reference(LOGITS, ONE_HOT))
    several = torch.tensor([[1.0, 0, 1, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
    torch.testing.assert_close(loss(LOGITS[:3], several).mean(), reference(LOGITS[:3], several))
    torch.testing.assert_close(loss(LOGITS[:3], several.int()), loss(LOGITS[:3], several))


def test_hinge_is_torchs() -> None:
    loss = make_loss(Hinge(margin=2), 4)(LOGITS, TARGETS)
    torch.testing.assert_close(loss.mean(), torch.nn.MultiMarginLoss(margin=2)(LOGITS, TARGETS))


def test_cross_entropy_takes_probabilities() -> None:
    mixed = torch.full((6, 4), 0.25, dtype=torch.bfloat16)
    loss = make_loss(CrossEntropy(), 4)(LOGITS, mixed)
    torch.testing.assert_close(loss, -F.log_softmax(LOGITS, 1).mean(1))


@pytest.mark.parametrize("settings", EVERY_LOSS, ids=kinds)
def test_one_float32_value_per_example_with_a_gradient(settings: LossSettings) -> None:
    logits = LOGITS.bfloat16().requires_grad_()
    loss = make_loss(settings, 4)(logits, TARGETS)
    assert loss.shape == (6,)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, make_loss(settings, 4)(logits.detach().float(), TARGETS))
    loss.backward(torch.ones(6))  # type: ignore[no-untyped-call]
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("settings", EVERY_LOSS, ids=kinds)
def test_an_example_does_not_feel_the_others(settings: LossSettings) -> None:
    loss = make_loss(settings, 4)
    alone = torch.cat([loss(LOGITS[i : i + 1], TARGETS[i : i + 1]) for i in range(6)])
    torch.testing.assert_close(loss(LOGITS, TARGETS), alone)


@pytest.mark.parametrize("settings", [CrossEntropy(), YesNo()], ids=kinds)
def test_huge_logits_stay_finite(settings: LossSettings) -> None:
    loss = make_loss(settings, 2)(torch.tensor([[1e4, -1e4]]), torch.tensor([1]))
    assert loss.isfinite().all()


@pytest.mark.parametrize("settings", EVERY_LOSS, ids=kinds)
@pytest.mark.parametrize("shape", [(6, 5), (6,), (6, 4, 2)])
def test_logits_that_are_not_one_per_class(settings: LossSettings, shape: tuple[int, ...]) -> None:
    with pytest.raises(RecipeError, match=r"one value per class, \(N, 4\).*`linear 4`"):
        make_loss(settings, 4)(torch.zeros(shape), TARGETS)


@pytest.mark.parametrize("settings", EVERY_LOSS, ids=kinds)
@pytest.mark.parametrize(
    "targets", [torch.zeros(5, dtype=torch.int64), torch.zeros(6), torch.zeros(6, 3)]
)
def test_targets_of_another_form(settings: LossSettings, targets: torch.Tensor) -> None:
    with pytest.raises(RecipeError, match=rf"the loss {settings.kind} needs"):
        make_loss(settings, 4)(LOGITS, targets)


def test_hinge_refuses_several_classes() -> None:
    with pytest.raises(RecipeError, match="use the loss yes_no"):
        make_loss(Hinge(), 4)(LOGITS, ONE_HOT)


def test_cross_entropy_refuses_whole_numbers_for_each_class() -> None:
    with pytest.raises(RecipeError, match=r"not type torch\.int64 and shape \(6, 4\)"):
        make_loss(CrossEntropy(), 4)(LOGITS, ONE_HOT.long())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "cross_entropy", "label_smoothing": 1}, "less than 1"),
        ({"kind": "cross_entropy", "smoothing": 0.1}, "Extra inputs are not permitted"),
        ({"kind": "hinge", "margin": 0}, "greater than 0"),
        ({"kind": "hinge", "margin": math.inf}, "finite"),
        ({"kind": "mean_squared"}, "'mean_square'"),
    ],
)
def test_settings_out_of_bounds(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(LossSettings).validate_python(settings)


def test_settings_are_read_by_kind() -> None:
    read = TypeAdapter[LossSettings](LossSettings).validate_python(
        {"kind": "cross_entropy", "label_smoothing": 0.2}
    )
    assert read == CrossEntropy(label_smoothing=0.2)
