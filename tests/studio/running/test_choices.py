from pathlib import Path
from typing import Any

import pytest

from striate.errors import ModelError, StudioError
from striate.notation import check
from striate.studio.looking.datasets import Datasets
from striate.studio.running.choices import choices, network_text
from striate.studio.running.forms import Form, form_of, recipe_of
from striate.training import load_recipe


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    return choices(Datasets(None))


def given(kind: dict[str, Any]) -> dict[str, Any]:
    """The settings of a kind as the page would send them untouched, the missing ones filled in."""
    values: dict[str, Any] = {"kind": kind["kind"]}
    for setting in kind["settings"]:
        value = setting["default"]
        if value is None:
            value = {"numbers": [0.5], "whole": 2}.get(setting["type"], 0.5)
        values[setting["name"]] = value
    return values


def test_every_kind_can_be_sent_as_it_is_offered(found: dict[str, Any]) -> None:
    fields = {"losses": "loss", "optimisers": "optimiser", "schedules": "schedule"}
    for offered, field in fields.items():
        assert len(found[offered]) >= 4
        for kind in found[offered]:
            form = form_of(load_recipe("digits")) | {field: given(kind)}
            recipe = recipe_of(Form.model_validate(form), None)
            assert getattr(recipe, field).kind == kind["kind"]
    assert len(found["augmentations"]) == 12
    for kind in found["augmentations"]:
        form = form_of(load_recipe("digits")) | {"augmentation": [given(kind)]}
        recipe = recipe_of(Form.model_validate(form), None)
        assert recipe.augmentation[0].kind == kind["kind"]


def test_settings_have_their_types_and_bounds(found: dict[str, Any]) -> None:
    kinds = {kind["kind"]: kind for kind in (*found["optimisers"], *found["augmentations"])}
    of = {
        (kind, setting["name"]): setting
        for kind, value in kinds.items()
        for setting in value["settings"]
    }
    assert of["sgd", "lr"] | {"says": ""} == {
        "name": "lr", "type": "number", "list": False, "default": None, "least": None,
        "most": 1e6, "above": 0, "below": None, "choices": None, "says": "",
    }  # fmt: skip
    assert of["adadelta", "rho"]["default"] == 0.9
    assert of["adam", "betas"]["type"] == "numbers"
    assert [*of["adam", "betas"]["default"]] == [0.9, 0.999]
    assert of["sgd", "nesterov"]["type"] == "yes_no"
    assert of["flip", "axis"]["choices"] == ["horizontal", "vertical", "depth"]
    assert of["shift", "pixels"]["list"]
    assert ("muon", "others") not in of
    assert all(kind["title"].endswith((".", ":")) for kind in kinds.values())


def test_datasets_that_are_not_here_say_so(found: dict[str, Any], tmp_path: Path) -> None:
    available = {one["name"]: one["available"] for one in found["datasets"]}
    assert available["digits"]
    (missing,) = [one for one in found["datasets"] if one["name"] == "cifar100"]
    if not missing["available"]:
        assert "striate data download cifar100" in missing["why_not"]
    names = {recipe["name"]: recipe for recipe in found["recipes"]}
    assert names["digits"]["available"]
    assert names["cifar10-demo"]["form"]["batch"] == 4


def test_named_networks_are_made_for_the_data() -> None:
    text = network_text("lenet5", "cifar10")
    report = check(text)
    assert (report.ok, report.input_shape, report.output_shape) == (True, (3, 32, 32), (10,))
    with pytest.raises(ModelError, match="there is no network named"):
        network_text("lenet55", "cifar10")
    with pytest.raises(StudioError, match="has no text"):
        network_text("lenet5_1998", "cifar10")
