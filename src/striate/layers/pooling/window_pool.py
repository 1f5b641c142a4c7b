"""What the poolings with a sliding window have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from striate.errors import LayerError
from striate.geometry import Padding, PerAxis, pool_size, windows
from striate.layers.pooling.inputs import check_input, like_input
from striate.layers.pooling.placement import Kernel, Placement, place


class WindowPool(nn.Module, ABC):
    """One value for each window that slides over each channel.

    `kernel`, `stride` (the kernel if not given) and `padding` are one number for every axis or
    one an axis; padding also (before, after) an axis, or `same`, `valid`, `full`. The number of
    axes, 1 to 3, is the input's. `kernel="global"` is one window over the whole input.

    (N, C, *spatial) -> (N, C, *output), dtype and memory layout kept.
    Raises GeometryError for arguments that no window can have, at once where that is possible.
    """

    dilation: PerAxis = 1

    def __init__(
        self,
        kernel: Kernel,
        stride: PerAxis | None = None,
        padding: Padding = 0,
        *,
        ceil_mode: bool = False,
        dilation: PerAxis = 1,
    ) -> None:
        super().__init__()
        self.kernel: Kernel = kernel if isinstance(kernel, str) else _frozen(kernel)
        self.stride: PerAxis | None = None if stride is None else _frozen(stride)
        self.padding: Padding = _frozen_padding(padding)
        self.dilation = _frozen(dilation)
        self.ceil_mode = ceil_mode
        self._check_arguments()
        if self.stride is None and not isinstance(self.kernel, str):
            self.stride = self.kernel

    def placement(self, spatial: Sequence[int]) -> Placement:
        """Where the windows lie on an input of the given spatial size."""
        # A compiler traces sizes that may be symbols, which no cache can hold.
        find = place if torch.compiler.is_compiling() else _remembered
        return find(
            tuple(spatial),
            self.kernel,
            stride=self.stride,
            padding=self.padding,
            dilation=self.dilation,
            ceil_mode=self.ceil_mode,
        )

    def output_shape(self, spatial: Sequence[int]) -> tuple[int, ...]:
        """The spatial size of the output for an input of the given spatial size."""
        return self.placement(spatial).output

    def forward(self, x: Tensor) -> Tensor:
        """The pooled maps, (N, C, *spatial) -> (N, C, *output)."""
        check_input(x)
        return like_input(self._pool(x, self.placement(x.shape[2:])), x)

    @abstractmethod
    def _pool(self, x: Tensor, placement: Placement) -> Tensor:
        """The pooled maps, in any dtype and layout."""

    def extra_repr(self) -> str:
        """The arguments, leaving out those that change nothing."""
        shown = [f"kernel={self.kernel}"]
        if self.stride is not None:
            shown.append(f"stride={self.stride}")
        if self.padding not in (0, "valid"):
            shown.append(f"padding={self.padding!r}")
        if self.dilation != 1:
            shown.append(f"dilation={self.dilation}")
        if self.ceil_mode:
            shown.append("ceil_mode=True")
        return ", ".join(shown)

    def _check_arguments(self) -> None:
        if isinstance(self.kernel, str):
            self._check_global()
            return
        given = (self.kernel, self.stride, self.padding, self.dilation)
        lengths = [len(value) for value in given if isinstance(value, tuple)]
        axes = lengths[0] if lengths else 1
        if not 1 <= axes <= 3:
            raise LayerError(f"pooling over {axes} axes is not known: it has 1, 2 or 3")
        stride = 1 if self.stride is None else self.stride
        placed = windows(axes, self.kernel, stride, self.padding, self.dilation)
        # An input of the window's own size always fits: this checks the padding alone.
        extents = [window.extent for window in placed]
        pool_size(extents, self.kernel, stride, self.padding, self.dilation)

    def _check_global(self) -> None:
        if self.kernel != "global":
            raise LayerError(
                f"kernel (={self.kernel!r}) must be a number, one number an axis, or 'global'"
            )
        if self.stride is not None or self.padding != 0 or self.dilation != 1:
            raise LayerError(
                f"a global pooling has one window over the whole input: stride (={self.stride}), "
                f"padding (={self.padding!r}) and dilation (={self.dilation}) have no meaning"
            )


_remembered = lru_cache(maxsize=1024)(place)


def _frozen(value: PerAxis) -> PerAxis:
    return tuple(value) if isinstance(value, Sequence) else value


def _frozen_padding(padding: Padding) -> Padding:
    if isinstance(padding, str) or not isinstance(padding, Sequence):
        return padding
    # Whether each entry is a number or a pair is for resolve_padding to say.
    entries: tuple[Any, ...] = tuple(
        tuple(entry) if isinstance(entry, Sequence) else entry for entry in padding
    )
    return entries
