"""Folders of images with one sub-folder per class."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from striate.data import describe, load
from striate.errors import DataError


def picture(path: Path, value: int, height: int = 6, width: int = 8, mode: str = "L") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (width, height), value if mode == "L" else (value, 0, 255)).save(path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten grey pictures of cats and five of dogs, each of one shade."""
    for number in range(10):
        picture(tmp_path / "pets" / "cat" / f"{number}.png", 10 * number)
    for number in range(5):
        picture(tmp_path / "pets" / "dog" / f"{number}.PNG", 200 + number)
    return tmp_path / "pets"


def shades(inputs: object) -> list[int]:
    return sorted(int(image[0, 0, 0]) for image in np.asarray(inputs))


def test_a_fixed_fifth_is_held_out(folder: Path) -> None:
    dataset = load(f"folder:{folder}")
    assert dataset.description.classes == ("cat", "dog")
    assert dataset.train.inputs.shape == (12, 1, 6, 8)
    assert np.bincount(dataset.train.targets).tolist() == [8, 4]
    assert np.bincount(dataset.test.targets).tolist() == [2, 1]
    found = shades(dataset.train.inputs) + shades(dataset.test.inputs)
    assert sorted(found) == [*range(0, 100, 10), *range(200, 205)]
    for split in (dataset.train, dataset.test):
        assert [shade >= 200 for shade in split.inputs[:, 0, 0, 0]] == split.targets.tolist()
    again = load(f"folder:{folder.name}", folder.parent)
    np.testing.assert_array_equal(again.test.inputs, dataset.test.inputs)


@pytest.mark.parametrize("test_name", ["test", "val", "valid", "validation"])
def test_train_and_test_folders(tmp_path: Path, test_name: str) -> None:
    for name, value in (("a", 1), ("b", 2), ("c", 3)):
        picture(tmp_path / "train" / name / "1.png", value)
    for name, value in (("b", 12), ("c", 13)):
        picture(tmp_path / test_name / name / "1.png", value)
    dataset = load(f"folder:{tmp_path}")
    assert dataset.train.targets.tolist() == [0, 1, 2]
    assert dataset.test.targets.tolist() == [1, 2]
    assert shades(dataset.test.inputs) == [12, 13]


def test_a_train_folder_alone_is_split(folder: Path) -> None:
    (folder / "train").mkdir()
    (folder / "cat").rename(folder / "train" / "cat")
    (folder / "dog").rename(folder / "train" / "dog")
    dataset = load(f"folder:{folder}")
    assert len(dataset.train) == 12
    assert len(dataset.test) == 3


def test_mean_and_deviation_are_measured(folder: Path) -> None:
    dataset = load(f"folder:{folder}")
    train = dataset.train.inputs
    assert dataset.description.mean == pytest.approx([train.mean()])
    assert dataset.description.std == pytest.approx([train.std()])
    assert describe(f"folder:{folder}") == dataset.description


def test_one_shade_only(tmp_path: Path) -> None:
    for name in ("a/1.png", "a/2.png", "b/1.png", "b/2.png"):
        picture(tmp_path / name, 0)
    assert load(f"folder:{tmp_path}").description.std == (1.0,)


def test_one_coloured_picture_makes_all_coloured(folder: Path) -> None:
    picture(folder / "dog" / "5.jpg", 30, mode="RGB")
    dataset = load(f"folder:{folder}")
    assert dataset.description.input_shape == (3, 6, 8)
    assert len(dataset.description.mean) == 3


def test_sizes(folder: Path) -> None:
    for number in range(3):
        picture(folder / "dog" / f"large {number}.png", 9, height=60, width=40)
    assert load(f"folder:{folder}").description.input_shape == (1, 6, 8)  # the median
    assert load(f"folder:{folder}?size=12x10").description.input_shape == (1, 12, 10)
    for number in range(30):
        picture(folder / "dog" / f"huge {number}.png", 9, height=300, width=600)
    assert load(f"folder:{folder}").description.input_shape == (1, 128, 256)


def test_a_camera_on_its_side(folder: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    for path in sorted(folder.glob("*/*")):
        with Image.open(path) as image:
            image.load()
        image.save(path, exif=exif)
    assert load(f"folder:{folder}").description.input_shape == (1, 8, 6)


def test_decoded_again_only_when_a_picture_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load(f"folder:{folder}")
    opened: list[object] = []
    plain = Image.open

    def counting(file: Path, formats: tuple[str, ...]) -> Image.Image:
        opened.append(file)
        return plain(file, formats=formats)

    monkeypatch.setattr(Image, "open", counting)
    np.testing.assert_array_equal(load(f"folder:{folder}").train.inputs, first.train.inputs)
    assert opened == []
    picture(folder / "dog" / "new.png", 250)
    assert len(load(f"folder:{folder}").train) + len(load(f"folder:{folder}").test) == 16
    assert len(opened) == 32


def test_hidden_and_other_files_are_passed_over(folder: Path) -> None:
    (folder / ".git").mkdir()
    (folder / "cat" / ".DS_Store").write_text("")
    (folder / "cat" / ".hidden.png").write_text("")
    (folder / "cat" / "notes.txt").write_text("")
    (folder / "README.md").write_text("")
    assert len(load(f"folder:{folder}").train) == 12


def test_damaged_pictures(folder: Path) -> None:
    (folder / "cat" / "3.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"3\.png is not a picture in any of the formats PNG"):
        load(f"folder:{folder}")
    picture(folder / "cat" / "3.png", 5, height=60)
    content = (folder / "cat" / "3.png").read_bytes()
    (folder / "cat" / "3.png").write_bytes(content[:50])
    with pytest.raises(DataError, match=r"3\.png is a damaged picture"):
        load(f"folder:{folder}")
    (folder / "cat" / "3.png").unlink()
    (folder / "cat" / "3.png").mkdir()
    with pytest.raises(DataError, match=r"3\.png is a folder, not a picture"):
        load(f"folder:{folder}")


def test_folders_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="absent does not exist; a folder of class folders"):
        load("folder:absent", tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="file is a file"):
        load("folder:file", tmp_path)
    with pytest.raises(DataError, match="has 0 sub-folders"):
        load(f"folder:{tmp_path}")
    picture(tmp_path / "a" / "1.png", 1)
    with pytest.raises(DataError, match="has 1 sub-folders"):
        load(f"folder:{tmp_path}")
    (tmp_path / "b").mkdir()
    with pytest.raises(DataError, match="b holds no images; files ending in"):
        load(f"folder:{tmp_path}")
    picture(tmp_path / "b" / "1.png", 1)
    with pytest.raises(DataError, match="too few images for a test split"):
        load(f"folder:{tmp_path}")


def test_a_class_only_in_the_test(tmp_path: Path) -> None:
    for name in ("train/a/1.png", "train/b/1.png", "test/a/1.png", "test/zebra/1.png"):
        picture(tmp_path / name, 1)
    with pytest.raises(DataError, match=r'has the class "zebra", which .*train does not have'):
        load(f"folder:{tmp_path}")


@pytest.mark.parametrize("name", ["folder:", "folder:x?size=0x4"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(DataError, match=r"must be folder:PATH or folder:PATH\?size=HEIGHTxWIDTH"):
        load(name)
