from typing import Any

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from torch import Tensor

from striate.data.augmentation import (
    AlternatingFlip,
    Augmentation,
    AugmentationStep,
    Brightness,
    Contrast,
    Crop,
    Cutout,
    Elastic,
    Flip,
    Invert,
    Noise,
    Rotate,
    Scale,
    Shift,
    augment,
    augmented_shape,
)
from striate.errors import DataError, RecipeError

EVERY_STEP: list[AugmentationStep] = [
    Flip(),
    AlternatingFlip(),
    Shift(pixels=2, boundary="reflect"),
    Crop(size=7, padding=1),
    Rotate(degrees=20),
    Scale(boundary="circular"),
    Elastic(alpha=8, sigma=2),
    Brightness(amount=0.5),
    Contrast(amount=0.5),
    Noise(sigma=0.1),
    Invert(),
    Cutout(size=3),
]
ALONE_AND_TOGETHER = [*([step] for step in EVERY_STEP), EVERY_STEP]


def named(value: object) -> str | None:
    return value[0].kind if isinstance(value, list) and len(value) == 1 else None


def images(count: int = 12) -> Tensor:
    return torch.randn(count, 3, 8, 9, generator=torch.Generator().manual_seed(3))


def augmented(batch: Tensor, steps: list[AugmentationStep], **changed: Any) -> Tensor:
    arguments: dict[str, Any] = {
        "seed": 1,
        "epoch": 2,
        "step": 3,
        "indices": torch.arange(100, 100 + len(batch)),
    }
    return augment(batch, steps, **(arguments | changed))


def test_every_kind_is_here() -> None:
    schema = TypeAdapter(Augmentation).json_schema()
    assert {step.kind for step in EVERY_STEP} == set(schema["discriminator"]["mapping"])


@pytest.mark.parametrize("steps", ALONE_AND_TOGETHER, ids=named)
def test_repeats_bit_for_bit(steps: list[AugmentationStep]) -> None:
    batch = images()
    first = augmented(batch, steps)
    torch.rand(5)  # the default generator has no part in it
    assert torch.equal(augmented(batch, steps), first)
    assert not torch.equal(first, batch)
    assert torch.equal(batch, images())


@pytest.mark.parametrize("steps", ALONE_AND_TOGETHER, ids=named)
@pytest.mark.parametrize("other", [{"seed": 9}, {"epoch": 9}, {"step": 9}], ids=str)
def test_follows_seed_epoch_and_step(steps: list[AugmentationStep], other: dict[str, int]) -> None:
    changed = not torch.equal(augmented(images(), steps), augmented(images(), steps, **other))
    only_epochs = isinstance(steps[0], AlternatingFlip) and "step" in other
    assert changed is not only_epochs


@pytest.mark.parametrize("steps", ALONE_AND_TOGETHER, ids=named)
def test_parts_put_together_are_the_whole(steps: list[AugmentationStep]) -> None:
    batch, indices = images(), torch.arange(50, 62)
    whole = augmented(batch, steps, indices=indices)
    parts = [
        augmented(batch[part], steps, indices=indices, part=part)
        for part in (slice(0, 5), slice(5, 6), slice(6, None))
    ]
    assert torch.equal(torch.cat(parts), whole)
    every_second = slice(1, None, 2)
    alone = augmented(batch[every_second], steps, indices=indices, part=every_second)
    assert torch.equal(alone, whole[every_second])


