"""`striate diagram`: a picture of a network's layers and how they are connected."""

from pathlib import Path
from typing import Annotated

import typer

from striate.cli.console import output
from striate.cli.network import InputShape, Source, open_network
from striate.errors import DataError, NetworkError
from striate.files import write_text


def diagram(
    network: Source,
    out: Annotated[
        Path | None, typer.Option(help="The SVG file to write; by default the network's name.")
    ] = None,
    input_shape: InputShape = None,
) -> None:
    """Draw a network's layers, their windows and sizes, and how they are connected (SVG)."""
    from striate.network import Network  # noqa: PLC0415
    from striate.network.pictures.diagram import diagram_svg  # noqa: PLC0415

    opened = open_network(Network, network, input_shape)
    name = opened.name.replace(":", "-").replace("/", "-")
    file = out or Path(f"{Path(name).stem}.svg")
    if file.suffix.lower() != ".svg":
        raise NetworkError(f"a diagram is an SVG file; name {file} with the ending .svg")
    drawing = diagram_svg(opened.graph, opened.name)
    try:
        write_text(file, drawing)
    except OSError as error:
        raise DataError(f"cannot write the diagram {file}: {error.strerror}") from error
    output.print(f"wrote {file}", highlight=False)
