"""What is known of published weights, against torchvision's own descriptions."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from striate.data import CentreClip, CentreCrop
from striate.errors import ModelError
from striate.models import create, describe
from striate.models.weights import Source, class_names, find_source, sources
from striate.models.weights.fitting import fit, shapes_of
from striate.models.weights.published import _all

CONVERTED = ("googlenet", "inception_v3")


def described(torchvision: ModuleType, source: Source) -> Any:
    enum = torchvision.models.get_model_weights(source.model)
    data = "KINETICS400" if source.model == "r2plus1d_18" else "IMAGENET1K"
    return enum[f"{data}_{source.version.upper()}"]


def test_facts_are_torchvisions(torchvision: ModuleType) -> None:
    assert len(_all()) == 49
    for source in _all():
        weights = described(torchvision, source)
        assert source.publisher == "torchvision"
        assert source.file.urls == (weights.url,)
        assert source.size == weights.meta["_file_size"]
        (metrics,) = weights.meta["_metrics"].values()
        assert source.accuracy.value == pytest.approx(metrics["acc@1"] / 100)
        assert list(source.preprocessing.classes) == weights.meta["categories"]


def test_the_first_source_is_the_one_torchvision_prefers(torchvision: ModuleType) -> None:
    for model in {source.model for source in _all()}:
        first, *_ = sources(model)
        assert described(torchvision, first) == torchvision.models.get_model_weights(model).DEFAULT


def test_checksums_agree_with_the_names_of_files() -> None:
    digits = set("0123456789abcdef")
    for source in _all():
        known = source.file.known_digits
        assert len(known) in (8, 64)
        assert set(known) <= digits
        assert Path(source.file.name).stem.endswith(f"-{known[:8]}")
        assert (source.file.sha256 is None) == (len(known) == 8)


def test_every_source_is_of_a_registered_network_of_torchvisions_layout() -> None:
    for source in _all():
        entry = describe(source.model)
        assert entry.layout == "torchvision"
        assert entry.classes == len(source.preprocessing.classes)
        assert len(entry.input_shape) == len(source.preprocessing.input_shape)


def test_the_files_of_every_source_fit_name_by_name(torchvision: ModuleType) -> None:
    """The files have what torchvision's networks have, auxiliary heads included."""
    for model in {source.model for source in _all()}:
        options = {"init_weights": False} if model in CONVERTED else {}
        with torch.device("meta"):
            theirs = torchvision.models.get_model(model, **options).state_dict()
            needed = shapes_of(create(model))
        result = fit(theirs, needed)
        assert result.layout.name == "the model's own"
        assert (result.missing, result.unexpected, result.misshapen) == ((), (), ())
        assert set(result.tensors) == set(needed)
        assert bool(result.left_out) == (model in CONVERTED)


def photograph() -> Image.Image:
    rows, columns = np.mgrid[0:400, 0:500]
    values = np.stack([rows / 2, columns / 2, (rows + columns) % 256], 2)
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def test_preprocessing_is_torchvisions(torchvision: ModuleType) -> None:
    image = photograph()
    seen = set()
    for source in _all():
        preprocessing = source.preprocessing
        if not isinstance(preprocessing, CentreCrop) or source.model in CONVERTED:
            continue
        form = (preprocessing.crop, preprocessing.resize, preprocessing.interpolation)
        if form in seen:
            continue
        seen.add(form)
        theirs = described(torchvision, source).transforms()(image)
        torch.testing.assert_close(preprocessing(image), theirs, atol=1e-6, rtol=0)
    assert len(seen) > 8


@pytest.mark.parametrize("model", CONVERTED)
def test_converted_networks_take_pixels_from_minus_one_to_one(
    torchvision: ModuleType, model: str
) -> None:
    """torchvision normalises by ImageNet's mean and undoes that inside the network."""
    source = find_source(model)
    theirs = described(torchvision, source).transforms()(photograph())
    with torch.device("meta"):
        network = torchvision.models.get_model(model, transform_input=True, init_weights=False)
    undone = network._transform_input(theirs[None])[0]
    torch.testing.assert_close(source.preprocessing(photograph()), undone, atol=1e-6, rtol=0)


def test_films_are_prepared_as_torchvision_does(torchvision: ModuleType) -> None:
    source = find_source_of_films()
    preprocessing = source.preprocessing
    assert isinstance(preprocessing, CentreClip)
    film = np.random.default_rng(0).integers(0, 256, (16, 60, 80, 3), np.uint8)
    transform = described(torchvision, source).transforms()
    theirs = transform(torch.from_numpy(film.transpose(0, 3, 1, 2).copy()))
    torch.testing.assert_close(preprocessing(film), theirs, atol=1e-6, rtol=0)


def find_source_of_films() -> Source:
    (source,) = (one for one in _all() if one.model == "r2plus1d_18")
    return source


def test_names_of_sources() -> None:
    assert find_source("resnet50").name == "resnet50/torchvision-v2"
    assert find_source("resnet50/torchvision").name == "resnet50/torchvision-v2"
    assert find_source("resnet50/torchvision-v1").name == "resnet50/torchvision-v1"
    assert find_source("ResNet50").model == "resnet50"
    assert [source.version for source in sources("resnet50")] == ["v2", "v1"]
    assert sources("lenet5") == ()
    with pytest.raises(ModelError, match="did you mean resnet18"):
        sources("resnet-18")
    with pytest.raises(ModelError, match=r"those of resnet18 are resnet18/torchvision-v1$"):
        find_source("resnet18/torchvision-v3")


def test_classes() -> None:
    assert len(class_names("imagenet")) == len(set(class_names("imagenet"))) == 1000
    assert class_names("imagenet")[:2] == ("tench", "goldfish")
    assert class_names("imagenet")[281] == "tabby"
    assert len(class_names("kinetics400")) == 400


def test_an_untrained_network_takes_what_the_preprocessing_gives() -> None:
    source = find_source("squeezenet1_1")
    network: nn.Module = create("squeezenet1_1").eval()
    with torch.no_grad():
        assert network(source.preprocessing(photograph())[None]).shape == (1, 1000)
