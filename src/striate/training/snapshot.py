"""What is to be seen in a network at one moment, as JSON values and arrays: in memory, on disk."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save
from torch import Tensor

from striate.data import Description
from striate.errors import RunError
from striate.files import replacing
from striate.training.insides import Insides, Layer
from striate.training.round import Guess, Round
from striate.training.shown import Room, maps

_PARTS = ("activations", "gradients", "weights", "weight_gradients", "bias", "bias_gradients")
_ROOM = Room(channels=4, side=96)
_GUESSES_SHOWN = 16

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Snapshot:
    """JSON values, and arrays of float32, int32 and uint8 by their names."""

    values: dict[str, Any]
    arrays: Arrays = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Put the snapshot in the place of the one before.

        Raises OSError when the disk refuses.
        """
        arrays = {name: np.ascontiguousarray(array) for name, array in self.arrays.items()}
        with replacing(path, lasting=False) as temporary:
            temporary.write_bytes(save(arrays, {"values": json.dumps(self.values)}))

    @classmethod
    def read(cls, path: Path) -> "Snapshot":
        """Return the snapshot in a file.

        Raises RunError when there is none, or none that can be read.
        """
        try:
            with safe_open(path, framework="np") as file:
                values = json.loads((file.metadata() or {})["values"])
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (SafetensorError, LookupError, ValueError, RecursionError, OSError) as error:
            raise RunError(f"{path} is not a snapshot that can be read: {error}") from error
        if not isinstance(values, dict):
            raise RunError(f"{path} is not a snapshot that can be read: it holds no values")
        return cls(values, arrays)


def of_layers(insides: Insides) -> Snapshot:
    """Return the layers under "layers", and what is shown of them as `conv1/activations`, ..."""
    arrays: Arrays = {}
    for layer in insides.layers:
        for name, part in layer.parts.items():
            if part.shown is not None:
                arrays[f"{layer.name}/{name}"] = part.shown
    return Snapshot({"layers": [_layer(layer) for layer in insides.layers]}, arrays)


def _layer(layer: Layer) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": layer.name,
        "kind": layer.line.kind,
        "line": layer.line.number,
        "text": layer.line.text,
        "output": list(layer.output),
    }
    for name in _PARTS:
        part = layer.parts.get(name)
        described[name] = part and {
            **part.figures.plain(),
            "array": f"{layer.name}/{name}" if part.shown is not None else None,
            "stride": part.stride,
        }
    return described


def of_guess(guess: Guess) -> dict[str, Any]:
    """Return what a network says of an example."""
    return {
        "index": guess.example,
        "target": guess.target,
        "right": guess.right,
        "top": [[kind, share if math.isfinite(share) else 0.0] for kind, share in guess.top],
    }


def of_round(
    around: Round, stored: Sequence[npt.NDArray[Any]] | npt.NDArray[Any], description: Description
) -> Snapshot:
    """Return how a network does on test examples: "validation", "guesses" and "confusion".

    `stored` are all test examples as the dataset stores them.
    """
    tried, shown = around.tried(), around.newest[:_GUESSES_SHOWN]
    arrays = {"guesses": pictures([stored[one.example] for one in shown], description)}
    if tried.confusion is not None:
        arrays["confusion"] = tried.confusion
    validation = {
        "examples": tried.examples,
        "loss": tried.loss if math.isfinite(tried.loss) else None,
        "accuracy": tried.accuracy,
    }
    values = {"validation": validation, "guesses": [of_guess(one) for one in shown]}
    return Snapshot(values, arrays)


def pictures(stored: Sequence[npt.NDArray[Any]], description: Description) -> npt.NDArray[Any]:
    """Return examples as a dataset stores them, as they are shown.

    Images become bytes `(N, C, H, W)`, 0 to 255; signals float32 `(N, C, L)` in their own units.
    """
    values = torch.stack([_thinned(torch.from_numpy(np.array(one))) for one in stored])
    if description.signal:
        return np.asarray(values.float().numpy())
    return _bytes(values.float() * (255 / description.maximum))


def picture(batch: Tensor, description: Description) -> npt.NDArray[Any]:
    """Return the first example of a batch that a network saw, as it is shown; see `pictures`.

    Signals that were standardised by themselves stay as the network saw them.
    """
    example = _thinned(batch[0].detach().float().cpu())
    if description.standardise == "dataset":
        shape = (-1,) + (1,) * (example.ndim - 1)
        mean, deviation = torch.tensor(description.mean), torch.tensor(description.std)
        example = example * deviation.view(shape) + mean.view(shape)
    if description.signal:
        return np.asarray(example.numpy())
    return _bytes(example * (255 / description.maximum))


def _thinned(example: Tensor) -> Tensor:
    return maps(example, _ROOM)[0]


def _bytes(values: Tensor) -> npt.NDArray[np.uint8]:
    return np.asarray(values.nan_to_num().round().clamp(0, 255).to(torch.uint8).numpy())
