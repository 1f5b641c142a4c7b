"""The embedded digits."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from striate.data import load


def test_counts_and_values() -> None:
    dataset = load("digits")
    assert dataset.train.inputs.shape == (1437, 1, 8, 8)
    assert dataset.test.inputs.shape == (360, 1, 8, 8)
    assert dataset.train.inputs.dtype == np.uint8
    assert dataset.train.inputs.max() == dataset.description.maximum == 16
    assert np.bincount(dataset.test.targets).tolist() == [36, 36, 35, 37, 36, 37, 36, 36, 35, 36]


def test_the_split_is_the_usual_one() -> None:
    dataset = load("digits")
    images, targets = load_digits(return_X_y=True)
    train, test, train_targets, test_targets = train_test_split(
        images, targets, test_size=0.2, stratify=targets, random_state=0
    )
    np.testing.assert_array_equal(dataset.train.inputs.reshape(1437, 64), train)
    np.testing.assert_array_equal(dataset.test.inputs.reshape(360, 64), test)
    np.testing.assert_array_equal(dataset.train.targets, train_targets)
    np.testing.assert_array_equal(dataset.test.targets, test_targets)


def test_mean_and_deviation() -> None:
    dataset = load("digits")
    assert dataset.description.mean == pytest.approx([dataset.train.inputs.mean()], abs=1e-6)
    assert dataset.description.std == pytest.approx([dataset.train.inputs.std()], abs=1e-6)
