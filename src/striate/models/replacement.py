"""Other poolings and activations in place of those that a network has.

What stands in is written as a line of the notation, whose kinds are the poolings and activations
that there are.
"""

from collections.abc import Callable
from typing import Any

from torch import nn

from striate.errors import ModelError, NotationError
from striate.layers.mobile import SqueezeExcite
from striate.layers.pooling import POOLINGS, SlidingWindow
from striate.layers.pooling.shrinking import ShrinkPool
from striate.layers.pooling.window_pool import WindowPool
from striate.models.squeeze_excitation import SqueezeExcitation
from striate.notation import build, parse
from striate.notation.bind import bind
from striate.notation.diagnostics import did_you_mean, refusal
from striate.notation.kind import KINDS, Kind
from striate.notation.specs.activation import Activation, Prelu, Softmax
from striate.notation.specs.pooling import Pooling
from striate.notation.specs.shrinking import Shrinking

_MAX_POOLS = (nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d)
_AVERAGE_POOLS = (nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d)
_ACTIVATIONS = (
    *(
        getattr(nn, kind.torch_name)
        for kind in KINDS.values()
        if issubclass(kind, Activation) and not issubclass(kind, Softmax)
    ),
    nn.PReLU,
)
# What gives squeeze and excitation its gates is between 0 and 1, and must remain so.
_GATED = (SqueezeExcite, SqueezeExcitation)
_GATES = (nn.Sigmoid, nn.Hardsigmoid)


def replace_poolings(module: nn.Module, line: str) -> int:
    """Put a member of the pooling family in place of every pooling with a sliding window.

    `line` is one of the notation without a window: `lppool p 3`, `mixedpool a learned`,
    `spectralpool`. Each pooling keeps its kernel, stride, padding, dilation and ceil mode;
    `fractionalpool` and `spectralpool`, which have no window, give maps of the size that the window
    would, unless the line has a `ratio` or a `size`. Global and adaptive poolings stay, as do those
    that were asked for a ratio or size, and those that return the indices of their maxima.
    Returns how many were replaced.
    Raises ModelError for a line that is no pooling or brings its own window, where a window is
    dilated and the member has none such, and when the module is itself a pooling.
    """
    kind = _kind(line, (Pooling, Shrinking), "pooling")

    def replaced(path: str, old: nn.Module) -> nn.Module | None:
        window = _window(old)
        return None if window is None else _pooling(kind, window, path)

    return _replace(module, replaced)


def replace_activations(module: nn.Module, line: str) -> int:
    """Put one activation in place of every other.

    `line` is one of the notation: `gelu`, `leakyrelu slope 0.1`. The gates of squeeze and
    excitation stay, as do softmaxes.
    Returns how many were replaced.
    Raises ModelError for a line that is no activation, and when the module is itself one.
    """
    kind = _kind(line, (Activation, Prelu), "activation")
    if isinstance(kind, Prelu) and kind.channels:
        raise ModelError(
            f"`{line}` needs the number of channels, which differs from layer to layer; `prelu` "
            "has one slope for all of them"
        )

    def replaced(path: str, old: nn.Module) -> nn.Module | None:
        parent = module.get_submodule(path.rpartition(".")[0])
        gate = isinstance(parent, _GATED) and isinstance(old, _GATES)
        if gate or not isinstance(old, _ACTIVATIONS):
            return None
        return build(line, input=(1,))[0]

    return _replace(module, replaced)


def _kind(line: str, wanted: tuple[type[Kind], ...], what: str) -> Kind:
    """The one layer that a line names, with its values."""
    try:
        layers = parse(line).layers
    except NotationError as error:
        raise ModelError(f"the {what} {line!r} cannot be read. {error}") from error
    if len(layers) != 1 or layers[0].layers:
        raise ModelError(f"the {what} {line!r} must be one line of the notation, as a network has")
    (layer,) = layers
    known = {name: kind for name, kind in KINDS.items() if issubclass(kind, wanted)}
    found = known.get(layer.name)
    if found is None:
        raise ModelError(
            f"there is no {what} named {layer.name!r}: {did_you_mean(layer.name, known)}"
        )
    bound = bind(layer, found)
    if bound.kind is None or bound.diagnostics:
        raise ModelError(f"the {what} {line!r} cannot be used. {refusal(bound.diagnostics)}")
    own = [
        word.text
        for field, word in bound.words.items()
        if field in ("kernel", "everywhere", "stride", "pad", "ceil", "dilation")
    ]
    if own:
        raise ModelError(
            f"the {what} {line!r} has a window of its own ({' '.join(own)}): each pooling keeps "
            "the window of the one it stands in for, so leave that out"
        )
    return bound.kind


def _window(module: nn.Module) -> SlidingWindow | None:
    """The window of a pooling that slides one."""
    if isinstance(module, _MAX_POOLS):
        if module.return_indices:
            return None
        return SlidingWindow(
            module.kernel_size, module.stride, module.padding, module.dilation, module.ceil_mode
        )
    if isinstance(module, _AVERAGE_POOLS):
        return SlidingWindow(
            module.kernel_size, module.stride, module.padding, ceil_mode=module.ceil_mode
        )
    if isinstance(module, WindowPool) and not isinstance(module.kernel, str):
        stride = module.kernel if module.stride is None else module.stride
        return SlidingWindow(
            module.kernel, stride, module.padding, module.dilation, module.ceil_mode
        )
    return module.like if isinstance(module, ShrinkPool) else None


def _pooling(kind: Kind, window: SlidingWindow, path: str) -> nn.Module:
    make = POOLINGS[kind.name]
    if isinstance(kind, Shrinking):
        sized = {"output_size": kind.size, "ratio": kind.ratio}
        given: dict[str, Any] = {
            # In the notation one number is for every axis.
            name: value[0] if len(value) == 1 else value
            for name, value in sized.items()
            if value is not None
        }
        return make(**(given or {"like": window}), **kind.options())
    assert isinstance(kind, Pooling)
    options = kind.options()
    if "dilation" in options:
        options["dilation"] = window.dilation
    elif window.dilated:
        raise ModelError(
            f"the pooling at {path!r} has a window with a dilation of {window.dilation}, and "
            f"`{kind.name}` has none such: `maxpool` has"
        )
    return make(
        window.kernel,
        stride=window.stride,
        padding=window.padding,
        ceil_mode=window.ceil_mode,
        **options,
    )


def _replace(module: nn.Module, replaced: Callable[[str, nn.Module], nn.Module | None]) -> int:
    """Replace what `replaced` gives something for; what stands in several places stays one."""
    found = {
        path: (old, new)
        for path, old in module.named_modules()
        if (new := replaced(path, old)) is not None
    }
    if "" in found:
        raise ModelError(
            f"the module is itself a {type(module).__name__}, which cannot be replaced in place: "
            "give the network that it is part of"
        )
    like = next(module.parameters(), None)
    stand_ins: dict[nn.Module, nn.Module] = {}
    for old, new in found.values():
        if like is not None:
            new.to(like.device, like.dtype)
        stand_ins[old] = new.train(old.training)
    for path, old in list(module.named_modules(remove_duplicate=False)):
        if old in stand_ins:
            module.set_submodule(path, stand_ins[old])
    return len(stand_ins)
