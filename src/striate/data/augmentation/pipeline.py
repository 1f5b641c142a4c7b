"""All steps in turn on one batch, and the shape that comes out."""

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from striate.data.augmentation.cutout import Cutout
from striate.data.augmentation.flips import AlternatingFlip, Flip
from striate.data.augmentation.geometric import (
    Elastic,
    GeometricStep,
    Rotate,
    Scale,
    apply_together,
)
from striate.data.augmentation.intensity import Brightness, Contrast, Invert, Noise
from striate.data.augmentation.seeds import stable_generator
from striate.data.augmentation.shifts import Crop, Shift
from striate.data.augmentation.step import AugmentationStep, Occasion, Shape
from striate.errors import DataError

Augmentation = Annotated[
    Flip
    | AlternatingFlip
    | Shift
    | Crop
    | Rotate
    | Scale
    | Elastic
    | Brightness
    | Contrast
    | Noise
    | Invert
    | Cutout,
    Field(discriminator="kind"),
]


def augmented_shape(steps: Sequence[AugmentationStep], shape: Shape) -> Shape:
    """Return the shape `(C, *spatial)` that examples have after all steps.

    Raises RecipeError or GeometryError when a step cannot work on the shape that reaches it.
    """
    for step in steps:
        shape = step.output_shape(shape)
    return shape


@torch.no_grad()
def augment(
    batch: Tensor,
    steps: Sequence[AugmentationStep],
    *,
    seed: int,
    epoch: int,
    step: int,
    indices: Tensor,
    part: slice = slice(None),
) -> Tensor:
    """Return the batch after all steps; the batch itself is left as it is.

    `indices` are the places in the dataset of the whole batch of this step, over all processes,
    and `batch` holds the examples `indices[part]` of it. Every draw follows from
    (seed, epoch, step, place in `steps`), or for AlternatingFlip from (seed, index, epoch), and is
    made for the whole batch; so parts put together equal the whole, on any device.

    Shapes: `(N, C, *spatial)`, normalised, float32 or bfloat16 -> `(N, C, *spatial')`, in the same
    type, device and memory layout.

    Raises RecipeError or GeometryError when a step cannot work on the shape that reaches it, and
    DataError when the batch is not the part that is named or holds no floats.
    """
    expected = len(range(*part.indices(len(indices))))
    if len(batch) != expected or not batch.is_floating_point() or not 3 <= batch.ndim <= 5:
        raise DataError(
            f"a batch of type {batch.dtype} and shape {tuple(batch.shape)} cannot be augmented as "
            f"examples {part.start or 0} to {part.stop or len(indices)} of {len(indices)}; "
            f"it must be floating-point, ({expected}, C, *spatial), with 1 to 3 spatial axes"
        )
    shape = tuple(batch.shape[1:])
    drawn: list[tuple[AugmentationStep, Tensor]] = []
    for place, each in enumerate(steps):
        next_shape = each.output_shape(shape)
        generator = stable_generator(seed, epoch, step, place, each.kind)
        occasion = Occasion(seed=seed, epoch=epoch, indices=indices, generator=generator)
        drawn.append((each, each.draw(shape, occasion)[part]))
        shape = next_shape
    for boundary, run in groupby(drawn, _resampling_boundary):
        if boundary is None:
            for each, choices in run:
                batch = each.apply(batch, choices)
        else:
            batch = apply_together(
                batch, [(each, drawn) for each, drawn in run if isinstance(each, GeometricStep)]
            )
    return batch


def _resampling_boundary(drawn: tuple[AugmentationStep, Tensor]) -> tuple[str, float] | None:
    """Return what neighbours must share to be interpolated together, None for other steps."""
    each = drawn[0]
    return (each.boundary, each.value) if isinstance(each, GeometricStep) else None
