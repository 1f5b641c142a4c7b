"""`striate train`, and what it leaves on disk."""

import json
from pathlib import Path

import pytest

from striate.training import RunFolder

from .conftest import Run


def test_a_run_is_trained_and_recorded(runs: Path) -> None:
    run = runs / "small"
    summary = json.loads((run / "summary.json").read_text())
    assert summary["test_accuracy"] > 0.8
    assert summary["seconds"] > 0
    assert summary["seed"] == 0
    assert summary["recipe"] == "small"
    assert summary["steps"] == 3 * 14
    assert (run / "network.txt").read_text().startswith("input 1x8x8\n")
    events = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert [event["event"] for event in events[:2]] == ["started", "step"]
    assert [event["step"] for event in events if event["event"] == "step"] == [*range(1, 43)]
    assert events[-1]["event"] == "finished"
    assert events[-1]["test_accuracy"] == summary["test_accuracy"]


def test_the_result_is_said(striate: Run, recipe: Path, tmp_path: Path) -> None:
    answer = striate("train", recipe, "--runs", tmp_path, "--epochs", "1", "--name", "one")
    assert answer.code == 0
    assert "1,437 to learn from, 360 to test with" in answer.output
    assert "test accuracy" in answer.output
    assert "macro F1" in answer.output
    assert str(tmp_path / "one") in answer.output


def test_what_was_chosen_is_said(striate: Run, recipe: Path, tmp_path: Path) -> None:
    options = ["--runs", tmp_path, "--epochs", "0.1", "--set", "precision.compute=auto"]
    answer = striate("train", recipe, *options)
    assert answer.code == 0, answer.errors
    chosen = RunFolder.open(tmp_path / "small").recipe().precision.compute
    assert f"{chosen}, contiguous on cpu (fastest on this machine: {chosen})" in answer.output
    assert "fastest" not in striate("train", recipe, *options[:-1], "seed=1").output


def test_slow_arithmetic_is_warned_of_in_a_line(
    striate: Run, recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("striate.training.training.is_slow", lambda *_: True)
    options = ["--runs", tmp_path, "--epochs", "0.1", "--set", "precision.compute=bfloat16"]
    answer = striate("train", recipe, *options)
    assert answer.code == 0, answer.errors
    (line,) = answer.errors.splitlines()
    assert line.startswith("warning: this processor has no fast bfloat16")
    assert "--set precision.compute=auto" in line


def test_settings_can_be_changed(striate: Run, recipe: Path, tmp_path: Path) -> None:
    options = ["--seed", "7", "--batch", "50", "--epochs", "0.1", "--name", "changed"]
    words = ["--set", "optimiser.lr=0.5", "--set", "evaluation.every=0", "--set", "loss.kind=hinge"]
    answer = striate("train", recipe, "--runs", tmp_path, *options, *words)
    assert answer.code == 0, answer.errors
    resolved = RunFolder.open(tmp_path / "changed").recipe()
    assert (resolved.seed, resolved.batch, resolved.epochs) == (7, 50, 0.1)
    assert resolved.optimiser.lr == 0.5
    assert resolved.loss.kind == "hinge"
    assert resolved.evaluation.every == 0


def test_another_network_can_be_trained(striate: Run, recipe: Path, tmp_path: Path) -> None:
    text = "input 1x8x8\nflatten\nlinear 10\n"
    (tmp_path / "linear.txt").write_text(text)
    options = ["--network", tmp_path / "linear.txt", "--epochs", "1", "--name", "linear"]
    assert striate("train", recipe, "--runs", tmp_path, *options).code == 0
    assert (tmp_path / "linear" / "network.txt").read_text() == text


def test_names_do_not_collide(striate: Run, recipe: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert striate("train", recipe, "--runs", tmp_path, "--epochs", "0.1").code == 0
    assert {path.name for path in tmp_path.iterdir()} == {"small", "small-2"}
    taken = striate("train", recipe, "--runs", tmp_path, "--name", "small")
    assert taken.code == 2
    assert "already holds a run" in taken.errors


def test_a_finished_run_has_nothing_to_resume(striate: Run, runs: Path) -> None:
    answer = striate("train", "--resume", runs / "small")
    assert answer.code == 2
    assert "has finished" in answer.errors


@pytest.mark.parametrize("change", [("--seed", "0"), ("--epochs", "0"), ("--name", "other")])
def test_a_resumed_run_cannot_be_changed(striate: Run, runs: Path, change: tuple[str, str]) -> None:
    answer = striate("train", "--resume", runs / "small", *change)
    assert answer.code == 2
    assert "keeps the name and settings" in answer.errors


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say what to train"),
        (("digits", "--resume", "x"), "say what to train"),
        (("--resume", "nowhere"), "nowhere is not a run folder"),
        (("lenet.txt",), "write `striate train RECIPE --network lenet.txt`"),
        (("nowhere.toml",), "cannot read the recipe nowhere.toml: No such file or directory"),
        (("digits", "--set", "epochs"), "write KEY=VALUE"),
        (("digits", "--set", "optimiser.lrr=1"), "did you mean 'lr'?"),
        (("digits", "--set", "epoch=1"), "did you mean 'epochs'?"),
        (("digits", "--epochs", "0"), "epochs"),
        (("digits", "--batch", "5000"), "larger than the training data"),
        (("digits", "--set", "data.name=mnits"), 'Did you mean "mnist"?'),
        (("digits", "--device", "nonsense"), "--device nonsense"),
        (("digits", "--device", "meta"), "--device meta: it cannot be used here"),
        (("digits", "--threads", "1000000000"), "--threads"),
        (("digits", "--name", "../elsewhere"), "--name '../elsewhere': must be usable as the name"),
        (("digits", "--name", "/elsewhere"), "--runs says which folder"),
        (("digits", "--name", ""), "--name ''"),
        (("digits", "--set", "folder=3"), "folder: there is no such setting"),
        (("digits", "--network", "nowhere.txt"), "cannot read the network text nowhere.txt"),
    ],
)
def test_mistakes_are_explained(
    striate: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    answer = striate("train", *arguments, "--runs", tmp_path)
    assert answer.code == 2
    assert said in answer.errors
    assert "Traceback" not in answer.errors
    assert not [*tmp_path.iterdir()]


def test_every_mistake_in_a_network_is_shown(striate: Run, recipe: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("input 1x8x8\nconvv 8 3x3\nconv 8 99x99\nflatten\nlinear 10\n")
    answer = striate("train", recipe, "--network", bad, "--runs", tmp_path / "runs")
    assert answer.code == 2
    assert "line 2" in answer.errors
    assert "line 3" in answer.errors
    assert not (tmp_path / "runs").exists()
