"""`striate look`: pictures of what a network makes of an image."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from striate.cli.console import Form, Format, output, print_json
from striate.cli.network import InputShape, Source, input_of, open_network
from striate.errors import DataError, NetworkError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from striate.network import Network, Trace
    from striate.network.activity import Activity
    from striate.network.answer import Guess


class Scale(StrEnum):
    """What the colours span."""

    UNIT = "unit"
    LAYER = "layer"
    NETWORK = "network"


_Drawings = Mapping[str, Callable[[], "Figure"]]
"""What is to be drawn, by the name that its file has in a folder."""


def look(
    network: Source,
    image: Annotated[
        Path | None,
        typer.Argument(
            metavar="IMAGE", help="A picture, or an .npy array of floats that is prepared already."
        ),
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(help="A layer to show, by its name; may be given more than once."),
    ] = None,
    scale: Annotated[
        Scale | None,
        typer.Option(help="Whether maps have colours of their own, or share their layer's or all."),
    ] = None,
    channels: Annotated[
        str | None, typer.Option(metavar="NUMBERS", help="Channels to show, as 256-511 or 0,7,12.")
    ] = None,
    filters: Annotated[
        bool, typer.Option("--filters", help="Draw the filters of convolutions; needs no IMAGE.")
    ] = False,
    field: Annotated[
        str | None,
        typer.Option(
            metavar="CHANNEL,Y,X", help="Draw what this unit of the --layer sees of the image."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File (PNG, SVG) or folder to write; look.png by default."),
    ] = None,
    input_shape: InputShape = None,
    form: Form = Format.TABLE,
) -> None:
    """Draw the activation maps of a network for an image: all its layers, or some in full.

    Without --layer one picture has a row of maps for each layer; with one --layer it has all of its
    maps. Several layers become rows of one file, or each a file of a folder.
    """
    from striate.network import Network  # noqa: PLC0415

    opened = open_network(Network, network, input_shape)
    wanted = _Wanted(
        tuple(layer or ()),
        scale,
        None if channels is None else _numbers(channels),
        None if field is None else _unit(field),
        out,
    )
    if filters:
        _answer(form, opened, _write(_filters(opened, wanted), out))
        return
    trace = _trace(opened, image, wanted)
    wrote = _write(_of_image(opened, trace, wanted), out)
    _answer(form, opened, wrote, trace, wanted)


@dataclass(frozen=True)
class _Wanted:
    """What the options ask for."""

    layers: tuple[str, ...]
    scale: Scale | None
    channels: tuple[int, ...] | None
    unit: tuple[int, ...] | None
    out: Path | None

    @property
    def folder(self) -> bool:
        """Whether a folder is to be written, with a file for each picture."""
        return self.out is not None and _is_folder(self.out)


def _trace(opened: "Network", image: Path | None, wanted: _Wanted) -> "Trace":
    """Run the network and keep the layers that are drawn."""
    from striate.network.pictures import notable  # noqa: PLC0415

    if image is None:
        raise NetworkError(
            "say which IMAGE the network is to look at (only --filters can be drawn without one)"
        )
    for name in wanted.layers:
        opened.graph[name]  # says at once what is near a misspelt name
    keep = None
    if wanted.scale is not Scale.NETWORK:
        keep = wanted.layers or [node.name for node in notable(opened.graph)]
    return opened.trace(input_of(opened, image), keep=keep or None)


def _of_image(opened: "Network", trace: "Trace", wanted: _Wanted) -> _Drawings:
    from striate.network.pictures import draw_field, draw_maps, draw_network  # noqa: PLC0415

    layers, scale = wanted.layers, wanted.scale or Scale.UNIT
    if wanted.unit is not None:
        if len(layers) != 1:
            raise NetworkError("--field draws a unit of one layer: name it with --layer")
        channel, *place = wanted.unit
        return {layers[0]: lambda: draw_field(opened, trace, layers[0], channel, place)}
    if wanted.channels is not None and not layers:
        raise NetworkError("--channels chooses from the maps of a layer: name it with --layer")
    if len(layers) == 1 or (layers and wanted.folder):
        return {
            name: partial(draw_maps, trace, name, scale, channels=wanted.channels)
            for name in layers
        }
    return {"network": lambda: draw_network(opened, trace, layers or None, scale)}


def _filters(opened: "Network", wanted: _Wanted) -> _Drawings:
    from striate.network import Kind  # noqa: PLC0415
    from striate.network.pictures import draw_filters  # noqa: PLC0415

    first = next((node.name for node in opened if node.kind is Kind.CONVOLUTION), None)
    layers = wanted.layers or ((first,) if first else ())
    if not layers:
        raise NetworkError(f"{opened.name} has no convolution, and so no filters")
    if len(layers) > 1 and not wanted.folder:
        raise NetworkError("the filters of each layer are a picture: give a folder as --out")
    channel = None
    if wanted.channels is not None:
        if len(wanted.channels) != 1:
            raise NetworkError("--filters --channels takes the number of one output channel")
        (channel,) = wanted.channels
    scale = wanted.scale or Scale.LAYER
    return {name: partial(draw_filters, opened, name, scale, channel=channel) for name in layers}


def _write(drawings: _Drawings, out: Path | None) -> list[Path]:
    """Draw and write each picture; returns the files."""
    from striate.network.pictures import save  # noqa: PLC0415

    out = Path("look.png") if out is None else out
    if not _is_folder(out):
        ((_, draw),) = drawings.items()
        save(draw(), out)
        return [out]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make the folder {out}: {error.strerror}") from error
    files = []
    for name, draw in drawings.items():
        files.append(out / f"{re.sub(r'[^A-Za-z0-9._-]', '-', name)}.png")
        save(draw(), files[-1])
    return files


def _is_folder(out: Path) -> bool:
    return out.is_dir() or not out.suffix


def _numbers(text: str) -> tuple[int, ...]:
    """Numbers as people list them: 3, 0,7,12 or 256-511."""
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,5})(?:-([0-9]{1,5}))?\s*", part)
        if match is None:
            raise NetworkError(f"--channels {text} is no list of numbers such as 256-511 or 0,7,12")
        low, high = match.groups()
        found.extend(range(int(low), int(high or low) + 1))
    return tuple(found)


def _unit(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.strip().isdecimal() for part in parts):
        raise NetworkError(f"--field {text} is no unit: give its channel and place, as 3,12,14")
    return tuple(map(int, parts))


def _answer(
    form: Format,
    opened: "Network",
    wrote: Sequence[Path],
    trace: "Trace | None" = None,
    wanted: _Wanted | None = None,
) -> None:
    """Print what was written, what the network takes the image for, and how active layers are."""
    from striate.network.activity import activities  # noqa: PLC0415
    from striate.network.answer import guesses  # noqa: PLC0415
    from striate.network.pictures import notable  # noqa: PLC0415

    said: Sequence[Guess] = ()
    active: Sequence[Activity] = ()
    if trace is not None and wanted is not None:
        said = guesses(trace, opened.classes)
        names = wanted.layers or [node.name for node in notable(trace.graph)]
        active = activities(trace, names)
    if form is Format.JSON:
        print_json(
            {
                "network": opened.name,
                "wrote": [str(file) for file in wrote],
                "guesses": [
                    {"class": guess.name, "probability": guess.probability} for guess in said
                ],
                "layers": [asdict(each) for each in active],
            }
        )
        return
    if active:
        _print_table(opened.name, active)
    if said:
        shown = "   ".join(f"{guess.name} {guess.probability:.1%}" for guess in said)
        output.print(shown, highlight=False)
    for file in wrote:
        output.print(f"wrote {file}", highlight=False)


def _print_table(title: str, active: Sequence["Activity"]) -> None:
    table = Table(title=title)
    for heading in ("layer", "output", "min", "mean", "max", "zeros"):
        table.add_column(heading, justify="left" if heading == "layer" else "right", no_wrap=True)
    for each in active:
        numbers = (each.minimum, each.mean, each.maximum)
        table.add_row(
            each.layer,
            "x".join(map(str, each.size)),
            *("" if value is None else f"{value:.3g}" for value in numbers),
            f"{each.zeros:.0%}" if each.zeros else "",
        )
    output.print(table)
    for each in active:
        if each.not_finite:
            output.print(f"{each.layer}: {each.not_finite:,} values are no finite numbers")
