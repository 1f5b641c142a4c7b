"""Geometric steps that read between pixels: rotation, scaling, elastic deformation."""

from collections.abc import Sequence
from math import ceil, log
from typing import Literal, Self

import torch
import torch.nn.functional as F
from pydantic import Field, model_validator
from torch import Tensor
from typing_extensions import override

from striate.data.augmentation.resampling import Warp, resample
from striate.data.augmentation.step import (
    BoundedStep,
    Occasion,
    Shape,
    needs_axes,
)


class GeometricStep(BoundedStep):
    """A step that says where to read; neighbours with one boundary are interpolated together."""

    def warp(self, spatial: Shape, drawn: Tensor) -> Warp:
        """Return where each pixel of the output reads, on the device of `drawn`."""
        raise NotImplementedError

    @override
    def apply(self, batch: Tensor, drawn: Tensor) -> Tensor:
        return apply_together(batch, [(self, drawn)])


def apply_together(batch: Tensor, steps: Sequence[tuple[GeometricStep, Tensor]]) -> Tensor:
    """Return the batch after all steps, interpolated once, with the boundary of the first."""
    spatial = tuple(batch.shape[2:])
    warps = [step.warp(spatial, drawn.to(batch.device)) for step, drawn in steps]
    whole = warps[0]
    for later in warps[1:]:
        whole = later.after(whole)
    return resample(batch, whole, steps[0][0].boundary, steps[0][0].value)


class Rotate(GeometricStep):
    """Rotates each image about its centre by -degrees to +degrees, uniformly.

    Positive angles turn counter-clockwise as the image is displayed. Volumes turn in the plane of
    their last two axes.
    """

    kind: Literal["rotate"] = "rotate"
    degrees: float = Field(gt=0, le=180)

    @override
    def output_shape(self, shape: Shape) -> Shape:
        needs_axes(self.kind, shape, 2)
        return shape

    @override
    def draw(self, shape: Shape, occasion: Occasion) -> Tensor:
        """Return float32 `(N,)`: the angle of each in degrees."""
        return occasion.uniform(-self.degrees, self.degrees)

    @override
    def warp(self, spatial: Shape, drawn: Tensor) -> Warp:
        angles = drawn.double().deg2rad()
        cosine, sine = angles.cos().float(), angles.sin().float()
        linear = torch.eye(len(spatial), device=drawn.device).repeat(len(drawn), 1, 1)
        linear[:, -2, -2], linear[:, -2, -1] = cosine, sine
        linear[:, -1, -2], linear[:, -1, -1] = -sine, cosine
        return Warp(linear)


class Scale(GeometricStep):
    """Enlarges each example about its centre by a factor from low to high.

    Above 1 enlarges, below 1 shrinks; uniform in the logarithm, so that both are as likely when
    `low = 1 / high`. With `per_axis` every axis has a factor of its own. A signal is stretched in
    time.
    """

    kind: Literal["scale"] = "scale"
    low: float = Field(default=0.9, gt=0.01, lt=100)
    high: float = Field(default=1.1, gt=0.01, lt=100)
    per_axis: bool = False

    @model_validator(mode="after")
    def _low_below_high(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low (={self.low:g}) must not be above high (={self.high:g})")
        return self

    @override
    def draw(self, shape: Shape, occasion: Occasion) -> Tensor:
        """Return float32 `(N, axes)`: the factor of each along each axis."""
        axes = len(shape) - 1
        factors = occasion.uniform(log(self.low), log(self.high), axes if self.per_axis else 1)
        return factors.exp_().expand(-1, axes)

    @override
    def warp(self, spatial: Shape, drawn: Tensor) -> Warp:
        return Warp(torch.diag_embed(1 / drawn))


class Elastic(GeometricStep):
    """Moves pixels by smooth random fields, one for each axis.

    `alpha` times uniform noise in [-1, 1], smoothed by a Gaussian of standard deviation `sigma`.
    Away from the edges of an image a pixel moves by `alpha / (2 sigma sqrt(3 pi))` (root mean
    square, each axis): 1.4 pixels for `sigma = 4, alpha = 34`, which suit digits of 28x28. For a
    signal it warps time.

    Units: pixels, or samples of a signal.

    Source: Simard, Steinkraus and Platt 2003, "Best practices for convolutional neural networks
    applied to visual document analysis", section 2.
    """

    kind: Literal["elastic"] = "elastic"
    alpha: float = Field(default=34.0, gt=0, le=1e6)
    sigma: float = Field(default=4.0, gt=0, le=1024)

    @override
    def draw(self, shape: Shape, occasion: Occasion) -> Tensor:
        """Return float32 `(N, axes, *spatial)`: noise from -1 to 1, before it is smoothed."""
        return occasion.uniform(-1, 1, len(shape) - 1, *shape[1:])

    @override
    def warp(self, spatial: Shape, drawn: Tensor) -> Warp:
        field = drawn
        for axis, size in enumerate(spatial, start=2):
            smoothing = _gaussian_smoothing(size, self.sigma, drawn.device)
            if axis == field.ndim - 1:
                field = field @ smoothing
            else:
                field = (smoothing @ field.flatten(axis + 1)).view_as(field)
        eye = torch.eye(len(spatial), device=drawn.device)
        return Warp(eye.expand(len(drawn), -1, -1), self.alpha * field)


def _gaussian_smoothing(size: int, sigma: float, device: torch.device) -> Tensor:
    """Return the symmetric matrix `(size, size)` that smooths one axis; outside there is zero.

    A product with it is faster than a convolution at the sizes of images.
    """
    radius = ceil(4 * sigma)
    weights = torch.arange(-radius, radius + 1, dtype=torch.float64, device=device)
    weights = torch.exp(-0.5 * (weights / sigma) ** 2)
    weights = F.pad(weights / weights.sum(), (size, size))
    places = torch.arange(size, device=device)
    distances = places[:, None] - places
    return weights[distances + size + radius].float()
