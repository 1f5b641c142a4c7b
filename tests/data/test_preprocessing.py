"""Preprocessing: against torchvision's transforms, and against a dataset's own inputs."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from striate.data import AsDataset, CentreCrop, Preprocessing, describe, load, normalise
from striate.errors import DataError

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CLASSES = ("a", "b")
CROP = CentreCrop((224, 224), 256, MEAN, STD, CLASSES)


def photograph(width: int, height: int) -> Image.Image:
    """Something with edges, gradients and noise."""
    random = np.random.default_rng(width)
    rows, columns = np.mgrid[0:height, 0:width]
    values = 90 + 60 * np.sin(columns / 9) + 50 * np.cos(rows / 23)
    pixels = values[..., None] + random.normal(0, 20, (height, width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("size", [(320, 240), (240, 321), (100, 100), (1000, 257), (256, 300)])
@pytest.mark.parametrize(
    ("crop", "resize", "interpolation"),
    [(224, 256, "bilinear"), (224, 232, "bilinear"), (299, 342, "bicubic"), (288, 288, "bicubic")],
)
def test_as_torchvision_does(
    torchvision: ModuleType, size: tuple[int, int], crop: int, resize: int, interpolation: Any
) -> None:
    image = photograph(*size)
    theirs = torchvision.transforms._presets.ImageClassification(
        crop_size=crop,
        resize_size=resize,
        interpolation=torchvision.transforms.InterpolationMode(interpolation),
    )(image)
    ours = CentreCrop((crop, crop), resize, MEAN, STD, CLASSES, interpolation)(image)
    assert ours.dtype == torch.float32
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=0)


def test_a_file_an_array_and_an_image_give_the_same(tmp_path: Path) -> None:
    image = photograph(300, 280)
    path = tmp_path / "a.png"
    image.save(path)
    expected = CROP(image)
    assert expected.shape == CROP.input_shape == (3, 224, 224)
    for given in (path, str(path), np.asarray(image)):
        torch.testing.assert_close(CROP(given), expected, rtol=0, atol=0)


def test_grey_pictures_and_grey_networks() -> None:
    grey = np.asarray(photograph(300, 280))[..., 0]
    red, green, blue = CROP(grey) * torch.tensor(STD)[:, None, None]
    torch.testing.assert_close(red + MEAN[0], green + MEAN[1])
    torch.testing.assert_close(red + MEAN[0], blue + MEAN[2])
    single = CentreCrop((224, 224), 256, (0.5,), (0.25,), CLASSES)
    assert single(grey[..., None]).shape == (1, 224, 224)
    torch.testing.assert_close(single(grey)[0] * 0.25 + 0.5, red + MEAN[0])


def test_a_picture_is_turned_upright() -> None:
    image = photograph(300, 280)
    turned = image.transpose(Image.Transpose.ROTATE_90)
    turned.getexif()[0x0112] = 6  # to be turned clockwise
    torch.testing.assert_close(CROP(turned), CROP(image))


def test_what_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="does not exist"):
        CROP(tmp_path / "absent.png")
    with pytest.raises(DataError, match=r"uint8, 0 to 255\), not float64"):
        CROP(np.zeros((20, 20, 3)))
    for shape in ((20,), (20, 20, 2), (3, 20, 20), (0, 20, 3), (1, 20, 20, 3)):
        with pytest.raises(DataError, match="has the shape"):
            CROP(np.zeros(shape, np.uint8))
    with pytest.raises(DataError, match="too long and thin"):
        CROP(Image.new("L", (300_000, 1)))


def test_a_crop_beyond_the_picture() -> None:
    with pytest.raises(DataError, match="crop of 224x300 does not fit"):
        CentreCrop((224, 300), 256, MEAN, STD, CLASSES)


def test_the_form_of_a_dataset() -> None:
    dataset = load("digits")
    stored = dataset.test.inputs[3]
    drawing = (stored[0].astype(np.float64) * 255 / 16).round().astype(np.uint8)
    preprocessing: Preprocessing = AsDataset(dataset.description)
    expected = normalise(torch.from_numpy(stored[None].copy()), dataset.description)[0]
    torch.testing.assert_close(preprocessing(drawing), expected)
    assert preprocessing.classes == dataset.description.classes
    assert preprocessing.input_shape == (1, 8, 8)


def test_ink_on_paper_is_inverted_unless_said_otherwise() -> None:
    paper = np.full((40, 40), 255, np.uint8)
    paper[10:30, 18:22] = 0
    description = describe("mnist")
    inverted = AsDataset(description)(paper)
    torch.testing.assert_close(AsDataset(description)(255 - paper), inverted)
    assert AsDataset(description, invert=False)(paper).mean() > inverted.mean()


def test_signals(tmp_path: Path) -> None:
    description = describe("cinc2017")
    recording = np.sin(np.arange(3000) / 20)
    np.save(tmp_path / "a.npy", recording)
    preprocessing = AsDataset(description)
    tensor = preprocessing(recording)
    assert tensor.shape == description.input_shape
    for given in (tmp_path / "a.npy", str(tmp_path / "a.npy")):
        torch.testing.assert_close(preprocessing(given), tensor)
    with pytest.raises(DataError, match="cinc2017 has signals"):
        preprocessing(Image.new("L", (8, 8)))
    with pytest.raises(DataError, match="the signal holds an array of shape"):
        preprocessing(np.zeros((3, 4)))
