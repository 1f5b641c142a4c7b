"""Blocks: parallel and repeat, and the lines that stand only in certain places."""

from dataclasses import dataclass
from typing import Annotated

from striate.geometry import elementwise_cost
from striate.notation.block import BlockKind, Outcome, PartKind, Walk, join
from striate.notation.construct import Chain, Construct, striate_layer
from striate.notation.kind import Argument, LayerKind, Shape, Site, layer_kind
from striate.notation.state import State
from striate.notation.tree import Layer
from striate.notation.values import Size, count, shape, times


@layer_kind("input")
@dataclass(frozen=True)
class Input(PartKind):
    """The shape of one example: channels, then sizes; or a number of flat values."""

    place = "once, as the first line"

    shape: Annotated[
        Size, Argument(shape("the input", "1x28x28"), "its channels and sizes, or flat values")
    ]


@layer_kind("shortcut", also=("downsample_branch",))
@dataclass(frozen=True)
class Shortcut(PartKind):
    """The layers on the other side of a residual sum."""

    place = "inside `residual`"


@layer_kind("branch", also=("path",))
@dataclass(frozen=True)
class Branch(PartKind):
    """One of the branches of `parallel`."""

    place = "inside `parallel`"


@layer_kind("parallel", also=("concat", "inception", "branches"))
@dataclass(frozen=True)
class Parallel(BlockKind):
    """Branches that all see the input, their outputs joined along the channels."""

    def check(self, layer: Layer, state: State, path: str, walk: Walk, site: Site) -> Outcome:
        """Go through the branches; they must agree in everything but the channels."""
        branches = [line for line in layer.layers if line.name == "branch"]
        if not branches:
            below = "indent `branch` blocks below it"
            if layer.layers:
                below = "write `branch` above the lines of each, and indent them below it"
            site.error("`parallel` has no branches", suggestion=below)
            return Outcome(state)
        strays = [line for line in layer.layers if line.name != "branch"]
        for line in strays[:1]:
            message = "`parallel` holds only `branch` blocks"
            walk.error(line, message, "put this line inside one")
        mistakes = walk.mistakes
        done = [
            walk.part(line, state, f"{path}.branches.{number}")
            for number, line in enumerate(branches)
        ]
        layers = tuple(kind for outcome in done for kind in outcome.layers)
        shapes = [outcome.state.shape for outcome in done if outcome.state.shape is not None]
        if len(shapes) < len(done):
            return Outcome(done[0].state)
        if len({shape[1:] for shape in shapes}) > 1:
            if walk.mistakes == mistakes:
                _refuse_sizes(branches, shapes, site)
            return Outcome(done[0].state)
        joined = done[0].state
        for outcome in done[1:]:
            joined = join(joined, outcome.state, site)
        channels = sum(shape[0] for shape in shapes)
        module = striate_layer("Parallel", tuple(outcome.module for outcome in done))
        cost = elementwise_cost((channels, *shapes[0][1:]))
        return Outcome(joined.with_channels(channels), module, layers, cost)


def _refuse_sizes(branches: list[Layer], shapes: list[Shape], site: Site) -> None:
    given = ", ".join(
        f"branch {number} (line {line.line}) gives {times(shape)}"
        for number, (line, shape) in enumerate(zip(branches, shapes, strict=True), start=1)
    )
    site.error(
        f"branches of different sizes cannot be joined: {given}",
        suggestion="give every branch the same strides, and `pad same` to its windows",
    )


@layer_kind("repeat", also=("times", "loop", "for"))
@dataclass(frozen=True)
class Repeat(BlockKind):
    """The layers inside so many times over, each time with parameters of their own."""

    times: Annotated[int, Argument(count("the number of times", "3"), "the number of times")]

    def check(self, layer: Layer, state: State, path: str, walk: Walk, site: Site) -> Outcome:
        """Go through the body again and again."""
        if not layer.layers:
            site.error(
                "`repeat` has no layers inside", suggestion="indent the layers to repeat below"
            )
            return Outcome(state)
        layers: tuple[LayerKind, ...] = ()
        children: list[tuple[str, Chain | Construct]] = []
        for number in walk.passes(layer, self.times, site):
            done = walk.run(layer.layers, state, f"{path}.{number}")
            state = done.state
            layers += done.layers
            if done.module is not None:
                children.append((str(number), done.module))
        return Outcome(state, Chain(tuple(children)), layers)
