import re

import pytest
import torch
from torch import nn

from striate.errors import LayerError
from striate.layers import Parallel, Residual


def test_a_residual_adds_its_input_or_its_shortcut() -> None:
    x = torch.rand(2, 3, 4, 4)
    body, shortcut = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 1)
    torch.testing.assert_close(Residual(body)(x), body(x) + x)
    torch.testing.assert_close(Residual(body, shortcut)(x), body(x) + shortcut(x))


def test_a_residual_of_different_shapes() -> None:
    message = "gives (1, 4, 5, 5) and its shortcut (1, 3, 5, 5) for an input (1, 3, 5, 5)"
    with pytest.raises(LayerError, match=re.escape(message)):
        Residual(nn.Conv2d(3, 4, 1))(torch.zeros(1, 3, 5, 5))


def test_shapes_that_would_broadcast_are_not_added() -> None:
    with pytest.raises(LayerError, match="only equal shapes can be added"):
        Residual(nn.AdaptiveAvgPool2d(1))(torch.zeros(1, 3, 5, 5))


def test_branches_stand_side_by_side() -> None:
    x = torch.rand(2, 3, 5)
    branches = [nn.Conv1d(3, 4, 1), nn.Identity(), nn.Conv1d(3, 2, 3, padding=1)]
    joined = Parallel(branches)
    y = joined(x)
    assert y.shape == (2, 9, 5)
    torch.testing.assert_close(y[:, :4], branches[0](x))
    torch.testing.assert_close(y[:, 4:7], x)
    torch.testing.assert_close(y[:, 7:], branches[2](x))
    assert next(iter(joined.state_dict())) == "branches.0.weight"


def test_branches_of_different_sizes() -> None:
    message = "must give the same spatial size: (1, 3, 5), (1, 3, 3)"
    with pytest.raises(LayerError, match=re.escape(message)):
        Parallel([nn.Identity(), nn.AvgPool1d(3, 1)])(torch.zeros(1, 3, 5))


def test_no_branches() -> None:
    with pytest.raises(LayerError, match=re.escape("branches (=()) must be at least one module")):
        Parallel([])
