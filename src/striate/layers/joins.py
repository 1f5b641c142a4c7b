"""Layers that go side by side: a sum with a shortcut, branches joined along the channels."""

from collections.abc import Iterable

import torch
from torch import nn

from striate.errors import LayerError


class Residual(nn.Module):
    """body(x) + shortcut(x); without a shortcut, body(x) + x.

    (N, C, *spatial) -> what body and shortcut both give.
    Raises LayerError when they give different shapes.
    Source: He, Zhang, Ren and Sun, Deep residual learning for image recognition, 2016, section 3.
    """

    def __init__(self, body: nn.Module, shortcut: nn.Module | None = None) -> None:
        super().__init__()
        self.body = body
        self.shortcut = nn.Identity() if shortcut is None else shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The sum of the two branches."""
        body, shortcut = self.body(x), self.shortcut(x)
        if body.shape != shortcut.shape:
            raise LayerError(
                f"the body of a residual gives {tuple(body.shape)} and its shortcut "
                f"{tuple(shortcut.shape)} for an input {tuple(x.shape)}: only equal shapes can be "
                "added; a 1x1 convolution with the body's channels and total stride as the "
                "shortcut makes them equal"
            )
        y: torch.Tensor = body + shortcut
        return y


class Parallel(nn.Module):
    """The outputs of the branches, joined along the channels.

    (N, C, *spatial) -> (N, C1 + C2 + ..., *spatial').
    Raises LayerError when there is no branch, and when the spatial sizes differ.
    Source: Szegedy et al., Going deeper with convolutions, 2015, section 4.
    """

    def __init__(self, branches: Iterable[nn.Module]) -> None:
        super().__init__()
        self.branches = nn.ModuleList(branches)
        if not self.branches:
            raise LayerError("branches (=()) must be at least one module")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The branches' outputs side by side."""
        outputs = [branch(x) for branch in self.branches]
        shapes = [(*y.shape[:1], *y.shape[2:]) for y in outputs]
        if any(shape != shapes[0] for shape in shapes):
            raise LayerError(
                "branches that are joined along the channels must give the same spatial size: "
                + ", ".join(str(tuple(y.shape)) for y in outputs)
            )
        return torch.cat(outputs, dim=1)
