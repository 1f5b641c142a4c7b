from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import ceil
from typing import Literal

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare
from torch import Tensor, nn

from striate.errors import GeometryError, LayerError
from striate.layers.pooling import FractionalMaxPool
from striate.layers.pooling.regions import fixed_regions, longest_region, random_regions

Mode = Literal["random", "pseudorandom"]


def steps(first: Tensor, last: Tensor, *, overlapping: bool) -> Tensor:
    return last - first + (0 if overlapping else 1)


def test_by_hand() -> None:
    # 5 elements into 3: alpha = 5/3 and u = 1/2 give ceil(alpha (i + u)) = 1, 3, 5, 6.
    pool = FractionalMaxPool(output_size=3).eval()
    assert pool.regions((5,)) == (((0, 1), (2, 3), (4, 4)),)
    x = torch.tensor([[[1.0, 5.0, 2.0, -3.0, -4.0]]])
    assert pool(x).tolist() == [[[5, 2, -4]]]


def test_overlapping_by_hand() -> None:
    pool = FractionalMaxPool(output_size=3, overlapping=True).eval()
    # 4 steps into 3 regions: ceil(4/3 (i + 1/2)) = 1, 2, 4, 5.
    assert pool.regions((5,)) == (((0, 1), (1, 3), (3, 4)),)
    x = torch.tensor([[[1.0, 5.0, 2.0, -3.0, -4.0]]])
    assert pool(x).tolist() == [[[5, 5, -3]]]


@settings(max_examples=150, deadline=None)
@given(
    size=st.integers(2, 40),
    data=st.data(),
    mode=st.sampled_from(["random", "pseudorandom"]),
    overlapping=st.booleans(),
)
def test_regions(size: int, data: st.DataObject, mode: Mode, overlapping: bool) -> None:
    outputs = data.draw(st.integers(1, size - overlapping))
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 99)))
    drawn = random_regions(5, size, outputs, mode, overlapping=overlapping, generator=generator)
    for first, last in (drawn, fixed_regions(size, outputs, overlapping=overlapping)):
        assert first.shape[1] == last.shape[1] == outputs
        # Everything is covered, and neighbours meet (or share one element).
        assert (first[:, 0] == 0).all()
        assert (last[:, -1] == size - 1).all()
        assert (first[:, 1:] == last[:, :-1] + (0 if overlapping else 1)).all()
        total = size - overlapping
        lengths = steps(first, last, overlapping=overlapping)
        assert lengths.min() >= total // outputs
        assert lengths.max() <= ceil(Fraction(total, outputs))
        longest = int((last - first).max()) + 1
        assert longest <= longest_region(size, outputs, overlapping=overlapping)
        if outputs <= total <= 2 * outputs:
            assert set(lengths.flatten().tolist()) <= {1, 2}


@pytest.mark.parametrize("overlapping", [False, True])
def test_random_orders_are_equally_likely(overlapping: bool) -> None:
    first, last = random_regions(
        6_000,
        6 + overlapping,
        4,
        "random",
        overlapping=overlapping,
        generator=torch.Generator().manual_seed(0),
    )
    found = Counter(map(tuple, steps(first, last, overlapping=overlapping).tolist()))
    assert len(found) == 6  # two long steps among four
    assert all(sorted(order) == [1, 1, 2, 2] for order in found)
    assert chisquare(list(found.values())).pvalue > 0.001


def test_pseudorandom_orders_follow_the_papers_formula() -> None:
    size, outputs, draws = 25, 18, 10_000
    # The formula's value changes only where alpha (i + u) is whole: at multiples of 1/size.
    expected: Counter[tuple[int, ...]] = Counter()
    alpha = Fraction(size, outputs)
    for part in range(size):
        u = Fraction(2 * part + 1, 2 * size)
        a = [ceil(alpha * (i + u)) for i in range(outputs + 1)]
        expected[tuple(b - c for b, c in zip(a[1:], a[:-1], strict=True))] += 1
    first, last = random_regions(
        draws,
        size,
        outputs,
        "pseudorandom",
        overlapping=False,
        generator=torch.Generator().manual_seed(0),
    )
    found = Counter(map(tuple, steps(first, last, overlapping=False).tolist()))
    assert set(found) == set(expected)
    observed = [found[order] for order in expected]
    assert chisquare(observed, [draws * n / size for n in expected.values()]).pvalue > 0.001


