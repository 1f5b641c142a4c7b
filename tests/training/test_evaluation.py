import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, f1_score, log_loss
from torch import Tensor, nn

from striate.data import Dataset
from striate.training import Arithmetic, EvaluationSettings, Feed, evaluate, see
from striate.training.losses import CrossEntropy, make_loss

LOSS = make_loss(CrossEntropy(), 10)
ONE_VIEW = EvaluationSettings()


def network() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.Dropout(0.5), nn.Flatten(), nn.Linear(288, 10)
    )


@pytest.fixture
def feed(digits: Dataset) -> Feed:
    return Feed(digits.test, digits.description, Arithmetic(), torch.device("cpu"))


def test_figures_are_those_of_scikit_learn(feed: Feed) -> None:
    model = network()
    result = evaluate(model, feed, LOSS, ONE_VIEW)
    inputs, targets = feed.take(torch.arange(len(feed)))
    model.eval()
    with torch.no_grad():
        logits = model(inputs)
    probabilities = logits.double().softmax(1).numpy()
    guesses = probabilities.argmax(1)
    torch.testing.assert_close(result.logits, logits)
    assert result.predictions.tolist() == guesses.tolist()
    assert result.accuracy == accuracy_score(targets, guesses)
    assert result.macro_f1 == f1_score(targets, guesses, average="macro")
    assert result.loss == pytest.approx(log_loss(targets, probabilities), rel=1e-5)


@pytest.mark.parametrize("batch", [1, 7, 360, 1000])
def test_the_batch_makes_no_difference(feed: Feed, batch: int) -> None:
    whole = evaluate(network(), feed, LOSS, ONE_VIEW)
    split = evaluate(network(), feed, LOSS, EvaluationSettings(batch=batch))
    torch.testing.assert_close(split.logits, whole.logits)
    assert split.loss == pytest.approx(whole.loss, rel=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_the_networks_mode_and_state_stay_as_they_were(feed: Feed, training: bool) -> None:
    model = network().train(training)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    evaluate(model, feed, LOSS, ONE_VIEW)
    assert all(module.training == training for module in model.modules())
    assert all(torch.equal(model.state_dict()[name], value) for name, value in before.items())


def test_the_mode_is_put_back_after_an_error(feed: Feed) -> None:
    def fail(_logits: Tensor, _targets: Tensor) -> Tensor:
        raise ArithmeticError

    model = network().train()
    with pytest.raises(ArithmeticError):
        evaluate(model, feed, fail, ONE_VIEW)
    assert model.training


def test_views_are_averaged(feed: Feed) -> None:
    model = network().eval()
    images, _ = feed.take(torch.arange(20))

    def moved(rows: int, columns: int) -> Tensor:
        padded = np.pad(images.numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="reflect")
        return torch.from_numpy(padded[:, :, rows : rows + 8, columns : columns + 8].copy())

    with torch.no_grad():
        flipped = see(model, images, EvaluationSettings(flip=True))
        expected = (model(images) + model(images.flip(3))) / 2
        torch.testing.assert_close(flipped, expected)
        shifted = see(model, images, EvaluationSettings(shift=1))
        expected = model(images) / 2 + model(moved(0, 0)) / 4 + model(moved(2, 2)) / 4
        torch.testing.assert_close(shifted, expected)


def test_a_single_view_of_the_same_settings() -> None:
    settings = EvaluationSettings(flip=True, shift=2, every=3, batch=7)
    assert settings.single_view == EvaluationSettings(every=3, batch=7)
