"""Receptive fields of the report against the gradient of the built network."""

import pytest
import torch

from striate.notation import build, check

CHAIN = "conv 2 3x2 pad 1,0x0\nrelu\navgpool 2 stride 2x1\nconv 3 3 dilation 2 pad same\n"
RESIDUAL = (
    "conv 2 3 pad same\nresidual\n  conv 3 3 stride 2 pad 1\n  conv 3 3 pad same\n"
    "residual\n  depthwise 3 pad 1\n  shortcut\n    separable 3 5 pad same\n"
)
PARALLEL = (
    "parallel\n  branch\n    conv 2 1\n  branch\n    conv 2 5 pad 4,0\n  branch\n"
    "    avgpool 3 stride 1 pad 1\nrepeat 2\n  conv 2 3 stride 2 pad 1\n"
)
UPWARDS = "conv 2 4 stride 2 pad 1\nupsample 2\nconv 1 3 pad same\n"
LINEARLY = "avgpool 2\nupsample 3 mode linear\nconv 1 2\n"
TRANSPOSED = "conv 2 3 stride 2\ntransposed 1 5 stride 2 pad 1\nscale 3\n"


def seen(text: str, shape: tuple[int, ...]) -> list[tuple[list[int], list[int]]]:
    """The first and last input element along each axis that each output on the diagonal sees."""
    network = build(text).double()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.fill_(1.0)
    x = torch.rand(1, *shape, dtype=torch.float64, requires_grad=True)
    outputs = network(x).sum(dim=1)[0]
    intervals = []
    for index in range(min(outputs.shape, default=1)):
        value = outputs[(index,) * outputs.dim()] if outputs.dim() else outputs
        (gradient,) = torch.autograd.grad(value, x, retain_graph=True)
        places = gradient[0].sum(dim=0).nonzero()
        intervals.append((places.amin(dim=0).tolist(), places.amax(dim=0).tolist()))
    return intervals


@pytest.mark.parametrize("body", [CHAIN, RESIDUAL, PARALLEL])
@pytest.mark.parametrize("size", [25, 32])
def test_what_a_unit_sees_is_what_its_gradient_reaches(body: str, size: int) -> None:
    text = f"input 2x{size}x{size}\n{body}"
    report = check(text)
    assert report.ok, report.diagnostics
    last = [row for row in report.rows if row.depth == 0][-1]
    intervals = seen(text, (2, size, size))
    inside = 0
    for unit, (first, end) in enumerate(intervals):
        for axis in range(2):
            start = int(unit * last.jump[axis]) + last.start[axis]
            stop = start + last.receptive_field[axis] - 1
            if start >= 0 and stop < size:
                assert (first[axis], end[axis]) == (start, stop)
                inside += 1
            else:
                # Beyond the edge, and where taps fall into the padding of a layer in between.
                assert start <= first[axis]
                assert end[axis] <= stop
    assert inside >= 4


@pytest.mark.parametrize("body", [UPWARDS, LINEARLY, TRANSPOSED])
def test_above_upsampling_the_size_is_that_of_the_unit_that_sees_most(body: str) -> None:
    text = f"input 2x20x20\n{body}"
    last = check(text).rows[-1]
    intervals = seen(text, (2, 20, 20))
    widths = {end[0] - first[0] + 1 for first, end in intervals}
    assert max(widths) == last.receptive_field[0]


def test_a_linear_layer_and_a_global_pooling_see_everything() -> None:
    for end in ("flatten\nlinear 3\n", "avgpool global\n"):
        last = check(f"input 2x16x16\n{CHAIN}{end}").rows[-1]
        for axis in range(2):
            assert last.start[axis] <= 0
            assert last.start[axis] + last.receptive_field[axis] >= 16


def test_flat_input_has_no_receptive_field() -> None:
    assert [row.receptive_field for row in check("input 9\nlinear 2\n").rows] == [(), ()]


def test_so_much_upsampling_is_not_followed() -> None:
    rows = check("input 1x8\n" + "upsample 2\nmaxpool 2\n" * 8).rows
    assert [len(row.receptive_field) for row in rows] == [1] * 13 + [0] * 4
