"""ECG rhythm: `striate train ecg` beside linear models, on the same split of the same records.

    python benchmarks/ecg.py --data FOLDER

The linear models are scikit-learn's logistic regression on three views of each recording, each
standardised as the network's input is: the samples themselves, means of 15 samples, and the
logarithm of the spectrum up to 40 Hz in 400 bands.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score

from striate.data import Split, load, normalise

Values = NDArray[np.float64]


def samples(signals: Values) -> Values:
    """Return every sample."""
    return signals


def means(signals: Values) -> Values:
    """Return means of 15 samples, 20 to the second."""
    return np.asarray(signals.reshape(len(signals), -1, 15).mean(2))


def spectrum(signals: Values) -> Values:
    """Return the logarithm of the spectrum up to 40 Hz, in 400 bands."""
    bands = np.abs(np.fft.rfft(signals, axis=1))[:, :1200].reshape(len(signals), 400, 3)
    return np.asarray(np.log1p(bands).mean(2))


VIEWS: dict[str, Callable[[Values], Values]] = {
    "9000 samples": samples,
    "600 means of 15": means,
    "400 bands of the spectrum": spectrum,
}


def linear_models(data: Path) -> dict[str, dict[str, float]]:
    """Return the scores of each linear model on the test split."""
    dataset = load("cinc2017", data)

    def signals(split: Split) -> Values:
        stored = torch.tensor(split.inputs)
        return normalise(stored, dataset.description)[:, 0].numpy().astype(np.float64)

    training, testing, found = signals(dataset.train), signals(dataset.test), {}
    for name, view in VIEWS.items():
        began = time.perf_counter()
        model = LogisticRegression(C=0.1, max_iter=1000)
        model.fit(view(training), dataset.train.targets)
        guesses = model.predict(view(testing))
        found[f"logistic regression, {name}"] = {
            "macro_f1": float(f1_score(dataset.test.targets, guesses, average="macro")),
            "test_accuracy": float(accuracy_score(dataset.test.targets, guesses)),
            "seconds": time.perf_counter() - began,
        }
    return found


def network(data: Path, seed: int) -> dict[str, float]:
    """Return the scores of Striate's recipe."""
    with tempfile.TemporaryDirectory() as runs:
        command = [sys.executable, "-m", "striate", "train", "ecg", "--data", str(data)]
        options = ["--seed", str(seed), "--runs", runs]
        subprocess.run([*command, *options], check=True, stdout=sys.stderr)
        summary: dict[str, float] = json.loads((Path(runs) / "ecg" / "summary.json").read_text())
    return summary


def main() -> None:
    """Run all and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder with the records")
    parser.add_argument("--seeds", type=int, default=3, help="runs of Striate's recipe")
    options = parser.parse_args()
    rows = linear_models(options.data)
    for seed in range(options.seeds):
        rows[f"striate train ecg --seed {seed}"] = network(options.data, seed)
    table = Table("model", "macro F1", "test accuracy", "seconds", title="ECG, CinC 2017")
    for name, row in rows.items():
        scores = (f"{row['macro_f1']:.3f}", f"{row['test_accuracy']:.1%}", f"{row['seconds']:.0f}")
        table.add_row(name, *scores)
    Console().print(table)


if __name__ == "__main__":
    main()
