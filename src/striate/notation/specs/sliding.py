"""What every layer with a sliding window has in common: its window, whether it fits, and advice."""

from dataclasses import dataclass

from striate.geometry import Window, fitting_paddings, resolve_padding, size_formula
from striate.notation.kind import Shape, Site, WindowChain
from striate.notation.values import Pad, Size, times

# More channels than a picture has are likely its rows.
MOST_COLOURS = 4
_ELEMENTS = {1: ("sample",), 2: ("row", "column"), 3: ("slice", "row", "column")}


@dataclass(frozen=True, slots=True)
class Slide:
    """A window along every axis, the sizes that it is given, and those that it leaves."""

    windows: tuple[Window, ...]
    before: Size
    sizes: Size

    @property
    def kernel(self) -> Size:
        """The kernel of each axis."""
        return tuple(window.kernel for window in self.windows)

    @property
    def stride(self) -> Size:
        """The stride of each axis."""
        return tuple(window.stride for window in self.windows)

    @property
    def dilation(self) -> Size:
        """The dilation of each axis."""
        return tuple(window.dilation for window in self.windows)

    @property
    def padding(self) -> tuple[tuple[int, int], ...]:
        """The padding of each axis, (before, after)."""
        return tuple((window.before, window.after) for window in self.windows)

    @property
    def chains(self) -> tuple[WindowChain, ...]:
        """The windows as a layer hands them on."""
        return tuple((window,) for window in self.windows)


def has_axes(shape: Shape, site: Site) -> bool:
    """Whether the input has spatial axes; reports it when not."""
    if len(shape) > 1:
        return True
    name, values = site.layer.name, f"{shape[0]:,} value{'' if shape[0] == 1 else 's'}"
    if site.flattened:
        site.error(
            f"`{name}` needs channels and sizes, and after `flatten` there are {values}",
            suggestion=f"put `{name}` before `flatten`",
        )
    else:
        site.error(
            f"`{name}` needs channels and sizes, and the input is {values}",
            suggestion="write the input as channels and sizes, as in `input 1x28x28`",
        )
    return False


def axes_text(axes: int) -> str:
    """`1 axis`, `2 axes`."""
    return f"{axes} {'axis' if axes == 1 else 'axes'}"


def along_axes(value: Size, axes: int, field: str, site: Site) -> Size:
    """The value for each axis; reports a value that has another number of axes."""
    if len(value) == 1:
        return value * axes
    if len(value) != axes:
        fitting = f"write for example `{times((value * axes)[:axes])}`"
        if len(set(value)) == 1:
            fitting = f"write `{value[0]}` for every axis"
        _refuse_axes(f"{field} {times(value)}", len(value), axes, field, fitting, site)
    return (value * axes)[:axes]


def pad_of(pad: Pad, kernel: Size, dilation: Size, site: Site) -> tuple[tuple[int, int], ...]:
    """The padding of each axis as (before, after); reports another number of axes."""
    axes = len(kernel)
    if isinstance(pad, str):
        return resolve_padding(pad, kernel, dilation, axes)
    if len(pad) == 1:
        return pad * axes
    if len(pad) != axes:
        fitting = f"write for example `{pad_text((pad * axes)[:axes])}`"
        _refuse_axes(f"pad {site.words['pad'].text}", len(pad), axes, "pad", fitting, site)
    return (pad * axes)[:axes]


def _refuse_axes(
    written: str, has: int, axes: int, field: str, suggestion: str, site: Site
) -> None:
    """Report another number of axes; one more may be a network input without its channels."""
    message = f"{written} has {axes_text(has)} and the input has {axes_text(axes)}"
    channels, *sizes = site.network_input or (1,)
    lacks_channels = has == axes + 1 == len(site.network_input) and channels > MOST_COLOURS
    if lacks_channels:
        whole = times(site.network_input)
        suggestion = (
            f"the first number of an input is its channels, so that `{whole}` is {channels} "
            f"channels of {times(tuple(sizes))}; for one channel of {whole} write "
            f"`input 1x{whole}`"
        )
    site.error(message, at=field, suggestion=suggestion)
    if lacks_channels and site.misread is None:
        site.misread = site.found[-1]


def slide(
    shape: Shape,
    site: Site,
    kernel: Size,
    stride: Size | None = None,
    pad: Pad = "valid",
    dilation: Size = (1,),
    ceil: bool = False,
    pooling: bool = False,
) -> Slide:
    """The windows over a shape and the sizes they leave; reports windows that do not fit.

    Without a stride it is the kernel. Where nothing would be left, it goes on with the least
    padding that leaves something.
    """
    axes = len(shape) - 1
    kernel = along_axes(kernel, axes, "kernel", site)
    dilation = along_axes(dilation, axes, "dilation", site)
    stride = kernel if stride is None else along_axes(stride, axes, "stride", site)
    pads = pad_of(pad, kernel, dilation, site)
    windows = tuple(
        Window(k, s, before, after, d)
        for k, s, (before, after), d in zip(kernel, stride, pads, dilation, strict=True)
    )
    if pooling:
        windows = _less_padding_than_window(windows, site)
    sizes = tuple(window.output_size(n, ceil) for n, window in zip(shape[1:], windows, strict=True))
    if 0 in sizes:
        return _too_large(shape, windows, ceil, site)
    if ceil and any(w.extent > 2 * (n + w.before) for n, w in zip(shape[1:], windows, strict=True)):
        # torch would take it: the last window may hang over by any amount.
        site.error(
            f"the {times(tuple(w.extent for w in windows))} window is more than twice as large as "
            f"the {times(shape[1:])} input",
            at="kernel",
            suggestion=f"`{site.layer.name} global` is one window over the whole input",
        )
    _note_dropped(shape, windows, ceil, pooling, site)
    return Slide(windows, shape[1:], sizes)


