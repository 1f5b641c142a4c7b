"""What a page fills in to train a network, and the recipe that it becomes."""

from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import Field, JsonValue

from striate.data import Description, describe, names
from striate.errors import StudioError
from striate.notation import Report
from striate.studio.looking.opening import TEXT_LIMITS
from striate.studio.service import Parameters
from striate.training import Recipe, load_recipe, parse_recipe, recipe_names

EPOCHS = (0.01, 10_000.0)
BATCH = (1, 65_536)
SEED = (0, 2**32 - 1)
MOST_STEPS_OF_AUGMENTATION = 20

Word = Annotated[str, Field(max_length=100)]
Network = Annotated[str, Field(max_length=TEXT_LIMITS.text_length)]
Kind = Annotated[dict[Word, JsonValue], Field(max_length=40)]
_CROSS_ENTROPY: dict[str, JsonValue] = {"kind": "cross_entropy"}
_CONSTANT: dict[str, JsonValue] = {"kind": "constant"}


class Form(Parameters):
    """The settings on the page; those left out have the defaults of a recipe.

    What the page has no field for (initialisation, averages, precision, ...) comes from `recipe`.
    """

    network: Network
    dataset: Word
    epochs: Annotated[float, Field(ge=EPOCHS[0], le=EPOCHS[1])]
    batch: Annotated[int, Field(ge=BATCH[0], le=BATCH[1])]
    seed: Annotated[int, Field(ge=SEED[0], le=SEED[1])] = 0
    loss: Kind = Field(default_factory=lambda: _CROSS_ENTROPY)
    optimiser: Kind
    schedule: Kind = Field(default_factory=lambda: _CONSTANT)
    augmentation: Annotated[tuple[Kind, ...], Field(max_length=MOST_STEPS_OF_AUGMENTATION)] = ()
    recipe: Word | None = None


def form_of(recipe: Recipe) -> dict[str, Any]:
    """Return the form that leads to a recipe; `recipe` names the one that gives the rest."""
    settings = recipe.model_dump(mode="json")
    fields = ("network", "epochs", "batch", "seed", "loss", "optimiser", "schedule", "augmentation")
    return {
        **{field: settings[field] for field in fields},
        "dataset": recipe.data.name,
        "recipe": recipe.name if recipe.name in recipe_names() else None,
    }


def recipe_of(form: Form, folder: Path | None) -> Recipe:
    """Return the recipe of a form; `folder` holds the files of its data, where they are in one.

    Raises RecipeError that lists every mistake.
    """
    settings: dict[str, Any] = {"name": "own", "title": f"A network for {form.dataset}"}
    if form.recipe is not None:
        settings = _of_base(load_recipe(_known(form.recipe)), form)
    settings |= {
        "network": form.network,
        "epochs": form.epochs,
        "batch": form.batch,
        "seed": form.seed,
        "data": {"name": form.dataset} | ({} if folder is None else {"folder": str(folder)}),
        "loss": form.loss,
        "optimiser": form.optimiser,
        "schedule": form.schedule,
        "augmentation": list(form.augmentation),
    }
    return parse_recipe(tomli_w.dumps(_given(settings)), "the form")


def _known(name: str) -> str:
    # Any other word would be taken for the path of a file.
    return name if name in recipe_names() else f"no recipe {name!r}"


def _of_base(base: Recipe, form: Form) -> dict[str, Any]:
    """Return the settings that the page has no field for."""
    settings = base.model_dump(mode="json", exclude_none=True)
    settings.pop("result", None)
    if form.batch != base.batch:
        settings["precision"]["pieces"] = "auto"  # they were chosen for the recipe's own batch
    if form.network.strip() != base.network.strip():
        settings["title"] = f"A network for {form.dataset}"
    return settings


def _given(value: Any) -> Any:
    """Return settings without those that are null, because TOML has no such value."""
    if isinstance(value, dict):
        return {key: _given(entry) for key, entry in value.items() if entry is not None}
    if isinstance(value, list | tuple):
        return [_given(entry) for entry in value if entry is not None]
    return value


def description_of(dataset: str) -> Description:
    """Return the description of a dataset that is known by name.

    Raises StudioError for any other word; some would be folders of this machine.
    """
    if dataset not in names():
        raise StudioError(f"there is no dataset {dataset[:60]!r}; there are {', '.join(names())}")
    return describe(dataset)


def misfit(report: Report, dataset: str) -> dict[str, Any] | None:
    """Return why a network that is right in itself does not go with a dataset, and in which line.

    Raises StudioError when there is no such dataset.
    """
    description = description_of(dataset)
    if not report.ok:
        return None
    wanted, classes = _by(description.input_shape), len(description.classes)
    if report.input_shape != description.input_shape:
        message = (
            f"the network's input is {_by(report.input_shape or ())}, but the examples of "
            f"{description.name} are {wanted}: begin the network with `input {wanted}`"
        )
        return {"message": message, "line": report.rows[0].line}
    if report.output_shape != (classes,):
        message = (
            f"the network's output is {_by(report.output_shape or ())}, but {description.name} has "
            f"{classes} classes: end it with `linear {classes}`"
        )
        return {"message": message, "line": report.rows[-1].line}
    return None


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
