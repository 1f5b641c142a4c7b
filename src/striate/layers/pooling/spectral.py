"""Spectral pooling."""

import torch
from torch import Tensor

from striate.layers.pooling.inputs import widened
from striate.layers.pooling.shrinking import ShrinkPool


class SpectralPool(ShrinkPool):
    """The low frequencies of each map: its centred Fourier transform cropped and transformed back.

    y = Re ifft(crop(fft(x))), scaled so that the mean, and so a constant map, stays what it is.
    Along an axis of M outputs the frequencies -floor(M/2) to ceil(M/2) - 1 are kept. For even M
    the lowest, -M/2, has lost its partner M/2, so that the crop is the spectrum of no real map;
    the real part is the real map nearest to it, and the frequency keeps half of its share (both
    halves, hence the identity, where M is the input's size).
    (N, C, *spatial) -> (N, C, *output), 1 to 3 spatial axes; give `ratio`, `output_size` or
    `like`.
    Raises LayerError for sizes that do not shrink.
    Source: Rippel, Snoek and Adams, Spectral representations for convolutional neural networks,
    2015, section 3.
    """

    def _pool(self, x: Tensor, outputs: tuple[int, ...]) -> Tensor:
        axes = tuple(range(2, x.dim()))
        spectrum = torch.fft.fftn(widened(x), dim=axes, norm="forward")
        for axis, output in zip(axes, outputs, strict=True):
            spectrum = _crop(spectrum, axis, output)
        pooled: Tensor = torch.fft.ifftn(spectrum, dim=axes, norm="forward").real
        return pooled


def _crop(spectrum: Tensor, axis: int, output: int) -> Tensor:
    """The lowest frequencies along an axis, in the order of torch.fft (zero first)."""
    size = spectrum.shape[axis]
    if output == size:
        return spectrum
    negative = output // 2
    return torch.cat(
        (
            spectrum.narrow(axis, 0, output - negative),
            spectrum.narrow(axis, size - negative, negative),
        ),
        dim=axis,
    )
