"""`striate predict --model`: a network with published weights, which lie in the cache already."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from striate.models import create
from striate.models.weights import find_source, published

from .conftest import Run


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    """SqueezeNet 1.1, whose published weights are these random ones."""
    monkeypatch.setenv("STRIATE_CACHE", str(tmp_path))
    torch.manual_seed(3)
    model = create("squeezenet1_1").eval()
    folder = tmp_path / "weights" / "torchvision"
    folder.mkdir(parents=True)
    torch.save(model.state_dict(), folder / "a.pth")
    digest = hashlib.sha256((folder / "a.pth").read_bytes()).hexdigest()
    source = find_source("squeezenet1_1")
    local = replace(source, file=replace(source.file, name="a.pth", sha256=digest))
    monkeypatch.setattr(published, "_all", lambda: (local,))
    return model


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "photograph.png"
    pixels = np.random.default_rng(0).integers(0, 256, (300, 280, 3), np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def test_a_published_network_says_what_is_on_a_picture(
    striate: Run, network: nn.Module, picture: Path, torchvision: ModuleType
) -> None:
    arguments = ("predict", picture, picture, "--format", "json", "--top", "7", "--model")
    for name in ("squeezenet1_1", "squeezenet1_1/torchvision-v1"):
        answer = striate(*arguments, name)
        assert answer.code == 0, answer.errors
        first, second = json.loads(answer.output)
        assert first == second
        weights = torchvision.models.SqueezeNet1_1_Weights.DEFAULT
        with Image.open(picture) as image, torch.no_grad():
            shares = network(weights.transforms()(image)[None])[0].softmax(0)
        values, places = shares.topk(7)
        names = [weights.meta["categories"][place] for place in places.tolist()]
        assert [guess["class"] for guess in first["guesses"]] == names
        for guess, value in zip(first["guesses"], values.tolist(), strict=True):
            assert guess["probability"] == pytest.approx(value, rel=1e-4)


def test_guesses_are_printed(striate: Run, network: nn.Module, picture: Path) -> None:
    answer = striate("predict", picture, "--model", "squeezenet1_1", "--top", "2")
    assert answer.code == 0, answer.errors
    assert answer.output.startswith(f"{picture}: ")
    assert answer.output.count("%") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "squeezenet"), "did you mean squeezenet1_"),
        (("--model", "lenet5"), "no published weights of lenet5 are known"),
        (
            ("--model", "squeezenet1_1/v1"),
            "those of squeezenet1_1 are squeezenet1_1",
        ),
        (("--model", "squeezenet1_1", "--run", "x"), "so --run means nothing with it"),
        (("--model", "squeezenet1_1", "--invert"), "so --invert or --no-invert means nothing"),
    ],
)
def test_mistakes_are_explained(
    striate: Run, network: nn.Module, picture: Path, arguments: tuple[str, ...], said: str
) -> None:
    answer = striate("predict", picture, *arguments)
    assert answer.code == 2
    assert said in answer.errors


def test_what_is_no_picture_is_found_out_first(
    striate: Run, network: nn.Module, tmp_path: Path
) -> None:
    (tmp_path / "weights" / "torchvision" / "a.pth").unlink()
    answer = striate("predict", tmp_path / "absent.png", "--model", "squeezenet1_1")
    assert answer.code == 2
    assert "absent.png does not exist" in answer.errors
