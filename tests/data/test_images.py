"""Pictures of every kind in the form of a dataset's inputs."""

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from striate.data import Description, describe, read_image
from striate.data.images import MAX_PIXELS
from striate.errors import DataError

Pixels = npt.NDArray[np.uint8]


def colour(height: int, width: int) -> Description:
    return replace(describe("cifar10"), input_shape=(3, height, width))


def grey(height: int, width: int) -> Description:
    return replace(describe("mnist"), input_shape=(1, height, width), dark_background=False)


def save(path: Path, pixels: Pixels, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)  # type: ignore[arg-type]
    return path


def random_pixels(*shape: int) -> Pixels:
    return np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)


def test_the_right_size_is_taken_as_it_is(tmp_path: Path) -> None:
    pixels = random_pixels(4, 6, 3)
    read = read_image(save(tmp_path / "a.png", pixels), colour(4, 6))
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, pixels.transpose(2, 0, 1))
    pixels = random_pixels(4, 6)
    np.testing.assert_array_equal(
        read_image(save(tmp_path / "b.png", pixels), grey(4, 6)), pixels[None]
    )


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm", "webp", "gif", "jpg"])
def test_formats(tmp_path: Path, suffix: str) -> None:
    pixels = np.full((8, 8, 3), (250, 20, 30), np.uint8)
    options = {"lossless": True} if suffix == "webp" else {}
    read = read_image(save(tmp_path / f"a.{suffix}", pixels, **options), colour(8, 8))
    assert read[:, 4, 4].tolist() == pytest.approx([250, 20, 30], abs=3)


def test_shrinking_is_the_mean_of_areas(tmp_path: Path) -> None:
    pixels = random_pixels(12, 18)
    read = read_image(save(tmp_path / "a.png", pixels), grey(4, 6))
    means = pixels.reshape(4, 3, 6, 3).mean(axis=(1, 3))
    # Pillow rounds after each of its two passes.
    np.testing.assert_allclose(read[0], means, atol=1.0)


def test_photographs_are_cropped_around_their_centre(tmp_path: Path) -> None:
    pixels = np.zeros((4, 12), np.uint8)
    pixels[:, 4:8] = random_pixels(4, 4)
    read = read_image(save(tmp_path / "a.png", pixels), grey(4, 4))
    np.testing.assert_array_equal(read[0], pixels[:, 4:8])
    read = read_image(save(tmp_path / "b.png", pixels.T.copy()), grey(2, 2))
    np.testing.assert_allclose(
        read[0], pixels[:, 4:8].T.reshape(2, 2, 2, 2).mean(axis=(1, 3)), atol=1.0
    )


def test_enlarging(tmp_path: Path) -> None:
    ramp = np.repeat(np.arange(0, 240, 30, dtype=np.uint8)[None], 8, axis=0)
    read = read_image(save(tmp_path / "a.png", ramp), grey(32, 32))[0].astype(int)
    assert read.shape == (32, 32)
    assert (np.diff(read[16]) >= 0).all()
    assert read[16, 16] == pytest.approx(105, abs=8)


def test_colour_becomes_grey_and_grey_colour(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", np.full((4, 4, 3), (200, 100, 50), np.uint8))
    luma = 0.299 * 200 + 0.587 * 100 + 0.114 * 50  # ITU-R BT.601
    assert read_image(path, grey(4, 4))[0, 0, 0] == pytest.approx(luma, abs=1)
    path = save(tmp_path / "b.png", np.full((4, 4), 77, np.uint8))
    assert (read_image(path, colour(4, 4)) == 77).all()


def test_transparent_parts_become_white(tmp_path: Path) -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[:2, :, 3] = 255
    read = read_image(save(tmp_path / "a.png", pixels), colour(4, 4))
    assert read[:, :2].max() == 0
    assert read[:, 2:].min() == 255


def test_sixteen_bits_are_scaled(tmp_path: Path) -> None:
    values = np.array([[0, 256], [32768, 65535]], np.uint16)
    path = tmp_path / "a.png"
    Image.fromarray(values).save(path)
    assert read_image(path, grey(2, 2)).tolist() == [[[0, 1], [128, 255]]]


def test_palettes_and_two_colours(tmp_path: Path) -> None:
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:4] = (255, 0, 0)
    Image.fromarray(pixels).quantize(4).save(tmp_path / "a.png")
    np.testing.assert_array_equal(
        read_image(tmp_path / "a.png", colour(8, 8)), pixels.transpose(2, 0, 1)
    )
    Image.fromarray(pixels[..., 0]).convert("1").save(tmp_path / "b.png")
    assert read_image(tmp_path / "b.png", grey(8, 8))[0, :, 0].tolist() == [255] * 4 + [0] * 4


