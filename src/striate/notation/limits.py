"""How large a text and the network in it may be, so that absurd ones are refused at once."""

from dataclasses import dataclass

GIBIBYTE = 2**30


@dataclass(frozen=True)
class Limits:
    """The largest text and network that are accepted.

    Lengths are in characters, memory in bytes (4 a value); activations are those of one example.
    After so many `diagnostics` a text is not checked further.
    """

    text_length: int = 2**20
    lines: int = 10_000
    line_length: int = 1_000
    depth: int = 32
    layers: int = 10_000
    parameter_bytes: int = 64 * GIBIBYTE
    activation_bytes: int = 64 * GIBIBYTE
    diagnostics: int = 100


LIMITS = Limits()
