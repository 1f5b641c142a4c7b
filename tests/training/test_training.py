from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from striate.data import Dataset, Split
from striate.data.augmentation import stable_generator
from striate.errors import NotationError, RecipeError, TrainingError
from striate.training import (
    Changed,
    Control,
    Epoch,
    Event,
    Finished,
    Processes,
    Started,
    Step,
    Stopped,
    Training,
)
from striate.training.precision import Arithmetic

CPU = torch.device("cpu")


def train(recipe: Any, dataset: Dataset, control: Control | None = None) -> Training:
    return Training(recipe, dataset, control=control, device=CPU)


def steps(events: list[Event]) -> list[Step]:
    return [event for event in events if isinstance(event, Step)]


def epochs(events: list[Event]) -> list[Epoch]:
    return [event for event in events if isinstance(event, Epoch)]


def weights(training: Training) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in training.network.state_dict().items()}


def close(one: dict[str, Tensor], other: dict[str, Tensor], tolerance: float) -> None:
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=tolerance, atol=tolerance)


class TestLearning:
    def test_the_loss_falls_and_digits_are_recognised(self, digits: Dataset, plain: Any) -> None:
        events = list(train(plain(epochs=6), digits))
        losses = [event.train_loss for event in epochs(events)]
        assert losses == sorted(losses, reverse=True)
        assert losses[-1] < 0.25 * losses[0]
        assert isinstance(events[-1], Finished)
        assert events[-1].test_accuracy > 0.93

    @pytest.mark.parametrize("kind", ["yes_no", "hinge", "mean_square"])
    def test_with_every_loss(self, digits: Dataset, plain: Any, kind: str) -> None:
        *_, last = train(plain(epochs=5, loss={"kind": kind}), digits)
        assert isinstance(last, Finished)
        assert last.test_accuracy > 0.85

    def test_with_everything(self, digits: Dataset, everything: Any) -> None:
        *_, last = train(everything(epochs=4), digits)
        assert isinstance(last, Finished)
        assert last.test_accuracy > 0.75  # mirrored digits, in so few steps

    def test_the_first_step_is_the_one_worked_out_by_hand(
        self, digits: Dataset, plain: Any
    ) -> None:
        training = train(plain(), digits)
        before = [value.requires_grad_() for value in weights(training).values()]
        filters, bias, matrix, offset = before
        order = torch.randperm(1437, generator=stable_generator(7, "order", 0))[:60].numpy()
        stored = torch.from_numpy(np.asarray(digits.train.inputs)[order]).float()
        images = (stored - digits.description.mean[0]) / digits.description.std[0]
        x = F.conv2d(images, filters, bias, padding=1)
        x = F.max_pool2d(F.relu(x), 2).flatten(1)
        logits = F.linear(x, matrix, offset)
        loss = F.cross_entropy(logits, torch.from_numpy(digits.train.targets[order]))
        gradients = torch.autograd.grad(loss, before)
        event = next(event for event in training if isinstance(event, Step))
        assert event.loss == pytest.approx(loss.item(), rel=1e-5)
        guesses = logits.argmax(1).numpy()
        assert event.accuracy == (guesses == digits.train.targets[order]).mean()
        for now, was, gradient in zip(weights(training).values(), before, gradients, strict=True):
            torch.testing.assert_close(now, was.detach() - 0.05 * gradient, rtol=1e-5, atol=1e-6)

    def test_the_same_seed_gives_the_same_network(self, digits: Dataset, everything: Any) -> None:
        ends = []
        for seed in (1, 1, 2):
            torch.rand(seed)  # what torch has drawn before makes no difference
            training = train(everything(epochs=0.3, seed=seed), digits)
            list(training)
            ends.append(weights(training))
        assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])
        assert any(not torch.equal(ends[0][name], ends[2][name]) for name in ends[0])

    def test_torchs_own_random_state_is_left_alone(self, digits: Dataset, everything: Any) -> None:
        torch.manual_seed(5)
        expected = torch.rand(3)
        torch.manual_seed(5)
        list(train(everything(epochs=0.2), digits))
        assert torch.equal(torch.rand(3), expected)


