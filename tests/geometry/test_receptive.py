"""Receptive fields against the gradient of one output with respect to the input."""

import json
import re
from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from striate.errors import GeometryError
from striate.geometry import (
    ReceptiveField,
    TransposedWindow,
    Window,
    input_interval,
    plain_jump,
    receptive_field,
    upsampling_window,
)

Step = Window | TransposedWindow


def module_of(window: Step) -> nn.Module:
    """The torch layer of a window, with positive weights so that no gradient cancels."""
    layer: nn.Module
    if isinstance(window, TransposedWindow):
        layer = nn.ConvTranspose1d(
            1,
            1,
            window.kernel,
            window.stride,
            window.before,
            window.output_padding,
            bias=False,
            dilation=window.dilation,
        )
    else:
        layer = nn.Conv1d(
            1, 1, window.kernel, window.stride, window.before, window.dilation, bias=False
        )
    for parameter in layer.parameters():
        nn.init.constant_(parameter, 0.5)
    return layer.double()


def seen_by(module: nn.Module, n: int, first: int, last: int) -> list[int]:
    """The input elements whose change reaches the outputs first..last."""
    x = torch.ones(1, 1, n, dtype=torch.float64, requires_grad=True)
    y = module(x)
    (gradient,) = torch.autograd.grad(y[0, 0, first : last + 1].sum(), x)
    return [int(i) for i in gradient[0, 0].nonzero()]


