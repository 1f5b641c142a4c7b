"""What can be seen in a figure: its words, its images, and whether words lie on one another."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle
from matplotlib.text import Text

_SMALLEST_GRADIENT = 128  # colour bars are images of 256 steps


def words(figure: Figure) -> list[str]:
    """Every text that is shown, in the order in which it was written."""
    return [text.get_text() for text in _texts(figure)]


def maps(figure: Figure) -> list[AxesImage]:
    """The images of the sheet itself that are no colour bars, in the order of drawing."""
    return [image for image in figure.axes[0].images if not _is_bar(image)]


def bars(figure: Figure) -> list[AxesImage]:
    """The colour bars."""
    return [image for image in figure.axes[0].images if _is_bar(image)]


def values(image: AxesImage) -> npt.NDArray[np.float64]:
    """The values that an image shows."""
    return np.asarray(image.get_array(), np.float64)


def boxes(figure: Figure, label: str) -> list[Rectangle]:
    """The rectangles of a label, whichever axes they are in."""
    return [
        patch
        for axes in figure.axes
        for patch in axes.patches
        if isinstance(patch, Rectangle) and patch.get_label() == label
    ]


def check_legible(figure: Figure) -> None:
    """Assert that no two texts touch, that all lie on the sheet, and that none is tiny."""
    figure.draw_without_rendering()
    texts = list(_texts(figure))
    extents = np.array([text.get_window_extent().extents for text in texts])
    assert min(float(text.get_fontsize()) for text in texts) >= 6
    sheet = np.array(figure.bbox.extents)
    outside = (extents[:, :2] < sheet[:2] - 0.5).any(1) | (extents[:, 2:] > sheet[2:] + 0.5).any(1)
    assert not outside.any(), [texts[i].get_text() for i in np.flatnonzero(outside)]
    # A box has room for descenders and accents that few lines use: a sliver is no touch.
    low, high = extents[:, None, :2], extents[:, None, 2:]
    shared = np.minimum(high, high.transpose(1, 0, 2)) - np.maximum(low, low.transpose(1, 0, 2))
    touching = (shared > 1.5).all(2)
    pairs = [(texts[i].get_text(), texts[j].get_text()) for i, j in np.argwhere(touching) if i < j]
    assert not pairs, pairs


def _texts(figure: Figure) -> Iterator[Text]:
    for axes in figure.axes:
        yield from (text for text in axes.texts if text.get_text() and text.get_visible())
        if axes.axison:
            for number, axis in enumerate((axes.xaxis, axes.yaxis)):
                low, high = sorted(axis.get_view_interval())
                for label in axis.get_majorticklabels():  # those beyond the ends are not drawn
                    if label.get_text() and low <= label.get_position()[number] <= high:
                        yield label


def _is_bar(image: AxesImage) -> bool:
    shape = values(image).shape
    return len(shape) == 2 and shape[0] == 1 and shape[1] > _SMALLEST_GRADIENT
