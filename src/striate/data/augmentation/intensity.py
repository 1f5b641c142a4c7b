"""Changes of value: brightness, contrast, noise, inversion.

A normalised batch has mean 0 and standard deviation 1 over the dataset in every channel, so an
amount of 1 is one standard deviation of the dataset.
"""

from typing import Literal

import torch
from pydantic import Field
from torch import Tensor
from typing_extensions import override

from striate.data.augmentation.step import (
    AugmentationStep,
    Occasion,
    Shape,
    in_layout_of,
    per_example,
)


class Brightness(AugmentationStep):
    """Adds to each example one number from -amount to +amount, uniformly.

    Units: standard deviations of the dataset; 0.2 is mild, 1 is strong. For a signal it moves the
    baseline.
    """

    kind: Literal["brightness"] = "brightness"
    amount: float = Field(gt=0, le=10)

    @override
    def draw(self, shape: Shape, occasion: Occasion) -> Tensor:
        """Return float32 `(N,)`: what is added to each."""
        return occasion.uniform(-self.amount, self.amount)

    @override
    def apply(self, batch: Tensor, drawn: Tensor) -> Tensor:
        changed = batch.float() + per_example(drawn, batch)
        return in_layout_of(batch, changed.to(batch.dtype))


class Contrast(AugmentationStep):
    """Multiplies each example's distance from its own mean by 1 - amount to 1 + amount, uniformly.

    `mean + factor (x - mean)`, with one mean over channels and pixels. Units: a factor; 0.2 is
    mild, 0.8 is strong. For a signal it changes the amplitude.
    """

    kind: Literal["contrast"] = "contrast"
    amount: float = Field(gt=0, le=1)

    @override
    def draw(self, shape: Shape, occasion: Occasion) -> Tensor:
        """Return float32 `(N,)`: the factor of each."""
        return occasion.uniform(1 - self.amount, 1 + self.amount)

    @override
    def apply(self, batch: Tensor, drawn: Tensor) -> Tensor:
        values = batch.float()
        mean = values.mean(tuple(range(1, batch.ndim)), keepdim=True)
        changed = torch.lerp(mean, values, per_example(drawn, batch))
        return in_layout_of(batch, changed.to(batch.dtype))


class Noise(AugmentationStep):
    """Adds Gaussian noise of standard deviation sigma to every value.

    Units: standard deviations of the dataset; 0.05 is mild, 0.5 is strong. One normal number is
    drawn for every value of the batch, which takes longer than the other steps do.
    """

    kind: Literal["noise"] = "noise"
    sigma: float = Field(gt=0, le=10)

    @override
    def draw(self, shape: Shape, occasion: Occasion) -> Tensor:
        """Return float32 `(N, *shape)`: what is added to each value."""
        noise = torch.randn(occasion.count, *shape, generator=occasion.generator)
        return noise.mul_(self.sigma)

    @override
    def apply(self, batch: Tensor, drawn: Tensor) -> Tensor:
        changed = batch.float() + drawn.to(batch.device)
        return in_layout_of(batch, changed.to(batch.dtype))


class Invert(AugmentationStep):
    """Changes the sign of each example with a probability.

    For a signal whose electrodes may have been swapped, as in recordings of one-lead ECG; an image
    becomes its negative.
    """

    kind: Literal["invert"] = "invert"
    probability: float = Field(default=0.5, ge=0, le=1)

    @override
    def draw(self, shape: Shape, occasion: Occasion) -> Tensor:
        """Return bool `(N,)`: whether each is inverted."""
        return occasion.uniform(0, 1) < self.probability

    @override
    def apply(self, batch: Tensor, drawn: Tensor) -> Tensor:
        sign = 1 - 2 * per_example(drawn, batch).to(batch.dtype)
        return in_layout_of(batch, batch * sign)
