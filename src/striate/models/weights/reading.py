"""Weights files as tensors by name, read without running or unpacking anything they hold."""

import argparse
import pickle
import re
import stat
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from striate.errors import WeightsError
from striate.models.weights.pickle_size import check_pickle

LARGEST_FILE = 4 << 30  # seven times the largest published file here, and room for optimisers
_LARGEST_PICKLE = 64 << 20  # names and shapes only, when PyTorch writes it; values stand elsewhere
_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"
_OLD_PICKLES = 5  # a file of PyTorch before 1.6: magic number, version, system, content, keys

_WRAPPERS = (
    "state_dict",
    "model",
    "model_state_dict",
    "model_state",
    "network",
    "net",
    "weights",
)
"""Where training programs keep the state dict among other things, the likeliest first."""

_FOREIGN = (
    (b"version https://git-lfs", "a pointer of Git LFS; `git lfs pull` brings the file itself"),
    (b"<", "a web page or XML text, as servers send in place of a file"),
    (b"\x89HDF", "an HDF5 file, as Keras writes; convert it to safetensors first"),
    (b"GGUF", "a GGUF file; convert it to safetensors first"),
    (b"\x93NUMPY", "a NumPy array"),
)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a weights file by name, on the CPU.

    The file is safetensors, or a PyTorch state dict, itself or under a key such as `state_dict` or
    `model`; what it is, its content says and not its name. Values that are no tensors are left out.
    A training checkpoint of this project gives its weights.

    Raises WeightsError for what is not a regular file of at most 4 GiB, is truncated, damaged or of
    another format, and for pickles that would run code or take endless time or memory to read.
    """
    size, start = _beginning(path)
    # The length before it may begin with any bytes, so this is looked at first.
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < size:
        return _safetensors(path)
    if start.startswith(_ZIP):
        _check_archive(path, size)
        return _state_dict(_unpickled(path), path)
    if start.startswith(_PICKLE):
        with path.open("rb") as file:
            for _ in range(_OLD_PICKLES):
                if not check_pickle(file, path):
                    break
        return _state_dict(_unpickled(path), path)
    what = next((f"{path} is {words}" for magic, words in _FOREIGN if start.startswith(magic)), "")
    raise WeightsError(
        (what or f"{path} is not a weights file: it begins with {start[:8]!r}")
        + ". A safetensors file or a PyTorch state dict (.pt, .pth) is needed."
    )


def _beginning(path: Path) -> tuple[int, bytes]:
    """Size and first bytes of a regular file."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise WeightsError(f"{path} is a folder; the weights file in it is needed")
        if not stat.S_ISREG(found.st_mode):
            raise WeightsError(f"{path} is a pipe or device, not a file that holds weights")
        if found.st_size > LARGEST_FILE:
            raise WeightsError(
                f"{path} has {found.st_size:,} bytes, more than the {LARGEST_FILE:,} that are "
                "accepted; a state dict without an optimiser's memory is smaller"
            )
        with path.open("rb") as file:
            start = file.read(32)
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the path
        reason = error.strerror if isinstance(error, OSError) else error
        raise WeightsError(f"the weights file {path} cannot be read: {reason}") from error
    if not start:
        raise WeightsError(f"{path} is empty")
    return found.st_size, start


def _safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            names = list(file.keys())
            if any(name.startswith("weights/") for name in names):  # a training checkpoint
                names = [name for name in names if name.startswith("weights/")]
            return {name.removeprefix("weights/"): file.get_tensor(name) for name in names}
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, MemoryError) as error:
        raise WeightsError(
            f"{path} is a damaged or truncated safetensors file ({error}); fetch it again"
        ) from error


def _check_archive(path: Path, size: int) -> None:
    """Refuse archives that PyTorch would not have written, before anything is unpacked."""
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            names = [member.filename.lower() for member in members]
            # Another reader may take another one of two with the same name, whatever its case.
            pickles = [m for m in members if m.filename.lower().endswith("data.pkl")]
            if any(name.endswith("/constants.pkl") for name in names):
                raise WeightsError(
                    f"{path} is a TorchScript program, which holds code; save the state dict of "
                    "the module that it loads as instead"
                )
            if not pickles:
                raise WeightsError(
                    f"{path} is a zip archive, but none of PyTorch's: no data.pkl is in it"
                )
            unpacked = sum(member.file_size for member in members)
            packed = any(member.compress_type != zipfile.ZIP_STORED for member in members)
            if packed or unpacked > size or len({*names}) < len(names):
                raise WeightsError(
                    f"{path} is refused: PyTorch stores members unpacked and each once, and here "
                    f"{len(names)} members of {unpacked:,} bytes are in a file of {size:,}, so it "
                    "was altered"
                )
            for member in pickles:
                if member.file_size > _LARGEST_PICKLE:
                    raise WeightsError(
                        f"{path} is refused: its pickle of names and shapes has "
                        f"{member.file_size:,} bytes, more than {_LARGEST_PICKLE:,}"
                    )
                with archive.open(member) as opened:
                    check_pickle(opened, path)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise WeightsError(
            f"{path} is a damaged or truncated PyTorch file ({error}); fetch it again"
        ) from error


def _unpickled(path: Path) -> Any:
    try:
        with warnings.catch_warnings(), path.open("rb") as file:
            warnings.simplefilter("ignore")  # of pickle protocols and storages of old
            # Training programs keep their arguments in one; it holds values and runs nothing.
            with torch.serialization.safe_globals([argparse.Namespace]):
                return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise WeightsError(_unsafe(path, str(error))) from error
    except Exception as error:  # a damaged pickle makes the reader raise almost anything
        words = (str(error).splitlines() or [""])[0][:200] or type(error).__name__
        raise WeightsError(
            f"{path} is a damaged or truncated PyTorch file ({words}); fetch it again"
        ) from error


def _unsafe(path: Path, words: str) -> str:
    """Say what a pickle holds that is no weights."""
    found = re.search(r"(?:GLOBAL|class|function|global:?)\s+`?([\w.]+\.[\w.]+)", words)
    what = f"it refers to {found[1]}, which" if found else "it holds more than tensors, which"
    return (
        f"{path} is refused: {what} could run any code when it is read, and only tensors are read. "
        "If you trust its author, load it where it was made and save the weights alone: "
        "torch.save(model.state_dict(), FILE)"
    )


def _state_dict(content: Any, path: Path) -> dict[str, Tensor]:
    """The state dict in what a training program saved."""
    for _ in range(3):
        if not isinstance(content, Mapping):
            break
        inner = [content[key] for key in _WRAPPERS if isinstance(content.get(key), Mapping)]
        if not inner:
            break
        content = inner[0]
    if not isinstance(content, Mapping):
        raise WeightsError(
            f"{path} holds a {type(content).__name__}, not a state dict: names with tensors are "
            "needed, as torch.save(model.state_dict(), FILE) writes"
        )
    tensors = {
        name: value.detach()
        for name, value in content.items()
        if isinstance(name, str) and isinstance(value, Tensor)
    }
    if not tensors:
        keys = ", ".join(repr(key)[:40] for key in list(content)[:5]) or "nothing"
        raise WeightsError(f"{path} holds no tensors by name; it has {keys}")
    return tensors
