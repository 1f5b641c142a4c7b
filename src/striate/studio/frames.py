"""The binary form of a message with arrays: a JSON head, then the arrays.

    uint32 length of the head, little-endian
    head    UTF-8 JSON, padded with spaces until what follows begins at a multiple of 4
    arrays  one after another, row by row, little-endian, each padded with zeros to 4 bytes

The head's "arrays" says of each its name, type and shape.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from striate.errors import StudioError

Arrays = Mapping[str, npt.NDArray[Any]]

_TYPES: dict[str, np.dtype[Any]] = {
    "float32": np.dtype("<f4"),
    "uint8": np.dtype("u1"),
    "int32": np.dtype("<i4"),
}
_NAMES = {kind: name for name, one in _TYPES.items() for kind in (one, one.newbyteorder("S"))}
_MOST_AXES = 8
_LARGEST_HEAD = 2**20


def encode(head: Mapping[str, Any], arrays: Arrays) -> bytes:
    """A message with arrays as bytes; the arrays are of float32, int32 or uint8."""
    described = [
        {"name": name, "type": _NAMES[array.dtype], "shape": list(array.shape)}
        for name, array in arrays.items()
    ]
    text = json.dumps({**head, "arrays": described}, allow_nan=False).encode()
    text += b" " * (-len(text) % 4)
    parts = [len(text).to_bytes(4, "little"), text]
    for array in arrays.values():
        data = np.ascontiguousarray(array, _TYPES[_NAMES[array.dtype]]).tobytes()
        parts += [data, bytes(-len(data) % 4)]
    return b"".join(parts)


def decode(message: bytes) -> tuple[dict[str, Any], dict[str, npt.NDArray[Any]]]:
    """The head and the arrays of a message; the arrays share its memory.

    Raises StudioError for bytes that are no such message.
    """
    size = int.from_bytes(message[:4], "little")
    if len(message) < 4 or size > len(message) - 4:
        raise StudioError(f"a frame of {len(message)} bytes cannot have a head of {size}")
    if size % 4:
        raise StudioError(f"a frame's head has a multiple of 4 bytes, not {size}")
    head = read_head(message[4 : 4 + size])
    arrays: dict[str, npt.NDArray[Any]] = {}
    place = 4 + size
    for entry in _described(head):
        name, kind, shape = _entry(entry)
        count = math.prod(shape)
        end = place + count * kind.itemsize
        if end > len(message):
            short = end - len(message)
            raise StudioError(
                f"the array {name[:60]!r} of the frame is cut off: {short} bytes miss"
            )
        if name in arrays:
            raise StudioError(f"the frame has two arrays {name[:60]!r}")
        arrays[name] = _array(message, kind, shape, place)
        place = end + -end % 4
    if place < len(message):
        raise StudioError(f"the frame has {len(message) - place} bytes more than its arrays")
    return head, arrays


def read_head(text: bytes | str) -> dict[str, Any]:
    """The object that a JSON text holds.

    Raises StudioError when it holds none, or numbers that JSON does not know.
    """
    if len(text) > _LARGEST_HEAD:
        raise StudioError(
            f"the JSON of a message may have {_LARGEST_HEAD} bytes, not {len(text)}; "
            "larger things are sent as arrays or as files"
        )
    try:
        if isinstance(text, bytes):
            text = text.decode()
        head = json.loads(text, parse_constant=_no_number, parse_float=_finite)
        if "\\u" in text:  # half a character: no file has such a name, and it cannot be written
            json.dumps(head, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise StudioError(f"a message must be JSON: {str(error)[:200]}") from error
    if not isinstance(head, dict):
        raise StudioError(f"a message must be a JSON object, not {type(head).__name__}")
    return head


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _array(
    message: bytes, kind: np.dtype[Any], shape: tuple[int, ...], place: int
) -> npt.NDArray[Any]:
    count = math.prod(shape)
    if count == 0:
        # NumPy refuses empty arrays whose other axes are large.
        if math.prod(filter(None, shape)) * kind.itemsize >= 2**31:
            raise StudioError(f"no array has the shape {list(shape)}")
        return np.zeros(shape, kind)
    return np.frombuffer(message, kind, count, place).reshape(shape)


def _described(head: dict[str, Any]) -> list[Any]:
    described = head.pop("arrays", [])
    if not isinstance(described, list):
        raise StudioError("a frame's arrays must be a list")
    return described


def _entry(entry: Any) -> tuple[str, np.dtype[Any], tuple[int, ...]]:
    match entry:
        case {"name": str(name), "type": str(kind), "shape": list(shape)} if (
            kind in _TYPES
            and len(shape) <= _MOST_AXES
            and all(type(size) is int and 0 <= size < 2**31 for size in shape)
        ):
            return name, _TYPES[kind], tuple(shape)
    known = ", ".join(_TYPES)
    raise StudioError(f"an array of a frame has a name, a type ({known}) and a shape, not this")
