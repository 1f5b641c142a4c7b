"""Frames come back as they were sent, and bytes that are none are refused in words."""

import json
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from striate.errors import StudioError
from striate.studio.frames import decode, encode, read_head

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
heads = st.dictionaries(st.text().filter("arrays".__ne__), values, max_size=4)
arrays = st.dictionaries(
    st.text(max_size=8),
    st.sampled_from(["float32", "uint8", "int32"]).flatmap(
        lambda kind: hnp.arrays(kind, hnp.array_shapes(min_dims=0, min_side=0, max_side=5))
    ),
    max_size=4,
)


@given(heads, arrays)
def test_what_is_encoded_is_decoded(
    head: dict[str, Any], sent: dict[str, npt.NDArray[Any]]
) -> None:
    message = encode(head, sent)
    assert len(message) % 4 == 0
    got_head, got = decode(message)
    assert got_head == head
    assert list(got) == list(sent)
    for name, array in sent.items():
        assert got[name].dtype == array.dtype
        assert got[name].shape == array.shape
        assert got[name].tobytes() == array.tobytes()
        assert got[name].flags.aligned


def test_the_layout_by_hand() -> None:
    """The bytes as the page reads and writes them."""
    message = encode(
        {"id": 7}, {"a": np.array([[1.5], [-2]], np.float32), "b": np.array([1, 2], np.uint8)}
    )
    size = int.from_bytes(message[:4], "little")
    assert size % 4 == 0
    assert json.loads(message[4 : 4 + size]) == {
        "id": 7,
        "arrays": [
            {"name": "a", "type": "float32", "shape": [2, 1]},
            {"name": "b", "type": "uint8", "shape": [2]},
        ],
    }
    assert message[4 + size :] == b"\x00\x00\xc0\x3f\x00\x00\x00\xc0" + b"\x01\x02\x00\x00"


