"""Checkpoints: everything that training needs to go on as if it had never stopped.

One safetensors file each: tensors under `weights/NAME`, `average/NAME` and
`optimiser/INDEX/PARAMETER/NAME`, the rest as JSON in the file's metadata. A single file, because
a single rename is what makes it whole or absent.
"""

import json
import re
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.optim import Optimizer

from striate.errors import RunError
from striate.files import replacing

_NAME = re.compile(r"step-(\d{8,})\.safetensors")


@dataclass(frozen=True)
class Place:
    """Where in the training we are: steps made, whole epochs, examples of this epoch used.

    `changes` counts the settings changed while training ran; `first_loss` and `smoothed_loss` are
    what divergence is told by; the last three are sums over this epoch's steps so far.
    """

    step: int = 0
    epoch: int = 0
    offset: int = 0
    batch: int = 1
    changes: int = 0
    seconds: float = 0.0
    evaluation_seconds: float = 0.0
    first_loss: float = 0.0
    smoothed_loss: float = 0.0
    epoch_loss: float = 0.0
    epoch_right: int = 0
    epoch_examples: int = 0

    @property
    def epoch_ended(self) -> bool:
        """Whether an epoch's last step has been made, and the epoch not yet been looked back on."""
        return self.offset == 0 and self.epoch_examples > 0


@dataclass(frozen=True)
class State:
    """The live objects that a checkpoint saves and restores."""

    network: nn.Module
    optimisers: list[Optimizer]
    average: dict[str, Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint's file holds."""

    path: Path
    place: Place
    tensors: dict[str, Tensor]
    optimisers: list[dict[str, Any]]


def save_checkpoint(folder: Path, place: Place, state: State) -> Path:
    """Write a checkpoint and return its path; it is there whole or not at all.

    Raises OSError when the disk refuses.
    """
    tensors = {f"weights/{name}": value for name, value in state.network.state_dict().items()}
    tensors |= {f"average/{name}": value for name, value in state.average.items()}
    optimisers = []
    for index, optimiser in enumerate(state.optimisers):
        scalars, values = _split(optimiser.state_dict())
        optimisers.append(scalars)
        tensors |= {f"optimiser/{index}/{name}": value for name, value in values.items()}
    metadata = {"place": json.dumps(asdict(place)), "optimisers": json.dumps(optimisers)}
    tensors = _on_their_own(tensors)
    metadata["crc32"] = _crc32(metadata, tensors)
    path = folder / f"step-{place.step:08d}.safetensors"
    with replacing(path) as temporary:
        temporary.write_bytes(save(tensors, metadata))
    return path


def read_checkpoint(path: Path) -> Checkpoint:
    """Return what a checkpoint's file holds.

    Raises RunError when the file is missing or damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            metadata = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        written = metadata.pop("crc32")
        place = Place(**json.loads(metadata["place"]))
        optimisers = json.loads(metadata["optimisers"])
    except (SafetensorError, LookupError, ValueError, TypeError, RecursionError, OSError) as error:
        raise RunError(f"{path} is not a checkpoint that can be read: {error}") from error
    if written != _crc32(metadata, tensors):
        raise RunError(f"{path} is damaged: its content does not have the checksum it was given")
    return Checkpoint(path, place, tensors, optimisers)


def restore(checkpoint: Checkpoint, state: State) -> None:
    """Bring the state, in place, to where the checkpoint was taken.

    Raises RunError when the checkpoint belongs to another network or other optimisers.
    """
    tensors = checkpoint.tensors
    try:
        state.network.load_state_dict(_under("weights/", tensors))
        average = _under("average/", tensors)
        if average.keys() != state.average.keys():
            raise RunError("its weight average is of other weights")
        for name, value in state.average.items():
            value.copy_(average[name])
        for index, optimiser in enumerate(state.optimisers):
            values = _under(f"optimiser/{index}/", tensors)
            optimiser.load_state_dict(_join(checkpoint.optimisers[index], values))
            _lay_out_like_parameters(optimiser)
    except (RuntimeError, ValueError, LookupError, TypeError, RunError) as error:
        raise RunError(f"{checkpoint.path} does not fit the run's recipe: {error}") from error


def steps_in(folder: Path) -> list[Path]:
    """Return the checkpoints in a folder, oldest first."""
    found = [path for path in folder.glob("step-*") if _NAME.fullmatch(path.name)]
    return sorted(found, key=step_of)


def step_of(path: Path) -> int:
    """Return the step after which a checkpoint was taken."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise RunError(f"{path.name} is not the name of a checkpoint (step-00000100.safetensors)")
    return int(match[1])


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {
        name.removeprefix(prefix): value
        for name, value in tensors.items()
        if name.startswith(prefix)
    }


def _split(state: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Take an optimiser's state apart into what JSON can hold and what it cannot."""
    scalars: dict[str, dict[str, Any]] = {}
    tensors: dict[str, Tensor] = {}
    for parameter, entries in state["state"].items():
        scalars[str(parameter)] = {}
        for name, value in entries.items():
            if isinstance(value, Tensor):
                tensors[f"{parameter}/{name}"] = value
            else:
                scalars[str(parameter)][name] = value
    return {"groups": state["param_groups"], "scalars": scalars}, tensors


def _join(scalars: dict[str, Any], tensors: dict[str, Tensor]) -> dict[str, Any]:
    """Put an optimiser's state together again."""
    state: dict[int, dict[str, Any]] = {
        int(key): value for key, value in scalars["scalars"].items()
    }
    for path, value in tensors.items():
        parameter, name = path.split("/", 1)
        state[int(parameter)][name] = value
    groups = [{key: _tuples(value) for key, value in group.items()} for group in scalars["groups"]]
    return {"state": state, "param_groups": groups}


def _tuples(value: Any) -> Any:
    """JSON has no tuples; `betas` are one, and `params` are a list in either case."""
    if (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(item, float) for item in value)
    ):
        return tuple(value)
    return value


def _lay_out_like_parameters(optimiser: Optimizer) -> None:
    """Give the state the parameters' memory layout: then sums run in the same order as before."""
    for parameter, entries in optimiser.state.items():
        for name, value in entries.items():
            if isinstance(value, Tensor) and value.shape == parameter.shape:
                entries[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)


def load_weights(path: Path, network: nn.Module) -> None:
    """Give a network the weights of a safetensors file.

    Raises RunError when the file is missing, damaged, or of another network.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise RunError(f"{path} is not a weights file that can be read: {error}") from error
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise RunError(f"the weights in {path} are of another network: {error}") from error


def save_weights(path: Path, network: nn.Module) -> None:
    """Write a network's weights under their own names, atomically.

    Raises OSError when the disk refuses.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(weights_as_bytes(network))


def weights_as_bytes(network: nn.Module) -> bytes:
    """Return a safetensors file's content: a network's weights under their own names."""
    return save(_on_their_own(network.state_dict()))


def _on_their_own(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give each tensor memory of its own: safetensors refuses views and shared storage."""
    return {name: value.cpu().contiguous().clone() for name, value in tensors.items()}


def _crc32(metadata: dict[str, str], tensors: dict[str, Tensor]) -> str:
    """Return a checksum, because safetensors notices a file cut short but not one altered."""
    sum_ = 0
    for name, text in sorted(metadata.items()):
        sum_ = zlib.crc32(f"{name}={text}".encode(), sum_)
    for name, value in sorted(tensors.items()):
        sum_ = zlib.crc32(name.encode(), sum_)
        sum_ = zlib.crc32(value.reshape(-1).view(torch.uint8).numpy().data, sum_)
    return f"{sum_:08x}"
