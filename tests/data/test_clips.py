"""Films: against torchvision's transforms, and from animated pictures."""

from pathlib import Path
from types import ModuleType

import numpy as np
import numpy.typing as npt
import pytest
import torch
from PIL import Image

from striate.data import CentreClip
from striate.errors import DataError

CLIP = CentreClip(
    16, (112, 112), (128, 171), (0.43216, 0.394666, 0.37645), (0.22803, 0.22145, 0.216989), ("a",)
)


def film(frames: int, height: int = 90, width: int = 160) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(frames).integers(0, 256, (frames, height, width, 3), np.uint8)


@pytest.mark.parametrize("size", [(90, 160), (240, 320), (128, 171)])
def test_as_torchvision_does(torchvision: ModuleType, size: tuple[int, int]) -> None:
    given = film(16, *size)
    transform = torchvision.transforms._presets.VideoClassification(
        crop_size=(112, 112), resize_size=(128, 171)
    )
    theirs = transform(torch.from_numpy(given.transpose(0, 3, 1, 2).copy()))
    ours = CLIP(given)
    assert ours.shape == CLIP.input_shape == (3, 16, 112, 112)
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)


def test_the_middle_of_a_longer_film() -> None:
    given = film(21)
    torch.testing.assert_close(CLIP(given), CLIP(given[2:18]))


def test_an_animated_picture(tmp_path: Path) -> None:
    given = film(18)
    path = tmp_path / "a.png"
    first, *others = (Image.fromarray(frame) for frame in given)
    first.save(path, save_all=True, append_images=others)
    torch.testing.assert_close(CLIP(path), CLIP(given))


def test_what_is_no_film(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the film has 15 frames, and the network needs 16"):
        CLIP(film(15))
    path = tmp_path / "a.png"
    Image.new("RGB", (20, 20)).save(path)
    with pytest.raises(DataError, match=r"a\.png has 1 frame, and the network needs 16"):
        CLIP(path)
    large = tmp_path / "b.gif"
    black, white = (Image.new("1", (3000, 3000), colour) for colour in (0, 1))
    black.save(large, save_all=True, append_images=[white, black] * 8)
    with pytest.raises(DataError, match="3000x3000 pixels in each of the 16 frames"):
        CLIP(large)
    for wrong in (film(16)[..., :2], film(16)[0], film(16).astype(np.float32)):
        with pytest.raises(DataError, match="a film as an array has bytes"):
            CLIP(wrong)
