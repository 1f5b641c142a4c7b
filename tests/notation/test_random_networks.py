"""What the check says of a text against the module that is built from it, on random networks."""

import re

import pytest
import torch
from tests.random_texts import Writer
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from striate.notation import Report, Row, build, check
from striate.notation.specs import KINDS

NETWORKS = 500
# Work through convolutions inside torch, which the counter cannot tell from those of the network.
POOLINGS_BY_CONVOLUTION = re.compile("gaussianpool|lppool")


def built(row: Row, network: nn.Module) -> list[str]:
    """The names of the modules of a line, one a pass."""
    pattern = re.sub(r"(repeat\d+)\\\.1", r"\1\\.\\d+", re.escape(row.module))
    return [name for name, _ in network.named_modules() if re.fullmatch(pattern, name)]


def learned(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters() if p.requires_grad)


def compare(text: str, report: Report, network: nn.Sequential) -> None:
    shapes: dict[str, tuple[int, ...]] = {}
    for name, module in network.named_modules():

        def record(_: nn.Module, __: object, output: torch.Tensor, name: str = name) -> None:
            shapes[name] = tuple(output.shape[1:])

        module.register_forward_hook(record)
    assert report.input_shape is not None
    counter = FlopCounterMode(display=False)
    with torch.no_grad(), counter:
        output = network.eval()(torch.rand(2, *report.input_shape))
    assert tuple(output.shape[1:]) == report.output_shape
    for row in report.rows[1:]:
        names = built(row, network)
        assert [shapes[name] for name in names] == list(row.outputs), row
        if row.kind not in ("residual", "parallel", "branch", "shortcut", "repeat"):
            parameters = sum(learned(network.get_submodule(name)) for name in names)
            assert parameters == row.cost.parameters, row
    assert learned(network) == report.total.parameters
    if not POOLINGS_BY_CONVOLUTION.search(text):
        # Two operations a multiply-add, two examples.
        assert counter.get_total_flops() == 4 * report.total.multiply_adds


@pytest.mark.parametrize("first", range(0, NETWORKS, 50))
def test_what_is_checked_is_what_is_built(first: int) -> None:
    for seed in range(first, first + 50):
        text = Writer(seed).text()
        report = check(text)
        assert report.ok, text
        torch.manual_seed(seed)
        try:
            compare(text, report, build(text))
        except (AssertionError, RuntimeError, ValueError) as error:
            raise AssertionError(f"seed {seed}:\n{text}") from error


def test_every_kind_is_drawn() -> None:
    words = {
        line.split()[0] for seed in range(NETWORKS) for line in Writer(seed).text().splitlines()
    }
    assert words == set(KINDS)
