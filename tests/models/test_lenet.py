import math
from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from striate.models.lenet import convnetjs_cifar10, lenet5, lenet5_1998, node_link_cnn
from striate.models.lenet_layers import (
    TABLE_I,
    PartialConvolution,
    RadialBasisOutput,
    Subsampling,
)
from striate.models.radial_basis_codes import radial_basis_codes
from striate.models.scaled_tanh import ScaledTanh

# LeCun et al. 1998, table I, as printed: a row for each map of S2, a column for each of C3.
PRINTED = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
"""


def test_the_original_has_the_paper_s_parameters() -> None:
    # Section II-B gives the number for each layer, and 60,000 in all.
    network = lenet5_1998()
    counts = {
        name: sum(parameter.numel() for parameter in layer.parameters())
        for name, layer in network.named_children()
    }
    assert {name: count for name, count in counts.items() if count} == {
        "c1": 156,
        "s2": 12,
        "c3": 1_516,
        "s4": 32,
        "c5": 48_120,
        "f6": 10_164,
    }


def test_the_original_has_the_paper_s_connections() -> None:
    # 340,908 in all: inputs of each unit, its bias and, for the output, the 84 of each code.
    c1 = 28 * 28 * 6 * (25 + 1)
    s2 = 14 * 14 * 6 * (4 + 1)
    c3 = 10 * 10 * (25 * sum(map(len, TABLE_I)) + 16)
    s4 = 5 * 5 * 16 * (4 + 1)
    assert (c1, s2, c3, s4) == (122_304, 5_880, 151_600, 2_000)
    assert c1 + s2 + c3 + s4 + 48_120 + 10_164 + 840 == 340_908


def test_table_i_is_as_printed() -> None:
    rows = PRINTED.split()
    columns = [tuple(i for i, row in enumerate(rows) if row[j] == "X") for j in range(16)]
    assert columns == list(TABLE_I)


def test_a_partial_convolution_is_one_whose_other_weights_are_zero() -> None:
    torch.manual_seed(0)
    partial = PartialConvolution(TABLE_I, 5)
    weight = torch.zeros(16, 6, 5, 5)
    biases, row = [], 0
    for part in partial.parts:
        assert isinstance(part, nn.Conv2d)
        assert part.bias is not None
        for kernels in part.weight:
            weight[row, list(TABLE_I[row])] = kernels.detach()
            row += 1
        biases.append(part.bias)
    x = torch.randn(2, 6, 9, 8)
    torch.testing.assert_close(partial(x), F.conv2d(x, weight, torch.cat(biases)))


def test_subsampling_sums_scales_and_shifts() -> None:
    layer = Subsampling(2)
    x = torch.randn(1, 2, 5, 4)
    y = layer(x)
    assert y.shape == (1, 2, 2, 2)
    for channel in range(2):
        expected = (
            layer.weight[channel].item() * x[0, channel, 2:4, 0:2].sum().item()
            + layer.bias[channel].item()
        )
        assert y[0, channel, 1, 0].item() == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_the_squashing_function_of_appendix_a() -> None:
    squash = ScaledTanh()
    y = squash(torch.tensor([-1.0, 0.0, 1.0, 100.0]))
    torch.testing.assert_close(y, torch.tensor([-1.0, 0.0, 1.0, 1.7159]), rtol=0, atol=1e-4)
    x = torch.linspace(-3, 3, 7)
    expected = [1.7159 * math.tanh(2 * value / 3) for value in x.tolist()]
    torch.testing.assert_close(squash(x), torch.tensor(expected))


def test_outputs_are_penalties_with_the_sign_turned() -> None:
    torch.manual_seed(0)
    layer, x = RadialBasisOutput(10), torch.randn(3, 84)
    y = layer(x)
    codes = radial_basis_codes(10)
    for row in range(3):
        for digit in range(10):
            penalty = sum((a - b) ** 2 for a, b in zip(x[row].tolist(), codes[digit], strict=True))
            assert y[row, digit].item() == pytest.approx(-penalty, rel=1e-4)
    # Equation 9 without the class of rubbish: y_D + log sum_i exp(-y_i).
    penalties = -y
    expected = (penalties[:, 4] + torch.logsumexp(-penalties, dim=1)).mean()
    torch.testing.assert_close(F.cross_entropy(y, torch.full((3,), 4)), expected)


@pytest.mark.parametrize("classes", [2, 10, 37])
def test_codes_are_plus_and_minus_one_and_differ(classes: int) -> None:
    codes = radial_basis_codes(classes)
    assert [len(code) for code in codes] == [84] * classes
    assert {value for code in codes for value in code} == {-1.0, 1.0}
    assert radial_basis_codes(classes) == codes
    for first, second in pairwise(sorted(codes)):
        assert sum(a != b for a, b in zip(first, second, strict=True)) >= 5


def test_a_perfect_answer_is_the_code_itself() -> None:
    layer = RadialBasisOutput(10)
    assert layer(layer.codes).argmax(1).tolist() == list(range(10))
    assert layer(layer.codes).diagonal().tolist() == [0.0] * 10


@pytest.mark.parametrize("build", [lenet5_1998, lenet5, node_link_cnn])
@pytest.mark.parametrize("shape", [(1, 16, 16), (3, 28, 28), (2, 33, 50)])
def test_other_sizes_give_one_answer(build: type, shape: tuple[int, ...]) -> None:
    assert build(shape, 4)(torch.randn(2, *shape)).shape == (2, 4)


def test_first_weights_of_the_original() -> None:
    torch.manual_seed(0)
    network = lenet5_1998()
    for name, inputs in (("c1", 25), ("c5", 400), ("f6", 120), ("c3.parts.0", 75), ("s2", 4)):
        for parameter in network.get_submodule(name).parameters(recurse=False):
            assert parameter.abs().max() <= 2.4 / inputs
        weight = network.get_parameter(f"{name}.weight")
        if weight.numel() > 100:
            assert weight.std().item() == pytest.approx(2.4 / inputs / 3**0.5, rel=0.1)


def test_first_weights_of_the_browser_s() -> None:
    torch.manual_seed(0)
    network = convnetjs_cifar10()
    for name, inputs, bias in (("conv1", 75, 0.1), ("conv2", 400, 0.1), ("linear", 320, 0.0)):
        assert network.get_parameter(f"{name}.weight").std().item() == pytest.approx(
            inputs**-0.5, rel=0.1
        )
        assert network.get_parameter(f"{name}.bias").eq(bias).all()
