from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from striate.data import Dataset, Split
from striate.notation import build
from striate.training import Feed, make_loss
from striate.training.losses import CrossEntropy, YesNo
from striate.training.precision import Arithmetic
from striate.training.round import Round, guesses

TEXT = "input 1x8x8\nconv 4 3x3\nbatchnorm\nrelu\ndropout 0.5\nflatten\nlinear 10\n"


def network() -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build(TEXT).train()


def a_round(split: Split, dataset: Dataset, **changes: Any) -> Round:
    feed = Feed(split, dataset.description, Arithmetic(), torch.device("cpu"))
    settings = CrossEntropy()
    return Round(feed, changes.get("classes", 10), make_loss(settings, 10), settings)


@pytest.fixture
def blocks_of_128(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.training.round._SECONDS", 1e9)


@pytest.mark.usefixtures("blocks_of_128")
def test_after_a_round_every_example_has_been_seen_once(digits: Dataset) -> None:
    around, module = a_round(digits.test, digits), network()
    seen: list[int] = []
    before = {name: value.clone() for name, value in module.state_dict().items()}
    random = torch.get_rng_state()
    for _ in range(3):
        around.go_on(module)
        seen += [guess.example for guess in around.newest]
    assert sorted(seen[:360]) == [*range(360)]
    assert seen[360:] == seen[:24]  # and on into the next round
    assert len({digits.test.targets[each] for each in seen[:40]}) >= 8, "the classes are mixed"
    assert module.training
    assert torch.equal(random, torch.get_rng_state())
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())

    module.eval()
    feed = Feed(digits.test, digits.description, Arithmetic(), torch.device("cpu"))
    inputs, targets = feed.take(torch.arange(360))
    with torch.no_grad():
        logits = module(inputs)
    tried = around.tried()
    assert tried.examples == 360
    assert tried.loss == pytest.approx(nn.functional.cross_entropy(logits, targets).item(), 1e-5)
    assert tried.accuracy == pytest.approx((logits.argmax(1) == targets).float().mean().item())
    assert tried.confusion is not None
    expected = np.zeros((10, 10), int)
    np.add.at(expected, (targets.numpy(), logits.argmax(1).numpy()), 1)
    assert (tried.confusion == expected).all()


@pytest.mark.usefixtures("blocks_of_128")
def test_of_few_examples_each_counts_once(digits: Dataset) -> None:
    around = a_round(Split(digits.test.inputs[:5], digits.test.targets[:5]), digits)
    for _ in range(3):
        around.go_on(network())
        assert len(around.newest) == 5
        assert around.tried().examples == 5


@pytest.mark.usefixtures("blocks_of_128")
def test_many_classes_have_no_confusion_matrix(digits: Dataset) -> None:
    around = a_round(digits.test, digits, classes=101)
    around.go_on(network())
    assert around.tried().confusion is None


def test_slow_networks_are_tried_on_fewer(digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("striate.training.round._SECONDS", 0.0)
    around, sizes = a_round(digits.test, digits), []
    for _ in range(6):
        around.go_on(network())
        sizes.append(len(around.newest))
    assert sizes == [128, 64, 32, 16, 16, 16]


def test_guesses_are_probabilities_of_the_likeliest() -> None:
    logits = torch.tensor([[0.0, 3.0, 1.0, 2.0], [9.0, -1.0, 0.0, 0.0]])
    first, second = guesses(logits, [7, 8], [1, 3], CrossEntropy())
    assert [kind for kind, _ in first.top] == [1, 3, 2]
    assert first.top[0][1] == pytest.approx(logits[0].softmax(0)[1].item())
    assert (first.example, first.target, first.right, second.right) == (7, 1, True, False)
    (yes, _) = guesses(logits, [7, 8], [1, 3], YesNo())
    assert yes.top[0][1] == pytest.approx(torch.tensor(3.0).sigmoid().item())
    (two,) = guesses(torch.zeros(1, 2), [0], [0], CrossEntropy())
    assert len(two.top) == 2


def test_answers_of_old_weights_are_forgotten(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    around, module = a_round(digits.test, digits), network()
    clock = iter(range(0, 1000, 10))  # each look at it is ten seconds later
    monkeypatch.setattr("striate.training.round.time.perf_counter", lambda: float(next(clock)))
    monkeypatch.setattr("striate.training.round._SECONDS", 1e9)
    counts = []
    for _ in range(4):  # of 128 each, twenty seconds apart
        around.go_on(module)
        counts.append(around.tried().examples)
    assert counts == [128, 256, 256, 256]
