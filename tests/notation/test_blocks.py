"""Residual, parallel and repeat: sizes, projections, names of the modules."""

import torch
from torch import nn

from striate.notation import Report, Row, build, check


def row(report: Report, line: int) -> Row:
    return next(row for row in report.rows if row.line == line)


RESIDUAL = """\
input 64x56x56
residual
  conv 128 3x3 stride 2 pad same bias no
  batchnorm momentum 0.4
  relu
  conv 128 3x3 pad same bias no
  batchnorm momentum 0.3 scale no
relu
"""


def test_a_residual_that_halves_the_size_gets_a_projection_with_batchnorm() -> None:
    report = check(RESIDUAL)
    assert report.ok
    assert report.output_shape == (128, 28, 28)
    # 64*128 weights of the 1x1 convolution and the bias of the batchnorm.
    assert row(report, 2).cost.parameters == 64 * 128 + 128
    assert row(report, 2).cost.multiply_adds == 64 * 128 * 28 * 28
    assert [note.message for note in report.notes] == [
        "the shortcut is a 1x1 convolution with stride 2 and a batchnorm, from 64x56x56 to "
        "128x28x28"
    ]
    shortcut = build(RESIDUAL).get_submodule("residual1.shortcut")
    convolution, norm = shortcut.children()
    assert isinstance(convolution, nn.Conv2d)
    assert convolution.stride == (2, 2)
    assert convolution.bias is None
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.momentum == 0.3
    assert not norm.weight.requires_grad


def test_a_residual_without_batchnorm_gets_a_projection_with_a_bias() -> None:
    text = "input 3x9x9\nresidual\n  conv 8 3 stride 2 pad 1\n"
    report = check(text)
    assert row(report, 2).cost.parameters == 3 * 8 + 8
    shortcut = build(text).get_submodule("residual1.shortcut")
    assert [type(child) for child in shortcut.children()] == [nn.Conv2d]


def test_a_residual_of_equal_shapes_adds_its_input() -> None:
    text = "input 3x9x9\nresidual\n  conv 3 3 pad same\n"
    network = build(text)
    assert isinstance(network.get_submodule("residual1.shortcut"), nn.Identity)
    x = torch.rand(2, 3, 9, 9)
    torch.testing.assert_close(network(x), x + network.get_submodule("residual1.body.conv1")(x))


def test_a_residual_of_flat_values_gets_a_linear_projection() -> None:
    report = check("input 12\nresidual\n  linear 5\n  relu\n")
    assert report.ok
    assert report.output_shape == (5,)
    assert row(report, 2).cost.parameters == 12 * 5 + 5


def test_an_explicit_shortcut() -> None:
    text = (
        "input 4x8x8\nresidual\n  conv 8 3 stride 2 pad 1\n"
        "  shortcut\n    avgpool 2\n    conv 8 1\nrelu\n"
    )
    report = check(text)
    assert report.ok
    assert report.notes == ()
    assert row(report, 2).cost.parameters == 0
    assert row(report, 4).output == (8, 4, 4)
    assert [(entry.kind, entry.module, entry.depth) for entry in report.rows] == [
        ("input", "input", 0),
        ("residual", "residual1", 0),
        ("conv", "residual1.body.conv1", 1),
        ("shortcut", "residual1.shortcut", 1),
        ("avgpool", "residual1.shortcut.pool1", 2),
        ("conv", "residual1.shortcut.conv1", 2),
        ("relu", "relu1", 0),
    ]
    network = build(text)
    x = torch.rand(2, 4, 8, 8)
    block = network.get_submodule("residual1")
    torch.testing.assert_close(
        block(x),
        block.get_submodule("body")(x) + block.get_submodule("shortcut")(x),
    )


INCEPTION = """\
input 192x28x28
parallel
  branch
    conv 64 1x1
  branch
    conv 96 1x1
    conv 128 3x3 pad same
  branch
    conv 16 1x1
    conv 32 5x5 pad same
  branch
    maxpool 3x3 stride 1 pad 1
    conv 32 1x1
"""


def test_an_inception_block() -> None:
    report = check(INCEPTION)
    # Szegedy et al. 2015, table 1, inception (3a): 256 channels of 28x28.
    assert report.output_shape == (256, 28, 28)
    assert report.rows[-1].receptive_field == (3, 3)
    assert row(report, 2).receptive_field == (5, 5)
    assert row(report, 2).start == (-2, -2)
    # The same table: 159K parameters (without biases) and 128M operations.
    biases = 64 + 96 + 128 + 16 + 32 + 32
    assert report.total.parameters - biases == 163_328
    assert report.total.multiply_adds == 163_328 * 28 * 28
    network = build(INCEPTION)
    assert [name for name, _ in network.get_submodule("parallel1.branches").named_children()] == [
        "0",
        "1",
        "2",
        "3",
    ]
    x = torch.rand(1, 192, 28, 28)
    branches = network.get_submodule("parallel1.branches")
    expected = torch.cat([branch(x) for branch in branches.children()], dim=1)
    torch.testing.assert_close(network(x), expected)


def test_flat_branches_are_joined_too() -> None:
    report = check("input 6\nparallel\n  branch\n    linear 3\n  branch\n    identity\n")
    assert report.ok
    assert report.output_shape == (9,)


def test_a_repeat_has_parameters_of_its_own_in_every_pass() -> None:
    text = "input 2x32x32\nrepeat 3\n  conv 4 3x3\n  maxpool 2\n"
    report = check(text)
    assert row(report, 3).outputs == ((4, 30, 30), (4, 13, 13), (4, 4, 4))
    assert row(report, 4).outputs == ((4, 15, 15), (4, 6, 6), (4, 2, 2))
    assert row(report, 3).passes == 3
    assert row(report, 3).cost.parameters == (2 * 9 + 1 + 2 * (4 * 9 + 1)) * 4
    assert row(report, 2).cost.parameters == 0
    network = build(text)
    names = [name for name, module in network.named_modules() if isinstance(module, nn.Conv2d)]
    assert names == ["repeat1.1.conv1", "repeat1.2.conv1", "repeat1.3.conv1"]
    assert row(report, 3).module == names[0]


def test_a_repeat_in_a_repeat() -> None:
    report = check("input 8\nrepeat 2\n  repeat 3\n    linear 8\n  relu\n")
    assert row(report, 4).passes == 6
    assert row(report, 5).passes == 2
    assert report.total.parameters == 6 * 72
    assert len(list(build("input 8\nrepeat 2\n  repeat 3\n    linear 8\n").parameters())) == 12


def test_the_costs_of_the_rows_sum_to_the_total() -> None:
    for text in (RESIDUAL, INCEPTION):
        report = check(text)
        assert report.total.parameters == sum(entry.cost.parameters for entry in report.rows)
        assert report.total.parameters == sum(
            parameter.numel() for parameter in build(text).parameters() if parameter.requires_grad
        )


def test_every_row_names_a_module() -> None:
    for text in (RESIDUAL, INCEPTION):
        network = build(text)
        for entry in check(text).rows[1:]:
            network.get_submodule(entry.module)


def test_names_of_children_are_unique() -> None:
    text = "input 1x9x9\nconv 2 3\nrelu\nmaxpool 2\navgpool 1\nbatchnorm\nrelu\nconv 2 1\n"
    assert [name for name, _ in build(text).named_children()] == [
        "conv1",
        "relu1",
        "pool1",
        "pool2",
        "norm1",
        "relu2",
        "conv2",
    ]
