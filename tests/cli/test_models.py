"""`striate models` and `striate new`: what networks there are, and a text to begin with."""

import csv
import io
import json
from pathlib import Path

import pytest
import torch

from striate.cli.console import output
from striate.models import describe, names
from striate.notation import build

from .conftest import Run


def test_the_list_has_every_network(striate: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_width", 200)
    answer = striate("models")
    assert answer.code == 0
    for name in names():
        assert f" {name} " in answer.output
    assert f"{len(names())} networks" in answer.output
    for words in ("61.1 M", "15.5 G", "3x224x224", "435x435", "71.59%", "ImageNet"):
        assert words in answer.output


@pytest.mark.parametrize("width", [40, 60, 80, 120, 160])
def test_no_number_is_cut(striate: Run, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    monkeypatch.setattr(output, "_width", width)
    answer = striate("models", "--family", "resnet")
    table = [line for line in answer.output.splitlines() if line[:1] in "┏┃│├└"]
    assert max(map(len, table)) <= width
    assert "…" not in answer.output
    assert "60.2 M" in answer.output


def test_a_page_breaks_between_words(striate: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_width", 50)
    answer = striate("models", "vgg16")
    assert max(map(len, answer.output.splitlines())) <= 50
    whole = " ".join(answer.output.split())
    assert "Very deep convolutional networks for large-scale image recognition" in whole
    assert "1 network;" in striate("models", "--family", "zfnet").output


def test_it_is_sorted_and_filtered(striate: Run) -> None:
    def listed(*options: str) -> list[str]:
        answer = striate("models", "--format", "json", *options)
        assert answer.code == 0, answer.errors
        return [row["name"] for row in json.loads(answer.output)]

    assert listed() == list(names())
    assert listed("--sort", "name") == sorted(names())
    assert listed("--family", "alexnet", "--sort", "year") == ["alexnet_2012", "alexnet"]
    vgg = listed("--family", "VGG", "--sort", "parameters")
    assert vgg[0] == "vgg11"
    assert vgg[-1] == "vgg19_bn"
    assert listed("--family", "vgg", "--sort", "top-1")[0] == "vgg19_bn"
    assert listed("--family", "vgg", "--sort", "multiply-adds")[0] in ("vgg11", "vgg11_bn")
    assert listed("--family", "vgg", "--sort", "receptive-field")[-1].startswith("vgg19")
    assert {describe(name).task for name in listed("--task", "segmentation")} == {"segmentation"}


def test_other_programs_can_read_it(striate: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(striate("models", "--format", "csv").output)))
    assert [row["name"] for row in rows] == list(names())
    vgg = next(row for row in rows if row["name"] == "vgg16")
    assert int(vgg["parameters"]) == 138_357_544
    assert float(vgg["top-1"]) == 0.71592
    markdown = striate("models", "--family", "alexnet", "--format", "markdown").output
    lines = markdown.splitlines()
    assert lines[0].startswith("| name | title |")
    assert "| 61,100,840 | 714,188,480 | 195x195 | 56.52% | ImageNet |" in lines[2]
    assert len({line.count("|") for line in lines}) == 1


def test_the_page_says_all_that_is_known(striate: Run) -> None:
    answer = striate("models", "AlexNet")
    assert answer.code == 0
    for words in (
        "One weird trick",
        "3x224x224, at least 63x63 pixels",
        "61,100,840",
        "714,188,480",
        "56.52% on ImageNet (torchvision",
        "dropout=0.5",
        "As torchvision's",
        "alexnet/torchvision",
        "conv 64 11x11 stride 4 pad 2",
    ):
        assert words in answer.output
    page = json.loads(striate("models", "alexnet", "--format", "json").output)
    assert page["least"] == [63, 63]
    assert page["weights"][0]["accuracy"] == pytest.approx(0.565, abs=0.01)
    assert page["text"].startswith("# AlexNet")
    assert "no text" not in answer.output
    assert "weights" not in striate("models", "lenet5_1998").output


def test_a_new_text_is_the_network(striate: Run, tmp_path: Path) -> None:
    answer = striate("new", "lenet5", "--classes", "5", "--input", "3x64x64")
    assert answer.code == 0, answer.errors
    network = build(answer.output)
    assert network(torch.zeros(2, 3, 64, 64)).shape == (2, 5)
    path = tmp_path / "net.txt"
    path.write_text(answer.output)
    assert striate("check", path).code == 0
    assert striate("new", "lenet5").output.splitlines()[1] == "input 1x32x32"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("models", "vgg17"), "no network named 'vgg17': did you mean"),
        (("models", "--family", "vg"), "no family 'vg' of networks: linear, lenet"),
        (("models", "--task", "sorting"), "no task 'sorting' of networks: classification"),
        (("models", "vgg16", "--sort", "year"), "leave them out, or vgg16"),
        (("new", "lenet6"), "did you mean lenet5"),
        (("new", "lenet5_1998"), "lenet5_1998 has no text; these have one: linear, mlp, lenet5"),
        (("new", "lenet5", "--input", "64"), "channels and 2 spatial sizes"),
        (("new", "lenet5", "--input", "ax3x3"), "--input ax3x3 is no shape"),
        (("new", "lenet5", "--input", "1x9x9"), "the least spatial size that works is 16x16"),
        (("new", "lenet5", "--classes", "0"), "classes (=0)"),
        (("new", "vgg16", "--input", "3x99999x99999"), "are allowed"),
    ],
)
def test_mistakes_are_explained(striate: Run, arguments: tuple[str, ...], said: str) -> None:
    answer = striate(*arguments)
    assert answer.code == 2
    assert said in " ".join(answer.errors.split())
    assert answer.output == ""
