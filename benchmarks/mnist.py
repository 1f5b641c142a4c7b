"""MNIST: `striate train mnist` beside PyTorch's well-known MNIST example, in one run.

    python benchmarks/mnist.py --data FOLDER

The peer is written anew from the example's published settings (pytorch/examples, mnist/main.py):
two convolutions, dropout, two linear layers, 14 epochs of Adadelta (learning rate 1, times 0.7
each epoch), batches of 64, a look at the test data after every epoch. Its images are normalised
once and kept in memory, which spares it the decoding that the original does for every example.
Each program runs in a process of its own, with all of the machine's threads, one after the other.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from rich.console import Console
from rich.table import Table
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from striate.data import Split, load


class ExampleNet(nn.Module):
    """The example's network."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3)
        self.conv2 = nn.Conv2d(32, 64, 3)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x: Tensor) -> Tensor:
        """Return log-probabilities, `(N, 1, 28, 28) -> (N, 10)`."""
        x = F.relu(self.conv2(F.relu(self.conv1(x))))
        x = self.dropout1(F.max_pool2d(x, 2)).flatten(1)
        x = self.dropout2(F.relu(self.fc1(x)))
        return F.log_softmax(self.fc2(x), dim=1)


def train_example(data: Path, epochs: int) -> dict[str, float]:
    """Train the peer; return its test accuracy and seconds."""
    dataset = load("mnist", data)

    def tensors(split: Split) -> TensorDataset:
        images = (torch.tensor(split.inputs) / 255 - 0.1307) / 0.3081
        return TensorDataset(images, torch.tensor(split.targets))

    torch.manual_seed(1)
    training = DataLoader(tensors(dataset.train), batch_size=64, shuffle=True)
    testing = DataLoader(tensors(dataset.test), batch_size=1000)
    model = ExampleNet()
    optimiser = torch.optim.Adadelta(model.parameters(), lr=1.0)
    schedule = torch.optim.lr_scheduler.StepLR(optimiser, step_size=1, gamma=0.7)
    right, began = 0, time.perf_counter()
    for epoch in range(epochs):
        model.train()
        for images, targets in training:
            optimiser.zero_grad()
            F.nll_loss(model(images), targets).backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        schedule.step()
        model.eval()
        with torch.no_grad():
            right = sum(int((model(x).argmax(1) == y).sum()) for x, y in testing)
        seconds = time.perf_counter() - began
        sys.stderr.write(
            f"example: epoch {epoch + 1}/{epochs}, {right / 1e4:.2%}, {seconds:.0f} s\n"
        )
    return {"test_accuracy": right / 1e4, "seconds": time.perf_counter() - began}


def train_striate(data: Path, seed: int) -> dict[str, float]:
    """Train Striate's recipe through its command line; return the run's summary."""
    with tempfile.TemporaryDirectory() as runs:
        command = [sys.executable, "-m", "striate", "train", "mnist", "--data", str(data)]
        options = ["--seed", str(seed), "--runs", runs]
        subprocess.run([*command, *options], check=True, stdout=sys.stderr)
        summary = json.loads((Path(runs) / "mnist" / "summary.json").read_text())
    return {
        "test_accuracy": summary["test_accuracy"],
        "seconds": summary["seconds"] + summary["evaluation_seconds"],
    }


def main() -> None:
    """Run both and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder with MNIST's files")
    parser.add_argument("--epochs", type=int, default=14, help="the example's epochs")
    parser.add_argument("--seeds", type=int, default=3, help="runs of Striate's recipe")
    parser.add_argument("--example-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.example_only:
        print(json.dumps(train_example(options.data, options.epochs)))
        return
    ours = [train_striate(options.data, seed) for seed in range(options.seeds)]
    peer_command = [sys.executable, __file__, "--data", str(options.data), "--example-only"]
    peer_command += ["--epochs", str(options.epochs)]
    peer = json.loads(subprocess.run(peer_command, check=True, stdout=subprocess.PIPE).stdout)
    mean = {key: sum(run[key] for run in ours) / len(ours) for key in ours[0]}
    table = Table("program", "test accuracy", "seconds", "ratio", title="MNIST")
    table.add_row(
        "PyTorch's example", f"{peer['test_accuracy']:.2%}", f"{peer['seconds']:.1f}", "1"
    )
    for seed, run in enumerate(ours):
        table.add_row(
            f"striate train mnist --seed {seed}",
            f"{run['test_accuracy']:.2%}",
            f"{run['seconds']:.1f}",
            f"1/{peer['seconds'] / run['seconds']:.1f}",
        )
    table.add_row(
        f"mean of {len(ours)} seeds",
        f"{mean['test_accuracy']:.2%}",
        f"{mean['seconds']:.1f}",
        f"1/{peer['seconds'] / mean['seconds']:.1f}",
    )
    Console().print(table)


if __name__ == "__main__":
    main()
