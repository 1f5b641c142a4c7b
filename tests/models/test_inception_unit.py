import pytest
import torch
from torch import nn

from striate.models.inception_unit import InceptionUnit, ToUnitRange


def test_pixels_come_to_lie_between_minus_one_and_one() -> None:
    pixels = torch.rand(2, 3, 4, 5, dtype=torch.double)
    mean = torch.tensor([0.485, 0.456, 0.406], dtype=torch.double)[:, None, None]
    deviation = torch.tensor([0.229, 0.224, 0.225], dtype=torch.double)[:, None, None]
    transformed = ToUnitRange()((pixels - mean) / deviation)
    torch.testing.assert_close(transformed, 2 * pixels - 1)


@pytest.mark.parametrize(("kernel", "padding"), [(1, (0, 0)), (5, (2, 2)), ((1, 7), (0, 3))])
def test_a_unit_keeps_the_size(kernel: int | tuple[int, int], padding: tuple[int, int]) -> None:
    unit = InceptionUnit(2, 3, kernel)
    assert unit(torch.randn(1, 2, 6, 5)).shape == (1, 3, 6, 5)
    convolution, norm, relu = unit
    assert isinstance(convolution, nn.Conv2d)
    assert convolution.padding == padding
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.eps == 0.001
    assert isinstance(relu, nn.ReLU)


def test_a_valid_unit_pads_nothing() -> None:
    assert InceptionUnit(2, 3, 3, 2, valid=True)(torch.randn(1, 2, 7, 8)).shape == (1, 3, 3, 3)
