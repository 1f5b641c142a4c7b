"""Pictures of examples, images or signals, as a person wants to see them."""

from pathlib import Path

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from striate.data.decoded import Array
from striate.data.description import Description
from striate.data.load import Dataset
from striate.errors import DataError
from striate.files import replacing

_COLUMNS = 10
_MOST_ROWS = 20
_WITHOUT_DATE = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}


def draw_example(axes: Axes, stored: Array, description: Description) -> None:
    """Draw one example `(C, *spatial)` without axes: an image, or a signal's first channel."""
    axes.set_axis_off()
    if description.signal:
        axes.plot(stored[0], linewidth=0.4, color="#0072b2")
        axes.margins(x=0)
        return
    image = np.moveaxis(np.asarray(stored, dtype=np.float64) / description.maximum, 0, -1)
    if image.shape[-1] == 1:
        axes.imshow(image[..., 0], cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    else:
        axes.imshow(image, interpolation="nearest")


def draw_examples(dataset: Dataset, path: Path) -> None:
    """Write a sheet with a row of training examples for each class, as PNG, SVG or PDF.

    Raises DataError when the file cannot be written.
    """
    description = dataset.description
    classes = description.classes[:_MOST_ROWS]
    columns = 4 if description.signal else _COLUMNS
    width, height = (2.4, 0.9) if description.signal else (0.75, 0.75)
    margin = 0.3 + 0.085 * max(map(len, classes))  # room for the names, in inches
    figure = Figure(figsize=(margin + columns * width, 0.6 + len(classes) * height))
    cells = figure.subplots(len(classes), columns, squeeze=False)
    for row, (name, line) in enumerate(zip(classes, cells, strict=True)):
        for cell in line:
            cell.set_axis_off()
        found = np.flatnonzero(dataset.train.targets == row)[:columns]
        for cell, index in zip(line, found, strict=False):
            draw_example(cell, dataset.train.inputs[index], description)
        line[0].text(
            -0.15, 0.5, name, transform=line[0].transAxes, ha="right", va="center", fontsize=9
        )
    figure.suptitle(description.title, fontsize=11)
    figure.subplots_adjust(
        left=margin / figure.get_figwidth(),
        right=0.99,
        bottom=0.01,
        top=1 - 0.45 / figure.get_figheight(),
        wspace=0.06,
        hspace=0.06,
    )
    save(figure, path)


def save(figure: Figure, path: Path) -> None:
    """Write a figure in the format that the file's ending names; the same figure, the same bytes.

    Folders that are missing are made. Raises DataError when there is no such format or the file
    cannot be written.
    """
    formats = sorted(figure.canvas.get_supported_filetypes())
    kind = path.suffix[1:].lower()
    if kind not in formats:
        raise DataError(
            f"{path}: a picture's ending names its format, such as .png or .svg; "
            f"known: {', '.join(formats)}"
        )
    try:
        with replacing(path) as unfinished, rc_context({"svg.hashsalt": "striate"}):
            figure.savefig(unfinished, dpi=150, format=kind, metadata=_WITHOUT_DATE.get(kind))
    except OSError as error:
        raise DataError(f"cannot write the picture {path}: {error.strerror}") from error
