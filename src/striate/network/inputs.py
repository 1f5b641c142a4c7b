"""From what the user has (pictures, arrays, tensors) to the batch that a network takes."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor, nn

from striate.data import Preprocessing
from striate.errors import NetworkError

Given = Tensor | npt.NDArray[Any] | str | Path | Image.Image | Sequence["Given"]
"""A batch or one example as a tensor or array, a picture or its file, or a list of such."""


def as_batch(
    given: Given,
    shape: tuple[int, ...],
    module: nn.Module,
    preprocessing: Preprocessing | None,
    *,
    floats: bool = True,
) -> Tensor:
    """The batch (N, C, *spatial), in the number type and on the device of the network's weights.

    Files, Pillow images and arrays of whole numbers (as images are stored, (H, W), (H, W, C) or
    (C, H, W)) go through the network's own preprocessing; tensors and arrays of broken numbers are
    taken to have been through it. `shape` is (C, *spatial) of one example; `floats` is false for
    networks that take whole numbers.
    Raises NetworkError for another number of axes or of channels; DataError for files that are no
    pictures.
    """
    like = _like(module)
    if isinstance(given, list | tuple):
        if not given:
            raise NetworkError(f"an empty list holds no input; one example is {_by(shape)}")
        return torch.cat(
            [as_batch(entry, shape, module, preprocessing, floats=floats) for entry in given]
        )
    if isinstance(given, str | Path | Image.Image):
        batch = _prepared(given, preprocessing)[None]
    elif isinstance(given, np.ndarray) and given.dtype.kind in "ub":
        batch = _prepared(_picture(given, shape), preprocessing)[None]
    elif isinstance(given, np.ndarray | Tensor):
        tensor = given if isinstance(given, Tensor) else torch.from_numpy(_numbers(given))
        batch = _checked(tensor, shape)
    else:
        raise NetworkError(
            f"an input may be a tensor, an array, a picture or its file, not {type(given).__name__}"
        )
    return batch.to(like.device, like.dtype) if floats else batch.to(like.device)


def check_finite(batch: Tensor) -> None:
    """Raise NetworkError, with the place of the first, when a value is not a finite number."""
    if batch.is_floating_point() and not bool(torch.isfinite(batch).all()):
        where = tuple((~torch.isfinite(batch)).nonzero()[0].tolist())
        raise NetworkError(
            f"the input has {int((~torch.isfinite(batch)).sum())} values that are not finite, the "
            f"first at {where}: {batch[where].item()}; every value behind it would be lost"
        )


def _like(module: nn.Module) -> Tensor:
    for tensor in chain(module.parameters(), module.buffers()):
        if tensor.is_floating_point():
            return tensor
    return torch.empty(0)


def _prepared(given: str | Path | Image.Image, preprocessing: Preprocessing | None) -> Tensor:
    if preprocessing is None:
        raise NetworkError(
            "this network does not say how pictures become its input; give a tensor, or "
            "Network(..., preprocessing=...)"
        )
    return preprocessing(Path(given) if isinstance(given, str) else given)


def _numbers(given: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The array in a type that torch has: native byte order, at most 64 bits."""
    kind, size = given.dtype.kind, given.dtype.itemsize
    if kind not in "iufc":
        raise NetworkError(
            f"an array of type {given.dtype} is no input; give an array of floats that is prepared "
            "already, or one of bytes (uint8) that is a picture"
        )
    known = np.dtype(f"{kind}{min(size, 16 if kind == 'c' else 8)}")
    return np.array(given, known, order="C")


def _picture(stored: npt.NDArray[Any], shape: tuple[int, ...]) -> Image.Image:
    channels = shape[0]
    pixels = stored[..., None] if stored.ndim == 2 else stored
    if pixels.ndim == 3 and pixels.shape[-1] not in (1, 3, 4) and pixels.shape[0] in (1, 3):
        pixels = pixels.transpose(1, 2, 0)
    if pixels.ndim != 3 or pixels.shape[-1] not in (1, 3, 4) or pixels.dtype != np.uint8:
        raise NetworkError(
            f"an array of whole numbers is taken for a picture of 0 to 255, (H, W) or (H, W, "
            f"{channels}); its shape is {stored.shape} and its type {stored.dtype}. Give an array "
            "of floats that is prepared already, or pictures one by one"
        )
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)


def _checked(batch: Tensor, shape: tuple[int, ...]) -> Tensor:
    batch = batch[None] if batch.ndim == len(shape) else batch
    expected = f"the network takes (N, {', '.join(map(str, shape))})"
    if batch.ndim != len(shape) + 1:
        raise NetworkError(f"an input of shape {tuple(batch.shape)} does not fit: {expected}")
    if shape and batch.shape[1] != shape[0]:
        raise NetworkError(
            f"an input of shape {tuple(batch.shape)} has {batch.shape[1]} channels: {expected}"
        )
    if 0 in batch.shape:
        raise NetworkError(f"an input of shape {tuple(batch.shape)} holds nothing: {expected}")
    if batch.is_complex() or batch.dtype == torch.bool:
        raise NetworkError(f"an input of type {batch.dtype} does not fit: {expected} of floats")
    return batch.detach()


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
