"""Short labels for windows and sizes, as tables, diagrams and figures write them."""

from collections.abc import Sequence

from striate.geometry import TransposedWindow
from striate.network.node import Windows


def by(sizes: Sequence[object]) -> str:
    """Sizes with x between them: 64x56x56."""
    return "x".join(map(str, sizes))


def window_label(windows: Windows) -> str:
    """A layer's window: `3x3 stride 2 pad 1`; what has no effect is left out."""
    if not windows:
        return ""
    words = [by([window.kernel for window in windows])]
    if any(window.stride != 1 for window in windows):
        words.append(f"stride {_alike([window.stride for window in windows])}")
    if any(window.before or window.after for window in windows):
        sides = [str(w.before) if w.before == w.after else f"{w.before},{w.after}" for w in windows]
        words.append(f"pad {_alike(sides)}")
    if any(window.dilation != 1 for window in windows):
        words.append(f"dilation {_alike([window.dilation for window in windows])}")
    if isinstance(windows[0], TransposedWindow):
        words.append("transposed")
    return " ".join(words)


def _alike(values: Sequence[object]) -> str:
    return str(values[0]) if len(set(values)) == 1 else by(values)