def pad_text(pads: tuple[tuple[int, int], ...]) -> str:
    """A padding as it is written: `1`, `1x2`, `0,1x2,2`."""
    axes = [f"{b}" if b == a else f"{b},{a}" for b, a in pads]
    return axes[0] if len(set(axes)) == 1 else "x".join(axes)


def _less_padding_than_window(windows: tuple[Window, ...], site: Site) -> tuple[Window, ...]:
    if all(max(w.before, w.after) < w.extent for w in windows):
        return windows
    pads = tuple((w.before, w.after) for w in windows)
    extents = times(tuple(w.extent for w in windows))
    most = pad_text(tuple((w.extent // 2, w.extent // 2) for w in windows))
    site.error(
        f"pad {pad_text(pads)} is as large as the {extents} window, which would then lie in "
        "nothing but padding",
        at="pad",
        suggestion=f"`pad {most}` is the most that is usual",
    )
    return tuple(
        Window(w.kernel, w.stride, w.extent // 2, w.extent // 2, w.dilation) for w in windows
    )


def _too_large(shape: Shape, windows: tuple[Window, ...], ceil: bool, site: Site) -> Slide:
    """Report that nothing is left, and go on with the least padding that leaves something."""
    sizes = shape[1:]
    roomier, needed, formulas = [], [], []
    for n, window in zip(sizes, windows, strict=True):
        if window.output_size(n, ceil) >= 1:
            roomier.append(window)
            needed.append(n)
            continue
        formulas.append(size_formula(window, n, ceil))
        pad = -((n - window.extent) // 2)
        roomier.append(Window(window.kernel, window.stride, pad, pad, window.dilation))
        needed.append(max(window.extent - window.before - window.after, n))
    outputs = tuple(window.output_size(n, ceil) for n, window in zip(sizes, roomier, strict=True))
    padded = tuple(n + w.before + w.after for n, w in zip(sizes, windows, strict=True))
    input_text = f"{times(sizes)} input"
    if padded != sizes:
        input_text += f", {times(padded)} with padding"
    slid = Slide(tuple(roomier), sizes, outputs)
    suggestion = f"`pad {pad_text(slid.padding)}` would give {times(outputs)}"
    smallest = site.smallest_input(tuple(needed))
    if smallest is not None:
        suggestion += f", the smallest input that works is {times(smallest)}"
    site.error(
        f"the {times(tuple(w.extent for w in windows))} window is larger than the {input_text}",
        at="kernel",
        formula="; ".join(dict.fromkeys(formulas)),
        suggestion=suggestion,
    )
    return slid


def _note_dropped(
    shape: Shape, windows: tuple[Window, ...], ceil: bool, pooling: bool, site: Site
) -> None:
    fits = [window.fit(n, ceil) for n, window in zip(shape[1:], windows, strict=True)]
    # Where the stride is larger than the window, elements are skipped everywhere, on purpose.
    lost = [
        fit.dropped if window.extent >= window.stride else 0
        for fit, window in zip(fits, windows, strict=True)
    ]
    if not any(lost):
        return
    elements = _ELEMENTS[len(lost)]
    parts = [
        f"{element}" if count == 1 else f"{count:,} {element}s"
        for count, element in zip(lost, elements, strict=True)
        if count
    ]
    # The formula's remark on rounding, after the comma, is what the message says.
    formulas = [
        size_formula(window, n, ceil).partition(",")[0]
        for n, window, count in zip(shape[1:], windows, lost, strict=True)
        if count
    ]
    verb = "is" if lost.count(0) == len(lost) - 1 and sum(lost) == 1 else "are"
    site.note(
        f"the last {' and '.join(parts)} {verb} not read",
        formula="; ".join(dict.fromkeys(formulas)),
        suggestion=_padding_that_fits(shape, windows, pooling),
    )


def _padding_that_fits(shape: Shape, windows: tuple[Window, ...], pooling: bool) -> str:
    pads: list[tuple[int, int]] = []
    for n, window in zip(shape[1:], windows, strict=True):
        if not window.fit(n).dropped:
            pads.append((window.before, window.after))
            continue
        side = max(window.before, window.after)
        fitting = fitting_paddings(n, window.kernel, window.stride, window.dilation)
        most = window.extent // 2 if pooling else window.extent - 1
        near = [p for p in fitting[:64] if side <= p <= most]
        if near:
            pads.append((near[0], near[0]))
        else:
            # What is missing for one more step, on the far side.
            missing = -(n + window.before + window.after - window.extent) % window.stride
            pads.append((window.before, window.after + missing))
    return f"`pad {pad_text(tuple(pads))}` fits"
