"""From text to tree.

Only lines, words, comments and indentation are read here; what the words mean is for the check.
Nothing recurses, so no text can exhaust the stack.
"""

import re
from dataclasses import dataclass, field

from striate.notation.characters import BYTE_ORDER_MARK, clean, is_plain, printable
from striate.notation.diagnostics import Diagnostic, refusal
from striate.notation.limits import LIMITS, Limits
from striate.notation.tree import Comment, Item, Layer, Remark, Tree, Word

_WORD = re.compile(r"[^ \t]+")
# A tab in the indentation is a mistake; as one level, the text reads as it was meant.
_TAB = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read of a text, and what was wrong with it."""

    tree: Tree
    diagnostics: tuple[Diagnostic, ...]


def parse(text: str, limits: Limits = LIMITS) -> Tree:
    """The tree of a network text.

    Raises NotationError, with every diagnostic, when the text is too large, nested too deeply,
    indented in a way that fits no block, or holds characters that are not part of the notation.
    Unknown layers and values are left for `check`.
    """
    reading = read(text, limits)
    if reading.diagnostics:
        raise refusal(reading.diagnostics)
    return reading.tree


def read(text: str, limits: Limits = LIMITS) -> Reading:
    """The tree of what could be read, with the diagnostics: for those who show both."""
    too_large = _too_large(text, limits)
    if too_large is not None:
        return Reading(Tree(), (too_large,))
    lines = text.removeprefix(BYTE_ORDER_MARK).split("\n")
    if lines[-1] == "":
        lines.pop()
    reader = _Reader(limits)
    for number, line in enumerate(lines, start=1):
        reader.read_line(line.removesuffix("\r"), number)
        if reader.too_deep is not None:
            return Reading(Tree(), (reader.too_deep,))
        if len(reader.diagnostics) > limits.diagnostics:
            break
    reader.place_remarks(0)
    return Reading(_assemble(reader.placed), tuple(reader.diagnostics))


def _too_large(text: str, limits: Limits) -> Diagnostic | None:
    if len(text) > limits.text_length:
        message = f"the text is {len(text):,} characters long and at most {limits.text_length:,}"
        return Diagnostic(1, 1, f"{message} are read")
    lines = text.count("\n") + 1
    if lines > limits.lines:
        return Diagnostic(
            1, 1, f"the text has {lines:,} lines and at most {limits.lines:,} are read"
        )
    return None


@dataclass(slots=True)
class _Reader:
    """Reads one line after the other and gives each a depth."""

    limits: Limits
    placed: list[tuple[int, Item]] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    too_deep: Diagnostic | None = None
    # The indentation of every open level, the outermost first.
    _levels: list[int] = field(default_factory=list)
    # Comments and empty lines take their depth from the layer that follows.
    _remarks: list[tuple[int, Remark]] = field(default_factory=list)

    def read_line(self, line: str, number: int) -> None:
        if len(line) > self.limits.line_length:
            message = f"the line is {len(line):,} characters long and at most"
            self._error(number, 1, f"{message} {self.limits.line_length:,} are read")
            return
        if not is_plain(line):
            line, odd = clean(line, number)
            self.diagnostics.extend(odd)
        before, hash_sign, after = line.partition("#")
        comment = None
        if hash_sign:
            comment = Comment(printable(hash_sign + after).rstrip(), len(before) + 1)
        words = _words(before)
        if not words:
            column = comment.column if comment else 1
            indentation = len(before.expandtabs(_TAB))
            self._remarks.append((indentation, Remark(comment, number, column)))
            return
        indentation = words[0].column - 1
        if "\t" in before[:indentation]:
            self._error(
                number,
                before.index("\t") + 1,
                "the line is indented with a tab",
                "indent with spaces, 2 for each level",
            )
            indentation = len(before[:indentation].expandtabs(_TAB))
        depth = self._depth(indentation, number)
        self.placed.append((depth, Layer(words, (), comment, number)))

    def _depth(self, indentation: int, line: int) -> int:
        """The depth of a layer; opens the block that it begins, closes those that are over."""
        if not self._levels:
            if indentation:
                self._error(line, 1, "the first line is indented", "begin it in column 1")
            self._levels.append(indentation)
        if indentation > self._levels[-1]:
            return self._deeper(indentation, line)
        depth = len(self._levels) - 1
        while depth and self._levels[depth - 1] >= indentation:
            depth -= 1
        if depth == 0 and indentation < self._levels[0]:
            # Only when the first line was indented, which has been said.
            self._levels[0] = indentation
        elif self._levels[depth] != indentation:
            above, below = self._levels[depth - 1] if depth else None, self._levels[depth]
            fitting = f"{below}" if above is None else f"{above} or {below}"
            message = f"an indentation of {indentation} belongs to no block that is open here"
            self._error(line, 1, message, f"indent by {fitting}", max(indentation, 1))
        self.place_remarks(depth)
        del self._levels[depth + 1 :]
        return depth

    def _deeper(self, indentation: int, line: int) -> int:
        if len(self._levels) > self.limits.depth:
            message = f"blocks are nested more than {self.limits.depth} deep, which is not read"
            self.too_deep = Diagnostic(line, indentation + 1, message)
        self._levels.append(indentation)
        self.place_remarks(len(self._levels) - 1, opening=True)
        return len(self._levels) - 1

    def place_remarks(self, depth: int, opening: bool = False) -> None:
        """Give the waiting comments a depth: that of the block they are indented like.

        `depth` is where the next layer goes. A comment never goes deeper than the one before it,
        so that the order of the lines is kept; all of them go inside a block that opens.
        """
        deepest = len(self._levels) - 1
        depths: list[int] = []
        for indentation, remark in self._remarks:
            if opening:
                depths.append(depth)
                continue
            if remark.comment is not None:
                while deepest > depth and self._levels[deepest] > indentation:
                    deepest -= 1
            depths.append(deepest)
        # An empty line goes with what follows it.
        following = depth
        for position in range(len(depths) - 1, -1, -1):
            if self._remarks[position][1].comment is None:
                depths[position] = following
            following = depths[position]
        for at, (_, remark) in zip(depths, self._remarks, strict=True):
            self.placed.append((max(at, 0), remark))
        self._remarks.clear()

    def _error(
        self, line: int, column: int, message: str, suggestion: str | None = None, width: int = 1
    ) -> None:
        self.diagnostics.append(
            Diagnostic(line, column, message, suggestion=suggestion, width=width)
        )


def _words(code: str) -> tuple[Word, ...]:
    found = (Word(printable(m.group()), m.start() + 1) for m in _WORD.finditer(code))
    return tuple(word for word in found if word.text)


def _assemble(placed: list[tuple[int, Item]]) -> Tree:
    """The tree of lines with depths: built from the last line, when every body is complete."""
    waiting: list[list[Item]] = [[]]
    for depth, item in reversed(placed):
        while len(waiting) <= depth + 1:
            waiting.append([])
        body = tuple(reversed(waiting[depth + 1]))
        if isinstance(item, Layer) and body:
            waiting[depth + 1] = []
            waiting[depth].append(Layer(item.words, body, item.comment, item.line))
        else:
            waiting[depth].append(item)
    return Tree(tuple(reversed(waiting[0])))
