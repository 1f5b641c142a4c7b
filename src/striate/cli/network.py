"""The arguments by which commands are told which network to look at."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from striate.errors import DataError, NetworkError

if TYPE_CHECKING:
    from striate.network import Network
    from striate.network.inputs import Given

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

    Raises NetworkError for a shape that is none or does not fit, and what opening the network
    raises.
    """
    if input_shape is None:
        return network_class(source)
    example = _shape(input_shape)
    try:
        return network_class(source, example)
    except NetworkError as error:
        own = "x".join(map(str, network_class(source).input_shape))
        raise NetworkError(f"{error}; without --input, {source} takes {own}") from error


def input_of(network: "Network", file: Path) -> "Given":
    """Return what a file holds for a network: itself where the network's preprocessing reads it.

    An .npy file is an array of floats that is prepared already, unless the network takes signals.
    Raises DataError when it is none.
    """
    from striate.data import AsDataset  # noqa: PLC0415

    known = network.preprocessing
    signal = isinstance(known, AsDataset) and known.description.signal
    return _array(file) if file.suffix.lower() == ".npy" and not signal else file


def _array(file: Path) -> Any:
    import numpy as np  # noqa: PLC0415

    try:
        array = np.load(file, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"there is no file {file}") from None
    except MemoryError as error:
        raise DataError(f"{file} says of itself that it fits in no memory: {error}") from error
    except (OSError, ValueError, EOFError) as error:
        raise DataError(
            f"{file} is no array of numbers as numpy.save writes it (arrays of Python objects are "
            "not read, for they can run code)"
        ) from error
    if not isinstance(array, np.ndarray):
        raise DataError(f"{file} is an archive of arrays; save the one you mean by numpy.save")
    return array


def _shape(text: str) -> tuple[int, ...]:
    parts = text.lower().split("x")
    if len(parts) < 2 or not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise NetworkError(
            f"--input {text} is no shape: give channels and sizes with x between, as 3x224x224"
        )
    return tuple(map(int, parts))
