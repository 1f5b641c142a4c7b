"""The residual block and the projection of its input where shapes differ."""

from dataclasses import dataclass

from striate.geometry import Cost, elementwise_cost
from striate.notation.block import BlockKind, Outcome, Walk, join
from striate.notation.construct import Chain, Construct, striate_layer
from striate.notation.kind import Applied, LayerKind, Shape, Site, layer_kind
from striate.notation.specs.convolution import Conv
from striate.notation.specs.normalisation import BatchNorm
from striate.notation.specs.shape import Linear
from striate.notation.state import State
from striate.notation.tree import Layer
from striate.notation.values import shortest, times


@layer_kind("residual", also=("skip_connection", "resblock", "res"))
@dataclass(frozen=True)
class Residual(BlockKind):
    """The input added to what the layers inside make of it.

    Where the shapes differ, and no `shortcut` says what to do, the input goes through a 1x1
    convolution with the stride that fits: with a bias, or, when there is a batchnorm inside,
    without one and followed by a batchnorm like the last one inside. Flat values go through a
    linear layer.
    Source: He et al., Deep residual learning for image recognition, 2016, section 3.3, option B.
    """

    def check(self, layer: Layer, state: State, path: str, walk: Walk, site: Site) -> Outcome:
        """Go through body and shortcut; their outputs must have one shape."""
        body = [line for line in layer.layers if line.name != "shortcut"]
        shortcuts = [line for line in layer.layers if line.name == "shortcut"]
        if not body:
            site.error(
                "`residual` has no layers inside", suggestion="indent the layers of its body below"
            )
        for line in shortcuts[1:]:
            walk.error(line, "`residual` has one `shortcut` already", "keep one of them")
        mistakes = walk.mistakes
        done = walk.run(body, state, f"{path}.body")
        sides = [walk.part(line, state, f"{path}.shortcut") for line in shortcuts]
        side = sides[0] if sides else Outcome(state)
        before, inside, beside = state.shape, done.state.shape, side.state.shape
        if before is None or inside is None or beside is None or done.module is None:
            return Outcome(done.state)
        if inside != beside:
            # After a mistake the sizes are guesses, which need not agree.
            report = site if walk.mistakes == mistakes else None
            if sides:
                _refuse_shortcut(inside, beside, report)
                return Outcome(done.state)
            projected = _project(state, inside, done.layers, site, report)
            if projected is None:
                return Outcome(done.state)
            side = projected
        module = striate_layer("Residual", done.module, side.module)
        cost = elementwise_cost(inside)
        if not sides:
            cost += side.cost
        return Outcome(join(done.state, side.state, site), module, done.layers, cost)


def _refuse_shortcut(inside: Shape, beside: Shape, report: Site | None) -> None:
    if report is not None:
        report.error(
            f"the body gives {times(inside)} and the shortcut {times(beside)}, which cannot be "
            "added",
            suggestion=f"make the shortcut give {times(inside)}",
        )


def _project(
    state: State, after: Shape, layers: tuple[LayerKind, ...], site: Site, report: Site | None
) -> Outcome | None:
    """The layers that give the input the shape of the body's output, None when there are none."""
    before = state.shape or ()
    if len(before) == len(after) == 1:
        linear = Linear(after[0]).apply(before, site)
        return _one_after_the_other(state, [("linear1", linear)])
    strides = [_stride(n, m) for n, m in zip(before[1:], after[1:], strict=False)]
    fitting = tuple(stride for stride in strides if stride is not None)
    if len(before) != len(after) or len(fitting) < len(strides):
        if report is not None:
            report.error(
                f"the body makes {times(after)} of {times(before)}, and no 1x1 convolution with a "
                "stride does that to the input",
                suggestion="give the windows of the body `pad same`, or write a `shortcut` block",
            )
        return None
    ones = (1,) * len(fitting)
    norms = [kind for kind in layers if isinstance(kind, BatchNorm)]
    conv = Conv(after[0], ones, stride=fitting, bias=not norms).apply(before, site)
    applied = [("conv1", conv)]
    if norms:
        applied.append(("norm1", norms[-1].apply(conv.output, site)))
    stride = "" if set(fitting) == {1} else f" with stride {times(shortest(fitting))}"
    batchnorm = " and a batchnorm" if norms else ""
    site.note(
        f"the shortcut is a {times(ones)} convolution{stride}{batchnorm}, from {times(before)} to "
        f"{times(after)}"
    )
    return _one_after_the_other(state, applied)


def _one_after_the_other(state: State, applied: list[tuple[str, Applied]]) -> Outcome:
    cost = Cost()
    children: list[tuple[str, Chain | Construct]] = []
    for name, layer in applied:
        state = state.after(layer)
        cost += layer.cost
        children.append((name, layer.module))
    return Outcome(state, Chain(tuple(children)), cost=cost)


def _stride(n: int, m: int) -> int | None:
    """The smallest stride of a 1x1 convolution that makes m of n, None when there is none."""
    stride = -(-n // m)
    return stride if -(-n // stride) == m else None
