"""A front end of fixed Gabor filters, as the cells of the striate cortex, and a linear readout.

Hubel and Wiesel (1962) found simple cells, which answer to a bar of one orientation at one place,
and complex cells, which answer wherever in a small region it lies. Gabor functions fit the first
(Jones and Palmer 1987); the energy of two in quadrature is a model of the second (Adelson and
Bergen 1985).
"""

from math import ceil, inf, log, pi, sqrt
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import nn

from striate.errors import ModelError
from striate.layers import pad
from striate.models.entry import Entry
from striate.models.initialisation import normal_linears

Cells = Literal["simple", "complex"]

_REACH = 2.5  # deviations of the envelope, where it has fallen to 0.04


def gabor_pair(
    wavelength: float, angle: float, *, aspect: float = 0.6, bandwidth: float = 1.0
) -> torch.Tensor:
    """An even and an odd Gabor filter, (2, K, K), float64, K odd.

    g(x, y) = exp(-(u^2 + aspect^2 v^2) / (2 sigma^2)) * [cos(2 pi u / wavelength), sin(...)],
    u = x cos(angle) + y sin(angle), v = y cos(angle) - x sin(angle), y upwards. So `angle`
    (radians, anticlockwise) points across the bars, `wavelength` is in pixels, and
    sigma = wavelength/pi * sqrt(ln 2 / 2) * (2^b + 1)/(2^b - 1) for a `bandwidth` of b octaves.
    The even filter has no mean left, so that an even field gives 0. Each is scaled so that a
    grating of its own wavelength, angle and phase, of amplitude 1, gives 1.
    Raises ModelError for a wavelength below 3 pixels, of which the grid shows no phase, and for an
    aspect or bandwidth that is not above 0.
    Source: Daugman, Uncertainty relation for resolution in space, spatial frequency, and
    orientation, 1985; Jones and Palmer 1987.
    """
    if not 3 <= wavelength < inf:
        raise ModelError(f"wavelength (={wavelength:g}) must be at least 3 pixels")
    for name, number in (("aspect", aspect), ("bandwidth", bandwidth)):
        if not 0 < number < inf:
            raise ModelError(f"{name} (={number:g}) of a Gabor filter must be above 0")
    octaves = 2**bandwidth
    sigma = wavelength / pi * sqrt(log(2) / 2) * (octaves + 1) / (octaves - 1)
    radius = ceil(_REACH * sigma / min(aspect, 1))
    steps = torch.arange(-radius, radius + 1, dtype=torch.float64)
    x, y = steps[None, :], -steps[:, None]
    direction = torch.tensor(angle, dtype=torch.float64)
    u = x * direction.cos() + y * direction.sin()
    v = y * direction.cos() - x * direction.sin()
    envelope = (-(u**2 + (aspect * v) ** 2) / (2 * sigma**2)).exp()
    gratings = torch.stack(((2 * pi * u / wavelength).cos(), (2 * pi * u / wavelength).sin()))
    filters = envelope * gratings
    filters = filters - envelope * filters.sum(dim=(1, 2), keepdim=True) / envelope.sum()
    return filters / (filters * gratings).sum(dim=(1, 2), keepdim=True)


