"""From text to torch modules; the only part of the notation that imports torch, when it is used."""

from collections import OrderedDict
from importlib import import_module
from typing import TYPE_CHECKING, Any

from striate.notation.check import examine
from striate.notation.construct import Chain, Construct
from striate.notation.diagnostics import refusal
from striate.notation.kind import Shape
from striate.notation.limits import LIMITS, Limits
from striate.notation.tree import Tree

if TYPE_CHECKING:
    from torch import nn


def build(
    source: str | Tree,
    input: Shape | None = None,  # noqa: A002 (the word of the notation)
    limits: Limits = LIMITS,
) -> "nn.Sequential":
    """The network of a text, with torch's own initialisation.

    Children are named by their kind and number (`conv1`, `relu1`, `pool1`), those of blocks lie
    inside (`residual1.body.conv1`), as the rows of `check` say. Modules are torch.nn's wherever
    it has them. `input` takes the place of the text's `input` line. (N, C, *spatial) -> the
    report's output shape behind N.
    Raises NotationError, with every diagnostic, for a text that is not right.
    """
    examined = examine(source, input, limits)
    if examined.report.diagnostics:
        raise refusal(examined.report.diagnostics)
    network: nn.Sequential = _made(examined.module)
    return network


def _sequential(chain: Chain) -> "nn.Sequential":
    from torch import nn  # noqa: PLC0415 (checking a text must not wait for torch)

    return nn.Sequential(OrderedDict((name, _made(child)) for name, child in chain.children))


def _made(value: Any) -> Any:
    """The module of a construct, the modules of a tuple of constructs, another value as it is."""
    if isinstance(value, Chain):
        return _sequential(value)
    if isinstance(value, tuple):
        return tuple(_made(entry) for entry in value)
    if not isinstance(value, Construct):
        return value
    package, _, name = value.target.rpartition(".")
    positional = [_made(entry) for entry in value.positional]
    keywords = {word: _made(entry) for word, entry in value.keywords.items()}
    module = getattr(import_module(package), name)(*positional, **keywords)
    for frozen in value.frozen:
        module.get_parameter(frozen).requires_grad_(False)
    return module
