"""The values of a line: how each is written, and what is said when it is written otherwise."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NoReturn, TypeVar

from striate.geometry.padding import NamedPadding
from striate.notation.diagnostics import did_you_mean, shown

T = TypeVar("T")

Size = tuple[int, ...]
"""One number for every axis, or one an axis."""
Sides = tuple[int, int]
Pad = NamedPadding | tuple[Sides, ...]
"""`same`, `valid`, `full`, or (before, after): one pair for every axis, or one an axis."""

MOST_AXES = 3
_NAMED_PADS: dict[str, NamedPadding] = {"same": "same", "valid": "valid", "full": "full"}
# More digits than any size, few enough that arithmetic with them takes no time.
_MOST_DIGITS = 15
_MOST_PLACES = 40
# No window is larger, and torch's kernels take 32 bits.
_LARGEST_SIZE = 1_000_000


class ValueMistakeError(Exception):
    """A word that is not a value of the kind asked for."""

    def __init__(self, message: str, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Value(Generic[T]):
    """A way of writing values: what it is called, an example, and how it is read.

    `read` raises ValueMistakeError for a word that is not such a value.
    """

    name: str
    example: str
    read: Callable[[str], T]


def count(name: str, example: str = "64", least: int = 1, most: int | None = None) -> Value[int]:
    """A whole number between the bounds."""

    def read(word: str) -> int:
        number = _whole(word)
        if number is None:
            _refuse(word, f"{name} is a whole number, as in `{example}`")
        _within(number, least, most, name)
        return number

    return Value(name, example, read)


def size(name: str, example: str = "3x3", least: int = 1) -> Value[Size]:
    """`3x3`, or `3` for every axis."""

    def read(word: str) -> Size:
        numbers = [_whole(part) for part in word.split("x")]
        if None in numbers or len(numbers) > MOST_AXES:
            rewritten = _rewritten(word, MOST_AXES)
            _refuse(word, f"{name} is written as in `{example}`", rewritten)
        for number in numbers:
            _within(number or 0, least, _LARGEST_SIZE, name)
        return tuple(number or 0 for number in numbers)

    return Value(name, example, read)


def shape(name: str, example: str = "3x32x32") -> Value[Size]:
    """Channels and up to three spatial sizes: `3x32x32`."""

    def read(word: str) -> Size:
        numbers = [_whole(part) for part in word.split("x")]
        if len(numbers) > MOST_AXES + 1 and None not in numbers:
            raise ValueMistakeError(
                f"`{shown(word)}` has {len(numbers) - 1} spatial axes and at most {MOST_AXES} "
                "are possible"
            )
        if None in numbers:
            rewritten = _rewritten(word, MOST_AXES + 1)
            _refuse(word, f"{name} is channels and sizes, as in `{example}`", rewritten)
        for number in numbers:
            _within(number or 0, 1, None, "each size")
        return tuple(number or 0 for number in numbers)

    return Value(name, example, read)


def padding(name: str = "pad", example: str = "1") -> Value[Pad]:
    """`same`, `valid`, `full`, `1`, `1x2` (an axis each), `0,1x2,2` (before and after)."""

    def read(word: str) -> Pad:
        if word in _NAMED_PADS:
            return _NAMED_PADS[word]
        axes: list[Sides] = []
        for part in word.split("x"):
            sides = [_whole(side) for side in part.split(",")]
            before, after = sides[0], sides[-1]
            if before is None or after is None or len(sides) > 2:
                break
            for side in (before, after):
                _within(side, 0, _LARGEST_SIZE, name)
            axes.append((before, after))
        else:
            if len(axes) <= MOST_AXES:
                return tuple(axes)
        message = (
            f"`{shown(word)}` is no padding: write `same`, `valid`, `full`, `1`, `1x2` or `0,1x2,2`"
        )
        near = did_you_mean(word, _NAMED_PADS) if word.isalpha() else ""
        raise ValueMistakeError(message, near if near.startswith("did") else None)

    return Value(name, example, read)


def number(
    name: str,
    example: str = "0.1",
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
    below: float | None = None,
) -> Value[float]:
    """A decimal number between the bounds that are given."""

    def read(word: str) -> float:
        found = _decimal(word)
        if found is None:
            _refuse(word, f"{name} is a number, as in `{example}`")
        for wrong, said in (
            (least is not None and found < least, f"at least {least}"),
            (above is not None and found <= above, f"above {above}"),
            (most is not None and found > most, f"at most {most}"),
            (below is not None and found >= below, f"below {below}"),
        ):
            if wrong:
                raise ValueMistakeError(f"{name} (={found:g}) must be {said}")
        return found

    return Value(name, example, read)


def numbers(name: str, example: str = "1.5x2") -> Value[tuple[float, ...]]:
    """Decimal numbers above 0: one for every axis or one an axis."""

    def read(word: str) -> tuple[float, ...]:
        found = [_decimal(part) for part in word.split("x")]
        if None in found or len(found) > MOST_AXES:
            _refuse(word, f"{name} is a number for every axis or one an axis, as in `{example}`")
        for entry in found:
            if entry is not None and entry <= 0:
                raise ValueMistakeError(f"{name} (={entry:g}) must be above 0")
        return tuple(entry or 0.0 for entry in found)

    return Value(name, example, read)


def choice(name: str, *words: str) -> Value[str]:
    """One of the words."""

    def read(word: str) -> str:
        if word in words:
            return word
        near = did_you_mean(word, words)
        raise ValueMistakeError(
            f"{name} is {_listed(words, 'or')}, not `{shown(word)}`",
            near if near.startswith("did") else None,
        )

    return Value(name, words[0], read)


def yes_or_no(name: str) -> Value[bool]:
    """`yes` or `no`."""
    read_choice = choice(name, "yes", "no").read
    return Value(name, "no", lambda word: read_choice(word) == "yes")


def number_or(name: str, example: str, *words: str) -> Value[float | str]:
    """A number from 0 to 1, or one of the words."""
    read_number = number(name, example, least=0, most=1).read

    def read(word: str) -> float | str:
        if word in words:
            return word
        if word[:1].isalpha():
            near = did_you_mean(word, words)
            raise ValueMistakeError(
                f"{name} is a number from 0 to 1, as in `{example}`, or {_listed(words, 'or')}, "
                f"not `{shown(word)}`",
                near if near.startswith("did") else None,
            )
        return read_number(word)

    return Value(name, example, read)


def times(sizes: tuple[int, ...]) -> str:
    """`3x32x32`, as sizes are written."""
    return "x".join(str(entry) for entry in sizes)


def shortest(sizes: Size) -> Size:
    """One number when all axes have the same."""
    return sizes[:1] if len(set(sizes)) == 1 else sizes


def _whole(word: str) -> int | None:
    if not (word.isascii() and word.isdigit()):
        return None
    if len(word) > _MOST_DIGITS:
        raise ValueMistakeError(
            f"`{shown(word, 12)}` has {len(word):,} digits and numbers have at most {_MOST_DIGITS}"
        )
    return int(word)


def _decimal(word: str) -> float | None:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", word, re.ASCII):
        return None
    if len(word) > _MOST_PLACES:
        raise ValueMistakeError(
            f"`{shown(word, 12)}` is longer than the {_MOST_PLACES} characters a number may have"
        )
    return float(word)


def _within(number: int, least: int, most: int | None, name: str) -> None:
    if number < least:
        raise ValueMistakeError(f"{name} (={number}) must be at least {least}")
    if most is not None and number > most:
        raise ValueMistakeError(f"{name} (={number:,}) must be at most {most:,}")


def _refuse(word: str, wanted: str, suggestion: str | None = None) -> NoReturn:
    raise ValueMistakeError(f"{wanted}, not `{shown(word)}`", suggestion)


def _rewritten(word: str, most: int) -> str | None:
    """The size that `(3, 3)`, `3*3` or `3X3` stands for, as a suggestion."""
    found: list[str] = re.findall(r"\d+", word, re.ASCII)
    if 1 <= len(found) <= most and not re.search(r"[a-wyz.-]", word, re.IGNORECASE):
        return f"write `{'x'.join(found)}`"
    return None


def _listed(words: tuple[str, ...], joint: str = ",") -> str:
    quoted = [f"`{word}`" for word in words]
    if joint == "," or len(quoted) == 1:
        return ", ".join(quoted)
    return f"{', '.join(quoted[:-1])} {joint} {quoted[-1]}"
