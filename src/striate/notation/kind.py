"""How a kind of layer is declared.

A kind is a frozen dataclass: its fields are what may be written after the name, with the way each
is written, and `apply` says what the layer makes of an input shape. Declaring it with
`@layer_kind(...)` is all that the rest of the notation needs.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, ClassVar, TypeVar

from striate.geometry import Cost, TransposedWindow, Window
from striate.notation.construct import Chain, Construct
from striate.notation.diagnostics import Diagnostic
from striate.notation.tree import Layer, Word
from striate.notation.values import Size, Value

T = TypeVar("T")

Shape = tuple[int, ...]
"""Channels, then the spatial sizes: (C, H, W), (C, L); (C,) when flat. Without the batch."""
AnyWindow = Window | TransposedWindow
WindowChain = tuple[AnyWindow, ...]
"""What one layer does along one axis: windows one after the other."""

KINDS: dict[str, type["Kind"]] = {}
"""Every kind by its name; `layer_kind` adds to it."""

_METADATA = "striate.notation"


@dataclass(frozen=True, slots=True)
class Slot:
    """What may be written at a place: an argument by position, an option by name, or a flag."""

    word: str
    field: str
    meaning: str
    form: str
    value: Value[Any] | None = None
    required: bool = False


def argument(value: Value[T], meaning: str, default: Any = MISSING) -> Any:
    """A value written by position."""
    return _slot("argument", value, meaning, default)


def option(value: Value[T], meaning: str, default: T | None, word: str | None = None) -> Any:
    """A value written after its name; `word` is the name where the field cannot have it."""
    return _slot("option", value, meaning, default, word)


def flag(meaning: str, word: str | None = None) -> Any:
    """A word that is there or not."""
    return _slot("flag", None, meaning, False, word)


def _slot(
    form: str, value: Value[T] | None, meaning: str, default: Any, word: str | None = None
) -> Any:
    metadata = {_METADATA: (form, value, meaning, word)}
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(slots=True)
class Site:
    """Where a layer stands in the text; collects what is wrong with it there."""

    layer: Layer
    words: Mapping[str, Word]
    found: list[Diagnostic]
    smallest_input: Callable[[Size], Shape | None]
    """The smallest input of the network that gives this layer an input of such sizes."""
    flattened: bool = False

    def error(
        self,
        message: str,
        *,
        at: str | None = None,
        formula: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        """Report a mistake at the value of the field `at`, or at the name of the layer."""
        word = self._word(at)
        self._add(
            Diagnostic(self.layer.line, word.column, message, formula, suggestion, _wide(word))
        )

    def note(
        self,
        message: str,
        *,
        at: str | None = None,
        formula: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        """Report something that works and may surprise."""
        word = self._word(at)
        line, width = self.layer.line, _wide(word)
        self._add(Diagnostic(line, word.column, message, formula, suggestion, width, "note"))

    def _word(self, at: str | None) -> Word:
        return self.words.get(at or "", self.layer.words[0])

    def _add(self, diagnostic: Diagnostic) -> None:
        self.found.append(diagnostic)


def _wide(word: Word) -> int:
    return max(len(word.text), 1)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a layer makes of an input shape.

    `windows` has one chain an axis, and is empty for a layer whose every output looks at its own
    position only. `sees_all` is for a layer whose outputs look at every position, `rounds_up`
    for ceil mode.
    """

    output: Shape
    module: Construct | Chain
    cost: Cost
    windows: tuple[WindowChain, ...] = ()
    sees_all: bool = False
    rounds_up: bool = False


@dataclass(frozen=True)
class Kind:
    """The base of every kind; `name` is the word in the text, `stem` begins module names."""

    name: ClassVar[str] = ""
    stem: ClassVar[str] = ""
    also: ClassVar[tuple[str, ...]] = ()
    slots: ClassVar[tuple[Slot, ...]] = ()


@dataclass(frozen=True)
class LayerKind(Kind):
    """A kind that stands on one line."""

    def apply(self, shape: Shape, site: Site) -> Applied:
        """What the layer makes of the shape; mistakes go to the site, with the best guess on."""
        raise NotImplementedError


K = TypeVar("K", bound=Kind)


def layer_kind(
    name: str, *, stem: str | None = None, also: tuple[str, ...] = ()
) -> Callable[[type[K]], type[K]]:
    """Declare a kind: the word for it, the stem of its module names, its names elsewhere."""

    def declare(kind: type[K]) -> type[K]:
        kind.name = name
        kind.stem = stem or name
        kind.also = also
        kind.slots = tuple(_slots(kind))
        KINDS[name] = kind
        return kind

    return declare


def _slots(kind: type[Kind]) -> list[Slot]:
    slots = []
    for declared in dataclasses.fields(kind):
        form, value, meaning, word = declared.metadata[_METADATA]
        required = declared.default is MISSING
        slots.append(Slot(word or declared.name, declared.name, meaning, form, value, required))
    return slots
