"""How a kind of block is declared: a line with other lines in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from striate.geometry import Cost
from striate.notation.construct import Chain, Construct
from striate.notation.kind import Kind, LayerKind, Site
from striate.notation.state import State
from striate.notation.tree import Layer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What lines make of a state: the state after them, their module, and the layers met."""

    state: State
    module: Chain | Construct
    layers: tuple[LayerKind, ...] = ()
    cost: Cost = field(default_factory=Cost)
    """The block's own cost, without the lines inside it."""


class Walk(Protocol):
    """What a block may ask of the check that goes through the lines."""

    def run(self, layers: Sequence[Layer], state: State, path: str) -> Outcome:
        """Go through lines one after the other."""

    def part(self, layer: Layer, state: State, path: str) -> Outcome:
        """Go through the body of a `branch` or `shortcut`, and report its line."""

    def passes(self, layer: Layer, wanted: int, site: Site) -> Iterator[int]:
        """The numbers of the passes through a `repeat`, until one finds a mistake.

        There is one pass only when so many would be absurd, which is reported.
        """

    def misplaced(self, layer: Layer, message: str, suggestion: str | None = None) -> None:
        """Report a line that may not stand where it does."""


@dataclass(frozen=True)
class BlockKind(Kind):
    """A kind whose line has a body. `parts` are the lines that only it may hold."""

    parts: ClassVar[tuple[str, ...]] = ()

    def check(self, layer: Layer, state: State, path: str, walk: Walk, site: Site) -> Outcome:
        """What the block makes of a state; mistakes go to the site."""
        raise NotImplementedError


@dataclass(frozen=True)
class PartKind(Kind):
    """A kind that stands only in a certain place, which `place` puts in words."""

    place: ClassVar[str] = ""
