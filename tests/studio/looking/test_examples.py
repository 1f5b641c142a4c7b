from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fastapi import FastAPI
from tests.studio.looking.asking_page import Asking

from striate.data import load, normalise
from striate.errors import StudioError
from striate.studio import Settings
from striate.studio.looking import Looking, samples

FILM = "input 3x8x24x24\nconv 4 3x3x3\nrelu\navgpool global\nflatten\nlinear 3\n"
SIGNAL = "input 2x300\nconv 4 5\nrelu\navgpool global\nflatten\nlinear 3\n"


class TestDigits:
    """The embedded digits are always there."""

    def test_thumbnails(self, page: Asking) -> None:
        page("look.open", source="recipe:digits")
        found = page("look.inputs", dataset="digits", from_=5, count=7)
        test = load("digits").test
        assert [one["index"] for one in found.values["entries"]] == list(range(5, 12))
        assert [one["label"] for one in found.values["entries"]] == test.targets[5:12].tolist()
        assert found.values["total"] == len(test)
        expected = np.rint(test.inputs[5:12].transpose(0, 2, 3, 1) * (255 / 16))
        assert np.array_equal(found.arrays["pictures"], expected)

    def test_of_one_class(self, page: Asking) -> None:
        page("look.open", source="recipe:digits")
        found = page("look.inputs", dataset="digits", class_=3, count=100)
        places = np.flatnonzero(load("digits").test.targets == 3)
        assert [one["index"] for one in found.values["entries"]] == places[:100].tolist()
        assert found.values["total"] == len(places)
        none = page("look.inputs", dataset="digits", class_=77)
        assert none.values["entries"] == []
        assert len(none.arrays["pictures"]) == 0

    def test_as_input_they_are_normalised_as_in_training(self, page: Asking) -> None:
        page("look.open", source="recipe:digits")
        dataset = load("digits")
        answer = page("look.trace", input={"kind": "test", "dataset": "digits", "index": 11})
        stored = torch.from_numpy(np.array(dataset.test.inputs[11:12]))
        assert np.array_equal(
            answer.arrays["input"], normalise(stored, dataset.description)[0].numpy()
        )
        assert answer.values["truth"] == dataset.test.targets[11]

    def test_the_lenet_reads_them_as_drawings(self, page: Asking) -> None:
        page("look.open", source="lenet")
        right = 0
        for index in range(50):
            answer = page("look.trace", input={"kind": "test", "dataset": "digits", "index": index})
            right += answer.values["guesses"][0]["index"] == answer.values["truth"]
        assert right >= 40  # other people's hands, at a third of the size


class TestMnist:
    @pytest.fixture
    def page(self, shared: Path, looking: Looking) -> Asking:
        with_data = Looking(FastAPI(), Settings(looking.settings.runs, shared / "data"))
        page = Asking(with_data)
        opened = page("look.open", source="lenet")
        assert [one["name"] for one in opened.values["datasets"]][:2] == ["mnist", "digits"]
        return page

    def test_its_test_images_are_the_networks_inputs(self, page: Asking, shared: Path) -> None:
        dataset = load("mnist", shared / "data")
        for index in (0, 7, 9999):
            answer = page("look.trace", input={"kind": "test", "dataset": "mnist", "index": index})
            stored = torch.from_numpy(np.array(dataset.test.inputs[index]))[None]
            assert np.array_equal(answer.arrays["picture"][..., 0], stored[0, 0].numpy())
            expected = normalise(stored, dataset.description)[0].numpy()
            assert np.array_equal(answer.arrays["input"], expected)
            assert answer.values["truth"] == dataset.test.targets[index]

    def test_no_dataset_is_downloaded(self, page: Asking) -> None:
        with pytest.raises(StudioError, match="cannot be given"):
            page("look.inputs", dataset="cifar10")


