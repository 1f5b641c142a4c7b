"""The networks are compared with the same architectures of others, in pairs of fair turns."""

from types import ModuleType

import pytest
import torch
from benchmarks.models import PEERS, QUICK, Comparison, compare, create_peer, in_turns

from striate.models import create, names


def test_the_networks_are_ours() -> None:
    assert set(PEERS) <= set(names())
    assert set(QUICK) <= set(PEERS)


@pytest.mark.parametrize("name", [*QUICK, "googlenet", "r2plus1d_18", "mobilenet"])
def test_peers_have_as_many_parameters(torchvision: ModuleType, name: str) -> None:
    with torch.device("meta"):
        ours, theirs = create(name), create_peer(PEERS[name])
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in theirs.parameters())


def test_both_take_turns_to_be_first() -> None:
    turns: list[str] = []
    ours, theirs = in_turns(lambda: turns.append("o"), lambda: turns.append("t"), 0.0)
    assert len(ours) == len(theirs) == 5
    assert "".join(turns) == "ot" + "ottoottoot"


def test_the_ratio_is_of_pairs() -> None:
    found = Comparison("a", "b", (1.0, 20.0, 3.0), (1.0, 10.0, 1.0))
    assert found.ratio == 2.0


def test_each_kind_of_work_is_compared(torchvision: ModuleType) -> None:
    found = list(compare("squeezenet1_1", PEERS["squeezenet1_1"], 0.0, 64))
    assert [one.work for one in found] == ["inference, 1", "inference, 8", "training step, 8"]
    assert all(one.ratio > 0 for one in found)


def test_other_networks_are_not_compared(torchvision: ModuleType) -> None:
    with pytest.raises(ValueError, match="1235496 parameters and torchvision:squeezenet1_0 12484"):
        list(compare("squeezenet1_1", "torchvision:squeezenet1_0", 0.0))
