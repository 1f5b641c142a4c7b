"""The arguments by which commands are told which network to look at."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from striate.errors import NetworkError

if TYPE_CHECKING:
    from striate.network import Network

Source = Annotated[
    str,
    typer.Argument(
        metavar="NET",
        help="A recipe or named network, a network text or recipe file, a run folder, timm:NAME.",
    ),
]
InputShape = Annotated[
    str | None,
    typer.Option("--input", metavar="CxHxW", help="Another input than the network's own."),
]


def open_network(network_class: type["Network"], source: str, input_shape: str | None) -> "Network":
    """Return the network that a command names.

    Raises NetworkError for a shape that is none, and what opening the network raises.
    """
    example = None if input_shape is None else _shape(input_shape)
    return network_class(Path(source) if Path(source).exists() else source, example)


def _shape(text: str) -> tuple[int, ...]:
    parts = text.lower().split("x")
    if len(parts) < 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise NetworkError(
            f"--input {text} is no shape: give channels and sizes with x between, as 3x224x224"
        )
    return tuple(map(int, parts))
