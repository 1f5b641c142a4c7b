"""`striate why`: the arithmetic behind one value of a network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from striate.cli.console import Form, Format, output, print_json
from striate.cli.network import InputShape, Source, open_network
from striate.errors import DataError

if TYPE_CHECKING:
    from striate.network.inputs import Given


def why(
    network: Source,
    image: Annotated[
        Path,
        typer.Argument(
            metavar="IMAGE", help="A picture, or an .npy array of floats that is prepared already."
        ),
    ],
    layer: Annotated[
        str,
        typer.Argument(metavar="LAYER", help="A layer by its name; `striate table` lists them."),
    ],
    channel: Annotated[
        int, typer.Argument(metavar="CHANNEL", min=0, help="Its channel, counted from 0.")
    ],
    position: Annotated[
        list[int] | None,
        typer.Argument(metavar="[Y X]", min=0, help="Where in the channel, a number an axis."),
    ] = None,
    input_shape: InputShape = None,
    form: Form = Format.TABLE,
) -> None:
    """Show how one value of a layer comes about: what was read, and every step.

    What was read are values of other layers, which can be asked for in their turn.
    """
    from striate.network import Network  # noqa: PLC0415
    from striate.network.why import explanation  # noqa: PLC0415

    opened = open_network(Network, network, input_shape)
    node = opened[layer]
    given: Given = _array(image) if image.suffix.lower() == ".npy" else image
    trace = opened.trace(given, keep=[layer, *(operand.name for operand in node.operands)])
    found = trace.why(layer, channel, position or ())
    if form is Format.JSON:
        print_json(found.plain())
    else:
        output.print(explanation(found, output.width))


def _array(file: Path) -> Any:
    import numpy as np  # noqa: PLC0415

    try:
        return np.load(file, allow_pickle=False)
    except FileNotFoundError:
        raise DataError(f"there is no file {file}") from None
    except (OSError, ValueError, EOFError) as error:
        raise DataError(
            f"{file} is no array of numbers as numpy.save writes it (arrays of Python objects are "
            "not read, for they can run code)"
        ) from error
