"""A recipe: everything that decides what a training does, as one page of TOML."""

import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from striate.data.augmentation import Augmentation
from striate.errors import RecipeError
from striate.files import read_text
from striate.training.average import AverageSettings
from striate.training.evaluation import EvaluationSettings
from striate.training.initialisation import InitialisationSettings
from striate.training.losses import CrossEntropy, LossSettings
from striate.training.optimisers import OptimiserSettings
from striate.training.precision import PrecisionSettings
from striate.training.recipe_errors import explain, near
from striate.training.resolution import ResolutionSettings
from striate.training.schedules import Constant, ScheduleSettings

_LONGEST_NAME = 100  # bytes; systems allow 255, and a number may be put behind it


def may_name_folder(name: str) -> bool:
    """Return whether a text can be the name of one folder, and of the next such run's."""
    return (
        0 < len(name.encode(errors="replace")) <= _LONGEST_NAME
        and name.isprintable()
        and not name.startswith((".", "-", " "))
        and not any(letter in name for letter in "/\\")
    )


class DataSettings(BaseModel):
    """Which data to learn from, and the folder with its files where they are not downloaded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    folder: str | None = None


class CheckpointSettings(BaseModel):
    """How often to save (in seconds of training; 0 saves after each step), and how many to keep."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    seconds: float = Field(default=30.0, ge=0)
    keep: int = Field(default=2, ge=1)


class Result(BaseModel):
    """What the recipe has been measured to give, over a number of seeds, on a stated machine."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    test_accuracy: float = Field(ge=0, le=1)
    spread: float = Field(default=0.0, ge=0, description="standard deviation over the seeds")
    seeds: int = Field(default=1, ge=1)
    seconds: float = Field(gt=0)
    machine: str
    note: str = ""


class Recipe(BaseModel):
    """A network, its data, and how the one learns from the other."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: str = ""
    title: str = ""
    network: str
    epochs: Annotated[float, Field(gt=0, le=1e6)]
    batch: Annotated[int, Field(ge=1, le=1 << 20)]
    seed: Annotated[int, Field(ge=0, lt=1 << 63)] = 0
    data: DataSettings
    augmentation: tuple[Augmentation, ...] = ()
    loss: LossSettings = CrossEntropy()
    optimiser: OptimiserSettings
    schedule: ScheduleSettings = Constant()
    average: AverageSettings | None = None
    resolution: ResolutionSettings = ResolutionSettings()
    initialisation: InitialisationSettings = InitialisationSettings()
    precision: PrecisionSettings = PrecisionSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    checkpoint: CheckpointSettings = CheckpointSettings()
    result: Result | None = None

    @field_validator("name")
    @classmethod
    def _names_a_folder(cls, name: str) -> str:
        if not may_name_folder(name or "run"):
            raise ValueError("must be usable as the name of a folder, such as 'my-digits'")
        return name

    @field_validator("network")
    @classmethod
    def _has_unix_line_ends(cls, text: str) -> str:
        # TOML reads any line end as a line feed, so no other would survive being written.
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        return text if text.endswith("\n") else text + "\n"

    def to_toml(self) -> str:
        """Return the recipe as TOML that reads back to the same recipe."""
        settings = self.model_dump(mode="json", exclude_none=True)
        # Strings of several lines lose the carriage returns that end them.
        returns = "\\r" in json.dumps(settings)
        return tomli_w.dumps(settings, multiline_strings=not returns)


def recipe_names() -> tuple[str, ...]:
    """Return the names of the recipes that come with Striate."""
    files = resources.files("striate.recipes").iterdir()
    return tuple(sorted(file.name[:-5] for file in files if file.name.endswith(".toml")))


def load_recipe(name_or_path: str, /, **changes: Any) -> Recipe:
    """Return a recipe that comes with Striate, by name, or one in a file, by path.

    Raises RecipeError when there is none, or it has mistakes; all of them are listed.
    """
    if name_or_path in recipe_names():
        text = (
            resources.files("striate.recipes").joinpath(f"{name_or_path}.toml").read_text("utf-8")
        )
        return _parse(text, f"the recipe {name_or_path}", None, name_or_path, changes)
    path = Path(name_or_path)
    if path.suffix == ".txt":
        raise RecipeError(
            f"{path} has the name of a network, not of a recipe; to train it in place of a "
            f"recipe's own network, write `striate train RECIPE --network {path}`"
        )
    if path.suffix != ".toml" and not path.exists():
        raise RecipeError(
            f"there is no recipe {name_or_path!r}{near(name_or_path, recipe_names())}; Striate "
            f"comes with {', '.join(recipe_names())}, and the path of a .toml file works, too"
        )
    return read_recipe(path, **changes)


def read_recipe(path: Path, /, **changes: Any) -> Recipe:
    """Return the recipe in a file; `network_file`, beside it, may stand in place of `network`.

    Raises RecipeError when the file cannot be read or has mistakes; all of them are listed.
    """
    text = read_text(path, "recipe", RecipeError)
    return _parse(text, str(path), path.parent, path.stem, changes)


def parse_recipe(
    text: str, where: str, *, folder: Path | None = None, name: str = "", **changes: Any
) -> Recipe:
    """Return the recipe that a text holds, with `changes` of its settings made first.

    A change is named by its path: `seed`, `optimiser.lr`.

    Raises RecipeError that lists every mistake, with the setting and what would work.
    """
    return _parse(text, where, folder, name, changes)


def _parse(
    text: str, where: str, folder: Path | None, name: str, changes: dict[str, Any]
) -> Recipe:
    try:
        settings = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of 5000 digits
        raise RecipeError(f"{where} is not TOML that can be read: {error}") from error
    settings.setdefault("name", name)
    file = settings.pop("network_file", None)
    if file is not None:
        if "network" in settings or not isinstance(file, str) or folder is None:
            raise RecipeError(
                f"{where}: give the network as text (`network`) or as the name of a file beside "
                "the recipe (`network_file`), not both"
            )
        settings["network"] = read_text(folder / file, "network text", RecipeError)
    for path, value in changes.items():
        _set(settings, path.split("."), value, where)
    try:
        # Through JSON, because that is where pydantic can be strict (`batch = true` is no 1) and
        # still take a list for a tuple.
        as_json = json.dumps(settings, default=str)
    except RecursionError as error:
        raise RecipeError(f"{where} has tables nested too deep for a recipe") from error
    try:
        return Recipe.model_validate_json(as_json, strict=True)
    except ValidationError as error:
        raise RecipeError(f"{where} has mistakes:\n{explain(error, Recipe)}") from error


def _set(settings: dict[str, Any], path: list[str], value: Any, where: str) -> None:
    table = settings
    for part in path[:-1]:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise RecipeError(f"{where}: {part} is not a table, so {'.'.join(path)} cannot be set")
    table[path[-1]] = value
