"""`striate why`: the arithmetic behind one value of a network."""

from pathlib import Path
from typing import Annotated

import typer

from striate.cli.console import Form, Format, output, print_json
from striate.cli.network import InputShape, Source, input_of, open_network


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
    picture: Annotated[
        Path | None, typer.Option(help="Draw it as well, as grids with numbers (PNG, SVG).")
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
    keep = [layer, *(operand.name for operand in node.operands)]
    trace = opened.trace(input_of(opened, image), keep=keep)
    found = trace.why(layer, channel, position or ())
    if picture is not None:
        from striate.network.pictures import draw_why, save  # noqa: PLC0415

        save(draw_why(found, opened), picture)
    if form is Format.JSON:
        print_json(found.plain())
        return
    output.print(explanation(found, output.width))
    if picture is not None:
        output.print(f"wrote {picture}", highlight=False)
