from pathlib import Path
from typing import Any

import pytest

from striate.errors import RecipeError, StudioError
from striate.notation import check
from striate.studio.running.forms import Form, form_of, misfit, recipe_of
from striate.training import load_recipe, recipe_names


def form(**changes: Any) -> Form:
    values = form_of(load_recipe("digits")) | changes
    return Form.model_validate({key: value for key, value in values.items() if value != "left out"})


@pytest.mark.parametrize("name", recipe_names())
def test_the_form_of_a_recipe_leads_back_to_it(name: str) -> None:
    recipe = load_recipe(name)
    back = recipe_of(Form.model_validate(form_of(recipe)), None)
    assert back == recipe.model_copy(update={"result": None})


def test_what_the_page_has_no_field_for_comes_from_the_recipe() -> None:
    recipe = recipe_of(form(recipe="cifar10", dataset="digits"), None)
    base = load_recipe("cifar10")
    assert recipe.initialisation == base.initialisation
    assert recipe.evaluation == base.evaluation
    assert recipe.data.name == "digits"


def test_without_a_recipe_there_are_defaults() -> None:
    given = {"network": "input 1x8x8\nflatten\nlinear 10\n", "dataset": "digits", "epochs": 1}
    optimiser = {"kind": "adam"}
    recipe = recipe_of(Form.model_validate(given | {"batch": 10, "optimiser": optimiser}), None)
    assert (recipe.loss.kind, recipe.schedule.kind, recipe.seed) == ("cross_entropy", "constant", 0)
    assert recipe.precision.compute == "auto"


def test_a_batch_of_another_size_is_not_put_into_the_recipes_pieces() -> None:
    assert recipe_of(form(), None).precision.pieces == 120
    assert recipe_of(form(batch=500), None).precision.pieces == "auto"


def test_the_folder_of_the_data_is_the_studios(tmp_path: Path) -> None:
    assert recipe_of(form(), tmp_path).data.folder == str(tmp_path)


def test_every_mistake_is_told() -> None:
    wrong = form(
        optimiser={"kind": "sgd", "lr": -1, "momentum": 2},
        augmentation=[{"kind": "shift"}, {"kind": "fly"}],
        loss={"kind": "hinge", "margin": None},
    )
    with pytest.raises(RecipeError) as raised:
        recipe_of(wrong, None)
    for said in ("optimiser.lr", "optimiser.momentum", "pixels", "fly"):
        assert said in str(raised.value)


@pytest.mark.parametrize("name", ["/etc/passwd", "../x.toml", "nothing", "", "a" * 100])
def test_a_recipe_is_never_a_file(name: str) -> None:
    with pytest.raises(RecipeError, match="there is no recipe"):
        recipe_of(form(recipe=name), None)


@pytest.mark.parametrize(
    ("network", "dataset", "said", "line"),
    [
        ("input 1x8x8\nflatten\nlinear 10", "digits", None, None),
        ("input 1x8x8\nflatten\nlinear", "digits", None, None),  # not right in itself
        ("# a\ninput 3x8x8\nflatten\nlinear 10", "digits", "begin the network with `input 1x8", 2),
        ("input 1x8x8\nflatten\nlinear 9\n", "digits", "end it with `linear 10`", 3),
        ("input 1x8x8\nflatten\nlinear 10", "cifar10", "are 3x32x32", 1),
    ],
)
def test_a_network_goes_with_a_dataset_or_not(
    network: str, dataset: str, said: str | None, line: int | None
) -> None:
    found = misfit(check(network), dataset)
    if said is None:
        assert found is None
        return
    assert found is not None
    assert said in found["message"]
    assert found["line"] == line


def test_there_is_no_such_dataset() -> None:
    with pytest.raises(StudioError, match="there is no dataset 'mnits'"):
        misfit(check("input 1x8x8\n"), "mnits")
