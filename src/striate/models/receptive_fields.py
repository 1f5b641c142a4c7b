"""What the values of a network's last maps see of the published input.

Capturing every network takes minutes; what that found is kept in receptive_fields.csv.
"""

from functools import cache
from importlib.resources import files


def receptive_field(name: str) -> tuple[int, ...]:
    """The size of what one value of the last maps sees, along each spatial axis of the input.

    The last maps are those before all positions are flattened or pooled into one; for segmentation
    they are the scores. It reaches over the edge of an input that is smaller. A network
    without windows sees all of its input.
    """
    return _known()[name]


@cache
def _known() -> dict[str, tuple[int, ...]]:
    text = (files("striate.models") / "receptive_fields.csv").read_text("utf-8")
    pairs = (line.split(",") for line in text.splitlines()[1:])
    return {name: tuple(map(int, sizes.split("x"))) for name, sizes in pairs}
