"""Which networks a page may open, and under which words."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from striate import models
from striate.data import cache_folder
from striate.errors import StriateError, StudioError
from striate.models import Source
from striate.studio.settings import Settings
from striate.training import RunFolder, load_recipe, may_name_folder, recipe_names

LENET = "lenet"
GIVEN = "given"
RUN = "run:"
RECIPE = "recipe:"

_MOST_RUNS = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """A network in the list to choose from; `source` is the word that opens it."""

    source: str
    title: str
    group: str
    input_shape: tuple[int, ...] | None


def first_source(settings: Settings) -> str:
    """What a page shows first: what the command line named, else the LeNet."""
    return LENET if settings.network is None else GIVEN


def listed(settings: Settings) -> tuple[Listed, ...]:
    """All networks that can be opened, group by group."""
    return (*_given(settings), *_shipped(), *_runs(settings.runs), *_named())


def _given(settings: Settings) -> Iterator[Listed]:
    if settings.network is not None:
        words = settings.network.strip().splitlines() or [""]
        title = words[0] if len(words) == 1 else "the network text given at the start"
        yield Listed(GIVEN, title, "Given at the start", None)


def _shipped() -> Iterator[Listed]:
    yield Listed(LENET, "LeNet, trained on MNIST", "Comes with Striate", (1, 28, 28))


def _runs(folder: Path) -> Iterator[Listed]:
    for run in finished_runs(folder)[:_MOST_RUNS]:
        try:
            description = run.description()
        except StriateError:
            continue
        title = f"{run.name} ({description.title})"
        yield Listed(f"{RUN}{run.name}", title, "Your runs", description.input_shape)


def _named() -> Iterator[Listed]:
    for entry in models.entries():
        for source in models.sources(entry.name):
            if weights_file(source) is not None:
                title = f"{entry.title}, trained ({source.publisher}, {source.version})"
                shape = source.preprocessing.input_shape
                yield Listed(source.name, title, "Published weights", shape)
    for name in recipe_names():
        recipe = load_recipe(name)
        yield Listed(f"{RECIPE}{name}", recipe.title or name, "Recipes, not trained", None)
    for entry in models.entries():
        title = f"{entry.title} ({entry.year})"
        yield Listed(entry.name, title, "Named networks, not trained", entry.input_shape)


def finished_runs(folder: Path) -> list[RunFolder]:
    """The runs in a folder that have a trained network, the newest first."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = []
    for name in filter(may_name_folder, names):
        run = _inside(folder, name)
        if run is not None and run.weights_path.is_file():
            found.append((run.weights_path.stat().st_mtime, run))
    return [run for _, run in sorted(found, key=lambda pair: pair[0], reverse=True)]


def find_run(folder: Path, name: str) -> RunFolder:
    """The run of that name in the folder of runs, and in no other.

    Raises StudioError when there is none.
    """
    run = _inside(folder, name) if may_name_folder(name) else None
    if run is None:
        raise StudioError(f"there is no run {name[:60]!r} in the studio's folder of runs")
    return run


def _inside(folder: Path, name: str) -> RunFolder | None:
    """A run whose folder lies in the folder of runs itself, not behind a link to elsewhere."""
    path = folder / name
    try:
        if path.resolve().parent == folder.resolve() and (path / "recipe.toml").is_file():
            return RunFolder(path)
    except (OSError, RuntimeError):  # a link to itself
        pass
    return None


def weights_file(source: Source) -> Path | None:
    """The file of published weights, if it is in the cache already."""
    path = cache_folder() / "weights" / source.publisher / source.file.name
    return path if path.is_file() else None
