"""What the tests of weights share: a cache of their own, files, and statistics that tell apart."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

Save = Callable[[nn.Module], Path]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder that stands in for the user's, which no test may touch."""
    folder = tmp_path / "user cache"
    monkeypatch.setenv("STRIATE_CACHE", str(folder))
    return folder


@pytest.fixture(params=["safetensors", "pth", "old pth"])
def save(request: pytest.FixtureRequest, tmp_path: Path) -> Save:
    """Save a network's state dict in each format there is."""

    def write(network: nn.Module) -> Path:
        path = tmp_path / f"weights.{request.param.removeprefix('old ')}"
        if request.param == "safetensors":
            save_file({name: value.clone() for name, value in state(network).items()}, path)
        else:
            zipped = request.param == "pth"
            torch.save(state(network), path, _use_new_zipfile_serialization=zipped)
        return path

    return write


def state(network: nn.Module) -> dict[str, Tensor]:
    """A copy of everything a network's state dict has."""
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    """Whether two state dicts are equal in every bit."""
    return first.keys() == second.keys() and all(
        torch.equal(value, second[name]) for name, value in first.items()
    )


def spread(network: nn.Module) -> None:
    """Give every batch normalisation numbers of its own, small variances among them."""
    generator = torch.Generator().manual_seed(0)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            for values in (module.running_mean, module.bias):
                assert values is not None
                values.data.normal_(0, 0.1, generator=generator)
            for values in (module.running_var, module.weight):
                assert values is not None
                values.data.uniform_(0.2, 1.2, generator=generator)
