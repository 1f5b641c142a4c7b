"""Testing: how well a network does on examples it has not learned from."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from striate.data.augmentation import views
from striate.training.feed import Feed
from striate.training.losses import Loss


class EvaluationSettings(BaseModel):
    """How the test data is looked at.

    `flip` and `shift` average the network's outputs over mirrored images and over shifts of that
    many pixels (test-time augmentation), for the final weights only. `every` is the number of
    epochs between looks; 0 looks only at the end.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    flip: bool = False
    shift: int = Field(default=0, ge=0, le=1024)
    every: int = Field(default=1, ge=0)
    batch: int = Field(default=500, ge=1)

    @property
    def single_view(self) -> "EvaluationSettings":
        """The same settings, with one look at each example."""
        return self.model_copy(update={"flip": False, "shift": 0})


@dataclass(frozen=True)
class Evaluation:
    """The network's outputs over a whole split, and how good they are."""

    loss: float
    logits: Tensor
    targets: Tensor

    @property
    def predictions(self) -> NDArray[np.int64]:
        """The class with the highest output, for each example."""
        return np.asarray(self.logits.argmax(1).numpy(), dtype=np.int64)

    @property
    def accuracy(self) -> float:
        """The share of examples whose first guess is right, 0 to 1."""
        return float((self.predictions == self.targets.numpy()).mean())

    @property
    def macro_f1(self) -> float:
        """The mean over classes of the F1 score, so that rare classes count as much as common."""
        from sklearn.metrics import f1_score  # noqa: PLC0415  (takes a second to import)

        return float(
            f1_score(self.targets.numpy(), self.predictions, average="macro", zero_division=0.0)
        )


@torch.no_grad()
def evaluate(
    network: nn.Module, feed: Feed, loss: Loss, settings: EvaluationSettings
) -> Evaluation:
    """Return the network's outputs on all of a split; its mode is afterwards as it was before."""
    training = network.training
    network.eval()
    logits, targets, total = [], [], 0.0
    try:
        for indices in torch.split(torch.arange(len(feed)), settings.batch):
            inputs, wanted = feed.take(indices)
            outputs = see(network, inputs, settings)
            total += float(loss(outputs, wanted).sum())
            logits.append(outputs.cpu())
            targets.append(wanted.cpu())
    finally:
        network.train(training)
    return Evaluation(total / len(feed), torch.cat(logits), torch.cat(targets))


def see(network: nn.Module, inputs: Tensor, settings: EvaluationSettings) -> Tensor:
    """Return the outputs for a batch, averaged over its views, in float32. `(N, classes)`."""
    outputs = [
        weight * network(view).float()
        for view, weight in views(inputs, flip=settings.flip, shift=settings.shift)
    ]
    return torch.stack(outputs).sum(0)
