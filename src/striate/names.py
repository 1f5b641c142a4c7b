"""Names that nobody knows, and the known ones that were likely meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 80  # the work grows with the square of the length, and hardly a name is longer


def nearest(word: str, known: Iterable[str], most: int = 1, least: float = 0.6) -> list[str]:
    """The known names that a word is most like, the nearest first; case does not count.

    At most `most` of them, each at least `least` like it, as difflib measures it from 0 to 1.
    """
    names = {name.lower(): name for name in known}
    near = get_close_matches(word[:_LONGEST].lower(), names, most, least)
    return [names[name] for name in near]
