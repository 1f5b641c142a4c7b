"""How a kind of block is declared: a line with other lines in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from striate.errors import GeometryError
from striate.geometry import Cost
from striate.notation.construct import Chain, Construct
from striate.notation.kind import Kind, LayerKind, Site
from striate.notation.state import State
from striate.notation.tree import Layer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What lines make of a state: the state after them, their module, and the layers met.

    `module` is None where a mistake leaves none to construct. `cost` is a block's own, without
    that of the lines inside it.
    """

    state: State
    module: Chain | Construct | None = None
    layers: tuple[LayerKind, ...] = ()
    cost: Cost = field(default_factory=Cost)


class Walk(Protocol):
    """What a block may ask of the check that goes through the lines."""

    @property
    def mistakes(self) -> int:
        """How many mistakes there are so far."""

    def run(self, layers: Sequence[Layer], state: State, path: str) -> Outcome:
        """Go through lines one after the other."""

    def part(self, layer: Layer, state: State, path: str) -> Outcome:
        """Go through the body of a `branch` or `shortcut`, and report its line."""

    def passes(self, layer: Layer, wanted: int, site: Site) -> Iterator[int]:
        """The numbers of the passes through a `repeat`, until one finds a mistake.

        There is one pass only when so many would be absurd, which is reported.
        """

    def error(self, layer: Layer, message: str, suggestion: str | None = None) -> None:
        """Report a mistake at the name of a line."""


@dataclass(frozen=True)
class BlockKind(Kind):
    """A kind whose line has a body."""

    def check(self, layer: Layer, state: State, path: str, walk: Walk, site: Site) -> Outcome:
        """What the block makes of a state; mistakes go to the site."""
        raise NotImplementedError


@dataclass(frozen=True)
class PartKind(Kind):
    """A kind that stands only in a certain place, which `place` puts in words."""

    place: ClassVar[str] = ""


def join(a: State, b: State, site: Site) -> State:
    """The state of units that see what units of two branches see."""
    try:
        return a.joined(b)
    except GeometryError:
        site.note(
            "the branches have different total strides, so that their units do not lie over one "
            "another",
            suggestion="the receptive field is shown for the first",
        )
        return a
