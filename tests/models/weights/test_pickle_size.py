"""The unfolded size of pickles: small files of endless objects are told from real ones."""

import io
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch

from striate.errors import WeightsError
from striate.models.weights.pickle_size import check_pickle
from striate.models.weights.reading import read_tensors

PATH = Path("a.pth")


def check(content: bytes) -> bool:
    return check_pickle(io.BytesIO(content), PATH)


def doubled(seed: Any, times: int, pair: Any = lambda one: (one, one)) -> Any:
    for _ in range(times):
        seed = pair(seed)
    return seed


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"a": [1, 2.5, "c"], "b": (None, True, ()), "c": {"d": {1, 2}}},
        OrderedDict(a=1),
        [doubled(("a",), 20)],
        {"groups": [{"betas": (0.9, 0.999)}] * 500},
    ],
)
def test_common_things_pass(value: Any) -> None:
    assert check(pickle.dumps(value, protocol=2))


@pytest.mark.parametrize(
    "value",
    [
        doubled(("a",), 60),
        [doubled(("a",), 60)],
        doubled([1], 60, lambda one: [one, one]),
        doubled({"a": 1}, 60, lambda one: {"a": one, "b": one}),
        doubled(("a",), 12, lambda one: (one,) * 12),
        doubled((("a",),), 60, lambda one: {(1,): [one, (one,)]}),
    ],
)
def test_endless_things_are_refused(value: Any) -> None:
    content = pickle.dumps(value, protocol=2)
    assert len(content) < 2000
    with pytest.raises(WeightsError, match=r"a\.pth is refused.*more than 10,000,000 objects"):
        check(content)


def test_what_holds_itself_is_refused() -> None:
    alone: list[Any] = []
    alone.append(alone)
    one: list[Any] = []
    other = [one]
    one.append({"a": other})
    for value in (alone, other):
        with pytest.raises(WeightsError, match="refused"):
            check(pickle.dumps(value, protocol=2))


def test_what_is_no_whole_pickle_of_pytorch_is_left_to_its_reader() -> None:
    content = pickle.dumps({"a": [1, (2, 3)]}, protocol=2)
    for end in range(len(content)):
        assert not check(content[:end])
    assert not check(pickle.dumps([1], protocol=5))
    assert not check(b"\x80\x02t.")
    assert not check(b"\x80\x02\x86.")
    assert not check(b"\x80\x02h\x07.")


@pytest.mark.parametrize("zipped", [True, False])
def test_endless_things_in_a_file(tmp_path: Path, zipped: bool) -> None:
    path = tmp_path / "a.pth"
    torch.save([doubled(("a",), 200)], path, _use_new_zipfile_serialization=zipped)
    with pytest.raises(WeightsError, match="refused"):
        read_tensors(path)
