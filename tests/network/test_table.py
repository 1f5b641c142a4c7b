"""Tables of networks that are small enough to be counted by hand, and of random ones."""

import json
from fractions import Fraction

import pytest
import torch
from tests.random_texts import Writer
from torch import Tensor, nn

from striate.network import Network

ONE_AXIS = """\
input 2x20
conv 4 5 stride 2
relu
maxpool 2
flatten
linear 3
"""

TWO_AXES = """\
input 3x6x8
conv 4 3x5 pad 1x2 bias no
batchnorm
parallel
  branch
    conv 2 1x1
  branch
    avgpool 3x3 stride 1 pad 1
residual
  conv 6 3x3 pad same groups 2
avgpool global
flatten
linear 5
"""

THREE_AXES = """\
input 1x4x6x6
conv 2 3x3x3 pad 1 stride 1x2x2
maxpool 2x1x1 stride 2x1x1
conv 3 2x3x3
"""


def columns(text: str, *names: str) -> list[tuple[object, ...]]:
    return [tuple(getattr(row, name) for name in names) for row in Network(text).table().rows]


def test_one_axis_by_hand() -> None:
    assert columns(ONE_AXIS, "output", "parameters", "multiply_adds", "activation_bytes") == [
        ((2, 20), 0, 0, 160),
        ((4, 8), 4 * 2 * 5 + 4, 8 * 4 * 2 * 5, 128),  # (20 - 5)/2 + 1 = 8
        ((4, 8), 0, 0, 128),
        ((4, 4), 0, 0, 64),
        ((16,), 0, 0, 64),
        ((3,), 16 * 3 + 3, 48, 12),
    ]
    fields = columns(ONE_AXIS, "receptive_field", "jump", "start", "everything")
    assert fields[:4] == [
        ((1,), (1,), (0,), None),
        ((5,), (2,), (0,), None),
        ((5,), (2,), (0,), None),
        ((7,), (4,), (0,), None),  # 5 + 1*2
    ]
    assert fields[4][3] is None
    assert fields[5][3] == "linear1"
    totals = Network(ONE_AXIS).table().totals
    assert (totals.parameters, totals.multiply_adds, totals.activation_bytes) == (95, 368, 556)


def test_two_axes_by_hand() -> None:
    rows = {row.layer: row for row in Network(TWO_AXES).table().rows}
    assert {name: (row.parameters, row.multiply_adds) for name, row in rows.items()} == {
        "input": (0, 0),
        "conv1": (4 * 3 * 15, 6 * 8 * 4 * 3 * 15),
        "norm1": (8, 0),
        "parallel1.branches.0.conv1": (2 * 4 + 2, 6 * 8 * 2 * 4),
        "parallel1.branches.1.pool1": (0, 0),
        "parallel1.cat": (0, 0),
        "residual1.body.conv1": (6 * 3 * 9 + 6, 6 * 8 * 6 * 3 * 9),
        "residual1.add": (0, 0),
        "pool1": (0, 0),
        "flatten1": (0, 0),
        "linear1": (35, 30),
    }
    assert rows["conv1"].receptive_field == (3, 5)
    assert rows["conv1"].start == (-1, -2)
    assert rows["parallel1.cat"].receptive_field == (5, 7)  # the wider branch: 3 + 2, 5 + 2
    assert rows["residual1.add"].receptive_field == (7, 9)
    assert rows["pool1"].everything == "pool1"
    assert [row.kind for row in rows.values()][:6] == [
        *("input", "convolution", "normalisation", "convolution", "pooling", "join")
    ]


def test_three_axes_by_hand() -> None:
    fields = ("output", "receptive_field", "jump", "start", "parameters", "multiply_adds")
    assert columns(THREE_AXES, *fields)[1:] == [
        ((2, 4, 3, 3), (3, 3, 3), (1, 2, 2), (-1, -1, -1), 56, 36 * 2 * 27),
        ((2, 2, 3, 3), (4, 3, 3), (2, 2, 2), (-1, -1, -1), 0, 0),
        ((3, 1, 1, 1), (6, 7, 7), (2, 2, 2), (-1, -1, -1), 3 * 2 * 18 + 3, 3 * 2 * 18),
    ]


def test_a_transposed_convolution_moves_by_a_fraction() -> None:
    table = Network("input 1x6\ntransposed 2 4 stride 2 pad 1\n").table()
    assert table.rows[1].jump == (Fraction(1, 2),)
    assert table.plain()["layers"][1]["jump"] == [0.5]
    assert table.rows[1].multiply_adds == 6 * 2 * 4


