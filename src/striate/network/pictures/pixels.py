"""The input of a network as the picture that a person gave."""

from typing import Any

import numpy as np
import numpy.typing as npt

from striate.data import AsDataset, CentreClip, CentreCrop, Preprocessing
from striate.network.pictures.stack import numbers_of
from striate.network.trace import Trace

Values = npt.NDArray[Any]

_SLACK = 0.01  # for rounding


def picture_of(
    trace: Trace, preprocessing: Preprocessing | None = None, example: int = 0
) -> Values:
    """The input of one example as a picture (*spatial, 3), red, green and blue from 0 to 1.

    The normalisation is undone where the preprocessing says what it was and the values then are a
    picture's; else the smallest and largest value become 0 and 1. Anything but three channels is
    grey: the first one.
    """
    values = numbers_of(trace, trace.graph.inputs[0].name, example)
    found = _undone(values, preprocessing)
    if found is None:
        found = values if len(values) == 3 else values[:1]
        low, high = float(found.min()), float(found.max())
        found = (found - low) / (high - low or 1.0)
    channels = found if len(found) == 3 else np.repeat(found[:1], 3, 0)
    return np.moveaxis(channels.clip(0, 1), 0, -1)


def _undone(values: Values, preprocessing: Preprocessing | None) -> Values | None:
    """The values before they were normalised, None where they cannot have been a picture's."""
    known = _normalisation(preprocessing)
    if known is None or len(known[0]) != len(values):
        return None
    shape = (-1,) + (1,) * (values.ndim - 1)
    mean, std = (np.asarray(part, np.float64).reshape(shape) for part in known)
    found: Values = values * std + mean
    return found if found.min() >= -_SLACK and found.max() <= 1 + _SLACK else None


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