@settings(max_examples=40, deadline=None)
@given(
    data=st.data(),
    axes=st.integers(1, 3),
    mode=st.sampled_from(["random", "pseudorandom"]),
    overlapping=st.booleans(),
    per=st.sampled_from(["example", "call"]),
    training=st.booleans(),
)
def test_is_the_slow_maximum_of_its_regions(
    data: st.DataObject,
    axes: int,
    mode: Mode,
    overlapping: bool,
    per: Literal["example", "call"],
    training: bool,
) -> None:
    spatial = tuple(data.draw(st.integers(3, 7)) for _ in range(axes))
    outputs = tuple(data.draw(st.integers(1, n - 1)) for n in spatial)
    x = torch.randn(2, 2, *spatial, dtype=torch.float64)
    pool = FractionalMaxPool(
        output_size=outputs,
        mode=mode,
        overlapping=overlapping,
        per=per,
        generator=torch.Generator().manual_seed(7),
    ).train(training)
    y = pool(x)
    assert y.shape == (2, 2, *outputs)

    # The same draws, in the same order: axis by axis.
    again = torch.Generator().manual_seed(7)
    regions = []
    for n, output in zip(spatial, outputs, strict=True):
        count = 2 if per == "example" else 1
        first, last = (
            random_regions(count, n, output, mode, overlapping=overlapping, generator=again)
            if training
            else fixed_regions(n, output, overlapping=overlapping)
        )
        regions.append((first.expand(2, -1), last.expand(2, -1)))
    for example in range(2):
        for where in torch.cartesian_prod(*(torch.arange(n) for n in outputs)).reshape(-1, axes):
            box = tuple(
                slice(int(first[example, i]), int(last[example, i]) + 1)
                for (first, last), i in zip(regions, where, strict=True)
            )
            for channel in range(2):
                assert y[example, channel][tuple(where)] == x[example, channel][box].max()


def test_is_torch_where_both_are_regular() -> None:
    x = torch.randn(2, 3, 8, 12)
    ours = FractionalMaxPool(ratio=2)
    theirs = nn.FractionalMaxPool2d(2, output_size=(4, 6))
    assert torch.equal(ours(x), theirs(x))
    x = torch.randn(2, 3, 9, 13)
    overlapping = FractionalMaxPool(output_size=(4, 6), overlapping=True)
    theirs = nn.FractionalMaxPool2d(3, output_size=(4, 6))
    assert torch.equal(overlapping(x), theirs(x))


def test_the_ratio_is_taken_as_written() -> None:
    pool = FractionalMaxPool(ratio=1.4)
    assert pool.output_shape((7, 14, 21)) == (5, 10, 15)
    assert FractionalMaxPool(ratio=(1.5, 2)).output_shape((10, 10)) == (6, 5)
    n = 100_000
    assert n / FractionalMaxPool(ratio=2**0.5).output_shape((n,))[0] == pytest.approx(2**0.5, 1e-4)


def test_examples_differ_and_a_call_does_not() -> None:
    x = torch.arange(20.0).expand(64, 1, 20)
    torch.manual_seed(0)
    assert len(FractionalMaxPool(ratio=1.4)(x).unique(dim=0)) > 5
    assert len(FractionalMaxPool(ratio=1.4, per="call")(x).unique(dim=0)) == 1
    evaluated = FractionalMaxPool(ratio=1.4).eval()
    assert torch.equal(evaluated(x), evaluated(x))


def test_bad_arguments() -> None:
    with pytest.raises(LayerError, match="one of them"):
        FractionalMaxPool()
    with pytest.raises(LayerError, match="one of them"):
        FractionalMaxPool(ratio=1.5, output_size=3)
    with pytest.raises(LayerError, match="must be at least 1"):
        FractionalMaxPool(ratio=0.5)
    with pytest.raises(LayerError, match="'pseudorandom'"):
        FractionalMaxPool(ratio=1.5, mode="regular")  # type: ignore[arg-type]
    with pytest.raises(GeometryError, match=r"output_size \(=0\) must be at least 1"):
        FractionalMaxPool(output_size=0)
    with pytest.raises(LayerError, match="cannot be larger"):
        FractionalMaxPool(output_size=9)(torch.zeros(1, 1, 8))
    with pytest.raises(LayerError, match="must be smaller"):
        FractionalMaxPool(output_size=8, overlapping=True)(torch.zeros(1, 1, 8))
    with pytest.raises(LayerError, match="2 entries and the input has 1 axes"):
        FractionalMaxPool(ratio=(1.5, 1.5))(torch.zeros(1, 1, 8))
