from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from striate.data import Dataset
from striate.errors import RunError
from striate.training import Record, RunFolder, Trained, Training


def train(path: Path, recipe: Any, digits: Dataset) -> RunFolder:
    run = RunFolder.create(path, recipe, digits.description)
    training = Training(recipe, digits, device=torch.device("cpu"))
    for _ in Record(run).keep(training):
        pass
    return run


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
def test_it_is_as_good_as_the_summary_says(
    tmp_path: Path, digits: Dataset, everything: Any, compute: str
) -> None:
    run = train(tmp_path / "run", everything(**{"precision.compute": compute}), digits)
    summary = run.summary()
    assert summary is not None
    result = Trained.load(run).evaluate(digits)
    assert result.accuracy == summary.test_accuracy > 0.5
    assert result.loss == pytest.approx(summary.test_loss, rel=1e-5)
    assert result.macro_f1 == summary.macro_f1


def test_probabilities(tmp_path: Path, digits: Dataset, plain: Any) -> None:
    run = train(tmp_path / "run", plain(), digits)
    trained = Trained.load(run)
    assert not trained.network.training
    stored = np.asarray(digits.test.inputs[:50])
    probabilities = trained.probabilities(stored)
    torch.testing.assert_close(probabilities.sum(1), torch.ones(50))
    guesses = trained.evaluate(digits).predictions[:50]
    assert probabilities.argmax(1).tolist() == guesses.tolist()


def test_probabilities_of_each_class_by_itself(tmp_path: Path, digits: Dataset, plain: Any) -> None:
    run = train(tmp_path / "run", plain(epochs=5, loss={"kind": "yes_no"}), digits)
    probabilities = Trained.load(run).probabilities(np.asarray(digits.test.inputs))
    assert ((probabilities >= 0) & (probabilities <= 1)).all()
    assert (probabilities.sum(1) - 1).abs().max() > 0.1
    right = probabilities.argmax(1).numpy() == digits.test.targets
    assert right.mean() > 0.8


def test_a_run_that_has_not_finished(tmp_path: Path, digits: Dataset, plain: Any) -> None:
    run = RunFolder.create(tmp_path / "run", plain(), digits.description)
    with pytest.raises(RunError, match=r"has not finished.*go on with `striate train --resume"):
        Trained.load(run)


def test_damaged_weights(tmp_path: Path, digits: Dataset, plain: Any) -> None:
    run = train(tmp_path / "run", plain(epochs=0.1), digits)
    run.weights_path.write_bytes(run.weights_path.read_bytes()[:100])
    with pytest.raises(RunError, match="is not a weights file that can be read"):
        Trained.load(run)
