"""What each tensor of an exported graph is at the moment, after all that was written to it."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, fx

from striate.network.mutation import Write, viewed, without_writing, written

Make = Callable[[fx.Node, dict[fx.Node, Any], Callable[..., Any] | None], Any]
"""`make(operation, instead, target)`: its node, with some operands replaced, run as `target`."""


class Versions:
    """The values of an exported graph's tensors.

    A tensor that shares the memory of another (a view of it, or the result of an operation that
    wrote to it) follows its base: it is made anew from the base's newest version when it is read.
    """

    def __init__(self, make: Make) -> None:
        self._make = make
        self._values: dict[fx.Node, Any] = {}
        self._bases: dict[fx.Node, fx.Node] = {}
        self._built_on: dict[fx.Node, Any] = {}

    def set(self, node: fx.Node, value: Any) -> None:
        """Give a tensor its value."""
        self._values[node] = value
        base = viewed(node)
        if base is not None:
            self._bases[node] = base
            self._built_on[node] = self.now(base)

    def now(self, node: fx.Node) -> Any:
        """The newest version of a tensor."""
        if node not in self._bases:
            return self._values[node]
        base = self.now(self._bases[node])
        if base is not self._built_on[node]:
            writes = written(node) is not None
            self._values[node] = base if writes else self._make(node, {}, None)
            self._built_on[node] = base
        return self._values[node]

    def write(self, node: fx.Node, target: fx.Node) -> None:
        """Let an operation write to a tensor: whoever shares its memory gets a new version."""
        root, views = target, list[Callable[[Tensor], Tensor]]()
        while root in self._bases:
            base = self._bases[root]
            if written(root) is None:
                views.insert(0, _view(root, base))
            root = base
        if views and not self._read_later(root, besides=target, after=node):
            root, views = target, []  # nobody else will miss what is written
        plain = None if views else without_writing(node)
        operation: Any = node.target
        if plain is None:
            instead = {target: self.now(root)}
            made = self._make(node, instead, Write(tuple(views), operation))
        else:
            made = self._make(node, {}, plain)
        self._values[root] = made
        self._bases[node] = target
        self._values[node] = self._built_on[node] = self.now(target)

    def _read_later(self, root: fx.Node, *, besides: fx.Node, after: fx.Node) -> bool:
        """Whether a tensor in the root's memory is read later, other than through `besides`."""
        for node in self._values:
            chain = [node]
            while chain[-1] in self._bases:
                chain.append(self._bases[chain[-1]])
            others = chain[-1] is root and besides not in chain
            if others and any(user > after for user in node.users):
                return True
        return False


def _view(node: fx.Node, base: fx.Node) -> Callable[[Tensor], Tensor]:
    operation: Any = node.target

    def view(tensor: Tensor) -> Tensor:
        args, kwargs = fx.map_arg((node.args, node.kwargs), lambda n: tensor if n is base else n)
        part: Tensor = operation(*args, **kwargs)
        return part

    return view
