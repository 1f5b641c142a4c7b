"""`striate look`, and the picture of `striate why`."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from striate.data import load
from striate.network import Network
from striate.training import RunFolder, Trained

from .conftest import Run


@pytest.fixture(scope="module")
def digit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first test digit as a PNG, 0 to 16 stretched to 0 to 255."""
    path = tmp_path_factory.mktemp("pictures") / "digit.png"
    stored = load("digits").test.inputs[0, 0]
    Image.fromarray((stored.astype(np.float64) * 255 / 16).round().astype(np.uint8)).save(path)
    return path


def _size(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        assert image.format == "PNG"
        return image.size


def test_a_network_looks_at_an_image(
    striate: Run, runs: Path, digit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = striate("look", runs / "small", digit)
    assert answer.code == 0, answer.errors
    assert answer.errors == ""
    assert "wrote look.png" in answer.output
    for heading in ("layer", "output", "min", "mean", "max", "zeros", "8x6x6"):
        assert heading in answer.output
    assert _size(tmp_path / "look.png")[0] == 1800


def test_the_answer_for_programs(striate: Run, runs: Path, digit: Path, tmp_path: Path) -> None:
    out = tmp_path / "all.svg"
    answer = striate("look", runs / "small", digit, "--out", out, "--format", "json")
    found = json.loads(answer.output)
    assert found["wrote"] == [str(out)]
    assert out.read_text().startswith("<?xml")
    trained = Trained.load(RunFolder.open(runs / "small"))
    expected = trained.probabilities(load("digits").test.inputs[:1])[0]
    values, classes = expected.topk(5)
    assert [guess["class"] for guess in found["guesses"]] == [str(c) for c in classes.tolist()]
    for guess, value in zip(found["guesses"], values.tolist(), strict=True):
        assert guess["probability"] == pytest.approx(value, abs=1e-4)
    trace = Network(runs / "small").trace(digit)
    assert [layer["layer"] for layer in found["layers"]] == ["conv1", "relu1", "pool1"]
    for layer in found["layers"]:
        tensor = trace[layer["layer"]][0]
        assert layer["size"] == list(tensor.shape)
        assert layer["minimum"] == pytest.approx(tensor.min().item(), abs=1e-6)
        assert layer["mean"] == pytest.approx(tensor.mean().item(), abs=1e-6)
        assert layer["maximum"] == pytest.approx(tensor.max().item(), abs=1e-6)
        assert layer["zeros"] == pytest.approx((tensor == 0).float().mean().item())


def test_one_layer_has_a_sheet_of_its_own(
    striate: Run, runs: Path, digit: Path, tmp_path: Path
) -> None:
    sizes = []
    for number, options in enumerate(([], ["--channels", "0,2-3"], ["--scale", "network"])):
        out = tmp_path / f"{number}.png"
        answer = striate("look", runs / "small", digit, "--layer", "conv1", *options, "--out", out)
        assert answer.code == 0, answer.errors
        sizes.append(_size(out))
    assert len({width for width, _ in sizes}) == 1
    assert "relu1" not in answer.output


def test_several_layers_are_rows_or_files(
    striate: Run, runs: Path, digit: Path, tmp_path: Path
) -> None:
    layers = ("--layer", "conv1", "--layer", "pool1")
    answer = striate("look", runs / "small", digit, *layers, "--out", tmp_path / "two.png")
    assert answer.output.count("wrote") == 1
    folder = tmp_path / "made" / "two"
    answer = striate("look", runs / "small", digit, *layers, "--out", folder)
    assert answer.output.count("wrote") == 2
    assert sorted(path.name for path in folder.iterdir()) == ["conv1.png", "pool1.png"]


def test_filters_need_no_image(striate: Run, runs: Path, tmp_path: Path) -> None:
    answer = striate("look", runs / "small", "--filters", "--out", tmp_path)
    assert answer.code == 0, answer.errors
    assert _size(tmp_path / "conv1.png")[0] == 1800


def test_the_field_of_a_unit(striate: Run, runs: Path, digit: Path, tmp_path: Path) -> None:
    out = tmp_path / "field.png"
    layer = ("--layer", "pool1", "--out", out)
    answer = striate("look", runs / "small", digit, "--field", "3,1,2", *layer)
    assert answer.code == 0, answer.errors
    assert _size(out)[0] == 1800


def test_the_arithmetic_is_drawn_as_well(
    striate: Run, runs: Path, digit: Path, tmp_path: Path
) -> None:
    out = tmp_path / "made" / "why.png"
    answer = striate("why", runs / "small", digit, "conv1", "3", "1", "2", "--picture", out)
    assert answer.code == 0, answer.errors
    assert f"wrote {out}" in answer.output
    assert _size(out)[0] > 500


def test_an_array_is_taken_as_it_is(striate: Run, tmp_path: Path) -> None:
    (tmp_path / "net.txt").write_text("input 2x6x6\nconv 3 3x3\n")
    np.save(tmp_path / "given.npy", np.ones((2, 6, 6), np.float32))
    out = tmp_path / "out.png"
    answer = striate(
        "look", tmp_path / "net.txt", tmp_path / "given.npy", "--out", out, "--format", "json"
    )
    assert answer.code == 0, answer.errors
    assert json.loads(answer.output)["guesses"] == []
    assert _size(out)[0] == 1800


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say which IMAGE"),
        (("DIGIT", "--layer", "conv7"), "no layer 'conv7'; near it: conv1"),
        (("DIGIT", "--layer", "linear1"), "no maps over the input"),
        (("DIGIT", "--field", "1,2,3"), "name it with --layer"),
        (("DIGIT", "--field", "one", "--layer", "conv1"), "--field one is no unit"),
        (("DIGIT", "--field", "1,9,9", "--layer", "conv1"), "there is no unit"),
        (("DIGIT", "--channels", "1"), "name it with --layer"),
        (("DIGIT", "--channels", "1-", "--layer", "conv1"), "no list of numbers"),
        (("DIGIT", "--channels", "5-900", "--layer", "conv1"), "no channel 8"),
        (("DIGIT", "--channels", "1-99999999", "--layer", "conv1"), "no list of numbers"),
        (("DIGIT", "--out", "drawing.xyz"), "ending names its format"),
        (("DIGIT", "--out", f"{__file__}/drawing.png"), "cannot write the picture"),
        (("DIGIT", "--out", f"{__file__}/drawings"), "cannot make the folder"),
        (("nowhere.png",), "nowhere.png"),
        (("--filters", "--layer", "relu1"), "relu1 is no convolution"),
        (("--filters", "--channels", "1,2"), "one output channel"),
        (("--filters", "--layer", "conv1", "--layer", "linear1"), "give a folder"),
    ],
)
def test_mistakes_are_explained(
    striate: Run, runs: Path, digit: Path, arguments: tuple[str, ...], said: str
) -> None:
    placed = [str(digit) if word == "DIGIT" else word for word in arguments]
    answer = striate("look", runs / "small", *placed)
    assert answer.code == 2
    assert said in answer.errors
    assert not Path("look.png").exists()