steps = st.lists(
    st.builds(
        lambda kernel, stride, padding, dilation: Window(
            kernel, stride, padding, padding, dilation
        ),
        st.integers(1, 4),
        st.integers(1, 3),
        st.integers(0, 2),
        st.integers(1, 2),
    )
    | st.builds(
        lambda kernel, stride, padding, dilation: TransposedWindow(
            kernel, stride, padding, padding, 0, dilation
        ),
        st.integers(1, 4),
        st.integers(1, 3),
        st.integers(0, 1),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=4,
)


def outputs_over(chain: list[Step], n: int) -> int:
    for window in chain:
        if n < 1:
            return 0
        n = window.output_size(n)
    return n


@settings(max_examples=300, deadline=None)
@given(chain=steps, data=st.data())
def test_the_interval_is_the_support_of_the_gradient(
    chain: list[Step], data: st.DataObject
) -> None:
    n = 40
    outputs = outputs_over(chain, n)
    if outputs < 1:
        return
    first = data.draw(st.integers(0, outputs - 1))
    last = data.draw(st.integers(first, min(first + 3, outputs - 1)))
    expected = seen_by(nn.Sequential(*map(module_of, chain)), n, first, last)
    exact = all(inside(chain, n, first, last)) and not any(map(skips, chain))
    for low, high in (
        input_interval(chain, first, last),
        receptive_field(chain).interval(first, last),
    ):
        if expected:
            assert low <= expected[0]
            assert expected[-1] <= high
        if exact:
            assert (low, high) == (expected[0], expected[-1])


def skips(window: Step) -> bool:
    """Whether some outputs of a transposed window have no input, or one further than the next."""
    return isinstance(window, TransposedWindow) and (
        window.kernel < window.stride or window.dilation > 1
    )


def inside(chain: list[Step], n: int, first: int, last: int) -> list[bool]:
    """Whether the units that first..last read exist, at each layer down to the input."""
    sizes = [n]
    for window in chain:
        sizes.append(window.output_size(sizes[-1]))
    found = []
    for depth in range(len(chain)):
        low, high = input_interval(chain[depth:], first, last)
        found.append(low >= 0 and high < sizes[depth])
    return found


@settings(max_examples=200, deadline=None)
@given(chain=steps)
def test_size_jump_and_start_follow_from_the_intervals(chain: list[Step]) -> None:
    field = receptive_field(chain)
    intervals = [input_interval(chain, unit, unit) for unit in range(300)]
    sizes = [high - low + 1 for low, high in intervals]
    assert field.size == max(1, *sizes)
    if all(isinstance(window, Window) for window in chain):
        assert all(size == field.size for size in sizes)
        assert [low for low, _ in intervals] == [
            unit * field.jump + field.start for unit in range(300)
        ]
    elif sizes[0] > 0:
        assert field.start == intervals[0][0]


def test_stacked_convolutions() -> None:
    assert receptive_field([Window(3)] * 4) == ReceptiveField(9, Fraction(1), 0)
    assert receptive_field([Window(3, 2, 1, 1), Window(3, 2, 1, 1)]) == ReceptiveField(
        7, Fraction(4), -3
    )
    assert receptive_field([]) == ReceptiveField()


def test_published_sizes() -> None:
    vgg16 = [
        window
        for convolutions in (2, 2, 3, 3, 3)
        for window in [*[Window(3, 1, 1, 1)] * convolutions, Window(2, 2)]
    ]
    assert receptive_field(vgg16).size == 212
    alexnet = [
        Window(11, 4, 2, 2), Window(3, 2), Window(5, 1, 2, 2), Window(3, 2),
        *[Window(3, 1, 1, 1)] * 3, Window(3, 2),
    ]  # fmt: skip
    assert receptive_field(alexnet).size == 195


def test_upsampling_halves_the_jump() -> None:
    field = receptive_field([Window(3, 2, 1, 1), TransposedWindow(2, 2), Window(3, 1, 1, 1)])
    assert field.jump == 1
    # Two neighbours of the transposed layer come from units 2 apart, each seeing 3.
    assert field.size == 5
    assert receptive_field([TransposedWindow(2, 2)]).jump == Fraction(1, 2)


@settings(deadline=None)
@given(factor=st.integers(1, 5), linear=st.booleans(), data=st.data())
def test_an_upsampling_window_reads_what_torch_reads(
    factor: int, linear: bool, data: st.DataObject
) -> None:
    n = 9
    window = upsampling_window(factor, linear=linear)
    assert window.output_size(n) == factor * n
    unit = data.draw(st.integers(2 * factor, (n - 2) * factor - 1))
    module = nn.Upsample(scale_factor=factor, mode="linear" if linear else "nearest")
    seen = seen_by(module, n, unit, unit)
    assert window.reach(unit, unit) == (seen[0], seen[-1])


def test_a_residual_sees_what_its_body_and_its_shortcut_see() -> None:
    stem = receptive_field([Window(7, 2, 3, 3)])
    body = stem.through(Window(3, 2, 1, 1)).through(Window(3, 1, 1, 1))
    shortcut = stem.through(Window(1, 2))
    assert body.join(shortcut) == shortcut.join(body) == body
    even = ReceptiveField().through(Window(2, 1, 1, 0))
    odd = ReceptiveField().through(Window(2, 1, 0, 1))
    assert even.join(odd) == ReceptiveField(3, Fraction(1), -1)


class UNet(nn.Module):
    """Down by two, up by two, and a skip: the join of branches whose units differ."""

    def __init__(self, down: Window, up: TransposedWindow, last: Window) -> None:
        super().__init__()
        self.down, self.up, self.last = (module_of(step) for step in (down, up, last))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        across = self.up(self.down(x))
        y: torch.Tensor = self.last(across + x[..., : across.shape[-1]])
        return y


@pytest.mark.parametrize("up", [TransposedWindow(2, 2), TransposedWindow(4, 2, 1, 1)])
def test_a_skip_across_a_transposed_convolution(up: TransposedWindow) -> None:
    down, last = Window(3, 2, 1, 1), Window(3, 1, 1, 1)
    start = ReceptiveField()
    field = start.through(down).through(up).join(start).through(last)
    network = UNet(down, up, last)
    for unit in range(10, 30):
        seen = seen_by(network, 40, unit, unit)
        assert field.interval(unit, unit) == (seen[0], seen[-1])
    assert field.size == max(len(range(*field.interval(unit, unit))) + 1 for unit in range(10, 30))


def test_many_joined_branches_above_upsampling_stay_quick() -> None:
    field = receptive_field([Window(3, 2), TransposedWindow(4, 2, 1, 1)])
    for _ in range(60):
        field = field.through(TransposedWindow(3, 1, 1, 1)).join(field)
    assert field.jump == 1


def test_stacked_hourglasses() -> None:
    """Down, up and a skip, thirty times over: the units differ by their parity alone."""
    field = ReceptiveField()
    for _ in range(30):
        field = field.through(Window(3, 2, 1, 1)).through(TransposedWindow(4, 2, 1, 1)).join(field)
    sizes = [high - low + 1 for low, high in (field.interval(unit, unit) for unit in range(64))]
    assert field.size == max(sizes)
    assert field.start == field.interval(0, 0)[0]


def test_strides_too_long_to_look_at_every_unit() -> None:
    field = receptive_field([TransposedWindow(1, 10**9), TransposedWindow(1, 10**9), Window(3)])
    assert field.jump == Fraction(1, 10**18)
    assert field.size == 1


def test_branches_of_different_strides_cannot_be_joined() -> None:
    with pytest.raises(GeometryError, match=re.escape("must have the same total stride: 2 and 1")):
        receptive_field([Window(3, 2)]).join(ReceptiveField())


@pytest.mark.parametrize(("jump", "plain"), [(Fraction(4), "4"), (Fraction(3, 4), "0.75")])
def test_a_jump_as_json_holds_it(jump: Fraction, plain: str) -> None:
    assert json.dumps(plain_jump(jump)) == plain