@pytest.mark.parametrize("steps", ALONE_AND_TOGETHER, ids=named)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_type_and_layout_are_kept_and_change_nothing(
    steps: list[AugmentationStep], dtype: torch.dtype, layout: torch.memory_format
) -> None:
    batch = images().bfloat16()
    changed = augmented(batch.to(dtype).contiguous(memory_format=layout), steps)
    assert changed.dtype == dtype
    assert changed.is_contiguous(memory_format=layout)
    expected = augmented(batch.float(), steps)
    # In bfloat16 the result of each step is rounded, so several steps add several roundings.
    tolerance = 1e-5 if dtype == torch.float32 else 0.02 * len(steps)
    torch.testing.assert_close(changed.float(), expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("steps", ALONE_AND_TOGETHER, ids=named)
def test_needs_no_gradient(steps: list[AugmentationStep]) -> None:
    assert not augmented(images().requires_grad_(), steps).requires_grad


@pytest.mark.parametrize(
    "step", [step for step in EVERY_STEP if step.kind != "rotate"], ids=lambda step: step.kind
)
def test_signals(step: AugmentationStep) -> None:
    signals = torch.randn(4, 2, 30)
    changed = augmented(signals, [step])
    assert changed.shape == (4, *step.output_shape((2, 30)))
    assert changed.isfinite().all()


@pytest.mark.parametrize("step", EVERY_STEP, ids=lambda step: step.kind)
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
def test_volumes(step: AugmentationStep, layout: torch.memory_format) -> None:
    volumes = torch.randn(3, 2, 8, 7, 9).contiguous(memory_format=layout)
    changed = augmented(volumes, [step])
    assert changed.shape == (3, *step.output_shape((2, 8, 7, 9)))
    assert changed.is_contiguous(memory_format=layout)


@pytest.mark.parametrize("steps", ALONE_AND_TOGETHER, ids=named)
def test_one_example_and_none(steps: list[AugmentationStep]) -> None:
    shape = augmented_shape(steps, (3, 8, 9))
    assert augmented(images(1), steps).shape == (1, *shape)
    assert augmented(images(1)[:0], steps).shape == (0, *shape)


def test_no_steps() -> None:
    batch = images()
    assert augmented(batch, []) is batch


def test_shapes_follow_the_steps() -> None:
    steps: list[AugmentationStep] = [Flip(), Crop(size=6), Crop(size=(4, 5), padding=1)]
    assert augmented_shape(steps, (3, 8, 9)) == (3, 4, 5)
    assert augmented(images(), steps).shape == (12, 3, 4, 5)
    with pytest.raises(RecipeError, match=r"size \(=7\) above the 6"):
        augmented_shape([Crop(size=6), Crop(size=7)], (3, 8, 9))


def test_two_steps_of_one_kind_draw_apart() -> None:
    once, twice = augmented(images(), [Flip()]), augmented(images(), [Flip(), Flip()])
    assert not torch.equal(twice, images())
    assert not torch.equal(twice, once)


@pytest.mark.parametrize(
    ("batch", "part"),
    [
        (torch.zeros(4, 1, 8), slice(None)),
        (torch.zeros(6, 1, 8), slice(0, 4)),
        (torch.zeros(6, 1, 8, dtype=torch.uint8), slice(None)),
        (torch.zeros(6, 8), slice(None)),
    ],
)
def test_a_batch_that_cannot_be(batch: Tensor, part: slice) -> None:
    with pytest.raises(DataError, match="cannot be augmented"):
        augmented(batch, [Flip()], indices=torch.arange(6), part=part)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "flip", "probability": 2}, "less than or equal to 1"),
        ({"kind": "flip", "axis": "diagonal"}, "'horizontal', 'vertical' or 'depth'"),
        ({"kind": "shift"}, "Field required"),
        ({"kind": "shift", "pixels": -1}, "must be at least 0"),
        ({"kind": "shift", "pixels": [2, -1]}, "must be at least 0"),
        ({"kind": "shift", "pixels": []}, "must be at least 0"),
        ({"kind": "shift", "pixels": 2, "boundary": "none"}, "'zeros', 'constant'"),
        ({"kind": "shift", "pixels": 2, "value": 1}, r"value \(=1\) has no effect"),
        ({"kind": "crop", "size": 0}, "must be at least 1"),
        ({"kind": "rotate", "degrees": 200}, "less than or equal to 180"),
        ({"kind": "scale", "low": 2, "high": 1}, r"low \(=2\) must not be above high \(=1\)"),
        ({"kind": "elastic", "alpha": 0}, "greater than 0"),
        ({"kind": "elastic", "alpha": float("nan")}, "finite"),
        ({"kind": "contrast", "amount": 1.5}, "less than or equal to 1"),
        ({"kind": "noise", "std": 1}, "Extra inputs are not permitted"),
        ({"kind": "cutout", "size": 8, "count": 0}, "greater than or equal to 1"),
        ({"kind": "mixup"}, "'cutout'"),
    ],
    ids=str,
)
def test_settings_out_of_bounds(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(Augmentation).validate_python(settings)


def test_settings_are_read_by_kind_and_stay_as_they_are() -> None:
    read = TypeAdapter[Augmentation](Augmentation).validate_python(
        {"kind": "shift", "pixels": [2, 4], "boundary": "reflect"}
    )
    assert read == Shift(pixels=(2, 4), boundary="reflect")
    with pytest.raises(ValidationError, match="frozen"):
        read.boundary = "zeros"
