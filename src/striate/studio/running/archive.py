"""A run as a zip file: packed to be saved, and taken in from elsewhere with every care."""

import json
import math
import re
import shutil
import stat
import time
import zipfile
from contextlib import suppress
from dataclasses import fields
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import IO, Any, get_args

import tomli_w
from pydantic import TypeAdapter
from safetensors import SafetensorError, safe_open

from striate.errors import RecipeError, RunError, StriateError, StudioError
from striate.notation import check
from striate.studio.looking.datasets import Datasets
from striate.studio.looking.opening import TEXT_LIMITS
from striate.training import Event, Recipe, Recorded, RunFolder, free_name, may_name_folder
from striate.training.checkpoint import steps_in

MOST_UNPACKED = 1 << 30
MOST_FILES = 200
MOST_TEXT = 4 << 20
_CHUNK = 1 << 18
_ENTRY = 1000
_LONGEST_REASON = 1000  # what is wrong may be a word of megabytes
_SECONDS_TO_UNPACK = 3600

_TEXTS = ("recipe.toml", "network.txt", "dataset.json", "summary.json")
_EVENTS = {kind.__name__.lower(): kind for kind in get_args(Event)}
_STEPS = re.compile(r"(checkpoints|moments)/step-[0-9]{8,12}\.safetensors")
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MEMBERS = (*_TEXTS, "metrics.jsonl", "weights.safetensors")


def pack(run: RunFolder, file: IO[bytes], most: int) -> None:
    """Write a run's files as a zip of at most so many bytes, if that can be.

    Checkpoints are for going on, so a finished run has none in it, and others the newest. Of the
    moments there are as many, evenly spread, as leave the archive small enough.

    Raises RunError when they cannot be read.
    """
    names = [name for name in _MEMBERS if _is_there(run.path / name)]
    if run.summary() is None:
        names += [f"checkpoints/{path.name}" for path in steps_in(run.checkpoints_path)[-1:]]
    moments = [path.name for path in steps_in(run.moments_path)]
    left = most - sum(_packed_size(run.path / name) for name in names)
    while moments and sum(_packed_size(run.moments_path / name) for name in moments) > left:
        moments = moments[::2] if len(moments) > 1 else []
    names += [f"moments/{name}" for name in moments]
    with zipfile.ZipFile(file, "w", strict_timestamps=False) as packed:
        for name in names:
            # Weights are as good as random bytes.
            kind = zipfile.ZIP_STORED if name.endswith(".safetensors") else zipfile.ZIP_DEFLATED
            try:
                packed.write(run.path / name, f"{run.name}/{name}", kind)
            except FileNotFoundError:  # thinned out by the training, a moment ago
                continue
            except OSError as error:
                raise RunError(f"cannot read {run.path / name}: {error.strerror}") from error


