import numpy as np
import pytest
import torch

from striate.data.augmentation import Cutout, augment
from striate.errors import GeometryError


def test_written_out() -> None:
    image = torch.ones(3, 1, 3, 4)
    hidden = Cutout(size=2).apply(image, torch.tensor([[[1, 1]], [[0, 0]], [[2, 3]]]))
    assert hidden[:, 0].int().tolist() == [
        [[0, 0, 1, 1], [0, 0, 1, 1], [1, 1, 1, 1]],
        [[0, 1, 1, 1], [1, 1, 1, 1], [1, 1, 1, 1]],
        [[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 0, 0]],
    ]


def test_odd_squares_have_their_pixel_in_the_middle() -> None:
    hidden = Cutout(size=3).apply(torch.ones(1, 1, 7), torch.tensor([[[4]]]))
    assert hidden.flatten().tolist() == [1, 1, 1, 0, 0, 0, 1]


@pytest.mark.parametrize("shape", [(30,), (9, 12), (5, 6, 7)], ids=len)
def test_the_slow_way(shape: tuple[int, ...]) -> None:
    batch = torch.randn(8, 2, *shape)
    size = tuple(range(2, 2 + len(shape)))
    middles = torch.stack([torch.randint(0, n, (8, 3)) for n in shape], -1)
    expected = batch.clone()
    for example, squares in enumerate(middles.tolist()):
        for square in squares:
            starts = np.array(square) - np.array(size) // 2
            hidden = [slice(max(s, 0), s + e) for s, e in zip(starts.tolist(), size, strict=True)]
            window: tuple[slice | int, ...] = (example, slice(None), *hidden)
            expected[window] = 0
    assert torch.equal(Cutout(size=size, count=3).apply(batch, middles), expected)


def test_every_pixel_is_a_middle_as_often() -> None:
    count = 7000
    image = torch.ones(count, 1, 2, 5)
    hidden = augment(image, [Cutout(size=1)], seed=0, epoch=0, step=0, indices=torch.arange(count))
    counts = count - hidden.sum((0, 1))
    assert counts.sum() == count
    assert ((counts - count / 10) ** 2 / (count / 10)).sum() < 27.9  # 99.9th, 9 degrees


def test_as_many_squares_as_asked() -> None:
    image = torch.ones(200, 1, 40, 40)
    step = Cutout(size=1, count=3)
    hidden = augment(image, [step], seed=0, epoch=0, step=0, indices=torch.arange(200))
    each = 1600 - hidden.sum((1, 2, 3))
    assert each.max() == 3
    assert each.mean() > 2.95


def test_another_number_of_axes() -> None:
    with pytest.raises(GeometryError, match="size of the augmentation cutout"):
        Cutout(size=(4, 4)).output_shape((1, 300))
