"""The text of a network whose layers stand one after the other."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn

from striate.errors import ModelError
from striate.models.scaled_tanh import ScaledTanh
from striate.notation import check
from striate.notation.kind import KINDS
from striate.notation.specs.activation import Activation

_CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_MAX_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
_AVERAGE_POOLS = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_ADAPTIVE_POOLS = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)
_BATCH_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_ACTIVATIONS = {
    getattr(nn, kind.torch_name): name
    for name, kind in KINDS.items()
    if issubclass(kind, Activation)
}


def sequence_text(
    build: Callable[..., nn.Module], title: str, *, input_shape: tuple[int, ...], classes: int
) -> str:
    """The text of a network that runs its layers in the order in which it has them.

    A network flattens what reaches its first linear layer, whether it has a layer for that or not.
    An adaptive pooling to more than one position is none of the notation's: it is left out, which
    changes nothing where what reaches it has that size; elsewhere the linear layers see what there
    is, as the papers' do, and the text says so.
    Raises ModelError for a layer that the notation has not.
    """
    with torch.device("meta"):
        network = build(input_shape=input_shape, classes=classes)
    lines = [f"# {title}", "input " + _by(input_shape)]
    flat = len(input_shape) == 1
    for path, layer in network.named_modules():
        if next(layer.children(), None) is not None or isinstance(layer, nn.Identity):
            continue
        if isinstance(layer, nn.Linear) and not flat:
            lines.append("flatten")
        flat = flat or isinstance(layer, (nn.Flatten, nn.Linear))
        if isinstance(layer, _ADAPTIVE_POOLS) and _sizes(layer.output_size) != (1,):
            lines.extend(_left_out(layer.output_size, lines))
        else:
            lines.extend(_lines(path, layer, len(input_shape) - 1))
    return "\n".join(lines) + "\n"


def _lines(path: str, layer: nn.Module, axes: int) -> Iterator[str]:
    if isinstance(layer, _CONVOLUTIONS):
        yield _words(
            f"conv {layer.out_channels} {_by(_along(layer.kernel_size, axes))}",
            stride=(layer.stride, (1,)),
            pad=(layer.padding, (0,)),
            dilation=(layer.dilation, (1,)),
            groups=(layer.groups, (1,)),
            bias=("no" if layer.bias is None else "yes", "yes"),
        )
    elif isinstance(layer, _MAX_POOLS):
        yield _pool("maxpool", layer, axes) + _words("", dilation=(layer.dilation, (1,)))
    elif isinstance(layer, _AVERAGE_POOLS):
        counted = layer.count_include_pad and _sizes(layer.padding) != (0,)
        yield _pool("avgpool", layer, axes) + " countpad yes" * counted
    elif isinstance(layer, _ADAPTIVE_POOLS):
        yield "avgpool global"
    elif isinstance(layer, nn.LocalResponseNorm):
        yield f"lrn {layer.size} alpha {layer.alpha:g} beta {layer.beta:g} k {layer.k:g}"
    elif isinstance(layer, _BATCH_NORMS):
        yield _words(
            "batchnorm", momentum=(f"{layer.momentum:g}", "0.1"), eps=(f"{layer.eps:g}", "1e-05")
        )
    elif isinstance(layer, ScaledTanh):
        yield from (f"scale {layer.slope:.7g}", "tanh", f"scale {layer.amplitude:g}")
    elif type(layer) in _ACTIVATIONS:
        yield _ACTIVATIONS[type(layer)]
    elif isinstance(layer, nn.Dropout):
        yield f"dropout {layer.p:g}"
    elif isinstance(layer, nn.Flatten):
        yield "flatten"
    elif isinstance(layer, nn.Linear):
        yield f"linear {layer.out_features}" + " bias no" * (layer.bias is None)
    else:
        raise ModelError(f"`{path}` is a {type(layer).__name__}, which the notation has not")


def _pool(name: str, layer: nn.Module, axes: int) -> str:
    return _words(
        f"{name} {_by(_along(layer.kernel_size, axes))}",
        stride=(layer.stride, _sizes(layer.kernel_size)),
        pad=(layer.padding, (0,)),
    ) + " ceil" * bool(layer.ceil_mode)


def _left_out(wanted: object, lines: list[str]) -> list[str]:
    given = check("\n".join(lines)).output_shape
    if given is not None and _sizes(given[1:]) == _sizes(wanted):
        return []
    shape = "x".join(map(str, given or ()))
    return [f"# no adaptive pooling to {_by(wanted)}: the linear layers see all {shape} values"]


def _words(text: str, **options: tuple[object, object]) -> str:
    """The text with those options that have another value than the notation's own."""
    for name, (value, default) in options.items():
        if (value if isinstance(value, str) else _sizes(value)) != default:
            text += f" {name} {value if isinstance(value, str) else _by(_sizes(value))}"
    return text


def _sizes(value: Any) -> tuple[int, ...]:
    """A size of one axis or several, as one number where all are the same."""
    sizes = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return sizes[:1] if len(set(sizes)) == 1 else sizes


def _along(value: Any, axes: int) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes


def _by(value: object) -> str:
    sizes = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    return "x".join(map(str, sizes))