def _is_there(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _packed_size(path: Path) -> int:
    """Return about what a file takes in the archive, and a little more."""
    try:
        size = path.stat().st_size
    except OSError:
        return 0
    return _ENTRY + (size if path.suffix == ".safetensors" else size // 4)


def _is_member(name: str) -> bool:
    return name in _MEMBERS or _STEPS.fullmatch(name) is not None


def take_in(file: IO[bytes], name: str, runs: Path, datasets: Datasets) -> str:
    """Unpack a run that was packed here or elsewhere; return the name it has got.

    Only files that a run has are taken, under their own names, and only as much of them as a run
    may hold; whatever else is in the archive is refused, links too. The run appears once all of it
    has been looked through.

    Raises StudioError for what is no such archive.
    """
    stem = name if may_name_folder(name) else "uploaded"
    aside = runs / f".uploaded-{token_hex(8)}"
    try:
        runs.mkdir(parents=True, exist_ok=True)
        aside.mkdir()
        _unpack(file, aside)
        _look_through(aside, datasets)
        while True:
            taken = free_name(runs, stem)
            try:
                aside.rename(runs / taken)
            except FileExistsError:
                continue
            return taken
    except OSError as error:
        raise StudioError(f"the run cannot be kept: {error.strerror or error}") from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def clear_up(runs: Path) -> None:
    """Remove what a studio that was killed has left of runs it was taking in or removing."""
    for path in (*runs.glob(".uploaded-*"), *runs.glob(".deleted-*")):
        with suppress(OSError):
            # Another studio may be at work in the same folder.
            if time.time() - path.stat().st_mtime > _SECONDS_TO_UNPACK:
                shutil.rmtree(path, ignore_errors=True)


def _unpack(file: IO[bytes], folder: Path) -> None:
    try:
        with zipfile.ZipFile(file) as packed:
            members = [member for member in packed.infolist() if not member.filename.endswith("/")]
            if len(members) > MOST_FILES:
                raise StudioError(f"the archive holds {len(members)} files; a run has fewer")
            left, seen = MOST_UNPACKED, set()
            for member in members:
                name = _name_of(member)
                if name in seen:
                    raise StudioError(f"the archive holds {name} twice")
                seen.add(name)
                left -= _copy(packed, member, folder / name, left)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError) as error:
        raise StudioError(f"this is no zip archive that can be read: {_brief(error)}") from error
    except (StudioError, OSError):
        raise
    except Exception as error:  # a damaged archive makes its reader raise almost anything
        raise StudioError(f"the archive is damaged: {_brief(error)}") from error


def _name_of(member: zipfile.ZipInfo) -> str:
    """Return a member's place in a run folder; archives may hold the folder itself."""
    name = member.filename
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise StudioError(f"the archive holds {name[:80]!r}, which is no plain file")
    if member.compress_type not in _COMPRESSIONS:
        raise StudioError(
            f"the archive holds {name[:80]!r} compressed by method {member.compress_type}; "
            "methods 0 (stored) and 8 (deflate) can be read"
        )
    inner = name if _is_member(name) else name.partition("/")[2]
    if not _is_member(inner):
        raise StudioError(f"the archive holds {name[:80]!r}, which is no file of a run")
    return inner


def _copy(packed: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, left: int) -> int:
    """Unpack one file; return its size. What the archive says of sizes is not believed."""
    most = min(left, MOST_TEXT) if path.name in _TEXTS else left
    path.parent.mkdir(exist_ok=True)
    size = 0
    with packed.open(member) as source, path.open("xb") as target:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise StudioError(
                    f"{path.name} unpacks to more than {most >> 20} MiB; that is no run of this "
                    "studio's"
                )
            target.write(chunk)
    return size


def _look_through(folder: Path, datasets: Datasets) -> None:
    """Refuse what is no run, and take out the places of another machine.

    Raises StudioError that says what is wrong.
    """
    run = RunFolder(folder)
    if not (folder / "recipe.toml").is_file() or not (folder / "dataset.json").is_file():
        raise StudioError("this archive holds no run: a run has a recipe.toml and a dataset.json")
    try:
        recipe, _ = run.recipe(), run.description()
        run.summary()
        _write_recipe(folder, recipe, datasets)
        if not check(recipe.network, limits=TEXT_LIMITS).ok:
            raise StudioError("the network of this run is wrong, or too large to be taken in")
        for event in run.metrics():
            _check_event(event)
    except (StriateError, json.JSONDecodeError) as error:
        said = _brief(error).replace(f"{folder}/", "")
        raise StudioError(f"this run cannot be taken in: {said}") from error
    for path in folder.rglob("*.safetensors"):
        try:
            with safe_open(path, framework="np"):
                pass
        except (SafetensorError, OSError) as error:
            raise StudioError(f"{path.name} is no safetensors file: {_brief(error)}") from error


def _brief(error: Exception) -> str:
    said = str(error)
    return said if len(said) <= _LONGEST_REASON else f"{said[:_LONGEST_REASON]} ..."


def _check_event(event: Recorded) -> None:
    """Refuse an event that no training has recorded."""
    given = {name: value for name, value in event.items() if name != "event"}
    endless = [v for v in given.values() if isinstance(v, float) and not math.isfinite(v)]
    kind = _EVENTS.get(event["event"])
    try:
        if kind is None or endless or given.keys() - {field.name for field in fields(kind)}:
            raise ValueError(event["event"])
        _adapter(kind).validate_python(given)
    except ValueError as error:  # pydantic's, too
        raise RunError(f"metrics.jsonl holds what no training records: {event}"[:300]) from error


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _write_recipe(folder: Path, recipe: Recipe, datasets: Datasets) -> None:
    """Keep the recipe, with the folder that holds the data here, if one does."""
    if recipe.data.name.startswith("folder:"):
        raise RecipeError("it learned from a folder of images, which is not in this studio")
    settings = recipe.model_dump(mode="json", exclude_none=True)
    settings["data"] = {"name": recipe.data.name}
    place = datasets.folder_of(recipe.data.name)
    if place is not None:
        settings["data"]["folder"] = str(place.resolve())
    text = tomli_w.dumps(settings, multiline_strings=True)
    (folder / "recipe.toml").write_text(text, encoding="utf-8", newline="\n")
