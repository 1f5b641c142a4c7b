"""Where a network comes from: a name, a text, a file, a run folder, timm, or a module."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from striate.data import AsDataset, CentreCrop, Preprocessing, describe
from striate.errors import ModelError, NetworkError, NotationError
from striate.files import read_text
from striate.notation import build, check
from striate.training import Recipe, RunFolder, Trained, load_recipe, recipe_names

_LONGEST_SHOWN = 60

Example = Tensor | tuple[Tensor, ...] | tuple[int, ...]
"""Tensors (N, C, *spatial), one for each argument of forward, or the shape (C, *spatial)."""


@dataclass(frozen=True)
class Opened:
    """A module with what is known of its input."""

    module: nn.Module
    name: str
    example: tuple[Tensor, ...]
    preprocessing: Preprocessing | None = None
    classes: tuple[str, ...] = ()


def open_network(  # noqa: PLR0911 (one for each kind of source)
    source: str | Path | nn.Module, example: Example | None = None
) -> Opened:
    """The module that a source stands for.

    A module needs an example; the others know their input's shape, and `example` overrides it where
    the network allows. Networks without trained weights get the same random ones every time.
    Raises NetworkError for a source that is none of these, with what it might be; and what reading
    texts, recipes, runs and names raises.
    """
    if isinstance(source, nn.Module):
        return _from_module(source, example)
    if not isinstance(source, str | Path):
        raise NetworkError(
            "a network is an nn.Module (an instance, not its class), a name, a text, a file or a "
            f"run folder, not {_shown(source)}"
        )
    text = str(source)
    path = Path(text)
    if "\n" in text:
        return _from_text(text, "network", example)
    if text.startswith("timm:"):
        return _from_timm(text.removeprefix("timm:"), example)
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except OSError as error:  # such as a name longer than any file has, a folder that is closed
        raise NetworkError(f"{_shown(text)} names no network: {error.strerror}") from error
    if is_folder and text:
        return _from_run(path, example)
    if path.suffix == ".toml" and is_file:
        return _from_recipe(load_recipe(text), path.stem, example)
    if is_file:
        return _from_text(read_text(path, "network text", NotationError), path.name, example)
    if text in recipe_names():
        return _from_recipe(load_recipe(text), text, example)
    return _from_name(text, example)


def _from_module(module: nn.Module, example: Example | None) -> Opened:
    if example is None:
        raise NetworkError(
            f"{type(module).__name__} does not say what it takes: give an example, as "
            "Network(module, torch.zeros(1, 3, 224, 224)) or Network(module, (3, 224, 224))"
        )
    tensors = _tensors(example, module)
    shape = tuple(tensors[0].shape[1:])
    return Opened(module, type(module).__name__, tensors, _plain(shape))


def _tensors(example: Example, module: nn.Module) -> tuple[Tensor, ...]:
    given = tuple(example) if isinstance(example, tuple | list) else (example,)
    tensors = tuple(entry for entry in given if isinstance(entry, Tensor))
    if tensors and len(tensors) == len(given):
        if any(tensor.numel() == 0 for tensor in tensors):
            shapes = " and ".join(str(tuple(tensor.shape)) for tensor in tensors)
            raise NetworkError(f"an example of shape {shapes} holds nothing; give one of a batch")
        return tensors
    if isinstance(example, int):
        raise NetworkError(
            f"the number {example} alone is no example: the shape of one with {example} values is "
            f"({example},), an image's is (C, H, W)"
        )
    shape = tuple(entry for entry in given if isinstance(entry, int))
    if not shape or len(shape) != len(given) or min(shape) < 1:
        raise NetworkError(
            f"an example is a tensor, a tuple of tensors, or the shape (C, *spatial) of one "
            f"example in whole numbers from 1, not {_shown(example)}"
        )
    floats = (p for p in (*module.parameters(), *module.buffers()) if p.is_floating_point())
    like = next(floats, torch.empty(0))
    try:
        return (like.new_empty((1, *shape)),)  # only its shape matters
    except (RuntimeError, TypeError) as error:  # TypeError: a size beyond 64 bits
        raise NetworkError(f"an input of the shape {shape} fits in no memory") from error


def _shown(value: object) -> str:
    """What was given, on one line, without the numbers of an array."""
    if isinstance(value, np.ndarray):
        return f"an array {value.shape} of numpy's (torch.from_numpy makes it a tensor)"
    if isinstance(value, tuple | list):
        return f"({', '.join(map(_shown, value))})"
    if isinstance(value, Tensor):
        return f"a tensor {tuple(value.shape)}"
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _plain(shape: tuple[int, ...]) -> Preprocessing | None:
    """Pictures scaled to 0..1, where nothing else is known."""
    if len(shape) != 3 or shape[0] not in (1, 3):
        return None
    height, width = shape[1:]
    return CentreCrop((height, width), max(height, width), (0.0,) * shape[0], (1.0,) * shape[0], ())


def _same_weights(make: Any) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        module: nn.Module = make()
    return module.eval()


def _from_text(text: str, name: str, example: Example | None) -> Opened:
    report = check(text)
    module = _same_weights(lambda: build(text))
    shape = report.input_shape
    assert shape is not None  # build raises for a text without one
    tensors = _tensors(shape if example is None else example, module)
    return Opened(module, name, tensors, _plain(tuple(tensors[0].shape[1:])))


def _from_recipe(recipe: Recipe, name: str, example: Example | None) -> Opened:
    """The network of a recipe, untrained, with the preprocessing of its data."""
    opened = _from_text(recipe.network, name, example)
    if recipe.data.name.startswith("folder:"):
        return opened
    description = describe(recipe.data.name)
    return replace(opened, preprocessing=AsDataset(description), classes=description.classes)


def _from_run(path: Path, example: Example | None) -> Opened:
    trained = Trained.load(RunFolder.open(path))
    description = trained.description
    return Opened(
        trained.network,
        path.name,
        _tensors(description.input_shape if example is None else example, trained.network),
        AsDataset(description),
        description.classes,
    )


def _from_timm(name: str, example: Example | None) -> Opened:
    from striate.network import timm_models  # noqa: PLC0415 (an extra)

    module = _same_weights(lambda: timm_models.create(name))
    tensors = _tensors(timm_models.input_shape(module) if example is None else example, module)
    preprocessing = timm_models.preprocessing(module, tuple(tensors[0].shape[1:]))
    return Opened(module, f"timm:{name}", tensors, preprocessing)


def _from_name(name: str, example: Example | None) -> Opened:
    from striate import models  # noqa: PLC0415 (many files)

    network, _, weights = name.partition("/")
    try:
        entry = models.describe(network)
    except ModelError as error:
        raise NetworkError(
            f"{name!r} is no file, no run folder, no recipe ({', '.join(recipe_names())}) and no "
            f"named network: {error}"
        ) from error
    if weights:
        ready = models.pretrained(entry.name, weights)
        module, preparation = ready.network.eval(), ready.preprocessing
        tensors = _tensors(preparation.input_shape if example is None else example, module)
        return Opened(module, name, tensors, preparation, preparation.classes)
    shape = entry.input_shape
    if isinstance(example, tuple) and all(isinstance(size, int) for size in example):
        shape = tuple(int(size) for size in example if isinstance(size, int))
        example = None
    module = _same_weights(lambda: models.create(entry.name, input_shape=shape))
    tensors = _tensors(shape if example is None else example, module)
    return Opened(module, entry.name, tensors, _plain(shape))
