"""How a kind of layer is declared.

A kind is a frozen dataclass: its fields are what may be written after the name, annotated with the
way each is written, and `apply` says what the layer makes of an input shape. Declaring it with
`@layer_kind(...)` is all that the rest of the notation needs.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass
from typing import Any, ClassVar, TypeVar, get_args, get_type_hints

from striate.geometry import Cost, TransposedWindow, Window, elementwise_cost
from striate.notation.construct import Chain, Construct, torch_layer
from striate.notation.diagnostics import Diagnostic, Severity
from striate.notation.tree import Layer, Word
from striate.notation.values import Size, Value

Shape = tuple[int, ...]
"""Channels, then the spatial sizes: (C, H, W), (C, L); (C,) when flat. Without the batch."""
AnyWindow = Window | TransposedWindow
WindowChain = tuple[AnyWindow, ...]
"""What one layer does along one axis: windows one after the other."""

KINDS: dict[str, type["Kind"]] = {}
"""Every kind by its name; `layer_kind` adds to it."""
ELSEWHERE: dict[str, tuple[str, ...]] = {}
"""The kinds that a word may mean which is used in other places, as `dense` for `linear`."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A value that is written by position. Stands in the annotation of its field."""

    value: Value[Any]
    meaning: str


@dataclass(frozen=True, slots=True)
class Option:
    """A value that is written after its name."""

    value: Value[Any]
    meaning: str


@dataclass(frozen=True, slots=True)
class Flag:
    """A word that is there or not; `word` where the field cannot have its name."""

    meaning: str
    word: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A field of a kind with the word it goes by, and what may be written there."""

    word: str
    field: str
    form: Argument | Option | Flag
    required: bool

    @property
    def value(self) -> Value[Any] | None:
        """The way its value is written, None for a flag."""
        return None if isinstance(self.form, Flag) else self.form.value


@dataclass(slots=True)
class Site:
    """Where a layer stands in the text; collects what is wrong with it there."""

    layer: Layer
    words: Mapping[str, Word]
    found: list[Diagnostic]
    smallest_input: Callable[[Size], Shape | None]
    """The smallest input of the network that gives this layer an input of such sizes."""
    flattened: bool = False
    mistaken: bool = False
    """Whether some of the words could not be read."""
    network_input: Shape = ()
    """The shape that the text begins with."""
    misread: Diagnostic | None = None
    """What shows that the input was written without its channels."""

    def error(
        self,
        message: str,
        *,
        at: str | None = None,
        formula: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        """Report a mistake at the value of the field `at`, or at the name of the layer."""
        self._report("error", message, at, formula, suggestion)

    def note(
        self,
        message: str,
        *,
        at: str | None = None,
        formula: str | None = None,
        suggestion: str | None = None,
    ) -> None:
        """Report something that works and may surprise."""
        self._report("note", message, at, formula, suggestion)

    def _report(
        self,
        severity: Severity,
        message: str,
        at: str | None,
        formula: str | None,
        suggestion: str | None,
    ) -> None:
        word = self.words.get(at or "", self.layer.words[0])
        self.found.append(
            Diagnostic(
                line=self.layer.line,
                column=word.column,
                message=message,
                formula=formula,
                suggestion=suggestion,
                width=len(word.text),
                severity=severity,
            )
        )


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


def unchanged(shape: Shape) -> Applied:
    """What goes on after a layer that cannot stand where it is."""
    return Applied(shape, torch_layer("Identity"), Cost())


@dataclass(frozen=True)
class Kind:
    """The base of every kind; `name` is the word in the text, `stem` begins module names.

    `slots` are its fields: those written by position, and those written by name.
    """

    name: ClassVar[str] = ""
    stem: ClassVar[str] = ""
    also: ClassVar[tuple[str, ...]] = ()
    slots: ClassVar[tuple[Slot, ...]] = ()
    positional: ClassVar[tuple[Slot, ...]] = ()
    named: ClassVar[dict[str, Slot]] = {}


@dataclass(frozen=True)
class LayerKind(Kind):
    """A kind that stands on one line."""

    def apply(self, shape: Shape, site: Site) -> Applied:
        """What the layer makes of the shape; mistakes go to the site, with the best guess on."""
        raise NotImplementedError


@dataclass(frozen=True)
class SameShape(LayerKind):
    """A kind that keeps the shape, each output looking at its own position only."""

    def module(self, shape: Shape) -> Construct:
        """The module for an input of this shape."""
        raise NotImplementedError

    def cost(self, shape: Shape) -> Cost:
        """The cost of the layer: its output, and its parameters if it has any."""
        return elementwise_cost(shape)

    def inspect(self, shape: Shape, site: Site) -> None:
        """Report what does not fit the shape: nothing, unless a kind says so."""

    def apply(self, shape: Shape, site: Site) -> Applied:
        """The shape as it is."""
        self.inspect(shape, site)
        return Applied(shape, self.module(shape), self.cost(shape))


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
        kind.positional = tuple(slot for slot in kind.slots if isinstance(slot.form, Argument))
        kind.named = {slot.word: slot for slot in kind.slots if slot not in kind.positional}
        KINDS[name] = kind
        for word in also:
            ELSEWHERE[word] = (*ELSEWHERE.get(word, ()), name)
        return kind

    return declare


def _slots(kind: type[Kind]) -> Iterator[Slot]:
    hints = get_type_hints(kind, include_extras=True)
    for declared in dataclasses.fields(kind):
        for form in get_args(hints[declared.name]):
            if isinstance(form, Argument | Option | Flag):
                word = form.word if isinstance(form, Flag) and form.word else declared.name
                yield Slot(word, declared.name, form, declared.default is MISSING)
