"""Which inputs a network can take, found on the `meta` device, where nothing takes memory."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from striate.errors import GeometryError, ModelError
from striate.notation.limits import GIBIBYTE, LIMITS

Shape = tuple[int, ...]
BuildFor = Callable[[Shape], nn.Module]
"""A network for an input of (C, *spatial)."""

_BYTES = 4
# What torch's layers say of a window that does not fit.
_NOTHING_LEFT = re.compile(
    r"too small|greater than actual input|smaller than kernel|computed output size|negative output"
)


class _UnfitError(ModelError):
    """A layer that can make nothing of what reaches it."""


def check_request(input_shape: Sequence[int], classes: int, published: Shape) -> None:
    """Raise ModelError for an input or a number of classes that no network can have.

    An input has as many axes as the published one, sizes from 1, and at most
    `LIMITS.activation_bytes` in float32; there is at least 1 class.
    """
    axes = len(published) - 1
    wanted = f"channels and {axes} spatial size{'s' * (axes != 1)}, as {published}"
    if len(input_shape) != len(published):
        raise ModelError(f"input_shape (={input_shape}) must be {wanted}")
    for size in input_shape:
        if not _counts(size):
            raise ModelError(
                f"input_shape (={input_shape}) must be {wanted}, each a whole number from 1, and "
                f"{size!r} is none"
            )
    if prod(input_shape) * _BYTES > LIMITS.activation_bytes:
        raise ModelError(
            f"an input of {_by(input_shape)} takes {_memory(prod(input_shape))}, and "
            f"{_memory(LIMITS.activation_bytes // _BYTES)} are allowed; the published one is "
            f"{_by(published)}"
        )
    most = LIMITS.parameter_bytes // _BYTES
    if not _counts(classes) or classes > most:
        raise ModelError(f"classes (={classes!r}) must be a whole number from 1 to {most:,}")


def check_input(
    name: str, build: BuildFor, input_shape: Shape, published: Shape, least: Shape | None = None
) -> None:
    """Raise ModelError unless the network can be built for the input and gives an output.

    The error names the layer that shrinks the input to nothing, the size that reaches it, and the
    least spatial size that works: `least`, or what is found between 1 and the published input.
    Refuses parameters of more than `LIMITS.parameter_bytes` too, and an output of a layer of more
    than `LIMITS.activation_bytes`. Nothing is computed and no memory is taken.
    """
    try:
        _try(build, input_shape)
    except _UnfitError as error:
        try:
            least = least or least_size(build, (input_shape[0], *published[1:]))
        except ModelError:
            raise ModelError(
                f"{name} cannot take an input of {_by(input_shape)}: {error}"
            ) from error
        raise ModelError(
            f"{name} cannot take an input of {_by(input_shape)}: {error}; the least spatial size "
            f"that works is {_by(least)}"
        ) from error
    except ModelError as error:
        raise ModelError(
            f"{name} cannot be had for an input of {_by(input_shape)}: {error}"
        ) from error


def least_size(build: BuildFor, published: Shape) -> Shape:
    """The least spatial size that gives an output, with the channels of `published`.

    Axes that are equal in the published input stay equal. Found by halving, since a network that
    takes a size takes larger ones.
    Raises ModelError when the network does not take the published input either.
    """
    _try(build, published)
    least = list(published[1:])
    for size in sorted(set(published[1:])):
        axes = [axis for axis, n in enumerate(published[1:]) if n == size]
        too_small, fitting = 0, size
        while fitting - too_small > 1:
            middle = (too_small + fitting) // 2
            tried = [middle if axis in axes else n for axis, n in enumerate(published[1:])]
            try:
                _try(build, (published[0], *tried))
            except _UnfitError:
                too_small = middle
            else:
                fitting = middle
        for axis in axes:
            least[axis] = fitting
    return tuple(least)


def output_shape(module: nn.Module, input_shape: Shape, path: str = "") -> Shape:
    """The shape of the output for one example, in evaluation mode: (C, *spatial) -> (C', ...).

    Nothing is computed: the parameters are replaced by ones on the `meta` device for the call.
    Where there are several outputs it is that of the first. `path` is where the module lies.
    Raises ModelError, with the layer and what reaches it, where nothing would be left.
    """
    followed = _Followed(path)
    state = {
        name: tensor.to("meta")
        for name, tensor in (*module.named_parameters(), *module.named_buffers())
    }
    example = torch.empty((1, *input_shape), device="meta")
    with _evaluating(module), followed.hooks(module), torch.no_grad():
        try:
            output = functional_call(module, state, (example,))
        except (RuntimeError, ValueError) as error:
            raise followed.refusal(error) from error
    return tuple(_tensors(output)[0].shape[1:])


def _try(build: BuildFor, input_shape: Shape) -> None:
    with torch.device("meta"):
        try:
            network = build(input_shape)
        except RuntimeError as error:
            raise ModelError(_first_line(error)) from error
    parameters = sum(parameter.numel() for parameter in network.parameters())
    if parameters * _BYTES > LIMITS.parameter_bytes:
        raise ModelError(
            f"it would have {parameters:,} parameters, {_memory(parameters)}, and "
            f"{_memory(LIMITS.parameter_bytes // _BYTES)} are allowed"
        )
    output_shape(network, input_shape)


@dataclass
class _Followed:
    """Which modules a call is inside of, and what reached them."""

    path: str
    inside: list[tuple[str, nn.Module, Shape]] = field(default_factory=list)

    @contextmanager
    def hooks(self, module: nn.Module) -> Iterator[None]:
        handles = []
        for name, child in module.named_modules():
            path = ".".join(part for part in (self.path, name) if part)
            handles.append(child.register_forward_pre_hook(partial(self._enter, path)))
            handles.append(child.register_forward_hook(self._leave))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, path: str, module: nn.Module, given: tuple[Any, ...]) -> None:
        tensors = _tensors(given)
        self.inside.append((path, module, tuple(tensors[0].shape[1:]) if tensors else ()))

    def _leave(self, module: nn.Module, given: tuple[Any, ...], output: Any) -> None:  # noqa: ARG002
        for tensor in _tensors(output):
            if tensor.numel() == 0:
                raise self.refusal(None)
            if tensor.numel() * _BYTES > LIMITS.activation_bytes:
                raise ModelError(
                    f"{self._layer()} would give {_by(tensor.shape[1:])}, "
                    f"{_memory(tensor.numel())} for one example, and "
                    f"{_memory(LIMITS.activation_bytes // _BYTES)} are allowed"
                )
        self.inside.pop()

    def refusal(self, error: Exception | None) -> ModelError:
        if isinstance(error, ModelError):
            return error
        _, _, given = self.inside[-1]
        if error is None or isinstance(error, GeometryError) or _NOTHING_LEFT.search(str(error)):
            return _UnfitError(
                f"{self._layer()} shrinks the {_by(given)} that reaches it to nothing"
            )
        return _UnfitError(
            f"{self._layer()} cannot take the {_by(given)} that reaches it ({_first_line(error)})"
        )

    def _layer(self) -> str:
        path, module, _ = self.inside[-1]
        is_leaf = next(module.children(), None) is None
        shown = (
            f"{type(module).__name__}({module.extra_repr()})" if is_leaf else type(module).__name__
        )
        return f"`{path}`, {shown}," if path else f"{shown}"


def _counts(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    modes = [(child, child.training) for child in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for child, training in modes:
            child.training = training


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [tensor for entry in value for tensor in _tensors(entry)]
    return []


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _by(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape))


def _memory(values: int) -> str:
    amount = values * _BYTES / GIBIBYTE
    return f"{amount:,.0f} GiB" if amount < 1024 else f"{amount / 1024:,.1f} TiB"
