"""Blocks: residual, parallel, repeat, and the parts that stand inside them."""

from dataclasses import dataclass
from typing import Annotated

from striate.errors import GeometryError
from striate.geometry import elementwise_cost
from striate.notation.block import BlockKind, Outcome, PartKind, Walk
from striate.notation.construct import Chain, Construct, striate_layer, torch_layer
from striate.notation.kind import Applied, Argument, LayerKind, Shape, Site, layer_kind
from striate.notation.specs.convolution import Conv
from striate.notation.specs.normalisation import BatchNorm
from striate.notation.specs.shape import Linear
from striate.notation.state import State
from striate.notation.tree import Layer
from striate.notation.values import Size, count, shape, shortest, times


@layer_kind("input")
@dataclass(frozen=True)
class Input(PartKind):
    """The shape of one example: channels, then sizes; or a number of flat values."""

    place = "stands once, as the first line"

    shape: Annotated[
        Size, Argument(shape("the input", "1x28x28"), "its channels and sizes, or flat values")
    ]


@layer_kind("shortcut", also=("downsample_branch",))
@dataclass(frozen=True)
class Shortcut(PartKind):
    """The layers on the other side of a residual sum."""

    place = "stands inside `residual`"


@layer_kind("branch", also=("path",))
@dataclass(frozen=True)
class Branch(PartKind):
    """One of the branches of `parallel`."""

    place = "stands inside `parallel`"


@layer_kind("residual", also=("skip_connection", "resblock", "res"))
@dataclass(frozen=True)
class Residual(BlockKind):
    """The input added to what the layers inside make of it.

    Where the shapes differ, and no `shortcut` says what to do, the input goes through a 1x1
    convolution with the stride that fits: with a bias, or, when there is a batchnorm inside,
    without one and with a batchnorm like the last one inside after it. Flat values go through a
    linear layer.
    Source: He et al., Deep residual learning for image recognition, 2016, section 3.3, option B.
    """

    parts = ("shortcut",)

    def check(self, layer: Layer, state: State, path: str, walk: Walk, site: Site) -> Outcome:
        """Go through body and shortcut; their outputs must have one shape."""
        body = [line for line in layer.layers if line.name != "shortcut"]
        shortcuts = [line for line in layer.layers if line.name == "shortcut"]
        if not body:
            site.error(
                "`residual` has no layers inside", suggestion="indent the layers of its body below"
            )
        done = walk.run(body, state, f"{path}.body")
        taken = [walk.part(line, state, f"{path}.shortcut") for line in shortcuts]
        if len(taken) > 1:
            site.error(
                f"`residual` has {len(taken)} shortcuts",
                suggestion="keep one, or join branches with `parallel`",
            )
        side = taken[0] if taken else Outcome(state, torch_layer("Identity"))
        inside, before, beside = done.state.shape, state.shape, side.state.shape
        if inside is None or before is None or beside is None:
            return done
        cost = elementwise_cost(inside)
        shortcut = side.module if taken else None
        if inside != beside and taken:
            site.error(
                f"the body gives {times(inside)} and the shortcut gives {times(beside)}, which "
                "cannot be added",
                suggestion=f"make the shortcut give {times(inside)}",
            )
        elif inside != beside:
            projected = _project(before, inside, done.layers, site)
            if projected is not None:
                layers, module = projected
                shortcut = module
                side_state = state
                for applied in layers:
                    cost += applied.cost
                    side_state = side_state.after(applied)
                side = Outcome(side_state, module)
        joined = _join(done.state, side.state, site)
        module = striate_layer("Residual", done.module, shortcut)
        return Outcome(joined, module, done.layers, cost)


