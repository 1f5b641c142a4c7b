"""Values that are moved: each comes from the very element that torch moved there."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from striate.errors import NetworkError
from striate.network import Network, Trace

Move = Callable[[Tensor], Tensor]


class Moving(nn.Module):
    """A module that does one thing, and something after it to see past."""

    one: Tensor

    def __init__(self, move: Move) -> None:
        super().__init__()
        self.move = move
        self.register_buffer("one", torch.ones((), dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return self.move(x) * self.one


MOVES: dict[str, Move] = {
    "view": lambda x: x.view(2, 3, -1),
    "view over the batch": lambda x: x.view(2, 3, 4, 3, 2).reshape(8, 9, -1),
    "flatten": lambda x: x.flatten(1),
    "flatten all": lambda x: x.flatten(),
    "unflatten": lambda x: torch.unflatten(x.flatten(2), 2, (3, 8)),
    "squeeze": lambda x: x[:, :1].squeeze(1),
    "unsqueeze": lambda x: x[:, None, ..., None],
    "permute": lambda x: x.permute(0, 2, 3, 1),
    "permute the batch": lambda x: x.permute(3, 0, 1, 2),
    "transpose": lambda x: x.transpose(1, 3),
    "movedim": lambda x: x.movedim((1, 2), (3, 1)),
    "moveaxis": lambda x: x.moveaxis(1, -1),
    "swapaxes": lambda x: x.swapaxes(0, 2),
    "mT": lambda x: x.mT,
    "T": lambda x: x.flatten(1).T,
    "t": lambda x: x.flatten(1).t(),
    "slice": lambda x: x[:, 1:, :-1, -5:-1],
    "slice with steps": lambda x: x[:, ::2, 1::2, ::3],
    "slice the batch": lambda x: x[1:],
    "narrow": lambda x: x.narrow(3, 2, 3),
    "select": lambda x: x[:, -1],
    "select an example": lambda x: x[1],
    "unbind": lambda x: x.unbind(3)[4],
    "split": lambda x: torch.split(x, 4, 3)[1],
    "split into sizes": lambda x: torch.split(x, [1, 2, 3], 3)[2],
    "chunk": lambda x: x.chunk(4, 3)[2],
    "tensor_split": lambda x: torch.tensor_split(x, 4, 3)[1],
    "expand": lambda x: x[:, :1].expand(2, 5, 4, 6),
    "expand a new axis": lambda x: x.expand(3, 2, 3, 4, 6),
    "repeat": lambda x: x.repeat(1, 2, 1, 3),
    "repeat a new axis": lambda x: x.repeat(2, 1, 1, 1, 1),
    "tile": lambda x: x.tile(2, 1, 2, 1),
    "repeat_interleave": lambda x: x.repeat_interleave(2, 1),
    "pad": lambda x: F.pad(x, (1, 2, 0, 3), value=2.5),
    "pad less": lambda x: F.pad(x, (-1, 2, 0, -2)),
    "pad channels": lambda x: F.pad(x, (0, 0, 0, 0, 1, 2)),
    "reflect": lambda x: F.pad(x, (2, 1, 3, 0), mode="reflect"),
    "replicate": lambda x: F.pad(x, (2, 7, 3, 0), mode="replicate"),
    "circular": lambda x: F.pad(x, (2, 1, 3, 0), mode="circular"),
    "roll": lambda x: x.roll((1, -2), (2, 3)),
    "roll all": lambda x: x.roll(5),
    "flip": lambda x: x.flip(1, 3),
    "rot90": lambda x: torch.rot90(x, 1, (2, 3)),
    "cat": lambda x: torch.cat([x, x[:, :1], x], 1),
    "cat with ones": lambda x: torch.cat([x, torch.ones(2, 2, 4, 6, dtype=x.dtype)], 1),
    "cat examples": lambda x: torch.cat([x, x]),
    "stack": lambda x: torch.stack([x, x.flip(1)], 1),
    "stack last": lambda x: torch.stack([x, x.flip(1), x], -1),
    "channel_shuffle": lambda x: F.channel_shuffle(x, 3),
    "pixel_shuffle": lambda x: F.pixel_shuffle(x.repeat(1, 4, 1, 1), 2),
    "pixel_unshuffle": lambda x: F.pixel_unshuffle(x, 2),
    "index": lambda x: x[:, [0, 2, 1], :, 3],
    "index_select": lambda x: x.index_select(1, torch.tensor([2, 0])),
    "gather": lambda x: x.gather(1, torch.arange(48).reshape(2, 1, 4, 6) % 3),
    "unfold": lambda x: x.unfold(3, 3, 2),
    "im2col": lambda x: F.unfold(x, 3, padding=1),
    "diagonal": lambda x: x.diagonal(dim1=2, dim2=3),
    "tril": lambda x: x.tril(),
    "clone": lambda x: x.clone().contiguous().detach(),
    "to whole numbers": lambda x: x.to(torch.int64).to(torch.float64),
}


class Moves(nn.Module):
    """All of them, in one network because capturing takes longer than explaining."""

    def __init__(self) -> None:
        super().__init__()
        self.moves = nn.ModuleDict({name: Moving(move) for name, move in MOVES.items()})

    def forward(self, x: Tensor) -> list[Tensor]:
        return [move(x) for move in self.moves.values()]


def test_a_moved_value_is_that_of_its_source(check_every_layer: Any) -> None:
    # All values differ, so that an equal parent is the right one.
    x = torch.randperm(144, generator=torch.Generator().manual_seed(0)).double() + 1
    found = check_every_layer(Moves(), x.reshape(2, 3, 4, 6) / 10, units=20)
    assert len(found["mul"]) == len(MOVES)


def traced(move: Move, x: Tensor) -> Trace:
    return Network(Moving(move), x).trace(x)


def test_following_the_parents_leads_to_the_pixel() -> None:
    x = torch.arange(144.0).reshape(2, 3, 4, 6)
    trace = traced(lambda x: x.permute(0, 2, 3, 1).flip(1).reshape(2, -1)[:, ::5], x)
    moved = x.permute(0, 2, 3, 1).flip(1).reshape(2, -1)[:, ::5]
    unit = trace.why("mul", 9, example=1).unit
    while unit.layer != "input":
        (unit,) = unit.why().parents
    assert x[(unit.example, *unit.index)] == moved[1, 9]
    assert unit.why().parents == ()


def test_padding_is_a_constant_without_parents() -> None:
    x = torch.ones(1, 1, 2, 2)
    trace = traced(lambda x: F.pad(x, (1, 0, 0, 0), value=7.0), x)
    why = trace.why("pad", 0, (0, 0))
    assert why.parents == ()
    assert why.total == 7
    assert why.steps[0].label == "padding"


def test_of_a_concatenation_one_operand_is_the_parent() -> None:
    x = torch.randn(1, 2, 3)
    trace = traced(lambda x: torch.cat([x.sin(), x.cos()], 1), x)
    (parent,) = trace.why("cat", 3, 1).parents
    assert parent.layer == "cos"
    assert parent.index == (1, 1)


def test_values_that_were_not_kept_are_asked_for() -> None:
    x = torch.randn(1, 2, 3)
    trace = Network(Moving(lambda x: x.sin().flip(1)), x).trace(x, keep=["flip"])
    with pytest.raises(
        NetworkError, match=r"flip is computed from sin, whose values were not kept"
    ):
        trace.why("flip", 0, 0)


def test_of_an_unknown_operation_there_is_what_it_reads() -> None:
    x = torch.arange(24.0).reshape(2, 3, 4) + 1
    trace = traced(lambda x: x.sort(2, descending=True).values, x)
    why = trace.why("sort", 1, 2, example=1)
    assert why.total == why.unit.value == float(x[1, 1, 1])
    for parent in why.parents:
        assert parent.value == float(x[(parent.example, *parent.index)])
    assert {(1, 1, place) for place in range(3)} <= {(p.example, *p.index) for p in why.parents}
