"""The tree of a network text: what was written, line by line, nothing interpreted.

Positions count from 1 and do not take part in comparison: two trees are equal when they say the
same, however they were spaced.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters between spaces."""

    text: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Comment:
    """What follows `#` to the end of the line, `#` included."""

    text: str
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Remark:
    """A line that holds a comment only, or nothing (`comment` is then None)."""

    comment: Comment | None = None
    line: int = field(default=1, compare=False)
    column: int = field(default=1, compare=False)


@dataclass(frozen=True, slots=True)
class Layer:
    """A line that names a layer or a block, with the lines indented below it as its body."""

    words: tuple[Word, ...]
    body: "tuple[Item, ...]" = ()
    comment: Comment | None = None
    line: int = field(default=1, compare=False)

    @property
    def name(self) -> str:
        """The first word of the line."""
        return self.words[0].text

    @property
    def column(self) -> int:
        """Where the first word begins."""
        return self.words[0].column

    @property
    def text(self) -> str:
        """The words of the line, one space between them."""
        return " ".join(word.text for word in self.words)

    @property
    def layers(self) -> "tuple[Layer, ...]":
        """The layers of the body, comments and empty lines left out."""
        return tuple(item for item in self.body if isinstance(item, Layer))


Item: TypeAlias = Layer | Remark


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole text."""

    items: tuple[Item, ...] = ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers at the outermost level, comments and empty lines left out."""
        return tuple(item for item in self.items if isinstance(item, Layer))

    def walk(self) -> Iterator[tuple[int, Item]]:
        """Every line in the order of the text, with its depth (0 outermost)."""
        waiting: list[tuple[int, Item]] = [(0, item) for item in reversed(self.items)]
        while waiting:
            depth, item = waiting.pop()
            yield depth, item
            if isinstance(item, Layer):
                waiting.extend((depth + 1, inner) for inner in reversed(item.body))
