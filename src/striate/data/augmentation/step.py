"""What every augmentation step is: settings, a draw on the CPU, and its use on a batch."""

from dataclasses import dataclass
from typing import Annotated, Literal, Self

import torch
from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from torch import Tensor

from striate.errors import RecipeError

Shape = tuple[int, ...]
"""The shape of one example, `(C, *spatial)`."""

Boundary = Literal["zeros", "constant", "replicate", "reflect", "symmetric", "circular"]
"""Those of striate.layers that fill what lies outside, so not "none"."""


@dataclass(frozen=True)
class Occasion:
    """One batch of one epoch: all that a draw may depend on.

    `indices` are the places in the dataset of every example of the batch, over all processes.
    """

    seed: int
    epoch: int
    indices: Tensor
    generator: torch.Generator

    @property
    def count(self) -> int:
        """The number of examples to draw for."""
        return len(self.indices)

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        """Return float32 `(count, *shape)`, uniform from low to high."""
        numbers = torch.rand(self.count, *shape, generator=self.generator)
        return numbers.mul_(high - low).add_(low)

    def integers(self, sizes: Shape) -> Tensor:
        """Return int64 `(count, len(sizes))`, each column uniform over range(size)."""
        columns = [torch.randint(n, (self.count,), generator=self.generator) for n in sizes]
        return torch.stack(columns, 1)


class AugmentationStep(BaseModel):
    """One way to vary a batch: `apply(batch, draw(shape, occasion))`.

    The draw is one CPU tensor with a row per example, so that several processes can draw for the
    whole batch alike and each apply the rows of its own part.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    kind: str

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape that an example has after this step.

        Raises RecipeError or GeometryError when examples of this shape cannot take the step.
        """
        return shape

    def draw(self, shape: Shape, occasion: Occasion) -> Tensor:
        """Return the random choices for every example, one row each, on the CPU."""
        raise NotImplementedError

    def apply(self, batch: Tensor, drawn: Tensor) -> Tensor:
        """Return the batch changed as drawn, in its own type, device and memory layout."""
        raise NotImplementedError


class BoundedStep(AugmentationStep):
    """A step that reads outside its example, where the boundary says what is there.

    `value` is what the boundary "constant" holds; zero is the dataset's mean.
    """

    boundary: Boundary = "zeros"
    value: float = 0.0

    @model_validator(mode="after")
    def _value_needs_constant(self) -> Self:
        if self.value and self.boundary != "constant":
            raise ValueError(
                f"value (={self.value:g}) has no effect with boundary {self.boundary!r}; "
                "give boundary = 'constant'"
            )
        return self


def needs_axes(kind: str, shape: Shape, axes: int) -> None:
    """Raise RecipeError unless examples have at least so many spatial axes."""
    if len(shape) - 1 < axes:
        raise RecipeError(
            f"the augmentation {kind} needs at least {axes} spatial axes, but examples have the "
            f"shape {'x'.join(map(str, shape))} (channels first); leave it out"
        )


def in_layout_of(batch: Tensor, changed: Tensor) -> Tensor:
    """Return `changed` with its memory laid out as that of `batch` is, channels last or not."""
    layouts = {4: torch.channels_last, 5: torch.channels_last_3d}
    layout = layouts.get(batch.ndim, torch.contiguous_format)
    if batch.is_contiguous() or not batch.is_contiguous(memory_format=layout):
        layout = torch.contiguous_format
    return changed.contiguous(memory_format=layout)


def per_example(drawn: Tensor, batch: Tensor) -> Tensor:
    """Return one value per example on the batch's device, shaped to broadcast over it."""
    return drawn.to(batch.device).view(-1, *(1,) * (batch.ndim - 1))


def _at_least(least: int) -> AfterValidator:
    def check(value: int | tuple[int, ...]) -> int | tuple[int, ...]:
        entries = (value,) if isinstance(value, int) else value
        if not entries or min(entries) < least:
            raise ValueError(f"must be at least {least}, one number or one for every axis")
        return value

    return AfterValidator(check)


Pixels = Annotated[int | tuple[int, ...], _at_least(0)]
"""A whole number of pixels (of samples, for a signal), for every axis or one an axis."""

Size = Annotated[int | tuple[int, ...], _at_least(1)]
"""A size in pixels (in samples, for a signal), for every axis or one an axis."""
