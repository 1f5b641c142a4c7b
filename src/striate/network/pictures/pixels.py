"""The input of a network as the picture that a person gave."""

from typing import Any

import numpy as np
import numpy.typing as npt

from striate.data import AsDataset, CentreClip, CentreCrop, Preprocessing
from striate.network.pictures.stack import numbers_of
from striate.network.trace import Trace

Values = npt.NDArray[Any]


def picture_of(
    trace: Trace, preprocessing: Preprocessing | None = None, example: int = 0
) -> Values:
    """The input of one example as a picture (*spatial, 3), red, green and blue from 0 to 1.

    The normalisation is undone where the preprocessing says what it was; else the picture's own
    smallest and largest value become 0 and 1. Anything but three channels is grey: the first one.
    """
    values = numbers_of(trace, trace.graph.inputs[0].name, example)
    known = _normalisation(preprocessing)
    if known is not None and len(known[0]) == len(values):
        shape = (-1,) + (1,) * (values.ndim - 1)
        mean, std = (np.asarray(part, np.float64).reshape(shape) for part in known)
        values = values * std + mean
    else:
        values = values if len(values) == 3 else values[:1]
        low, high = float(values.min()), float(values.max())
        values = (values - low) / (high - low or 1.0)
    channels = values if len(values) == 3 else np.repeat(values[:1], 3, 0)
    return np.moveaxis(channels.clip(0, 1), 0, -1)


def _normalisation(
    preprocessing: Preprocessing | None,
) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """The mean and deviation, in units of the largest stored value, that were divided out."""
    if isinstance(preprocessing, CentreCrop | CentreClip):
        return preprocessing.mean, preprocessing.std
    if isinstance(preprocessing, AsDataset):
        description = preprocessing.description
        if description.standardise == "dataset":
            most = description.maximum
            return (
                tuple(mean / most for mean in description.mean),
                tuple(std / most for std in description.std),
            )
    return None
