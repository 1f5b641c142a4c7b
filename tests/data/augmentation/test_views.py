import numpy as np
import pytest
import torch

from striate.data.augmentation import views
from striate.errors import LayerError


def test_one_view_by_default() -> None:
    batch = torch.randn(2, 3, 4, 4)
    [(view, weight)] = views(batch)
    assert view is batch
    assert weight == 1


def test_written_out() -> None:
    signal = torch.tensor([[[1.0, 2, 3, 4]]])
    seen = [(view.flatten().tolist(), weight) for view, weight in views(signal, True, 1)]
    assert seen == [
        ([1, 2, 3, 4], 0.25),
        ([4, 3, 2, 1], 0.25),
        ([2, 1, 2, 3], 0.125),
        ([3, 2, 1, 2], 0.125),
        ([2, 3, 4, 3], 0.125),
        ([3, 4, 3, 2], 0.125),
    ]


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("shift", [0, 1, 3])
def test_weights_sum_to_one(flip: bool, shift: int) -> None:
    seen = list(views(torch.randn(2, 1, 5, 5), flip, shift))
    assert len(seen) == (3 if shift else 1) * (2 if flip else 1)
    assert sum(weight for _, weight in seen) == 1
    assert all(view.shape == (2, 1, 5, 5) for view, _ in seen)


def test_shifts_are_numpys_reflection() -> None:
    batch = torch.randn(2, 3, 5, 6)
    padded = np.pad(batch.numpy(), [(0, 0), (0, 0), (2, 2), (2, 2)], mode="reflect")
    _, (back, _), (forth, _) = views(batch, shift=2)
    assert np.array_equal(back.numpy(), padded[:, :, :5, :6])
    assert np.array_equal(forth.numpy(), padded[:, :, 4:, 4:])


def test_mirror_images_swap_the_views() -> None:
    """A batch and its mirror image are seen as the same set with the same weights."""
    batch = torch.randn(1, 1, 4, 4)
    total = torch.stack([weight * view for view, weight in views(batch, flip=True)]).sum(0)
    assert torch.equal(total, total.flip(-1))


def test_too_small_to_shift() -> None:
    with pytest.raises(LayerError, match="reflect"):
        list(views(torch.zeros(1, 1, 1, 1), shift=1))
