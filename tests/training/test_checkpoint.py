import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from striate.errors import RunError
from striate.training import load_weights, make_optimisers, parse_recipe, save_weights
from striate.training.checkpoint import (
    Place,
    State,
    read_checkpoint,
    restore,
    save_checkpoint,
    step_of,
    steps_in,
)
from striate.training.optimisers import scale_learning_rates

OPTIMISERS: dict[str, dict[str, Any]] = {
    "sgd": {"kind": "sgd", "lr": 0.1},
    "nesterov": {"kind": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    "adagrad": {"kind": "adagrad"},
    "adadelta": {"kind": "adadelta"},
    "rmsprop": {"kind": "rmsprop"},
    "rmsprop with momentum": {"kind": "rmsprop", "momentum": 0.9},
    "adam": {"kind": "adam", "weight_decay": 0.01},
    "adamw": {"kind": "adamw", "betas": [0.8, 0.95]},
    "muon": {"kind": "muon", "normalise_weights": True},
    "muon and sgd": {"kind": "muon", "others": {"kind": "sgd", "lr": 0.1, "momentum": 0.9}},
}


def state(optimiser: str = "adam", seed: int = 0, channels: int = 4) -> State:
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1),
        nn.Conv2d(channels, channels, 1),
        nn.Flatten(),
        nn.Linear(channels * 16, 3),
    )
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    text = "epochs = 1\nbatch = 1\nnetwork = ''\n[data]\nname = ''"
    settings = parse_recipe(text, "", optimiser=OPTIMISERS[optimiser]).optimiser
    average = {"0.weight": torch.rand(channels, 1, 3, 3), "1.running_mean": torch.rand(channels)}
    return State(network, make_optimisers(network, settings), average)


def train(at: State, first: int, last: int) -> None:
    for step in range(first, last):
        images = torch.randn(5, 1, 4, 4, generator=torch.Generator().manual_seed(step))
        at.network(images).square().mean().backward()
        scale_learning_rates(at.optimisers, 1 / (step + 1))
        for optimiser in at.optimisers:
            optimiser.step()
            optimiser.zero_grad()


def tensors_of(at: State) -> list[Tensor]:
    """Every tensor of the state, in a fixed order."""
    found = [*at.network.state_dict().values(), *at.average.values()]
    for optimiser in at.optimisers:
        for entries in optimiser.state_dict()["state"].values():
            found += [value for _, value in sorted(entries.items()) if isinstance(value, Tensor)]
    return found


def groups_of(at: State) -> list[Any]:
    return [optimiser.state_dict()["param_groups"] for optimiser in at.optimisers]


