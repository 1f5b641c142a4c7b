"""How large the objects of a pickle become, found without making any of them."""

import pickletools
from pathlib import Path
from typing import IO, Any

from striate.errors import WeightsError

_MOST_OBJECTS = 10_000_000  # a state dict of a thousand tensors has some ten thousand

_LEAVES = {"GLOBAL", "NONE", "NEWFALSE", "NEWTRUE", "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING"}
_LEAVES |= {"EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT", "EMPTY_SET"}
_LEAVES |= {"BININT", "BININT1", "BININT2", "LONG1"}

# How many objects an instruction takes from the stack; None: all down to the last mark.
_MAKING = {"TUPLE": None, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MAKING |= {"REDUCE": 2, "NEWOBJ": 2, "BINPERSID": 1}
_FILLING = {"APPEND": 1, "APPENDS": None, "SETITEM": 2, "SETITEMS": None, "BUILD": 1}


def check_pickle(file: IO[bytes], path: Path) -> bool:
    """Whether the next pickle in a file ends properly; `path` is what errors call the file.

    A few hundred bytes can describe nested tuples, each with the one before in it twice, that take
    endless time to hash or to print. Only the instructions that PyTorch's own restricted reader
    follows are looked at: at another one it stops, having made what was described until there.

    Raises WeightsError when the objects, unfolded, would be more than 10 million.
    """
    objects = _Objects()
    whole = False
    try:
        for operation, argument, _ in pickletools.genops(file):
            whole = operation.name == "STOP"
            if whole or not objects.follow(operation.name, argument):
                break
    except (ValueError, LookupError):  # the reader stops here as well
        whole = False
    if any(_unfolded(node) > _MOST_OBJECTS for node in objects.containers):
        raise WeightsError(
            f"{path} is refused: its pickle would unfold to more than {_MOST_OBJECTS:,} objects, "
            "which no state dict has and no memory or patience holds"
        )
    return whole


class _Node:
    """An object that a pickle describes, with the objects in it."""

    __slots__ = ("entered", "parts", "size")

    def __init__(self, parts: "list[_Node]") -> None:
        self.parts = parts
        self.size: int | None = None
        self.entered = False


class _Objects:
    """The objects that a pickle has described so far."""

    def __init__(self) -> None:
        self.containers: list[_Node] = []
        self._stack: list[_Node] = []
        self._below: list[list[_Node]] = []  # the stack under each mark
        self._memo: dict[Any, _Node] = {}

    def follow(self, name: str, argument: Any) -> bool:
        """Note what one instruction does; whether PyTorch's reader would go on after it."""
        if name in _LEAVES:
            self._stack.append(_Node([]))
        elif name in ("BINGET", "LONG_BINGET"):
            self._stack.append(self._memo[argument])
        elif name in ("BINPUT", "LONG_BINPUT"):
            self._memo[argument] = self._stack[-1]
        elif name == "MARK":
            self._below.append(self._stack)
            self._stack = []
        elif name in _MAKING:
            made = _Node(self._taken(_MAKING[name]))
            self._stack.append(made)
            self.containers.append(made)
        elif name in _FILLING:
            parts = self._taken(_FILLING[name])
            self._stack[-1].parts.extend(parts)
            self.containers.append(self._stack[-1])
        else:
            return name == "PROTO"
        return True

    def _taken(self, count: int | None) -> list[_Node]:
        if count is None:
            parts, self._stack = self._stack, self._below.pop()
            return parts
        if len(self._stack) < count:
            raise LookupError("the stack has fewer objects")
        parts = self._stack[-count:]
        del self._stack[-count:]
        return parts


def _unfolded(root: _Node) -> int:
    """The number of objects in one, each counted as often as it is reached, up to a bound."""
    waiting = [root]
    while waiting:
        node = waiting[-1]
        if node.size is not None:
            waiting.pop()
        elif unknown := [part for part in node.parts if part.size is None]:
            if node.entered:  # all in it was seen to, so what is left has it within itself
                return _MOST_OBJECTS + 1
            node.entered = True
            waiting.extend(unknown)
        else:
            node.size = min(1 + sum(part.size or 0 for part in node.parts), _MOST_OBJECTS + 1)
            waiting.pop()
    return root.size or 0
