"""The characters of a text: which are part of the notation and what stands for the others.

The notation is printable ASCII; comments may hold any writing. Characters that do not print, or
that change the order in which text is shown, are refused everywhere: what is read must be what
is seen.
"""

import unicodedata
from collections.abc import Iterator

from striate.notation.diagnostics import Diagnostic, code_point

BYTE_ORDER_MARK = "\ufeff"

# Look like the ASCII character but do not normalise to it.
_LOOK_ALIKES = {
    "\N{MULTIPLICATION SIGN}": "x",
    "\N{MINUS SIGN}": "-",
    "\N{EN DASH}": "-",
    "\N{HYPHEN}": "-",
}

_SUGGESTIONS = {"\0": "remove it", " ": "write a space, or begin a new line"}


def is_plain(line: str) -> bool:
    """Whether every character is printable ASCII, as nearly all lines are."""
    return line.isascii() and line.isprintable()


def clean(line: str, number: int) -> tuple[str, list[Diagnostic]]:
    """The line as it was meant, of the same length, and one diagnostic for each odd character.

    A character with an ASCII equivalent (a full-width digit) is replaced by it; one that does not
    print is replaced by NUL, for `printable` to remove. Writing without an equivalent is left:
    it makes an unknown word, which says so itself.
    """
    hash_at = line.find("#")
    code = line if hash_at < 0 else line[:hash_at]
    meant: list[str] = []
    diagnostics: list[Diagnostic] = []
    for column, character in enumerate(code, start=1):
        replacement = character if character in "\t" else _equivalent(character)
        meant.append(replacement)
        if replacement != character or replacement == "\0":
            suggestion = _SUGGESTIONS.get(replacement, f"write `{replacement}`")
            diagnostics.append(_odd(character, number, column, suggestion))
    for column, character in enumerate(line[len(code) :], start=len(code) + 1):
        seen = character == "\t" or not _is_unseen(character)
        meant.append(character if seen else "\0")
        if not seen:
            diagnostics.append(_odd(character, number, column, "remove it"))
    return "".join(meant), diagnostics


def printable(text: str) -> str:
    """The text without what `clean` marked for removal."""
    return text.replace("\0", "")


def foreign_letters(word: str) -> Iterator[str]:
    """The characters of a word that are not ASCII, with their names."""
    return (code_point(character) for character in word if not character.isascii())


def _equivalent(character: str) -> str:
    if " " <= character <= "~":
        return character
    if character in _LOOK_ALIKES:
        return _LOOK_ALIKES[character]
    if character.isspace():
        return " "
    normal = unicodedata.normalize("NFKC", character)
    if len(normal) == 1 and " " <= normal <= "~":
        return normal
    return "\0" if _is_unseen(character) else character


def _is_unseen(character: str) -> bool:
    return not character.isprintable() and unicodedata.category(character) != "Zs"


def _odd(character: str, line: int, column: int, suggestion: str) -> Diagnostic:
    message = f"the character {code_point(character)} is not part of the notation"
    return Diagnostic(line, column, message, suggestion=suggestion)
