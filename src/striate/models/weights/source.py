"""Weights that somebody has published for a named network."""

from dataclasses import dataclass

from striate.data import Preprocessing, RemoteFile
from striate.models.entry import Accuracy


@dataclass(frozen=True)
class Source:
    """Published weights, and what is needed to use them.

    `model` is the registered network, `publisher` and `version` tell its sources apart.
    `size` is the file's in MiB, as published. `accuracy` is as the publisher measured it with this
    `preprocessing`; `licence` says what is known of the terms, `note` where the weights come from
    if not from the publisher.
    """

    model: str
    publisher: str
    version: str
    file: RemoteFile
    size: float
    preprocessing: Preprocessing
    accuracy: Accuracy
    licence: str
    note: str = ""

    @property
    def name(self) -> str:
        """The name by which it is asked for, such as `resnet50/torchvision-v2`."""
        return f"{self.model}/{self.publisher}-{self.version}"
