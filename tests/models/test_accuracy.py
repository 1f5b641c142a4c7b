"""Accuracies that are said to be torchvision's are those that it publishes."""

from types import ModuleType

import pytest

from striate.models import Entry, entries

CITED = [entry for entry in entries() if entry.accuracy and "torchvision" in entry.accuracy.source]


@pytest.mark.parametrize("entry", CITED, ids=lambda entry: entry.name)
def test_accuracies_of_torchvision(torchvision: ModuleType, entry: Entry) -> None:
    weights = torchvision.models.get_model_weights(entry.name)["IMAGENET1K_V1"]
    assert entry.accuracy is not None
    assert "IMAGENET1K_V1" in entry.accuracy.source
    published = weights.meta["_metrics"]["ImageNet-1K"]["acc@1"]
    assert entry.accuracy.value == pytest.approx(published / 100, abs=1e-9)