def test_the_picture_is_turned_upright(tmp_path: Path) -> None:
    pixels = random_pixels(4, 6, 3)
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera lay on its left side: turn a quarter clockwise
    read = read_image(save(tmp_path / "a.png", pixels, exif=exif), colour(6, 4))
    np.testing.assert_array_equal(read, np.rot90(pixels, -1).transpose(2, 0, 1))


def ink(height: int, width: int) -> Pixels:
    """A dark vertical stroke on white paper."""
    pixels = np.full((height, width), 255, np.uint8)
    pixels[4:-4, width // 2 - 2 : width // 2 + 2] = 0
    return pixels


def test_ink_on_paper_is_inverted(tmp_path: Path) -> None:
    drawn = read_image(save(tmp_path / "a.png", ink(28, 28)), describe("mnist"))
    np.testing.assert_array_equal(drawn[0], 255 - ink(28, 28))
    bright = read_image(save(tmp_path / "b.png", 255 - ink(28, 28)), describe("mnist"))
    np.testing.assert_array_equal(bright, drawn)
    kept = read_image(tmp_path / "a.png", describe("mnist"), invert=False)
    np.testing.assert_array_equal(kept[0], ink(28, 28))
    forced = read_image(tmp_path / "b.png", describe("mnist"), invert=True)
    np.testing.assert_array_equal(forced[0], ink(28, 28))


def test_photographs_are_inverted_only_on_demand(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", np.full((32, 32, 3), 250, np.uint8))
    assert (read_image(path, describe("cifar10")) == 250).all()
    assert (read_image(path, describe("cifar10"), invert=True) == 5).all()


def test_a_drawing_is_extended_rather_than_cropped(tmp_path: Path) -> None:
    path = save(tmp_path / "a.png", ink(56, 20))
    read = read_image(path, describe("mnist"))[0]
    expected = (255 - ink(56, 20)).reshape(28, 2, 10, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(read[:, 9:19], expected, atol=1.0)
    assert read[:, :9].max() == read[:, 19:].max() == 0


def test_the_range_of_the_embedded_digits(tmp_path: Path) -> None:
    pixels = np.array([[0, 8, 16, 127], [128, 200, 247, 255]], np.uint8).repeat(4, 0).repeat(2, 1)
    read = read_image(save(tmp_path / "a.png", pixels), describe("digits"), invert=False)
    assert read[0, 0, ::2].tolist() == [0, 1, 1, 8]
    assert read[0, 7, ::2].tolist() == [8, 13, 15, 16]


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and holds hardly any data."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(100))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [8193, 10_000, 20_000, 2**31 - 1])
def test_decompression_bombs_are_refused(tmp_path: Path, side: int) -> None:
    assert side**2 > MAX_PIXELS
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(side, side))
    with pytest.raises(DataError, match=r"bomb\.png has .*more than the 67,108,864") as caught:
        read_image(path, describe("mnist"))
    assert "Save it smaller" in str(caught.value)


def test_a_long_thin_picture_is_not_extended_to_a_huge_square(tmp_path: Path) -> None:
    Image.new("L", (60_000, 1)).save(tmp_path / "thin.png")
    with pytest.raises(DataError, match=r"thin\.png .* 60000x1, too long and thin"):
        read_image(tmp_path / "thin.png", describe("mnist"))


def jpeg() -> bytes:
    file = io.BytesIO()
    Image.fromarray(random_pixels(64, 64, 3)).save(file, "JPEG")
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        bytes(1000),
        jpeg()[:1000],
        jpeg()[:30],
        png_header(28, 28),
        png_header(0, 28),
        b"\x89PNG\r\n\x1a\n",
        b"P5\n9999999999999999999 1\n255\n",
        b"BM" + bytes(60),
        b"GIF89a" + bytes(20),
    ],
)
def test_what_is_no_whole_picture(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"a\.png") as caught:
        read_image(path, describe("cifar10"))
    assert len(str(caught.value)) < 400


def test_other_things(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="absent does not exist"):
        read_image(tmp_path / "absent", describe("mnist"))
    with pytest.raises(DataError, match="is a folder, not a picture"):
        read_image(tmp_path, describe("mnist"))
    with pytest.raises(DataError, match="cinc2017 has signals"):
        read_image(tmp_path / "a.png", describe("cinc2017"))
    Image.fromarray(np.zeros((4, 4), np.float32)).save(tmp_path / "f.tiff")
    with pytest.raises(DataError, match="floating-point"):
        read_image(tmp_path / "f.tiff", describe("mnist"))