def same_bits(one: State, other: State) -> bool:
    pairs = zip(tensors_of(one), tensors_of(other), strict=True)
    return all(a.dtype == b.dtype and torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_training_goes_on_from_it_bit_for_bit(tmp_path: Path, optimiser: str) -> None:
    whole = state(optimiser)
    train(whole, 0, 3)
    place = Place(step=3, batch=5, seconds=1 / 3, first_loss=0.1, epoch_examples=15)
    path = save_checkpoint(tmp_path, place, whole)
    resumed = state(optimiser, seed=1)
    train(resumed, 7, 8)  # whatever it holds is replaced
    assert not same_bits(resumed, whole)
    checkpoint = read_checkpoint(path)
    restore(checkpoint, resumed)
    assert checkpoint.place == place
    assert same_bits(resumed, whole)
    assert groups_of(resumed) == groups_of(whole)
    train(whole, 3, 6)
    train(resumed, 3, 6)
    assert same_bits(resumed, whole)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_before_the_first_step(tmp_path: Path, optimiser: str) -> None:
    whole, resumed = state(optimiser), state(optimiser, seed=1)
    restore(read_checkpoint(save_checkpoint(tmp_path, Place(), whole)), resumed)
    train(whole, 0, 2)
    train(resumed, 0, 2)
    assert same_bits(resumed, whole)


def test_restoring_keeps_the_memory_layout(tmp_path: Path) -> None:
    whole, resumed = state("nesterov"), state("nesterov", seed=1)
    train(whole, 0, 1)
    restore(read_checkpoint(save_checkpoint(tmp_path, Place(), whole)), resumed)
    for one, other in zip(tensors_of(whole), tensors_of(resumed), strict=True):
        if one.ndim == 4:
            assert other.is_contiguous(memory_format=torch.channels_last)
            assert one.is_contiguous(memory_format=torch.channels_last)


def test_what_the_file_holds(tmp_path: Path) -> None:
    saved = state()
    train(saved, 0, 1)
    path = save_checkpoint(tmp_path, Place(step=1), saved)
    assert path.name == "step-00000001.safetensors"
    with safe_open(path, framework="np") as file:
        names = set(file.keys())
        assert json.loads(file.metadata()["place"])["step"] == 1
        weight = file.get_tensor("weights/0.weight")
    assert {"weights/1.running_var", "average/0.weight"} <= names
    assert {"optimiser/0/0/exp_avg", "optimiser/0/0/exp_avg_sq", "optimiser/0/0/step"} <= names
    assert (weight == saved.network.get_parameter("0.weight").detach().numpy()).all()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


class TestDamage:
    def test_of_any_byte_is_noticed(self, tmp_path: Path) -> None:
        saved = state("sgd")
        path = save_checkpoint(tmp_path, Place(), saved)
        content = path.read_bytes()
        draw = random.Random(0)
        places = [0, 8, len(content) - 1, *draw.sample(range(len(content)), 200)]
        for place in places:
            damaged = bytearray(content)
            damaged[place] ^= 1 << draw.randrange(8)
            path.write_bytes(damaged)
            with pytest.raises(
                RunError, match=r"step-00000000.safetensors is (damaged|not a chec)"
            ):
                read_checkpoint(path)

    @pytest.mark.parametrize("share", [0.0, 0.001, 0.2, 0.5, 0.999])
    def test_by_a_cut_is_noticed(self, tmp_path: Path, share: float) -> None:
        path = save_checkpoint(tmp_path, Place(), state())
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(RunError, match="is not a checkpoint that can be read"):
            read_checkpoint(path)

    def test_a_file_that_is_none(self, tmp_path: Path) -> None:
        foreign, folder = tmp_path / "weights.safetensors", tmp_path / "folder"
        save_weights(foreign, nn.Linear(2, 2))
        folder.mkdir()
        for path in (foreign, folder, tmp_path / "absent"):
            with pytest.raises(RunError, match=f"{path.name} is not a checkpoint"):
                read_checkpoint(path)

    @pytest.mark.parametrize(
        "other",
        [
            state(channels=5),
            state("muon"),
            State(state().network, state().optimisers, {}),
            State(nn.Linear(2, 2), [], {}),
        ],
    )
    def test_a_state_that_it_does_not_fit(self, tmp_path: Path, other: State) -> None:
        saved = state()
        train(saved, 0, 1)
        checkpoint = read_checkpoint(save_checkpoint(tmp_path, Place(), saved))
        with pytest.raises(RunError, match="does not fit the run's recipe"):
            restore(checkpoint, other)


class TestFolder:
    def test_checkpoints_are_in_the_order_of_steps(self, tmp_path: Path) -> None:
        for step in (100_000_000, 20, 3):
            save_checkpoint(tmp_path, Place(step=step), state())
        (tmp_path / "step-7.safetensors").touch()
        (tmp_path / "step-00000007.damaged").touch()
        assert [step_of(path) for path in steps_in(tmp_path)] == [3, 20, 100_000_000]

    def test_a_name_that_is_none(self) -> None:
        with pytest.raises(RunError, match="is not the name of a checkpoint"):
            step_of(Path("weights.safetensors"))


class TestWeights:
    def test_they_come_back(self, tmp_path: Path) -> None:
        one, other = state().network, state(seed=1).network
        save_weights(tmp_path / "w", one)
        load_weights(tmp_path / "w", other)
        for name, value in one.state_dict().items():
            assert torch.equal(value, other.state_dict()[name])

    def test_shared_and_strided_weights_can_be_saved(self, tmp_path: Path) -> None:
        network = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
        network[1].weight = network[0].weight
        save_weights(tmp_path / "w", network)
        load_weights(tmp_path / "w", network)

    def test_files_that_do_not_hold_them(self, tmp_path: Path) -> None:
        path, network = tmp_path / "w", nn.Linear(2, 2)
        for content in (b"", b"\x80" * 100, b"{}"):
            path.write_bytes(content)
            with pytest.raises(RunError, match="is not a weights file that can be read"):
                load_weights(path, network)
        save_weights(path, nn.Linear(2, 3))
        with pytest.raises(RunError, match="are of another network"):
            load_weights(path, network)