class TestSamples:
    def test_pictures(self, page: Asking) -> None:
        page("look.open", source="input 3x20x30\nconv 4 3x3\nflatten\nlinear 3\n")
        found = page("look.inputs", dataset="samples")
        count = len(samples.picture_names())
        assert found.values["total"] == count >= 2
        assert found.arrays["pictures"].shape == (count, 64, 64, 3)
        answer = page("look.trace", input={"kind": "test", "dataset": "samples", "index": 0})
        picture, given = answer.arrays["picture"], answer.arrays["input"]
        assert picture.shape == (20, 30, 3)
        assert np.array_equal(np.rint(given.transpose(1, 2, 0) * 255), picture)
        with pytest.raises(StudioError, match="there is no sample"):
            page("look.trace", input={"kind": "test", "dataset": "samples", "index": 99})

    def test_signals(self, page: Asking) -> None:
        found = page("look.open", source=SIGNAL).values
        assert found["network"]["reads"] == "signal"
        assert [one["name"] for one in found["datasets"]] == ["samples"]
        shown = page("look.inputs", dataset="samples").arrays["signals"]
        assert shown.shape[0] == len(samples.signal_names())
        assert shown.shape[2] <= 512
        for index in range(len(samples.signal_names())):
            assert (shown[index].min(), shown[index].max()) == pytest.approx(
                (samples.signal(index).min(), samples.signal(index).max())
            )
            answer = page(
                "look.trace", input={"kind": "test", "dataset": "samples", "index": index}
            )
            assert answer.arrays["input"].shape == (2, 300)
            assert "picture" not in answer.arrays
        with pytest.raises(StudioError, match="cannot be drawn"):
            page("look.trace", {"drawing": np.zeros((9, 9), np.uint8)}, input={"kind": "drawing"})
        assert not page("look.trace", input={"kind": "blank"}).arrays["input"].any()

    def test_films(self, page: Asking) -> None:
        found = page("look.open", source=FILM).values
        assert found["network"]["reads"] == "film"
        answer = page(
            "look.trace",
            input={"kind": "test", "dataset": "samples", "index": 1},
            layers=[{"name": "conv1", "to": 2}],
        )
        assert answer.arrays["input"].shape == (3, 8, 24, 24)
        assert answer.arrays["picture"].shape == (24, 24, 3)
        assert answer.arrays["conv1"].shape == (2, 6, 22, 22)

    def test_networks_that_no_picture_fits_have_none(self, page: Asking) -> None:
        found = page("look.open", source="input 5x9x9\nconv 4 3x3\nflatten\nlinear 3\n").values
        assert found["datasets"] == []
        blank = page("look.trace", input={"kind": "blank"})
        assert blank.arrays["input"].shape == (5, 9, 9)


class TestOrder:
    @pytest.mark.parametrize(
        ("source", "first"),
        [
            ("lenet", "mnist"),
            ("lenet5", "mnist"),
            ("recipe:digits", "digits"),
            ("input 3x32x32\nconv 4 3x3\nflatten\nlinear 3\n", "cifar10"),
            ("input 3x200x200\nconv 4 3x3\navgpool global\nflatten\nlinear 3\n", "samples"),
            (SIGNAL.replace("2x300", "1x250"), "mitbih"),
        ],
    )
    def test_the_best_comes_first(
        self, looking: Looking, tmp_path: Path, source: str, first: str
    ) -> None:
        for name in ("mnist", "fashion-mnist", "cifar10", "mitbih", "cinc2017"):
            (tmp_path / name).mkdir()
        looking = Looking(FastAPI(), Settings(looking.settings.runs, tmp_path))
        assert Asking(looking)("look.open", source=source).values["datasets"][0]["name"] == first


class TestDrawingsElsewhere:
    def drawn(self, page: Asking, source: str, ink: Any) -> Any:
        page("look.open", source=source)
        return page.draw(ink).arrays

    def test_white_paper_for_photographs(self, page: Asking, seven: Any) -> None:
        arrays = self.drawn(page, "input 3x50x50\nconv 4 3x3\nflatten\nlinear 3\n", seven)
        assert arrays["picture"][0, 0].tolist() == [255, 255, 255]
        assert arrays["picture"].min() == 0

    def test_black_ground_for_digits_of_eight_pixels(self, page: Asking, seven: Any) -> None:
        picture = self.drawn(page, "recipe:digits", seven)["picture"][..., 0]
        assert picture.shape == (8, 8)
        assert picture[0].any()
        assert picture[7].any()
        assert picture[4, 0] == 0
        assert set(np.unique(picture)) <= {round(level * 255 / 16) for level in range(17)}

    def test_an_untrained_lenet_of_another_size(self, page: Asking, seven: Any) -> None:
        arrays = self.drawn(page, "lenet5", seven)
        rows = np.flatnonzero(arrays["picture"][..., 0].any(1))
        assert arrays["picture"].shape == (32, 32, 1)
        assert len(rows) == round(32 * 20 / 28)
        assert arrays["input"].max() <= 1.0
