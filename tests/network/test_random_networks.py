"""Random networks, captured, against what the notation counts and what the module gives."""

import pytest
import torch
from tests.random_texts import Writer

from striate.network import Network
from striate.notation import build, check

NETWORKS = 150


@pytest.mark.parametrize("first", range(0, NETWORKS, 25))
def test_a_captured_text_is_what_the_check_says_and_gives_what_the_module_gives(first: int) -> None:
    for seed in range(first, first + 25):
        text = Writer(seed).text()
        report = check(text)
        torch.manual_seed(seed)
        module = build(text).eval()
        network = Network(text)
        totals = network.table().totals
        assert totals.multiply_adds == report.total.multiply_adds, text
        assert totals.parameters == sum(p.numel() for p in module.parameters()), text
        assert report.input_shape is not None
        x = torch.rand(2, *report.input_shape)
        for training in (False, True):
            network.module.train(training)
            torch.manual_seed(seed)
            try:
                trace = network.trace(x)
            except Exception as error:
                raise AssertionError(f"{text}\ntraining={training}") from error
            torch.manual_seed(seed)
            with torch.no_grad():
                expected = network.module(x)
            assert torch.equal(trace.output, expected), text
            assert tuple(trace.output.shape[1:]) == report.output_shape
