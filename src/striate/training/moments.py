"""The weights at moments all along a training, to look back through: few enough to keep.

At first every step is a moment. Whenever there are too many, every second one goes, and from then
on only steps that are multiples of twice the spacing become moments: so there are always between
half and all of the most that are kept, evenly spread over what has been trained so far.
"""

import time
from pathlib import Path

from torch import nn

from striate.files import replacing
from striate.notation import build
from striate.training.checkpoint import load_weights, step_of, steps_in, weights_as_bytes
from striate.training.run_folder import RunFolder

MOST_MOMENTS = 64
MOST_BYTES = 256 << 20
_SHARE = 0.02


class Moments:
    """Keeps the moments of a run as it is trained, in a fiftieth of the time at most."""

    def __init__(self, folder: Path, network: nn.Module) -> None:
        self._folder = folder
        self._network = network
        size = sum(value.nbytes for value in network.state_dict().values())
        self._most = min(MOST_MOMENTS, MOST_BYTES // max(size, 1))
        self._spent = 0.0
        self._steps = [step_of(path) for path in steps_in(folder)]
        self._spacing = 1
        while any(self._steps) and not any(step % (2 * self._spacing) for step in self._steps):
            self._spacing *= 2

    def see(self, step: int, seconds: float) -> None:
        """Keep the weights after a step if it is a moment; `seconds` were spent training so far.

        Raises OSError when the disk refuses.
        """
        if step % self._spacing or self._most < 2 or (step and step in self._steps[-1:]):
            return
        if step and self._spent > _SHARE * seconds:
            return
        began = time.perf_counter()
        with replacing(self._folder / f"step-{step:08d}.safetensors", lasting=False) as temporary:
            temporary.write_bytes(weights_as_bytes(self._network))
        if step not in self._steps:
            self._steps.append(step)
        while len(self._steps) > self._most:
            self._thin()
        self._spent += time.perf_counter() - began

    def _thin(self) -> None:
        self._spacing *= 2
        for step in [step for step in self._steps if step % self._spacing]:
            _path(self._folder, step).unlink(missing_ok=True)
            self._steps.remove(step)


def moments_of(run: RunFolder) -> list[int]:
    """Return the steps after which weights were kept, ascending."""
    return [step_of(path) for path in steps_in(run.moments_path)]


def network_at(run: RunFolder, step: int) -> nn.Module:
    """Return a run's network as it was at a moment, or as it was in the end, to be tested.

    Raises RunError when there is no such moment, or its file is damaged.
    """
    network = build(run.recipe().network)
    load_weights(weights_at(run, step), network)
    return network.eval()


def weights_at(run: RunFolder, step: int) -> Path:
    """Return the file with a run's weights at a moment, or in the end."""
    summary = run.summary()
    if summary is not None and summary.steps == step:
        return run.weights_path
    return _path(run.moments_path, step)


def _path(folder: Path, step: int) -> Path:
    return folder / f"step-{step:08d}.safetensors"
