"""The poolings of the lectures beside each other: one network, one budget, CIFAR-10.

    python benchmarks/poolings.py --data FOLDER --results FILE

Trains the recipe `poolings` with each of its poolings exchanged, for each seed, and writes one line
of JSON a run to FILE; what is there already is not run again. Then prints the table of the
documentation: the mean errors and their standard deviations over the seeds, and the median of the
processor's seconds an epoch.
"""

import argparse
import json
import re
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from striate.data import Dataset, load
from striate.notation import check
from striate.training import Finished, Recipe, Step, Training, keep_freed_memory, load_recipe

POOLINGS = {
    "max": "maxpool {window}",
    "average": "avgpool {window}",
    "Lp, p = 2": "lppool {window} p 2",
    "mixed, learned": "mixedpool {window} a learned",
    "stochastic": "stochasticpool {window}",
    "spectral": "spectralpool size {size}",
    "fractional": "fractionalpool size {size} overlapping",
}
"""Each pooling as a line of the notation, with the window of the max pooling that it replaces, or
the size of that one's output where the pooling has no window."""

REPORTED = {
    "max": "19.40% (Zeiler and Fergus, table 1)",
    "average": "19.24% (Zeiler and Fergus, table 1)",
    "Lp, p = 2": "4.90% of SVHN's digits (Sermanet et al., abstract)",
    "mixed, learned": "below max and average in the same network (Lee et al., abstract)",
    "stochastic": "15.13% (Zeiler and Fergus, table 1)",
    "spectral": "8.6% (Rippel et al., section 5)",
    "fractional": "4.50%, and 3.47% as the mean of 100 draws (Graham, section 4)",
}
"""What the papers report, of CIFAR-10 where nothing else is said."""

_MAX_POOLING = re.compile(r"^(\s*)maxpool (\d.*)$")


@dataclass(frozen=True, slots=True)
class Run:
    """What one training gave; errors are shares, 0 to 1.

    `train_error` is of the last epoch, while it learns. Seconds are the processor's, on one thread
    those that a clock would show if nothing else ran.
    """

    pooling: str
    seed: int
    epochs: float
    test_error: float
    train_error: float
    seconds_an_epoch: float


def with_pooling(network: str, line: str) -> str:
    """The network text with another pooling in place of each max pooling with a window."""
    lines = network.splitlines()
    for row in check(network).rows:
        found = _MAX_POOLING.match(lines[row.line - 1])
        if found and row.output:
            size = "x".join(map(str, row.output[1:]))
            lines[row.line - 1] = found[1] + line.format(window=found[2], size=size)
    return "\n".join(lines) + "\n"


def train(recipe: Recipe, dataset: Dataset, pooling: str, seed: int) -> Run:
    """Train a recipe with one of the poolings."""
    network = with_pooling(recipe.network, POOLINGS[pooling])
    changed = recipe.model_copy(update={"network": network, "seed": seed})
    began, spent, steps = time.process_time(), 0.0, []
    for event in Training(changed, dataset):
        if isinstance(event, Step):
            steps.append(event)
            spent = time.process_time() - began
        if isinstance(event, Finished):
            finished = event
    last_epoch = [step for step in steps if step.epoch > finished.epochs - 1]
    return Run(
        pooling,
        seed,
        recipe.epochs,
        1 - finished.test_accuracy,
        1 - statistics.mean(step.accuracy for step in last_epoch),
        spent / finished.epochs,
    )


def study(recipe: Recipe, dataset: Dataset, seeds: Iterable[int], results: Path) -> Iterator[Run]:
    """Train what the file of results lacks, seed by seed; yield each new run once it is kept."""
    done = {(run.pooling, run.seed, run.epochs) for run in runs_in(results)}
    for seed in seeds:
        for pooling in POOLINGS:
            if (pooling, seed, recipe.epochs) not in done:
                run = train(recipe, dataset, pooling, seed)
                with results.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(run)) + "\n")
                yield run


def runs_in(results: Path) -> list[Run]:
    """The runs that a file holds, none when there is no file."""
    if not results.exists():
        return []
    return [Run(**json.loads(line)) for line in results.read_text("utf-8").splitlines()]


def table(runs: Iterable[Run]) -> str:
    """The runs as a table in Markdown, a row a pooling."""
    rows = [
        "| pooling | test error | training error | seconds an epoch | seeds | in the papers |",
        "|---|---|---|---|---|---|",
    ]
    runs = list(runs)
    for pooling in POOLINGS:
        mine = [run for run in runs if run.pooling == pooling]
        test = _mean_and_spread([run.test_error for run in mine])
        training = _mean_and_spread([run.train_error for run in mine])
        seconds = [run.seconds_an_epoch for run in mine]
        spent = f"{statistics.median(seconds):.0f}" if seconds else ""
        cells = (pooling, test, training, spent, str(len(mine)), REPORTED[pooling])
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def draw(runs: Iterable[Run], file: Path) -> None:
    """Draw each run's test error as a dot, and a line at each pooling's mean."""
    from matplotlib.figure import Figure  # noqa: PLC0415  (takes a second to import)

    runs = list(runs)
    shown = [pooling for pooling in POOLINGS if any(run.pooling == pooling for run in runs)]
    figure = Figure(figsize=(7, 0.4 * len(shown) + 1), layout="constrained")
    axes = figure.subplots()
    for row, pooling in enumerate(shown):
        errors = [100 * run.test_error for run in runs if run.pooling == pooling]
        axes.plot(errors, [row] * len(errors), "o", color="tab:blue", alpha=0.6)
        axes.plot([statistics.mean(errors)] * 2, [row - 0.3, row + 0.3], color="black")
    axes.set_yticks(range(len(shown)), shown)
    axes.invert_yaxis()
    axes.set_xlabel("test error on CIFAR-10 in percent: each run, and their mean")
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(file, dpi=120)


def _mean_and_spread(errors: list[float]) -> str:
    if len(errors) < 2:
        return f"{errors[0]:.2%} (one run)" if errors else "not measured yet"
    return f"{statistics.mean(errors):.2%} ± {statistics.stdev(errors):.2%}"


def main() -> None:
    """Run what is not yet there and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="folder with CIFAR-10; else it is downloaded")
    parser.add_argument("--results", type=Path, required=True, help="JSON lines, added to")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each pooling")
    parser.add_argument("--epochs", type=float, help="in place of the recipe's")
    parser.add_argument("--threads", type=int, help="of torch")
    parser.add_argument("--picture", type=Path, help="draw the results into this file")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    keep_freed_memory()
    changes = {} if options.epochs is None else {"epochs": options.epochs}
    recipe = load_recipe("poolings", **changes)
    dataset = load(recipe.data.name, options.data)
    for run in study(recipe, dataset, range(options.seeds), options.results):
        sys.stderr.write(
            f"{run.pooling}, seed {run.seed}: {run.test_error:.2%}, "
            f"{run.seconds_an_epoch:.1f} s an epoch\n"
        )
    if options.picture:
        draw(runs_in(options.results), options.picture)
    print(table(runs_in(options.results)))


if __name__ == "__main__":
    main()
