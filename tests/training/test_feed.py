import numpy as np
import pytest
import torch

from striate.data import Dataset
from striate.training import Arithmetic, Feed

CPU = torch.device("cpu")


@pytest.mark.parametrize("compute", ["float32", "bfloat16"])
def test_examples_are_normalised_by_channel(digits: Dataset, compute: str) -> None:
    arithmetic = Arithmetic.model_validate({"compute": compute})
    feed = Feed(digits.train, digits.description, arithmetic, CPU)
    indices = torch.tensor([5, 2, 1000, 2])
    inputs, targets = feed.take(indices)
    stored = np.asarray(digits.train.inputs)[indices.numpy()].astype(np.float64)
    expected = (stored - digits.description.mean[0]) / digits.description.std[0]
    assert inputs.dtype == arithmetic.dtype
    tolerance = 1e-5 if compute == "float32" else 1e-2
    np.testing.assert_allclose(inputs.double(), expected, rtol=tolerance, atol=tolerance)
    assert targets.tolist() == digits.train.targets[indices.numpy()].tolist()


def test_the_whole_split_has_mean_zero_and_deviation_one(digits: Dataset) -> None:
    feed = Feed(digits.train, digits.description, Arithmetic(), CPU)
    inputs, _ = feed.take(torch.arange(len(feed)))
    assert len(feed) == len(digits.train) == 1437
    assert inputs.mean().item() == pytest.approx(0, abs=1e-3)
    assert inputs.std().item() == pytest.approx(1, abs=1e-3)


def test_batches_are_laid_out(digits: Dataset) -> None:
    feed = Feed(digits.train, digits.description, Arithmetic(layout="channels_last"), CPU)
    inputs, _ = feed.take(torch.arange(4))
    assert inputs.is_contiguous(memory_format=torch.channels_last)


def test_the_stored_values_stay_as_they_are(digits: Dataset) -> None:
    before = np.array(digits.train.inputs[:10])
    feed = Feed(digits.train, digits.description, Arithmetic(), CPU)
    feed.take(torch.arange(10))[0].fill_(3)
    assert (before == digits.train.inputs[:10]).all()
