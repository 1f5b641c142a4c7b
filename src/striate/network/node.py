"""One operation of a captured network."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from striate.geometry import TransposedWindow, Window
from striate.network.access import Access
from striate.network.kind import Kind
from striate.network.sight import Sight

Windows = tuple[Window | TransposedWindow, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """A parameter or buffer of the module, by its path; looked up anew in every run."""

    path: str


@dataclass(frozen=True, slots=True)
class SourceLine:
    """The line of the user's code that a node comes from."""

    file: str
    line: int
    code: str


@dataclass(eq=False, slots=True)
class Node:
    """One operation of a network: what it is, what it reads, what it costs.

    `name` is the path of the module that people know it by (`layer1.0.conv1`), with the operation
    where the module does more than one (`layer1.0.add`), and `:2` for a second use. `shape` is the
    output's (N, C, *spatial); `operands` are the nodes it reads. `windows` has one window a
    spatial axis where it slides, and `reads` says of each operand what each output is computed
    from. `parameters` are the paths of those first used here, and `weights` the number of values in
    them. `multiply_adds` and `activation_bytes` are for one
    example. `sight` is what one unit of it sees of the network's input.
    """

    name: str
    kind: Kind
    operation: str
    module: str
    module_type: str
    shape: tuple[int, ...]
    dtype: torch.dtype
    target: Callable[..., Any] | None
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    arguments: Mapping[str, Any] = field(default_factory=dict)
    operands: tuple["Node", ...] = ()
    reads: tuple[tuple["Node", Access], ...] = ()
    windows: Windows = ()
    parameters: tuple[str, ...] = ()
    weights: int = 0
    multiply_adds: int = 0
    sight: Sight = field(default_factory=lambda: Sight(()))
    source: SourceLine | None = None
    from_input: bool = True

    def __repr__(self) -> str:
        return f"Node({self.name!r}, {self.kind}, {self.operation}, {self.shape})"

    @property
    def size(self) -> tuple[int, ...]:
        """The shape of one example's output."""
        return self.shape[1:]

    @property
    def activation_bytes(self) -> int:
        """Bytes of one example's output."""
        count = 1
        for size in self.size:
            count *= size
        return count * self.dtype.itemsize

    @property
    def spatial(self) -> tuple[int, ...]:
        """The sizes of the axes that lie over the input's spatial axes, where they all still do."""
        return self.sight.sizes(self.shape)


def nodes_in(arguments: Any) -> Iterator[Node]:
    """The nodes among arguments, however deep in lists and dictionaries."""
    return (leaf for leaf in _leaves(arguments) if isinstance(leaf, Node))


def weights_in(arguments: Any) -> Iterator[Weight]:
    """The weights among arguments, however deep in lists and dictionaries."""
    return (leaf for leaf in _leaves(arguments) if isinstance(leaf, Weight))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        for entry in value:
            yield from _leaves(entry)
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _leaves(entry)
    else:
        yield value


def replaced(value: Any, replace: Callable[[Node | Weight], Any]) -> Any:
    """Arguments with every node and weight replaced by what `replace` gives for it."""
    if isinstance(value, Node | Weight):
        return replace(value)
    if isinstance(value, list | tuple):
        entries = [replaced(entry, replace) for entry in value]
        return entries if isinstance(value, list) else tuple(entries)
    if isinstance(value, Mapping):
        return {key: replaced(entry, replace) for key, entry in value.items()}
    return value
