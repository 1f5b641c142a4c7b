"""Transposed convolution."""

from dataclasses import dataclass
from typing import Annotated

from striate.geometry import TransposedWindow, size_formula, transposed_cost
from striate.notation.construct import torch_layer
from striate.notation.kind import (
    Applied,
    LayerKind,
    Option,
    Shape,
    Site,
    layer_kind,
    unchanged,
)
from striate.notation.specs.arguments import Bias, Channels, Dilation, Groups, Kernel
from striate.notation.specs.groups import common_groups
from striate.notation.specs.sliding import along_axes, has_axes, pad_of, pad_text
from striate.notation.values import Pad, Size, padding, size, times


@layer_kind(
    "transposed",
    also=("deconv", "convtranspose", "convtranspose2d", "conv_transpose", "transposedconv"),
)
@dataclass(frozen=True)
class Transposed(LayerKind):
    """Transposed convolution: each input value writes a kernel into the output."""

    channels: Channels
    kernel: Kernel
    stride: Annotated[Size, Option(size("stride", "2"), "the step from one kernel to the next")] = (
        1,
    )
    pad: Annotated[Pad, Option(padding(), "rows taken off the output on each side")] = "valid"
    outputpad: Annotated[
        Size, Option(size("outputpad", "1", least=0), "rows added at the end of the output")
    ] = (0,)
    dilation: Dilation = (1,)
    groups: Groups = 1
    bias: Bias = True

    def apply(self, shape: Shape, site: Site) -> Applied:
        """Write the kernels, take off the padding."""
        if not has_axes(shape, site):
            return unchanged(shape)
        windows = self._windows(shape, site)
        sizes = tuple(w.output_size(n) for n, w in zip(shape[1:], windows, strict=True))
        if 0 in sizes:
            formulas = [size_formula(w, n) for n, w in zip(shape[1:], windows, strict=True)]
            site.error(
                "the padding takes the whole output off",
                at="pad",
                formula="; ".join(dict.fromkeys(formulas)),
                suggestion=f"`pad {self._most_padding(shape, windows)}` is the most that fits",
            )
            sizes = tuple(max(n, 1) for n in sizes)
        groups = common_groups(self.groups, shape[0], self.channels, site)
        kernel = tuple(w.kernel for w in windows)
        module = torch_layer(
            f"ConvTranspose{len(sizes)}d",
            shape[0],
            self.channels,
            kernel_size=kernel,
            stride=tuple(w.stride for w in windows),
            padding=tuple(w.before for w in windows),
            output_padding=tuple(w.output_padding for w in windows),
            dilation=tuple(w.dilation for w in windows),
            groups=groups,
            bias=self.bias,
        )
        cost = transposed_cost(
            shape[0], self.channels, kernel, shape[1:], sizes, groups=groups, bias=self.bias
        )
        return Applied((self.channels, *sizes), module, cost, tuple((w,) for w in windows))

    def _windows(self, shape: Shape, site: Site) -> tuple[TransposedWindow, ...]:
        axes = len(shape) - 1
        kernel = along_axes(self.kernel, axes, "kernel", site)
        stride = along_axes(self.stride, axes, "stride", site)
        dilation = along_axes(self.dilation, axes, "dilation", site)
        extra = along_axes(self.outputpad, axes, "outputpad", site)
        pads = self._pads(kernel, dilation, site)
        limits = tuple(max(s, d) - 1 for s, d in zip(stride, dilation, strict=True))
        if any(e > most for e, most in zip(extra, limits, strict=True)):
            site.error(
                f"outputpad {times(self.outputpad)} must be smaller than the stride or the "
                "dilation",
                at="outputpad",
                suggestion=f"`outputpad {min(limits)}` is the most",
            )
            extra = tuple(min(e, most) for e, most in zip(extra, limits, strict=True))
        return tuple(
            TransposedWindow(k, s, before, after, e, d)
            for k, s, (before, after), e, d in zip(
                kernel, stride, pads, extra, dilation, strict=True
            )
        )

    def _pads(self, kernel: Size, dilation: Size, site: Site) -> tuple[tuple[int, int], ...]:
        if self.pad in ("same", "full"):
            site.error(
                f"`pad {self.pad}` has no agreed meaning for a transposed convolution",
                at="pad",
                suggestion="give a number: with stride s, kernel s + 2p and pad p the output is "
                "s times the input",
            )
            return ((0, 0),) * len(kernel)
        pads = pad_of(self.pad, kernel, dilation, site)
        if any(before != after for before, after in pads):
            site.error(
                f"a transposed convolution takes the same padding off both sides, not "
                f"{pad_text(pads)}",
                at="pad",
                suggestion="give one number an axis, and `outputpad` for a longer end",
            )
            return tuple((min(sides), min(sides)) for sides in pads)
        return pads

    def _most_padding(self, shape: Shape, windows: tuple[TransposedWindow, ...]) -> str:
        most = []
        for n, w in zip(shape[1:], windows, strict=True):
            whole = TransposedWindow(w.kernel, w.stride, 0, 0, w.output_padding, w.dilation)
            most.append(min((whole.output_size(n) - 1) // 2, w.before))
        return times(tuple(most)) if len(set(most)) > 1 else str(most[0])
