"""What there is to choose from when a training is designed."""

from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel

from striate import models
from striate.data import describe, names
from striate.data.augmentation import Augmentation
from striate.errors import StudioError
from striate.studio.looking.datasets import Datasets
from striate.studio.looking.opening import TEXT_LIMITS
from striate.studio.running.forms import BATCH, EPOCHS, SEED, description_of, form_of
from striate.training import (
    LossSettings,
    OptimiserSettings,
    ScheduleSettings,
    load_recipe,
    recipe_names,
)
from striate.training.orders import Adjustable

RUNS_AT_ONCE = 4

_TYPES = {"number": "number", "integer": "whole", "boolean": "yes_no", "string": "text"}


def choices(datasets: Datasets) -> dict[str, Any]:
    """Return all that a form can be filled in with."""
    available = datasets.available()
    return {
        "datasets": [_dataset(name, available=name in available) for name in names()],
        "losses": _kinds(LossSettings),
        "optimisers": _kinds(OptimiserSettings),
        "schedules": _kinds(ScheduleSettings),
        "augmentations": _kinds(Augmentation),
        "recipes": [_recipe(name, available) for name in recipe_names()],
        "networks": [
            {"name": one.name, "title": one.title, "input_shape": list(one.input_shape)}
            for one in models.entries()
            if one.text is not None and one.task == "classification"
        ],
        "adjustable": list(get_args(Adjustable)),
        "limits": {
            "epochs": list(EPOCHS),
            "batch": list(BATCH),
            "seed": list(SEED),
            "runs_at_once": RUNS_AT_ONCE,
            "network_characters": TEXT_LIMITS.text_length,
        },
    }


def network_text(name: str, dataset: str) -> str:
    """Return the text of a named network, made for a dataset's examples and classes.

    Raises ModelError for a name that there is not, and for examples that the network cannot take;
    StudioError for an unknown dataset and for a network without a text.
    """
    entry, description = models.describe(name), description_of(dataset)
    if entry.text is None:
        raise StudioError(f"{entry.name} has no text: it is made of more than the notation has")
    return entry.text(input_shape=description.input_shape, classes=len(description.classes))


def _dataset(name: str, *, available: bool) -> dict[str, Any]:
    description = describe(name)
    why = f"its files are not here; `striate data download {name}` fetches them"
    return {
        "name": name,
        "title": description.title,
        "input_shape": list(description.input_shape),
        "classes": list(description.classes),
        "available": available,
        "why_not": "" if available else why,
        "note": description.note,
        "signal": description.signal,
    }


def _recipe(name: str, available: Sequence[str]) -> dict[str, Any]:
    recipe = load_recipe(name)
    return {
        "name": name,
        "title": recipe.title,
        "available": recipe.data.name in available,
        "form": form_of(recipe),
    }


def _kinds(settings: Any) -> list[dict[str, Any]]:
    """Return the kinds that a union of settings has, told apart by `kind`."""
    union = get_args(settings)[0]
    return [_kind(member) for member in get_args(union)]


def _kind(model: type[BaseModel]) -> dict[str, Any]:
    schema = model.model_json_schema()
    fields = schema["properties"]
    required = schema.get("required", [])
    described = [
        _setting(name, _resolved(field, schema), must=name in required)
        for name, field in fields.items()
        if name != "kind" and "oneOf" not in field
    ]
    title = (model.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    return {
        "kind": fields["kind"]["const"],
        "title": " ".join(title.split()),
        "settings": [one for one in described if one is not None],
    }


def _resolved(field: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return a field's schema with what it refers to filled in."""
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return {**schema["$defs"][name], **field}
    return field


def _setting(name: str, field: dict[str, Any], *, must: bool) -> dict[str, Any] | None:
    """Return a setting as a page asks for it, None for one that no single field can hold."""
    options = field.get("anyOf", [field])
    plain = next((one for one in options if one.get("type") in _TYPES), None)
    listed = next((one for one in options if one.get("type") == "array"), None)
    of = plain or _item(listed or {})
    if of is None or of.get("type") not in _TYPES:
        return None
    kind = _TYPES[of["type"]]
    if "enum" in of:
        kind = "choice"
    elif plain is None:
        kind = "numbers"
    return {
        "name": name,
        "type": kind,
        "list": listed is not None and plain is not None,
        "default": None if must else field.get("default"),
        "least": of.get("minimum"),
        "most": of.get("maximum"),
        "above": of.get("exclusiveMinimum"),
        "below": of.get("exclusiveMaximum"),
        "choices": of.get("enum"),
        "says": field.get("description", ""),
    }


def _item(listed: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema of a list's entries."""
    entries: list[dict[str, Any]] = listed.get("prefixItems", []) or [listed.get("items", {})]
    return entries[0] or None
