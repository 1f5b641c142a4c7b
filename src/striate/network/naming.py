"""Names of layers: the module paths that people know, each of them once."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where an operation stands: the innermost module, which of its calls, and the operation.

    `container` says whether the module has modules of its own.
    """

    path: str
    call: str
    container: bool
    operation: str


def names_of(places: Sequence[Place]) -> list[str]:
    """A name for each operation, in the order in which they run.

    A layer that does one operation has its module's path (`layer1.0.conv1`); what a module with
    parts of its own does between them has the operation's name added (`layer1.0.add`). Of a layer
    that does several operations the last has the plain path, being what the layer gives. A name
    that is taken already has `:2`, `:3` added.
    """
    last = {place.call: index for index, place in enumerate(places) if not place.container}
    used: Counter[str] = Counter()
    names = []
    for index, place in enumerate(places):
        plain = not place.container and last[place.call] == index and place.path != ""
        parts = [place.path] if plain else [place.path, place.operation]
        name = ".".join(part for part in parts if part)
        used[name] += 1
        names.append(name if used[name] == 1 else f"{name}:{used[name]}")
    return names