@layer_kind("parallel", also=("concat", "inception", "branches"))
@dataclass(frozen=True)
class Parallel(BlockKind):
    """Branches that all see the input, their outputs joined along the channels."""

    parts = ("branch",)

    def check(self, layer: Layer, state: State, path: str, walk: Walk, site: Site) -> Outcome:
        """Go through the branches; they must agree in everything but the channels."""
        branches = [line for line in layer.layers if line.name == "branch"]
        for line in layer.layers:
            if line.name != "branch":
                walk.misplaced(line, "`parallel` holds only `branch` blocks")
        if not branches:
            site.error("`parallel` has no branches", suggestion="indent `branch` blocks below it")
            return Outcome(state, torch_layer("Identity"))
        done = [
            walk.part(line, state, f"{path}.branches.{number}")
            for number, line in enumerate(branches)
        ]
        layers = tuple(kind for outcome in done for kind in outcome.layers)
        shapes = [outcome.state.shape for outcome in done]
        known = [entry for entry in shapes if entry is not None]
        if len(known) < len(shapes):
            return Outcome(done[0].state, done[0].module, layers)
        if len({entry[1:] for entry in known}) > 1:
            named = ", ".join(
                f"branch {number} (line {line.line}) gives {times(entry)}"
                for number, (line, entry) in enumerate(zip(branches, known, strict=True), start=1)
            )
            site.error(
                f"the branches have different sizes and cannot be joined: {named}",
                suggestion="give every branch the same total stride, and `pad same` to the windows "
                "in them",
            )
            return Outcome(done[0].state, done[0].module, layers)
        joined = done[0].state
        for outcome in done[1:]:
            joined = _join(joined, outcome.state, site)
        channels = sum(entry[0] for entry in known)
        joined = joined.with_channels(channels)
        module = striate_layer("Parallel", tuple(outcome.module for outcome in done))
        return Outcome(joined, module, layers, elementwise_cost((channels, *known[0][1:])))


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
            return Outcome(state, torch_layer("Identity"))
        layers: tuple[LayerKind, ...] = ()
        children: list[tuple[str, Chain | Construct]] = []
        for number in walk.passes(layer, self.times, site):
            done = walk.run(layer.layers, state, f"{path}.{number}")
            state = done.state
            layers += done.layers
            children.append((str(number), done.module))
        return Outcome(state, Chain(tuple(children)), layers)


def _join(a: State, b: State, site: Site) -> State:
    try:
        return a.joined(b)
    except GeometryError:
        site.note(
            "the branches have different total strides, so that their units do not lie over one "
            "another",
            suggestion="the receptive field shown is that of the first",
        )
        return a


def _project(
    before: Shape, after: Shape, layers: tuple[LayerKind, ...], site: Site
) -> tuple[list[Applied], Chain | Construct] | None:
    """The layers that give the input the shape of the body's output, None when there are none."""
    if len(before) != len(after):
        site.error(
            f"the body makes {times(after)} of {times(before)}, which cannot be added",
            suggestion="write a `shortcut` block that gives the same shape",
        )
        return None
    if len(before) == 1:
        linear = Linear(after[0]).apply(before, site)
        return [linear], Chain((("linear1", linear.module),))
    strides = [_stride(n, m) for n, m in zip(before[1:], after[1:], strict=True)]
    fitting = tuple(stride for stride in strides if stride is not None)
    if len(fitting) < len(strides):
        site.error(
            f"the body makes {times(after)} of {times(before)}, and no 1x1 convolution with a "
            "stride does that to the input",
            suggestion="give the windows of the body `pad same`, or write a `shortcut` block",
        )
        return None
    norms = [kind for kind in layers if isinstance(kind, BatchNorm)]
    ones = (1,) * len(fitting)
    conv = Conv(after[0], ones, stride=fitting, bias=not norms).apply(before, site)
    applied = [conv]
    children: list[tuple[str, Chain | Construct]] = [("conv1", conv.module)]
    if norms:
        norm = norms[-1].apply(conv.output, site)
        applied.append(norm)
        children.append(("norm1", norm.module))
    stride = "" if set(fitting) == {1} else f" with stride {times(shortest(fitting))}"
    batchnorm = " and a batchnorm" if norms else ""
    site.note(
        f"the shortcut is a {times(ones)} convolution{stride}{batchnorm}, from {times(before)} to "
        f"{times(after)}"
    )
    return applied, Chain(tuple(children))


def _stride(n: int, m: int) -> int | None:
    """The smallest stride of a 1x1 convolution that makes m of n, None when there is none."""
    stride = -(-n // m)
    return stride if -(-n // stride) == m else None
