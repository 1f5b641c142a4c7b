"""The poolings side by side, against the formulas written the slow, obvious way."""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from striate.errors import StriateError
from striate.layers import POOLINGS
from striate.studio.arithmetic.family import FAMILY

from .asking import Asked

Array = npt.NDArray[Any]
X = np.random.default_rng(3).uniform(0.1, 4, (6, 8)).round(2)


def gaussian(window: Array) -> float:
    """y = sqrt(sum_j w_j x_j^2), sigma a quarter of the window."""
    weights = np.zeros_like(window)
    for row, column in product(*map(range, window.shape)):
        squared = sum(
            ((place - (size - 1) / 2) / (size / 4)) ** 2
            for place, size in zip((row, column), window.shape, strict=True)
        )
        weights[row, column] = math.exp(-squared / 2)
    return math.sqrt((weights * window**2).sum() / weights.sum())


SLOW: dict[str, Callable[[Array], float]] = {
    "maxpool": lambda w: w.max(),
    "avgpool": lambda w: w.sum() / w.size,
    "topleftpool": lambda w: w[0, 0],
    "lppool": lambda w: (w**2.5).sum() ** (1 / 2.5),
    "gaussianpool": gaussian,
    "mixedpool": lambda w: 0.3 * w.max() + 0.7 * w.mean(),
    "stochasticpool": lambda w: (w / w.sum() * w).sum(),
}


@pytest.fixture(scope="module")
def asked() -> Asked:
    """One session for the file: networks of poolings are kept in it."""
    return Asked()


def by_name(answer: Any) -> dict[str, Any]:
    return {one["name"]: one for one in answer["poolings"]}


def request(**changes: Any) -> dict[str, Any]:
    usual = {"input": X.tolist(), "kernel": [2, 2], "stride": [2, 2], "p": 2.5, "a": 0.3}
    return {**usual, **changes}


def test_the_whole_family_is_there(asked: Asked) -> None:
    found = by_name(asked("pool", **request()))
    assert set(POOLINGS) <= set(found)
    assert set(found) - set(POOLINGS) == {"globalmaxpool", "globalavgpool"}
    assert [one["name"] for one in asked("pool", **request())["poolings"]] == [
        member.name for member in FAMILY
    ]
    assert all(one["title"] and one["formula"] and not one["problem"] for one in found.values())


@pytest.mark.parametrize(("kernel", "stride"), [((2, 2), (2, 2)), ((3, 2), (1, 3))])
def test_windows_are_pooled_by_their_formula(
    asked: Asked, kernel: tuple[int, int], stride: tuple[int, int]
) -> None:
    found = by_name(asked("pool", **request(kernel=kernel, stride=stride)))
    tops = range(0, 6 - kernel[0] + 1, stride[0])
    lefts = range(0, 8 - kernel[1] + 1, stride[1])
    for name, slow in SLOW.items():
        expected = [
            [slow(X[top : top + kernel[0], left : left + kernel[1]]) for left in lefts]
            for top in tops
        ]
        np.testing.assert_allclose(found[name]["output"], expected, err_msg=name)
    assert found["globalmaxpool"]["output"] == [[X.max()]]
    np.testing.assert_allclose(found["globalavgpool"]["output"], [[X.mean()]])


def test_spectral_pooling_keeps_the_low_frequencies(asked: Asked) -> None:
    """Cropped to odd sizes, where the kept spectrum is that of a real map."""
    x = X[:, :6]
    found = by_name(asked("pool", **request(input=x.tolist())))["spectralpool"]
    centred = np.fft.fftshift(np.fft.fft2(x))[2:5, 2:5]  # zero at 3, so -1, 0 and 1
    expected = np.fft.ifft2(np.fft.ifftshift(centred)).real * 9 / 36
    np.testing.assert_allclose(found["output"], expected)


def test_fractional_pooling_is_the_maximum_of_its_regions(asked: Asked) -> None:
    rising = np.arange(1.0, 8.0)[None].repeat(7, 0)
    found = by_name(asked("pool", **request(input=rising.tolist(), seed=4)))["fractionalpool"]
    steps = np.diff(found["output"][0], prepend=0)
    assert set(steps) <= {2, 3}
    assert steps.sum() == 7


@pytest.mark.parametrize("seed", [None, 7])
def test_the_terms_come_to_what_is_shown(asked: Asked, seed: int | None) -> None:
    pooled = by_name(asked("pool", **request(seed=seed)))
    for place in ([0, 0], [1, 3], [2, 2]):
        explained = by_name(asked("pool_place", **request(seed=seed), place=place))
        assert set(explained) == set(pooled)
        for name, one in explained.items():
            row, column = one["index"]
            assert one["value"] == pytest.approx(pooled[name]["output"][row][column], abs=1e-12)
            assert one["steps"][-1]["value"] == pytest.approx(one["value"], abs=1e-12)
            rows, columns = one["places"]
            np.testing.assert_array_equal(one["values"], X[np.ix_(rows, columns)])
            if one["winner"] and name != "mixedpool":
                assert one["values"][one["winner"][0]][one["winner"][1]] == one["value"]
        assert explained["maxpool"]["index"] == place
        assert explained["globalmaxpool"]["index"] == [0, 0]
        assert explained["globalmaxpool"]["places"] == [list(range(6)), list(range(8))]


def test_chance_is_that_of_the_seed(asked: Asked) -> None:
    drawn = [by_name(asked("pool", **request(seed=seed))) for seed in (1, 1, 2, 3, 4)]
    outputs = [one["stochasticpool"]["output"] for one in drawn]
    assert outputs[0] == outputs[1]
    assert any(one != outputs[0] for one in outputs[2:])
    assert drawn[0]["stochasticpool"]["drawn"]
    assert not by_name(asked("pool", **request()))["stochasticpool"]["drawn"]
    for output in outputs:
        for i, row in enumerate(output):
            for j, value in enumerate(row):
                assert value in X[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]


def test_padding_stands_outside(asked: Asked) -> None:
    explained = by_name(asked("pool_place", **request(padding=[[1, 0], [1, 0]]), place=[0, 0]))
    for name in ("maxpool", "avgpool", "mixedpool"):
        assert explained[name]["places"] == [[-1, 0], [-1, 0]]
        assert explained[name]["inside"] == [[False, False], [False, True]]
        assert explained[name]["value"] == X[0, 0]


def test_one_that_cannot_says_why(asked: Asked) -> None:
    larger = request(padding=[[1, 1], [1, 1]], stride=[1, 1])
    found = by_name(asked("pool", **larger))
    for name in ("fractionalpool", "spectralpool"):
        assert found[name]["output"] is None
        assert "smaller" in found[name]["problem"]
    assert found["maxpool"]["output"]
    explained = by_name(asked("pool_place", **larger, place=[0, 0]))
    assert "spectralpool" not in explained
    assert "maxpool" in explained


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"input": [[[1]]]}, "lists deep"),
        ({"p": 0}, "p:"),
        ({"a": 2}, "a:"),
        ({"place": [0]}, "one number for each of 2 axes"),
        ({"sigma": -1}, "sigma"),
    ],
)
def test_what_is_wrong_is_said(asked: Asked, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(StriateError, match=said):
        asked("pool_place", **{**request(), "place": [0, 0], **changes})


def test_a_window_that_fits_nowhere_leaves_the_global_ones(asked: Asked) -> None:
    found = by_name(asked("pool", **request(kernel=[9, 9])))
    assert [name for name, one in found.items() if one["output"]] == [
        "globalmaxpool",
        "globalavgpool",
    ]
    assert "larger than the padded input" in found["maxpool"]["problem"]
