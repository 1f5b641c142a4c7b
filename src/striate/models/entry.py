"""What is known of a named network before it is built."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import nn

Build = Callable[..., nn.Module]
"""`build(input_shape=(C, *spatial), classes=K)`, with options of its own after these."""

Task = Literal["classification", "segmentation", "features"]


@dataclass(frozen=True)
class Accuracy:
    """A published result, as a fraction, with the data it was measured on and where it stands."""

    value: float
    data: str
    source: str


@dataclass(frozen=True)
class Entry:
    """A named network.

    `parameters` and `multiply_adds` are for `input_shape` (C, *spatial), `classes` and the
    default options, in evaluation mode; multiply-adds by the convention of `striate.geometry`, for
    one example. `least` is the smallest spatial size that gives an output with the default
    options. `differences` says where the network departs from its paper or from a well-known
    implementation, and why. `layout` names the well-known implementation whose state dict has
    the same names and shapes, "" when none has. `text` gives the network in the notation where that
    is readable: `text(input_shape=..., classes=...)`, equal module for module.
    """

    name: str
    title: str
    family: str
    year: int
    paper: str
    build: Build
    input_shape: tuple[int, ...]
    classes: int
    parameters: int
    multiply_adds: int
    least: tuple[int, ...]
    task: Task = "classification"
    accuracy: Accuracy | None = None
    differences: str = ""
    layout: Literal["", "torchvision"] = ""
    text: Callable[..., str] | None = None
