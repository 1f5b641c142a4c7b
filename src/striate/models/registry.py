"""The named networks by name."""

import inspect
from functools import cache
from importlib import import_module
from typing import Any

from torch import nn

from striate.errors import ModelError
from striate.models.entry import Entry
from striate.models.replacement import replace_activations, replace_poolings
from striate.models.sizing import check_input, check_request
from striate.names import nearest

_FAMILIES = (
    "linear",
    "lenet",
    "alexnet",
    "zfnet",
    "nin",
    "allcnn",
    "vgg",
    "googlenet",
    "inception",
    "resnet",
    "resnet_cifar",
    "wide_resnet",
    "resnext",
    "preactivation",
    "squeezenet",
    "mobilenet",
    "mobilenet_v2",
    "mobilenet_v3",
    "efficientnet",
    "densenet",
    "xception",
    "fcn",
    "unet",
    "arrhythmia",
    "keyword_cnn",
    "ds_cnn",
    "c3d",
    "r2plus1d",
    "gabor",
)


@cache
def entries() -> tuple[Entry, ...]:
    """Every named network, family by family."""
    families = (import_module(f"striate.models.{family}") for family in _FAMILIES)
    return tuple(entry for family in families for entry in family.ENTRIES)


def names() -> tuple[str, ...]:
    """The names of all networks."""
    return tuple(entry.name for entry in entries())


def describe(name: str) -> Entry:
    """The entry of a name, whatever its case.

    Raises ModelError for an unknown name, with the nearest known ones.
    """
    known = {entry.name: entry for entry in entries()}
    found = known.get(name.lower())
    if found is None:
        near = nearest(name, known, most=3)
        hint = f"did you mean {', '.join(near)}? " if near else ""
        raise ModelError(
            f"there is no network named {name!r}: {hint}`striate models` lists all {len(known)}"
        )
    return found


def create(
    name: str,
    *,
    input_shape: tuple[int, ...] | None = None,
    classes: int | None = None,
    pooling: str | None = None,
    activation: str | None = None,
    **options: Any,
) -> nn.Module:
    """A new network by name, initialised as published.

    `input_shape` is (C, *spatial), the published one by default; `pooling` and `activation` are
    lines of the notation (`lppool p 3`, `gelu`) that stand in for every sliding max and average
    pooling and every activation; further options are the family's own (`stem="small"`).
    Raises ModelError for an unknown name, option or number of classes, and for an input that the
    network shrinks to nothing, with the layer and the least size that works.
    """
    entry = describe(name)
    shape = entry.input_shape if input_shape is None else tuple(input_shape)
    count = entry.classes if classes is None else classes
    check_request(shape, count, entry.input_shape)
    _check_options(entry, options)

    def build(shape: tuple[int, ...]) -> nn.Module:
        network = entry.build(input_shape=shape, classes=count, **options)
        if pooling is not None:
            replace_poolings(network, pooling)
        if activation is not None:
            replace_activations(network, activation)
        return network

    if (shape, count) != (entry.input_shape, entry.classes) or options or pooling is not None:
        as_published = not options and pooling is None
        least = entry.least if as_published else None
        check_input(entry.name, build, shape, entry.input_shape, least)
    return build(shape)


def _check_options(entry: Entry, options: dict[str, Any]) -> None:
    own = [
        name
        for name in inspect.signature(entry.build).parameters
        if name not in ("input_shape", "classes")
    ]
    unknown = [name for name in options if name not in own]
    if unknown:
        known = f"its options are {', '.join(own)}" if own else "it has none of its own"
        raise ModelError(
            f"{entry.name} has no option {unknown[0]!r}: {known}, besides input_shape, classes, "
            "pooling and activation"
        )
