"""The network of the design's example, as a first proof."""

import torch
from tests.networks import LENET

from striate.notation import build, check

SIZES = [
    (1, 32, 32),
    (6, 28, 28),
    (6, 28, 28),
    (6, 14, 14),
    (16, 10, 10),
    (16, 10, 10),
    (16, 5, 5),
    (120, 1, 1),
    (120, 1, 1),
    (120,),
    (84,),
    (84,),
    (10,),
]


def test_every_size_of_lenet() -> None:
    report = check(LENET)
    assert [row.output for row in report.rows] == SIZES
    assert report.diagnostics == ()
    assert report.notes == ()
    assert report.input_shape == (1, 32, 32)
    assert report.output_shape == (10,)


def test_parameters_of_lenet() -> None:
    report = check(LENET)
    # LeCun et al. 1998, with every map of C3 connected to every map of S2.
    assert report.total.parameters == 61_706
    assert [row.cost.parameters for row in report.rows if row.cost.parameters] == [
        156,
        2_416,
        48_120,
        10_164,
        850,
    ]
    # 28*28*6*25 + 10*10*16*150 + 120*400 + 120*84 + 84*10
    assert report.total.multiply_adds == 416_520


def test_receptive_fields_of_lenet() -> None:
    sizes = [row.receptive_field for row in check(LENET).rows]
    assert sizes == [(n, n) for n in (1, 5, 5, 6, 14, 14, 16, 32, 32, 32, 32, 32, 32)]
    assert [row.jump[0] for row in check(LENET).rows[:8]] == [1, 1, 1, 2, 2, 2, 4, 4]


def test_lenet_is_built_of_torch_layers() -> None:
    network = build(LENET)
    assert sum(parameter.numel() for parameter in network.parameters()) == 61_706
    assert network(torch.zeros(2, 1, 32, 32)).shape == (2, 10)
    assert [name for name, _ in network.named_children()] == [
        "conv1",
        "tanh1",
        "pool1",
        "conv2",
        "tanh2",
        "pool2",
        "conv3",
        "tanh3",
        "flatten1",
        "linear1",
        "tanh4",
        "linear2",
    ]
    for child in network.children():
        assert type(child).__module__.startswith("torch.nn")
