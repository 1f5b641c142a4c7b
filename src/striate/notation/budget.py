"""What a network may take of layers and memory, and what is said when it takes more."""

from collections.abc import Sequence

from striate.geometry import Cost, flatten_size
from striate.notation.kind import Shape
from striate.notation.limits import GIBIBYTE, Limits
from striate.notation.tree import Layer
from striate.notation.values import times

_BYTES = 4


class Budget:
    """Counts what the layers take, in the order of the text; each limit is reported once."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._layers_left = limits.layers
        self._parameters = 0
        self._activations = 0

    def repeat(self, layers: Sequence[Layer], passes: int) -> tuple[str, str] | None:
        """Take the layers of a `repeat`; message and suggestion when they are too many."""
        inside = written_out(layers)
        total = passes * inside
        if total <= self._layers_left:
            self._layers_left -= total
            return None
        message = (
            f"{inside:,} layer{'' if inside == 1 else 's'} {passes:,} times over make {total:,}, "
            f"and a network may have {self._limits.layers:,}"
        )
        most = max(self._layers_left // inside, 1)
        return message, f"`repeat {most}` is the most that fits here"

    def parameters(self, cost: Cost) -> str | None:
        """Take the parameters of a layer; a message when they are too many."""
        most = self._limits.parameter_bytes
        before, own = self._parameters, cost.parameters * _BYTES
        if own > most:
            return (
                f"this layer would have {cost.parameters:,} parameters, {_memory(own)}, and "
                f"{_memory(most)} are allowed"
            )
        self._parameters += own
        if before <= most < self._parameters:
            return (
                f"the network up to here would have {self._parameters // _BYTES:,} parameters, "
                f"{_memory(self._parameters)}, and {_memory(most)} are allowed"
            )
        return None

    def activations(self, shape: Shape, cost: Cost) -> str | None:
        """Take the output of a layer; a message when it, or all up to it, take too much."""
        most = self._limits.activation_bytes
        if self._activations > most:
            return None
        own = flatten_size(shape) * _BYTES
        self._activations += max(cost.activation_bytes, own if own > most else 0)
        if own > most:
            return (
                f"one example would take {_memory(own)} here, {times(shape)} values of {_BYTES} "
                f"bytes, and {_memory(most)} are allowed"
            )
        if self._activations > most:
            return (
                f"one example would take {_memory(self._activations)} in all layers up to here, "
                f"and {_memory(most)} are allowed"
            )
        return None


def written_out(layers: Sequence[Layer]) -> int:
    """How many layers there are when every `repeat` is written out."""
    total = 0
    for layer in layers:
        number = layer.words[1].text if len(layer.words) > 1 else ""
        is_repeat = layer.name == "repeat" and number.isascii() and number.isdigit()
        # More digits than any number that is read make no difference.
        passes = int(number[:18]) if is_repeat else 1
        total += 1 + passes * written_out(layer.layers)
    return total


def _memory(size: int) -> str:
    if size < GIBIBYTE:
        return f"{size / 2**20:.1f} MiB"
    if size < 1024 * GIBIBYTE:
        return f"{size / GIBIBYTE:.1f} GiB"
    return f"{size / GIBIBYTE / 1024:,.1f} TiB"