def notes(source: str | nn.Module, shape: tuple[int, ...] | None = None) -> list[tuple[str, str]]:
    table = Network(source, shape).table()
    return [(row.layer, note) for row in table.rows for note in row.notes]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (
            "input 1x9x8\nmaxpool 2x2",
            "drops the last 1 of 9 rows of input: the stride does not fit",
        ),
        (
            "input 1x9x11\nconv 1 2x4 stride 2x4",
            "drops the last 1 of 9 rows and 3 of 11 columns of input: the stride does not fit",
        ),
        (
            "input 1x5x5x5\navgpool 2x2x2",
            "drops the last 1 of 5 frames, 1 of 5 rows and 1 of 5 columns of input: "
            "the stride does not fit",
        ),
        ("input 1x11\nconv 1 3 stride 3", "drops the last 2 of 11 positions of input"),
        ("input 1x8x9\nconv 1 1x1 stride 2", "no window reads 4 of 8 rows and 4 of 9 columns"),
        ("input 1x9\nconv 1 3 dilation 4", "no window reads 6 of 9 positions of input"),
    ],
)
def test_what_no_window_reads(text: str, note: str) -> None:
    ((_, found),) = notes(text)
    assert found.startswith(note)


@pytest.mark.parametrize(
    "text",
    [
        "input 1x10\nconv 1 3 stride 3 pad 1",  # the last window ends in the padding
        "input 1x9\nconv 1 3 dilation 3 pad same",
        "input 1x7x7\ntransposed 2 3x3 stride 2",
        "input 1x8x8\nlppool 2x2\navgpool global",
    ],
)
def test_nothing_to_note(text: str) -> None:
    assert notes(text) == []


def test_a_field_larger_than_the_input_is_noted_where_that_begins() -> None:
    text = "input 1x9x40\n" + "conv 1 3x3 pad same\n" * 8
    assert notes(text) == [("conv5", "sees 11x11, more than the 9x40 input, from here on")]


class Sliced(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Conv2d(4, 2, 1)
        self.unused = nn.Linear(5, 7)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        kept = self.norm(self.conv(x))
        return self.head(kept[:, 2:6]), kept[:, 0]


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 8, 2, stride=2)

    def forward(self, x: Tensor) -> Tensor:
        tokens: Tensor = self.patches(x).flatten(2).transpose(1, 2)
        return tokens[:, :5].relu()


def test_channels_that_are_not_used_are_noted_where_they_are_made() -> None:
    assert notes(Sliced(), (3, 9, 9)) == [("conv", "3 of 8 channels are not used")]
    ((layer, note),) = notes(Tokens(), (3, 6, 6))
    assert (layer, note) == ("transpose", "4 of 9 entries of the first axis are not used")
    # The first channel is all that the network reads of its input.
    assert notes(ReadsOne(), (3, 4, 4)) == [("input", "2 of 3 channels are not used")]


class ReadsOne(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[:, :1] * 2


def test_parameters_that_no_layer_reads_are_counted_apart() -> None:
    module = Sliced()
    totals = Network(module, (3, 9, 9)).table().totals
    assert totals.unused_parameters == 5 * 7 + 7
    used = totals.parameters + totals.unused_parameters
    assert used == sum(parameter.numel() for parameter in module.parameters())


def test_random_networks() -> None:
    for seed in range(1000, 1015):
        text = Writer(seed).text()
        network = Network(text)
        table = network.table()
        costs = [row.multiply_adds for row in table.rows]
        if sum(costs):
            assert sum(row.share for row in table.rows) == pytest.approx(1), text
            assert table.rows[costs.index(max(costs))].share == max(r.share for r in table.rows)
        else:
            assert not any(row.share for row in table.rows)
        traced = network.trace(torch.rand(1, *network.input_shape))
        for row in table.rows:
            value = traced[row.layer]
            assert value.shape[1:] == row.output, text
            assert value.numel() * value.element_size() == row.activation_bytes
        plain = table.plain()
        assert json.loads(json.dumps(plain, allow_nan=False)) == plain, text
        assert [layer["layer"] for layer in plain["layers"]] == [row.layer for row in table.rows]
        for total in ("parameters", "multiply_adds", "activation_bytes"):
            assert plain["totals"][total] == sum(layer[total] for layer in plain["layers"])


def test_a_network_without_arithmetic_has_no_shares() -> None:
    table = Network("input 1x4x4\nmaxpool 2x2\n").table()
    assert [row.share for row in table.rows] == [0, 0]
    assert (table.totals.parameters, table.totals.multiply_adds) == (0, 0)