def test_rows_come_first_whatever_the_memory_is_like() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    for form in (array, np.asfortranarray(array), array[:, ::-1][:, ::-1], array.astype(">f4")):
        assert encode({}, {"a": form}) == encode({}, {"a": array})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_head_of_ours_has_no_infinite_numbers(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode({"value": value}, {})


def framed(described: Any, data: bytes = b"", head: bytes | None = None) -> bytes:
    """A frame whose head says this of its arrays."""
    text = json.dumps({"arrays": described}).encode() if head is None else head
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + data


def one(shape: Any, kind: Any = "float32", name: Any = "a") -> list[dict[str, Any]]:
    return [{"name": name, "type": kind, "shape": shape}]


HOSTILE = [
    b"",
    b"\x00",
    b"\x00\x00\x00",
    b"\x00\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\xff{}",
    b"\x08\x00\x00\x00{}",
    b"\x02\x00\x00\x00{}",
    framed([], b"\x00"),
    framed([], b"\x00" * 4),
    framed(one([1]), b"\x00" * 8),
    framed(one([2]), b"\x00" * 4),
    framed(one([1]), b""),
    framed(one([2**31 - 1]), b"\x00" * 4),
    framed(one([2**31 - 1] * 8), b"\x00" * 4),
    framed(one([2**31])),
    framed(one([2**64])),
    framed(one([0, 2**31 - 1, 2**31 - 1, 2**31 - 1])),
    framed(one([2**31 - 1] * 7 + [0])),
    framed(one([-1]), b"\x00" * 4),
    framed(one([-1, -1]), b"\x00" * 4),
    framed(one([1.0]), b"\x00" * 4),
    framed(one([True]), b"\x00" * 4),
    framed(one(["1"]), b"\x00" * 4),
    framed(one([None])),
    framed(one([[1]]), b"\x00" * 4),
    framed(one([1] * 9), b"\x00" * 4),
    framed(one([1] * 1000), b"\x00" * 4),
    framed(one({}), b"\x00" * 4),
    framed(one(None), b"\x00" * 4),
    framed(one(1), b"\x00" * 4),
    framed(one([1], "float64"), b"\x00" * 8),
    framed(one([1], "object"), b"\x00" * 8),
    framed(one([1], "O"), b"\x00" * 8),
    framed(one([1], ["float32"]), b"\x00" * 4),
    framed(one([1], None), b"\x00" * 4),
    framed(one([1], name=1), b"\x00" * 4),
    framed(one([1], name=None), b"\x00" * 4),
    framed([*one([1]), *one([1])], b"\x00" * 8),
    framed([[]]),
    framed([1]),
    framed({}),
    framed("a"),
    framed(None),
    framed(1),
    framed([], head=b"[]"),
    framed([], head=b"1"),
    framed([], head=b"null"),
    framed([], head=b'"arrays"'),
    framed([], head=b"{"),
    framed([], head=b"\xff\xfe\xfd\xfc"),
    framed([], head=b"\x00" * 8),
    framed([], head=b"[" * 100_000),
    framed([], head=b'{"a":' * 100_000),
    framed([], head=b'{"a": NaN}'),
    framed([], head=b'{"a": -Infinity}'),
    framed([], head=b'{"a": 1e999}'),
    framed([], head=b'{"a": ' + b"9" * 5000 + b"}"),
]


@pytest.mark.parametrize("message", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_frames_are_refused(message: bytes) -> None:
    with pytest.raises(StudioError) as refused:
        decode(message)
    assert len(str(refused.value)) < 400


def test_empty_arrays_of_a_sane_shape_are_none_the_worse() -> None:
    _, arrays = decode(framed([*one([0, 28, 28]), *one([3, 0], "uint8", "b")]))
    assert arrays["a"].shape == (0, 28, 28)
    assert arrays["b"].shape == (3, 0)


@given(st.binary(max_size=64))
def test_random_bytes_are_refused(message: bytes) -> None:
    try:
        decode(message)
    except StudioError:
        return
    # By chance it can be one: {} with nothing behind it.
    assert message[4:].strip() == b"{}"


@given(st.data())
def test_a_frame_that_was_damaged_is_refused_or_another(data: st.DataObject) -> None:
    whole = bytearray(
        encode({"id": 1}, {"a": np.arange(5, dtype=np.uint8), "b": np.ones(1, np.float32)})
    )
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(whole)))
    for message in (bytes(whole), bytes(whole[:cut]), bytes(whole[cut:])):
        try:
            head, arrays = decode(message)
        except StudioError:
            continue
        assert isinstance(head, dict)
        assert sum(array.nbytes for array in arrays.values()) <= len(message)


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "{", "[]", "1", "null", "{'a': 1}", '{"a": 01}', '{"a": .5}', "{} {}"],
        *['{"a": NaN}', '{"a": [Infinity]}', '{"a": 1e400}', '{"a": -1e400}', "[" * 10_000],
        *["\ufeff{}", r'{"a": "\ud800"}', r'{"\udfff": 1}', r'{"a": "\ude00\ud83d"}'],
    ],
)
def test_text_that_is_no_object_of_json_is_refused(text: str) -> None:
    with pytest.raises(StudioError, match="JSON"):
        read_head(text)


def test_a_head_is_limited() -> None:
    assert read_head('{"a": "' + "x" * 1_000_000 + '"}')
    with pytest.raises(StudioError, match="1048576 bytes"):
        read_head('{"a": "' + "x" * 2**20 + '"}')
    with pytest.raises(StudioError, match="sent as arrays"):
        decode(framed([], head=b'{"a": "' + b"x" * 2**20 + b'"}'))


def test_characters_are_what_they_were() -> None:
    assert read_head(r'{"a": "\ud83d\ude00 \u00e9 \u0000"}') == {"a": "\U0001f600 é \0"}
    assert read_head('{"a": "é"}'.encode()) == {"a": "é"}


def test_numbers_are_what_they_were() -> None:
    head = read_head('{"a": 0.1, "b": -1e308, "c": 1e-400, "d": 12345678901234567890}')
    assert head == {"a": 0.1, "b": -1e308, "c": 0.0, "d": 12345678901234567890}
