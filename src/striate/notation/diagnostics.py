"""What is wrong with a text, and where."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from striate.errors import NotationError
from striate.names import nearest

Severity = Literal["error", "note"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One remark about a text: an error, or a note on something that works but surprises.

    `line` and `column` count from 1; `width` is the number of characters it is about. `formula`
    is the size formula with its numbers, `suggestion` the nearest thing that works.
    """

    line: int
    column: int
    message: str
    formula: str | None = None
    suggestion: str | None = None
    width: int = 1
    severity: Severity = "error"

    def __str__(self) -> str:
        parts = [self.message, self.formula, self.suggestion]
        return f"line {self.line}, column {self.column}: " + "; ".join(p for p in parts if p)


def refusal(diagnostics: Iterable[Diagnostic]) -> NotationError:
    """The exception that carries `diagnostics`, with all of them in its message."""
    found = tuple(diagnostics)
    if len(found) == 1:
        return NotationError(f"The network text has a mistake. {found[0]}", found)
    listed = "\n".join(f"  {diagnostic}" for diagnostic in found)
    return NotationError(f"The network text has {len(found)} mistakes:\n{listed}", found)


def did_you_mean(
    word: str, names: Iterable[str], also: Mapping[str, tuple[str, ...]] | None = None
) -> str:
    """The suggestion for a word that nobody knows: the nearest of `names`, or all of them.

    `also` maps words used elsewhere (`dense`, `pool`) to the names they may have here.
    """
    known, elsewhere = tuple(names), dict(also or {})
    near = _nearest(word.lower(), known, tuple(elsewhere))
    if near is not None:
        meant = " or ".join(f"`{name}`" for name in elsewhere.get(near, (near,)))
        return f"did you mean {meant}?"
    return "known are " + ", ".join(known) if known else ""


# An editor asks again with every key.
@lru_cache(maxsize=1_000)
def _nearest(word: str, names: tuple[str, ...], elsewhere: tuple[str, ...]) -> str | None:
    if word in elsewhere or word in names:
        return word
    return next(iter(nearest(word, [*names, *elsewhere], least=0.7)), None)


def shown(word: str, longest: int = 40) -> str:
    """`word` as it is quoted in a message: cut when long, characters that do not print named."""
    text = word if len(word) <= longest else f"{word[:longest]}... ({len(word):,} characters)"
    return "".join(c if c.isprintable() else f"<{code_point(c)}>" for c in text)


def code_point(character: str) -> str:
    """`U+FF15 FULLWIDTH DIGIT FIVE`."""
    name = unicodedata.name(character, "")
    return f"U+{ord(character):04X} {name}".rstrip()
