import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from fastapi import FastAPI
from tests.studio.looking.asking_page import Asking

from striate import models
from striate.data import AsDataset, CentreCrop
from striate.errors import StriateError, StudioError
from striate.network import Network
from striate.studio import Settings, looking
from striate.studio.looking import Looking
from striate.studio.looking.opening import Opened, open_source
from striate.studio.looking.sources import finished_runs, first_source, listed

LENET = Path(looking.__file__).parents[1] / "lenet"
SMALL = "input 1x8x8\nconv 2 3x3\nflatten\nlinear 3\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A studio with one finished run, and one that has only begun."""
    runs = tmp_path / "runs"
    shutil.copytree(LENET, runs / "mine")
    shutil.copytree(LENET, runs / "begun")
    (runs / "begun" / "weights.safetensors").unlink()
    return Settings(runs=runs)


def same_weights(one: Opened, module: torch.nn.Module) -> bool:
    pairs = zip(one.network.module.parameters(), module.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


class TestSources:
    def test_finished_runs_are_listed(self, settings: Settings) -> None:
        assert [run.name for run in finished_runs(settings.runs)] == ["mine"]
        assert "run:mine" in [one.source for one in listed(settings)]

    def test_without_a_folder_of_runs(self, tmp_path: Path) -> None:
        assert finished_runs(tmp_path / "nowhere") == []

    def test_all_that_is_listed_of_runs_and_recipes_opens(self, settings: Settings) -> None:
        for source in ("lenet", "run:mine", "recipe:digits"):
            assert source in [one.source for one in listed(settings)]
            assert open_source(settings, source).source == source

    def test_what_the_command_line_names_comes_first(self, tmp_path: Path) -> None:
        settings = Settings(runs=tmp_path, network=SMALL)
        assert first_source(settings) == listed(settings)[0].source == "given"
        assert open_source(settings, "given").network.input_shape == (1, 8, 8)

    def test_the_command_line_may_name_what_a_page_may_not(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        path = tmp_path / "net.txt"
        path.write_text(SMALL)
        long = SMALL + "# " + "x" * 900 + "\n# " + "y" * 900 + "\n"
        for network, trained in ((str(path), False), (str(LENET), True), (long, False)):
            opened = open_source(Settings(runs=tmp_path, network=network), "given")
            assert opened.trained is trained

    def test_a_run_is_the_trained_one(self, settings: Settings) -> None:
        opened = open_source(settings, "run:mine")
        assert opened.trained
        assert opened.classes == tuple("0123456789")
        assert same_weights(opened, Network(LENET).module)

    def test_a_run_that_is_trained_anew_is_read_anew(self, settings: Settings) -> None:
        shared = Looking(FastAPI(), settings)
        old = shared.open("run:mine", None)
        assert shared.open("run:mine", None) is old
        weights = settings.runs / "mine" / "weights.safetensors"
        weights.touch()
        assert shared.open("run:mine", None) is not old

    def test_the_first_is_open_before_a_page_asks(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shared = Looking(FastAPI(), settings)
        shared.warm_up()
        monkeypatch.delattr("striate.studio.looking.shared.open_source")
        assert shared.open("lenet", None).trained

    def test_what_cannot_be_opened_is_said_to_the_page_that_asks(self, tmp_path: Path) -> None:
        shared = Looking(FastAPI(), Settings(runs=tmp_path, network="no-such-network"))
        shared.warm_up()
        with pytest.raises(StriateError, match="no-such-network"):
            shared.open("given", None)

    def test_a_few_networks_stay_open(self, settings: Settings) -> None:
        shared = Looking(FastAPI(), settings)
        texts = [SMALL.replace("linear 3", f"linear {n}") for n in range(1, 9)]
        opened = [shared.open(text, None) for text in texts]
        assert shared.open(texts[-1], None) is opened[-1]
        assert shared.open(texts[0], None) is not opened[0]


class TestPreprocessing:
    def test_follows_another_size(self, settings: Settings) -> None:
        text = "input 3x64x64\nconv 4 3x3\navgpool global\nflatten\nlinear 3\n"
        network = open_source(settings, text, (3, 40, 52)).network
        assert isinstance(network.preprocessing, CentreCrop)
        assert network.preprocessing.input_shape == network.input_shape == (3, 40, 52)

    def test_that_of_a_dataset_too(self, settings: Settings) -> None:
        network = open_source(settings, "lenet").network
        assert isinstance(network.preprocessing, AsDataset)
        assert network.preprocessing.input_shape == (1, 28, 28)


HOSTILE = (
    "../../etc/passwd",
    "/etc/passwd",
    "run:../../etc",
    "run:/etc",
    "run:..",
    "run:.",
    "run:",
    "run:mine/../mine",
    "run:mine\x00",
    "recipe:/etc/passwd.toml",
    "recipe:../lenet",
    "recipe:",
    "timm:resnet18",
    "resnet18/../../x",
    "resnet18//etc/passwd",
    "resnet18/",
    "given",
    "~",
    "file:///etc/passwd",
    "C:\\windows",
    "mine",
    "lenet.pt",
    "RUN:mine",
    "x" * 60_000,
)


@pytest.mark.parametrize("source", HOSTILE)
def test_hostile_words_open_nothing(settings: Settings, source: str) -> None:
    with pytest.raises(StudioError) as caught:
        open_source(settings, source)
    assert len(str(caught.value)) < 500
    assert "root:" not in str(caught.value)


def test_paths_open_nothing_though_they_are_there(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(settings.runs)
    (settings.runs / "net.txt").write_text(SMALL)
    for source in ("mine", "./mine", "net.txt", str(LENET), "runs/mine"):
        with pytest.raises(StudioError, match="none of the networks"):
            open_source(settings, source)


def test_links_out_of_the_folder_of_runs_are_not_followed(settings: Settings) -> None:
    (settings.runs / "away").symlink_to(LENET)
    (settings.runs / "round").symlink_to(settings.runs / "round")
    assert "run:away" not in [one.source for one in listed(settings)]
    for name in ("away", "round"):
        with pytest.raises(StudioError, match="there is no run"):
            open_source(settings, f"run:{name}")


def test_an_unfinished_run_says_so(settings: Settings) -> None:
    with pytest.raises(StriateError, match="has not finished"):
        open_source(settings, "run:begun")


def test_published_weights_are_never_fetched(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(StudioError, match="are not on this machine"):
        open_source(settings, "resnet18/torchvision-v1")


def test_published_weights_that_are_there_are_opened(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path / "cache"))
    name = "squeezenet1_1/torchvision-v1"
    assert name not in [one.source for one in listed(settings)]
    source = models.sources("squeezenet1_1")[0]
    folder = tmp_path / "cache" / "weights" / "torchvision"
    folder.mkdir(parents=True)
    module = models.create("squeezenet1_1")
    torch.save(module.state_dict(), folder / source.file.name)
    assert name in [one.source for one in listed(settings)]
    opened = open_source(settings, name, (3, 64, 64))
    assert opened.trained
    assert len(opened.classes) == 1000
    assert opened.network.preprocessing is not None
    assert opened.network.preprocessing.input_shape == (3, 64, 64)
    assert same_weights(opened, module)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("input 1x8x8\nflatten\nlinear 10000000000\n", "GiB|TiB"),
        ("input 1x8x8\nflatten\nlinear 2000000\n", "MiB"),
        ("input 3x100000x100000\nrelu\n", "TiB|GiB"),
        ("input 65x1024x1024\nrelu\n", "MiB are allowed"),
        ("input 1x8x8\n" + "relu\n" * 3000, "lines|layers"),
        ("input 1x8x8\nrepeat 1000000\n  relu\n", "a network may have 1,000"),
        ("input 1x8x8\n" + "\n".join("  " * n + "residual" for n in range(300)), "."),
        ("input 64x512x512\nconv 512 7x7 pad same\n", "multiply-adds|MiB"),
        ("input 1x8x8\nconv 4 999999999x999999999\n", "."),
        ("nonsense\nmore\n", "line 1"),
        ("\n\n\n", "."),
        ("input 1x8x8\nlinear 3 \x00\n", "."),
    ],
)
def test_greedy_texts_are_refused_at_once(settings: Settings, text: str, words: str) -> None:
    with pytest.raises(StriateError, match=words) as caught:
        open_source(settings, text)
    assert len(str(caught.value)) < 2000


def test_ten_megabytes_of_text(page: Asking) -> None:
    with pytest.raises(StudioError, match="at most 65536 characters"):
        page("look.open", source="relu\n" * 2**21)


def test_networks_too_slow_for_a_page(settings: Settings) -> None:
    text = "input 3x700x700\n" + "conv 64 7x7 pad same\n" * 1 + "conv 64 7x7 pad same\n"
    with pytest.raises(StudioError, match="billion multiply-adds"):
        open_source(settings, text)


def test_the_shipped_lenet_holds_no_path() -> None:
    recipe = (LENET / "recipe.toml").read_text()
    assert "folder" not in recipe
    texts: Any = [path.read_text() for path in LENET.iterdir() if path.suffix != ".safetensors"]
    assert not any("/work" in text or "/home" in text or "/tmp" in text for text in texts)
    assert json.loads((LENET / "summary.json").read_text())["test_accuracy"] >= 0.992
    assert {path.name for path in LENET.iterdir()} == {
        "recipe.toml",
        "network.txt",
        "dataset.json",
        "summary.json",
        "weights.safetensors",
    }