class TestPieces:
    @pytest.mark.parametrize("pieces", [1, 7, 32, 59])
    def test_give_the_gradients_of_the_whole_batch(
        self, digits: Dataset, plain: Any, pieces: int
    ) -> None:
        whole = train(plain(epochs=0.2), digits)
        split = train(plain(epochs=0.2, **{"precision.pieces": pieces}), digits)
        for one, other in zip(steps(list(whole)), steps(list(split)), strict=True):
            assert other.loss == pytest.approx(one.loss, rel=1e-5)
            assert other.accuracy == one.accuracy
        close(weights(whole), weights(split), 1e-4)

    def test_are_of_equal_size(self, digits: Dataset, everything: Any) -> None:
        training = train(everything(epochs=0.01, batch=65), digits)
        sizes: list[int] = []
        training.network.register_forward_pre_hook(lambda _, args: sizes.append(len(args[0])))
        next(event for event in training if isinstance(event, Step))
        assert sizes == [22, 22, 21]


class TestEvents:
    def test_of_whole_epochs(self, digits: Dataset, plain: Any) -> None:
        events = list(train(plain(), digits))
        started = events[0]
        assert isinstance(started, Started)
        assert (started.step, started.steps, started.examples) == (0, 46, 1437)
        assert started.parameters == 6 * 9 + 6 + 96 * 10 + 10
        assert [event.step for event in steps(events)] == [*range(1, 47)]
        assert [event.epoch for event in steps(events)][22:24] == [1.0, 1 + 1 / 23]
        first, last = epochs(events)
        assert (first.step, first.epoch, last.step, last.epoch) == (23, 1.0, 46, 2.0)
        assert first.test_accuracy is not None
        assert last.test_accuracy is None  # the test of the final weights follows at once
        mean = np.mean([event.loss for event in steps(events)[:23]])
        assert first.train_loss == pytest.approx(mean)

    @pytest.mark.parametrize(
        ("length", "count"), [(0.01, 1), (0.5, 12), (1.0, 23), (1.3, 30), (2.0, 46)]
    )
    def test_of_a_part_of_an_epoch(
        self, digits: Dataset, plain: Any, length: float, count: int
    ) -> None:
        events = list(train(plain(epochs=length), digits))
        assert len(steps(events)) == count
        assert isinstance(events[0], Started)
        assert events[0].steps == count
        assert len(epochs(events)) == int(length)

    def test_the_test_data_is_looked_at_as_often_as_asked(
        self, digits: Dataset, plain: Any
    ) -> None:
        events = list(train(plain(epochs=5, **{"evaluation.every": 2}), digits))
        looked = [event.epoch for event in epochs(events) if event.test_loss is not None]
        assert looked == [2.0, 4.0]
        events = list(train(plain(epochs=2, **{"evaluation.every": 0}), digits))
        assert all(event.test_loss is None for event in epochs(events))

    def test_of_the_learning_rate(self, digits: Dataset, plain: Any) -> None:
        events = list(train(plain(schedule={"kind": "linear"}), digits))
        rates = [event.learning_rate for event in steps(events)]
        expected = [0.05 * (1 - (step + 0.5) / 46) for step in range(46)]
        assert rates == pytest.approx(expected)

    def test_every_example_is_seen_at_most_once_an_epoch(
        self, digits: Dataset, plain: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[int] = []
        training = train(plain(), digits)
        take = training._train.take

        def watch(indices: Tensor) -> tuple[Tensor, Tensor]:
            seen.extend(indices.tolist())
            return take(indices)

        monkeypatch.setattr(training._train, "take", watch)
        list(training)
        first, second = seen[:1380], seen[1380:]
        assert len(set(first)) == len(first) == len(set(second)) == len(second) == 23 * 60
        assert first != second


class TestArithmetic:
    def test_that_is_left_open_is_measured_and_said(
        self, digits: Dataset, plain: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = Arithmetic(compute="bfloat16", layout="contiguous", pieces=60)
        monkeypatch.setattr("striate.training.training.resolve", lambda *_: found)
        open_ = {"precision.compute": "auto", "precision.pieces": "auto"}
        training = train(plain(**open_), digits)
        assert training.recipe.precision == found.as_settings()
        started = next(iter(training))
        assert isinstance(started, Started)
        assert (started.compute, started.pieces) == ("bfloat16", 60)
        assert started.chosen == ("compute", "pieces")

    @pytest.mark.parametrize(
        ("compute", "slow", "leads", "warnings"),
        [
            ("bfloat16", True, True, 1),
            ("bfloat16", False, True, 0),
            ("bfloat16", True, False, 0),
            ("auto", True, True, 0),
        ],
    )
    def test_that_is_slow_here_is_warned_of_where_it_was_asked_for(
        self,
        digits: Dataset,
        plain: Any,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        compute: str,
        slow: bool,
        leads: bool,
        warnings: int,
    ) -> None:
        found = Arithmetic(compute="bfloat16")
        monkeypatch.setattr("striate.training.training.resolve", lambda *_: found)
        monkeypatch.setattr("striate.training.training.is_slow", lambda *_: slow)
        monkeypatch.setattr(Processes, "leads", leads)
        train(plain(**{"precision.compute": compute}), digits)
        assert len(caplog.messages) == warnings
        assert all("no fast bfloat16: float32 trains" in line for line in caplog.messages)


class TestOrders:
    def test_to_stop(self, digits: Dataset, plain: Any) -> None:
        control = Control()
        training = train(plain(), digits, control)
        control.stop()
        assert [type(event) for event in training] == [Started, Stopped]

    def steer(self, training: Training, control: Control, step: int, batch: int) -> list[Event]:
        events = []
        for event in training:
            events.append(event)
            if isinstance(event, Step) and event.step == step:
                control.change("batch", batch)
        return events

    @pytest.mark.parametrize(
        ("step", "batch", "in_first_epoch"),
        [
            (3, 100, 3 + (1437 - 180) // 100),
            (3, 1437, 3),  # no whole batch is left, so the epoch is over
            (21, 3, 21 + 59),
            (23, 700, 23),
            (3, 10**6, 3),
        ],
    )
    def test_to_change_the_batch(
        self, digits: Dataset, plain: Any, step: int, batch: int, in_first_epoch: int
    ) -> None:
        control = Control()
        events = self.steer(train(plain(), digits, control), control, step, batch)
        (changed,) = [event for event in events if isinstance(event, Changed)]
        batch = min(batch, 1437)
        assert (changed.step, changed.setting, changed.value) == (step, "batch", batch)
        first, second = epochs(events)
        assert (first.step, first.epoch) == (in_first_epoch, 1.0)
        assert (second.step, second.epoch) == (in_first_epoch + 1437 // batch, 2.0)
        made = [event.examples for event in steps(events)]
        assert made == [60] * step + [batch] * (len(made) - step)
        expected = np.average(
            [e.loss for e in steps(events)[:in_first_epoch]], weights=made[:in_first_epoch]
        )
        assert first.train_loss == pytest.approx(expected)

    def test_that_nothing_can_obey_change_nothing(self, digits: Dataset, plain: Any) -> None:
        control = Control()
        control.change("momentum", 0.5)
        recipe = plain(epochs=0.05, optimiser={"kind": "adagrad"})
        assert not [e for e in train(recipe, digits, control) if isinstance(e, Changed)]


class TestGoingWrong:
    def test_a_learning_rate_that_is_too_large(self, digits: Dataset, plain: Any) -> None:
        with pytest.raises(TrainingError, match=r"training stopped at step \d+: .*learning rate"):
            list(train(plain(**{"optimiser.lr": 1e4}), digits))

    def spoil(self, training: Training) -> None:
        """Train, with a weight that is infinite from the first step on."""
        for event in training:
            if isinstance(event, Step):
                with torch.no_grad():
                    next(training.network.parameters()).fill_(torch.inf)

    def test_weights_that_overflow(self, digits: Dataset, plain: Any) -> None:
        message = r"at step 2: the loss is nan. The weights \w+.weight are no longer finite"
        with pytest.raises(TrainingError, match=message):
            self.spoil(train(plain(), digits))

    def test_in_the_last_step(self, digits: Dataset, plain: Any) -> None:
        with pytest.raises(TrainingError, match=r"at step 1: the test loss is nan"):
            self.spoil(train(plain(epochs=0.01), digits))

    def test_data_that_is_no_number(self, digits: Dataset, plain: Any) -> None:
        inputs: Any = np.array(digits.train.inputs, dtype=np.float32)
        inputs[100, 0, 4, 4] = np.nan
        bad = replace(digits, train=Split(inputs, digits.train.targets))
        with pytest.raises(TrainingError, match=r"at step \d+: .* The batch itself holds values"):
            list(train(plain(), bad))


class TestFit:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            (
                {"network": "input 1x28x28\nflatten\nlinear 10"},
                "input is 1x28x28, but the examples of digits are 1x8x8: begin .*input 1x8x8",
            ),
            (
                {"network": "input 1x8x8\nflatten\nlinear 7"},
                "output is 7, but digits has 10 classes: end it with `linear 10`",
            ),
            ({"network": "input 1x8x8\nconv 10 8x8"}, "output is 10x1x1, but digits has 10"),
            ({"batch": 1438}, r"batch \(=1438\) is larger than the training data: .* 1437"),
            ({"augmentation": [{"kind": "crop", "size": 6}]}, "turns 1x8x8 into 1x6x6"),
        ],
    )
    def test_what_does_not(
        self, digits: Dataset, plain: Any, changes: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(RecipeError, match=message):
            train(plain(**changes), digits)

    def test_a_network_with_mistakes(self, digits: Dataset, plain: Any) -> None:
        with pytest.raises(NotationError) as caught:
            train(plain(network="input 1x8x8\ncnv 3\nconv 4 9x9\n"), digits)
        assert len(caught.value.diagnostics) >= 2

    def test_a_batch_of_all_data(self, digits: Dataset, plain: Any) -> None:
        assert len(steps(list(train(plain(batch=1437), digits)))) == 2

    def test_a_batch_smaller_than_the_processes(self, digits: Dataset, plain: Any) -> None:
        with pytest.raises(RecipeError, match=r"batch \(=2\) is shared by 3 processes"):
            Training(plain(batch=2), digits, processes=Processes(0, 3), device=CPU)

    def test_no_examples_to_test_with(self, digits: Dataset, plain: Any) -> None:
        empty = Split(digits.test.inputs[:0], digits.test.targets[:0])
        with pytest.raises(RecipeError, match="has no examples to test with"):
            train(plain(), replace(digits, test=empty))

    def test_batch_normalisation_of_single_values(self, digits: Dataset, plain: Any) -> None:
        network = "input 1x8x8\nflatten\nlinear 10\nbatchnorm\n"
        for changes in ({"batch": 1}, {"batch": 3, "precision.pieces": 2}):
            with pytest.raises(RecipeError, match="cannot learn from one example at a time"):
                train(plain(network=network, **changes), digits)
        whole = "input 1x8x8\nbatchnorm\nflatten\nlinear 10\n"
        assert steps(list(train(plain(network=whole, batch=1, epochs=0.001), digits)))

    def test_a_layer_without_bfloat16(self, digits: Dataset, plain: Any) -> None:
        network = "input 1x8x8\nconv 4 3x3\nlrn\nflatten\nlinear 10\n"
        recipe = plain(network=network, **{"precision.compute": "bfloat16"})
        with pytest.raises(TrainingError, match=r"Set precision.compute = 'float32'"):
            list(train(recipe, digits))
        list(train(plain(network=network, epochs=0.05, **{"precision.compute": "auto"}), digits))
