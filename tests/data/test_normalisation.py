"""Centring and scaling."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from striate.data import describe, normalise


def test_by_the_dataset() -> None:
    description = replace(describe("cifar10"), mean=(1.0, 2.0, 3.0), std=(2.0, 4.0, 5.0))
    batch = torch.tensor([[[[3]], [[2]], [[8]]], [[[1]], [[6]], [[13]]]], dtype=torch.uint8)
    expected = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 2.0]])[:, :, None, None]
    torch.testing.assert_close(normalise(batch, description), expected)


def test_by_each_example() -> None:
    signals = np.random.default_rng(0).integers(-900, 900, (3, 1, 500)).astype(np.int16)
    normalised = normalise(torch.from_numpy(signals), describe("cinc2017"))
    values = signals.astype(np.float64)
    expected = (values - values.mean(2, keepdims=True)) / values.std(2, keepdims=True)
    assert normalised.dtype == torch.float32
    np.testing.assert_allclose(normalised.numpy(), expected, atol=1e-5)


def test_a_flat_signal_becomes_zero() -> None:
    flat = torch.full((2, 1, 50), 700, dtype=torch.int16)
    assert normalise(flat, describe("cinc2017")).tolist() == torch.zeros(2, 1, 50).tolist()


@pytest.mark.parametrize("name", ["mnist", "mitbih"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_the_type_that_is_asked_for(name: str, dtype: torch.dtype) -> None:
    description = describe(name)
    batch = torch.arange(2 * math.prod(description.input_shape)).view(2, *description.input_shape)
    normalised = normalise(batch, description, dtype)
    assert normalised.dtype == dtype
    torch.testing.assert_close(normalised, normalise(batch, description).to(dtype))


@pytest.mark.parametrize("name", ["mnist", "mitbih"])
def test_the_input_is_left_alone(name: str) -> None:
    batch = torch.rand(2, *describe(name).input_shape)
    before = batch.clone()
    normalise(batch, describe(name))
    assert torch.equal(batch, before)


def test_the_memory_layout_is_kept() -> None:
    batch = torch.rand(2, 3, 8, 8).to(memory_format=torch.channels_last)
    normalised = normalise(batch, describe("cifar10"))
    assert normalised.is_contiguous(memory_format=torch.channels_last)