class SimpleCells(nn.Module):
    """Half-rectified responses of both signs: for each filter a cell for light on dark, and dark.

    (N, 2 A, H, W), even responses then odd -> (N, 4 A, H, W).
    Source: Heeger, Half-squaring in responses of cat striate cells, 1992 (without the square).
    """

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The positive parts of x and of -x."""
        cells: torch.Tensor = self.relu(torch.cat((x, -x), dim=1))
        return cells


class ComplexCells(nn.Module):
    """The root of the energy of each quadrature pair: sqrt(even^2 + odd^2), whatever the phase.

    (N, 2 A, H, W), even responses then odd -> (N, A, H, W).
    Source: Adelson and Bergen, Spatiotemporal energy models for the perception of motion, 1985.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The amplitude of each pair; its gradient where both are 0 is 0."""
        even, odd = x.square().chunk(2, dim=1)
        # Far below what 8 bits of an image can tell apart, and the root keeps a finite slope.
        return (even + odd + 1e-12).sqrt()


class GaborBank(nn.Module):
    """Even and odd filters of one wavelength in equally spaced orientations, without parameters.

    The image's channels are averaged first. Filters are centred on every `stride`-th pixel, by
    default every quarter of a wavelength, and what lies beyond the edges repeats them, so that the
    frame of the image is no edge.
    (N, C, H, W) -> (N, 2 A, ceil(H/stride), ceil(W/stride)): even filters of all A orientations,
    then odd ones; orientation a is at pi a / A.
    Raises ModelError as `gabor_pair` does, and for fewer than 1 orientation or a stride below 1.
    """

    filters: torch.Tensor

    def __init__(
        self,
        wavelength: float,
        orientations: int = 8,
        *,
        stride: int | None = None,
        aspect: float = 0.6,
        bandwidth: float = 1.0,
    ) -> None:
        super().__init__()
        for name, number in (("orientations", orientations), ("stride", stride)):
            if number is not None and number < 1:
                raise ModelError(f"{name} (={number}) must be at least 1")
        pairs = [
            gabor_pair(wavelength, pi * step / orientations, aspect=aspect, bandwidth=bandwidth)
            for step in range(orientations)
        ]
        filters = torch.stack(pairs, dim=1).flatten(0, 1).unsqueeze(1)
        self.register_buffer("filters", filters.to(torch.get_default_dtype()))
        self.wavelength = wavelength
        self.stride = max(1, int(wavelength / 4)) if stride is None else stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The response of each filter at each of its places."""
        luminance = x.mean(dim=1, keepdim=True)
        padded = pad(luminance, self.filters.shape[-1] // 2, "replicate")
        return F.conv2d(padded, self.filters, stride=self.stride)

    def extra_repr(self) -> str:
        """Wavelength, number of orientations, stride and size of the filters."""
        count, size = self.filters.shape[0] // 2, self.filters.shape[-1]
        return (
            f"wavelength={self.wavelength:g}, orientations={count}, stride={self.stride}, "
            f"size={size}"
        )


class GaborV1(nn.Module):
    """Gabor filters at several scales, simple or complex cells, their means on a grid, a readout.

    Each scale is looked at every quarter of its wavelength. Only the readout learns: it is the
    linear classifier of what a model of V1 says about an image.
    (N, C, H, W) -> (N, classes), any size. `features` gives the means, (N, scales * cells, grid,
    grid), cells being `orientations` complex or 4 times as many simple ones.
    Raises ModelError as `GaborBank` does, and for unknown cells or no wavelength.
    Source: Hubel and Wiesel, Receptive fields, binocular interaction and functional architecture
    in the cat's visual cortex, 1962; Jones and Palmer, An evaluation of the two-dimensional Gabor
    filter model of simple receptive fields in cat striate cortex, 1987; Adelson and Bergen 1985.
    """

    def __init__(
        self,
        classes: int,
        *,
        cells: Cells = "complex",
        wavelengths: tuple[float, ...] = (4.0, 8.0, 16.0),
        orientations: int = 8,
        aspect: float = 0.6,
        bandwidth: float = 1.0,
        grid: int = 6,
    ) -> None:
        super().__init__()
        if cells not in get_args(Cells):
            raise ModelError(f"cells (={cells!r}) must be 'simple' or 'complex'")
        if not wavelengths:
            raise ModelError("wavelengths are empty: give at least one, in pixels")
        if grid < 1:
            raise ModelError(f"grid (={grid}) must be at least 1")
        self.scales = nn.ModuleList(
            nn.Sequential(
                GaborBank(wavelength, orientations, aspect=aspect, bandwidth=bandwidth),
                SimpleCells() if cells == "simple" else ComplexCells(),
                nn.AdaptiveAvgPool2d(grid),
            )
            for wavelength in wavelengths
        )
        each = orientations * (4 if cells == "simple" else 1)
        self.readout = nn.Linear(len(wavelengths) * each * grid**2, classes)
        normal_linears(self, 0.01)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The mean of every kind of cell in each square of the grid."""
        return torch.cat([scale(x) for scale in self.scales], dim=1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The scores of the classes."""
        scores: torch.Tensor = self.readout(self.features(x).flatten(1))
        return scores


def gabor_v1(
    input_shape: tuple[int, ...] = (3, 224, 224),  # noqa: ARG001 (any size and channels)
    classes: int = 1000,
    *,
    cells: Cells = "complex",
    wavelengths: tuple[float, ...] = (4.0, 8.0, 16.0),
    orientations: int = 8,
    aspect: float = 0.6,
    bandwidth: float = 1.0,
    grid: int = 6,
) -> GaborV1:
    """The Gabor model of V1 for images of any size."""
    return GaborV1(
        classes,
        cells=cells,
        wavelengths=wavelengths,
        orientations=orientations,
        aspect=aspect,
        bandwidth=bandwidth,
        grid=grid,
    )


ENTRIES = (
    Entry(
        name="gabor_v1",
        title="Gabor model of V1",
        family="vision",
        year=1987,
        paper="Jones and Palmer, The two-dimensional Gabor filter model, J. Neurophysiol. 58, 1987",
        build=gabor_v1,
        input_shape=(3, 224, 224),
        classes=1000,
        parameters=865_000,
        multiply_adds=957_670_144,
        least=(1, 1),
        differences="A bank of such filters with a readout is not in a paper: orientations evenly "
        "spaced, wavelengths an octave apart, and the aspect and bandwidth, of 0.6 and one octave, "
        "are about the means that are reported of cells.",
    ),
)
