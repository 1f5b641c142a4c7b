"""A network that has been trained, with all it needs to be used."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from striate.data import Array, Dataset, Description, normalise
from striate.errors import RunError
from striate.notation import build, check
from striate.training.checkpoint import load_weights
from striate.training.evaluation import Evaluation, evaluate, see
from striate.training.feed import Feed
from striate.training.losses import YesNo, make_loss
from striate.training.precision import Arithmetic, WorkingNetwork
from striate.training.recipe import Recipe
from striate.training.run_folder import RunFolder


@dataclass(frozen=True)
class Trained:
    """The network of a finished run, in evaluation mode."""

    network: nn.Module
    recipe: Recipe
    description: Description

    @classmethod
    def load(cls, run: RunFolder) -> "Trained":
        """Return the network of a run.

        Raises RunError when the run has not finished or its files are damaged.
        """
        if not run.weights_path.exists():
            raise RunError(
                f"the run {run.path} has not finished: it holds no {run.weights_path.name}; "
                f"go on with `striate train --resume {run.path}`"
            )
        recipe = run.recipe()
        network = build(recipe.network)
        load_weights(run.weights_path, network)
        description, report = run.description(), check(recipe.network)
        shapes = (description.input_shape, (len(description.classes),))
        if (report.input_shape, report.output_shape) != shapes:
            raise RunError(
                f"in {run.path}, dataset.json and recipe.toml do not belong together: the data's "
                f"shape {shapes[0]} and {shapes[1][0]} classes are not the network's input "
                f"{report.input_shape} and output {report.output_shape}"
            )
        return cls(network.eval(), recipe, description)

    @torch.no_grad()
    def probabilities(self, stored: Array) -> Tensor:
        """Return each class's probability for a batch of stored values, as the dataset has them.

        They sum to 1, unless the network learned to say yes or no to each class by itself.
        Test-time augmentation as the recipe says; float32.

        Shapes: `(N, C, *spatial) -> (N, classes)`.
        """
        inputs = normalise(torch.from_numpy(np.array(stored)), self.description)
        outputs = see(self.network, inputs, self.recipe.evaluation)
        return outputs.sigmoid() if isinstance(self.recipe.loss, YesNo) else outputs.softmax(1)

    def evaluate(self, dataset: Dataset, arithmetic: Arithmetic | None = None) -> Evaluation:
        """Return how the network does on the dataset's test split."""
        arithmetic = arithmetic or self.recipe.precision.fixed()
        feed = Feed(dataset.test, self.description, arithmetic, torch.device("cpu"))
        loss = make_loss(self.recipe.loss, len(self.description.classes))
        working = WorkingNetwork(self.network, arithmetic).network
        return evaluate(working, feed, loss, self.recipe.evaluation)


def latest(folder: Path) -> RunFolder:
    """Return the run in a folder that finished last.

    Raises RunError when there is none.
    """
    finished = [
        path.parent
        for path in folder.glob("*/summary.json")
        if (path.parent / "recipe.toml").exists()
    ]
    if not finished:
        raise RunError(
            f"there is no finished run in {folder}; train one first, for example with "
            "`striate train digits`, or name the folder that holds the runs with --runs"
        )
    return RunFolder(max(finished, key=lambda path: (path / "summary.json").stat().st_mtime))
