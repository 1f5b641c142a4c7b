"""`striate predict`, `evaluate` and `runs` on a finished run."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import accuracy_score, f1_score

from striate.data import load
from striate.training import RunFolder, Trained

from .conftest import Run


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first test digit as a PNG, 0 to 16 stretched to 0 to 255."""
    path = tmp_path_factory.mktemp("pictures") / "digit.png"
    stored = load("digits").test.inputs[0, 0]
    Image.fromarray((stored.astype(np.float64) * 255 / 16).round().astype(np.uint8)).save(path)
    return path


def test_a_picture_is_recognised(striate: Run, runs: Path, picture: Path) -> None:
    answer = striate("predict", picture, "--runs", runs, "--format", "json", "--top", "10")
    (found,) = json.loads(answer.output)
    guesses = {guess["class"]: guess["probability"] for guess in found["guesses"]}
    assert sum(guesses.values()) == pytest.approx(1, abs=1e-5)
    trained = Trained.load(RunFolder.open(runs / "small"))
    wanted = trained.probabilities(load("digits").test.inputs[:1])[0]
    for name, probability in zip(trained.description.classes, wanted.tolist(), strict=True):
        assert guesses[name] == pytest.approx(probability, abs=1e-4)


def test_guesses_are_printed(striate: Run, runs: Path, picture: Path) -> None:
    answer = striate("predict", picture, picture, "--run", runs / "small", "--top", "2")
    assert answer.code == 0
    assert answer.output.count(str(picture)) == 2
    assert answer.output.count("%") == 4


def test_a_run_may_be_named_alone(striate: Run, runs: Path) -> None:
    assert striate("evaluate", "small", "--runs", runs).code == 0


def test_evaluation_agrees_with_scikit_learn(striate: Run, runs: Path) -> None:
    answer = striate("evaluate", runs / "small", "--format", "json")
    found = json.loads(answer.output)
    matrix = np.array(found["confusion"])
    test = load("digits").test
    assert matrix.sum() == len(test)
    assert matrix.sum(1).tolist() == np.bincount(test.targets).tolist()
    targets = np.repeat(np.arange(10), matrix.sum(1))
    guesses = np.concatenate([np.repeat(np.arange(10), row) for row in matrix])
    assert found["test_accuracy"] == pytest.approx(accuracy_score(targets, guesses))
    assert found["macro_f1"] == pytest.approx(f1_score(targets, guesses, average="macro"))
    summary = json.loads((runs / "small" / "summary.json").read_text())
    assert found["test_accuracy"] == summary["test_accuracy"]


def test_evaluation_is_printed_and_drawn(striate: Run, runs: Path, tmp_path: Path) -> None:
    path = tmp_path / "made" / "run.png"
    answer = striate("evaluate", "--runs", runs, "--picture", path)
    assert answer.code == 0, answer.errors
    assert "macro F1" in answer.output
    with Image.open(path) as drawn:
        colours = np.asarray(drawn.convert("RGB"))
    assert colours.shape == (990, 1800, 3)
    assert len(np.unique(colours.reshape(-1, 3), axis=0)) > 100


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("evaluate", "nowhere"), "nowhere is not a run folder"),
        (("evaluate", "--runs", "nowhere"), "there is no finished run in nowhere"),
        (("predict", "nowhere.png", "--run", "RUN"), "nowhere.png"),
        (("evaluate", "RUN", "--picture", "drawing.xyz"), "ending names its format"),
        (("evaluate", "RUN", "--picture", f"{__file__}/drawing.png"), "cannot write the picture"),
    ],
)
def test_mistakes_are_explained(
    striate: Run, runs: Path, arguments: tuple[str, ...], said: str
) -> None:
    placed = [str(runs / "small") if word == "RUN" else word for word in arguments]
    answer = striate(*placed)
    assert answer.code == 2
    assert said in answer.errors


def test_runs_are_listed(striate: Run, runs: Path) -> None:
    (row,) = json.loads(striate("runs", "--runs", runs, "--format", "json").output)
    assert row["run"] == "small"
    assert row["state"] == "finished"
    assert row["test_accuracy"] > 0.8
    assert "finished" in striate("runs", "--runs", runs).output


def test_no_runs_is_no_error(striate: Run, tmp_path: Path) -> None:
    answer = striate("runs", "--runs", tmp_path)
    assert answer.code == 0
    assert "no runs in" in answer.output


def test_a_description_of_other_data(striate: Run, runs: Path, tmp_path: Path) -> None:
    run, image = tmp_path / "run", tmp_path / "image.png"
    shutil.copytree(runs / "small", run)
    description = json.loads((run / "dataset.json").read_text())
    (run / "dataset.json").write_text(json.dumps(description | {"input_shape": [1, 16, 16]}))
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(image)
    answer = striate("predict", image, "--run", run)
    assert answer.code == 2
    assert "dataset.json and recipe.toml do not belong together" in answer.errors


def test_a_damaged_run_does_not_hide_the_others(striate: Run, runs: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(runs / "small", tmp_path / name)
    (tmp_path / "one" / "recipe.toml").write_text("network = 3")
    (tmp_path / "two" / "summary.json").write_text("{}")
    shutil.copytree(runs / "small", tmp_path / "three")
    answer = striate("runs", "--runs", tmp_path, "--format", "json")
    assert answer.code == 0
    states = {row["run"]: row["state"] for row in json.loads(answer.output)}
    assert states == {"one": "damaged", "two": "damaged", "three": "finished"}
    assert "network" in answer.errors
    assert "summary.json is not the summary" in answer.errors
