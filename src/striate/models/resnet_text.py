"""Residual networks in the notation."""

from collections.abc import Iterator


def resnet_text(
    title: str,
    input_shape: tuple[int, ...],
    classes: int,
    *,
    blocks: tuple[int, ...],
    channels: tuple[int, ...],
    widths: tuple[int, ...] = (),
    groups: int = 1,
    small: bool = False,
) -> str:
    """The text of a residual network: so many blocks and channels a stage.

    With `widths` the blocks are bottlenecks that are so wide inside, in so many groups; `small` is
    the stem without pooling.
    """
    lines = [f"# {title}", "input " + "x".join(map(str, input_shape))]
    if small:
        lines += ["conv 64 3x3 pad 1 bias no", "batchnorm", "relu"]
    else:
        lines += ["conv 64 7x7 stride 2 pad 3 bias no", "batchnorm", "relu"]
        lines += ["maxpool 3x3 stride 2 pad 1"]
    before = 64
    for stage, count in enumerate(blocks):
        stride = 1 if stage == 0 else 2
        width = widths[stage] if widths else None
        rest = count
        if stride != 1 or before != channels[stage]:
            lines += _block(channels[stage], width, stride, groups)
            rest -= 1
        if rest > 1:
            lines.append(f"repeat {rest}")
        indent = "  " if rest > 1 else ""
        if rest:
            lines += [indent + line for line in _block(channels[stage], width, 1, groups)]
        before = channels[stage]
    lines += ["avgpool global", "flatten", f"linear {classes}"]
    return "\n".join(lines) + "\n"


def _block(channels: int, width: int | None, stride: int, groups: int) -> Iterator[str]:
    sliding = f"3x3{f' stride {stride}' if stride > 1 else ''} pad 1"
    if width is None:
        convolutions = [f"{channels} {sliding}", f"{channels} 3x3 pad 1"]
    else:
        grouped = f" groups {groups}" if groups > 1 else ""
        convolutions = [f"{width} 1x1", f"{width} {sliding}{grouped}", f"{channels} 1x1"]
    yield "residual"
    for number, convolution in enumerate(convolutions):
        if number:
            yield "  relu"
        yield f"  conv {convolution} bias no"
        yield "  batchnorm"
    yield "relu"
