"""Weights files: the kinds that are read, and everything that is refused."""

import argparse
import io
import json
import os
import pickle
import socket
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from striate.errors import WeightsError
from striate.models.weights.reading import LARGEST_FILE, read_tensors

TENSORS = {
    "a.weight": torch.arange(12.0).reshape(3, 4),
    "a.bias": torch.tensor([1.5, -2.0, 3.0], dtype=torch.float16),
    "count": torch.tensor(7),
}


def assert_read(path: Path) -> None:
    found = read_tensors(path)
    assert list(found) == sorted(found) or list(found) == list(TENSORS)
    assert found.keys() == TENSORS.keys()
    for name, value in TENSORS.items():
        assert found[name].dtype == value.dtype
        assert torch.equal(found[name], value)
        assert not found[name].requires_grad


def saved(content: Any, path: Path, *, zipped: bool = True) -> Path:
    torch.save(content, path, _use_new_zipfile_serialization=zipped)
    return path


@pytest.mark.parametrize("name", ["a.pth", "a.pt", "a.bin", "a", "a.safetensors"])
@pytest.mark.parametrize("zipped", [True, False])
def test_state_dicts_whatever_they_are_called(tmp_path: Path, name: str, zipped: bool) -> None:
    assert_read(saved(TENSORS, tmp_path / name, zipped=zipped))


@pytest.mark.parametrize("name", ["a.safetensors", "a.pth"])
def test_safetensors_whatever_they_are_called(tmp_path: Path, name: str) -> None:
    save_file(TENSORS, tmp_path / name)
    assert_read(tmp_path / name)


def test_safetensors_whose_length_begins_like_another_format(tmp_path: Path) -> None:
    for length in range(200):
        path = tmp_path / "a.safetensors"
        save_file(TENSORS, path, {"note": "x" * length})
        if path.read_bytes()[0] == 0x80:
            break
    assert path.read_bytes()[0] == 0x80
    assert_read(path)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda tensors: {"state_dict": tensors, "epoch": 3, "accuracy": 0.7},
        lambda tensors: {"model": tensors, "args": argparse.Namespace(lr=0.1, layers=[1, 2])},
        lambda tensors: {"epoch": torch.tensor(3), "model": {"state_dict": tensors}},
        lambda tensors: {"optimizer": {"state": {0: {"x": torch.ones(2)}}}, "model": tensors},
        lambda tensors: tensors | {"version": "1", "epoch": 3},
        lambda tensors: {name: nn.Parameter(value, False) for name, value in tensors.items()},
    ],
)
def test_state_dicts_among_other_things(
    tmp_path: Path, wrap: Callable[[dict[str, Tensor]], Any]
) -> None:
    assert_read(saved(wrap(dict(TENSORS)), tmp_path / "a.pth"))


def test_training_checkpoints_give_their_weights(tmp_path: Path) -> None:
    path = tmp_path / "step-00000010.safetensors"
    others = {"average/a.bias": torch.zeros(3), "optimiser/0/0/step": torch.ones(1)}
    save_file({f"weights/{name}": value for name, value in TENSORS.items()} | others, path)
    assert_read(path)


def test_a_link_is_followed(tmp_path: Path) -> None:
    path = saved(TENSORS, tmp_path / "a.pth")
    (tmp_path / "link.pth").symlink_to(path)
    assert_read(tmp_path / "link.pth")


def refused(path: Path, words: str) -> str:
    with pytest.raises(WeightsError, match=words) as caught:
        read_tensors(path)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < 700
    assert caught.value.report is None
    return str(caught.value)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    save_file(TENSORS, tmp_path / "safetensors")
    contents = [
        (tmp_path / "safetensors").read_bytes(),
        saved(TENSORS, tmp_path / "zip").read_bytes(),
        saved(TENSORS, tmp_path / "old", zipped=False).read_bytes(),
    ]
    path = tmp_path / "short"
    for content in contents:
        for end in {*range(0, len(content), 37), 1, 2, 8, 9, len(content) - 1}:
            path.write_bytes(content[:end])
            refused(path, "truncated|is not a weights file|is empty|refused")


@pytest.mark.parametrize("seed", range(3))
def test_altered_bytes_never_crash(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    save_file(TENSORS, tmp_path / "a")
    for original in (
        (tmp_path / "a").read_bytes(),
        saved(TENSORS, tmp_path / "b").read_bytes(),
        saved(TENSORS, tmp_path / "c", zipped=False).read_bytes(),
    ):
        path = tmp_path / "altered"
        for _ in range(60):
            content = bytearray(original)
            for place in random.integers(0, len(content), 3):
                content[place] = random.integers(256)
            path.write_bytes(content)
            try:
                found = read_tensors(path)
            except WeightsError as error:
                assert str(path) in str(error)  # noqa: PT017
            else:
                assert all(isinstance(value, Tensor) for value in found.values())


class Bomb:
    """Something that runs a program when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.system, (f"echo ran > {self.path}",)


@pytest.mark.parametrize("zipped", [True, False])
def test_programs_in_pickles_are_not_run(tmp_path: Path, zipped: bool) -> None:
    proof = tmp_path / "proof"
    path = saved(TENSORS | {"extra": Bomb(proof)}, tmp_path / "a.pth", zipped=zipped)
    words = refused(path, r"refers to \w+\.system, which could run any code")
    assert "torch.save(model.state_dict(), FILE)" in words
    assert not proof.exists()


def test_pickles_that_are_not_pytorchs(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    path = tmp_path / "a.pkl"
    for protocol in range(6):
        path.write_bytes(pickle.dumps({"a": Bomb(proof)}, protocol))
        refused(path, "refused|is not a weights file|damaged")
    assert not proof.exists()


def test_whole_models_are_refused_by_name(tmp_path: Path) -> None:
    path = saved(nn.Sequential(nn.Linear(2, 2)), tmp_path / "a.pth")
    refused(path, r"refers to torch\.nn\.modules\.container\.Sequential, which")


def test_programs_of_torchscript_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("a/data.pkl", "a/constants.pkl", "a/code/a.py"):
            archive.writestr(name, b"\x80\x02}.")
    refused(path, "TorchScript")


def rewritten(
    path: Path, change: Callable[[str, bytes], bytes | None], compression: int = 0
) -> Path:
    """A PyTorch archive with other members."""
    source = io.BytesIO()
    torch.save(TENSORS, source)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w", compression) as new:
        for member in old.infolist():
            content = change(member.filename, old.read(member))
            if content is not None:
                new.writestr(member.filename, content)
    return path


def test_archives_that_unpack_to_more_than_they_are(tmp_path: Path) -> None:
    huge = bytes(50_000_000)
    path = rewritten(
        tmp_path / "a.pth",
        lambda name, content: huge if name.endswith("data/0") else content,
        zipfile.ZIP_DEFLATED,
    )
    assert path.stat().st_size < 100_000
    refused(path, r"members of 50,000,\d+ bytes are in a file of \d+,\d+, so it was altered")


def test_archives_that_have_a_member_twice(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "a.pth", lambda _, content: content)
    content = path.read_bytes()
    end = content.rindex(b"PK\x05\x06")
    count, size, start = struct.unpack("<HII", content[end + 10 : end + 20])
    for times in (2, 20):
        numbers = (0, 0, count * times, count * times, size * times, start, 0)
        directory = content[start:end] * times
        last = b"PK\x05\x06" + struct.pack("<4H2IH", *numbers)
        path.write_bytes(content[:start] + directory + last)
        refused(path, "stores members unpacked and each once")


def test_names_that_differ_in_case_alone(tmp_path: Path) -> None:
    path = rewritten(tmp_path / "a.pth", lambda _, content: content)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("archive/DATA.pkl", b"\x80\x02}.")
    refused(path, "each once")


def test_members_that_are_short_or_absent(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    for change in (
        lambda name, content: content[:-4] if name.endswith("data/0") else content,
        lambda name, content: None if name.endswith("data/1") else content,
        lambda name, content: content[:-1] if name.endswith("data.pkl") else content,
    ):
        refused(rewritten(path, change), "damaged or truncated PyTorch file")
    refused(
        rewritten(path, lambda name, content: None if name.endswith("data.pkl") else content),
        r"none of PyTorch's: no data\.pkl",
    )


def test_a_storage_that_claims_more_than_there_is(tmp_path: Path) -> None:
    def claim(name: str, content: bytes) -> bytes:
        # 12 numbers are claimed to be 65,535, in the storage and in the shape.
        return content.replace(b"K\x0c", b"M\xff\xff").replace(b"K\x03K\x04", b"M\xff\xffK\x01")

    refused(rewritten(tmp_path / "a.pth", claim), "damaged or truncated PyTorch file")


def test_old_files_that_claim_absurd_sizes(tmp_path: Path) -> None:
    content = saved(TENSORS, tmp_path / "a.pth", zipped=False).read_bytes()
    for size in (1 << 20, 1 << 31, 1 << 46, (1 << 62) - 1):
        number = b"\x8a\x08" + struct.pack("<q", size)
        changed = content.replace(b"K\x0c", number, 1)
        assert changed != content
        (tmp_path / "a.pth").write_bytes(changed)
        refused(tmp_path / "a.pth", "damaged or truncated")


@pytest.mark.parametrize(
    "header",
    [
        {"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}},
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}},
        {"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}},
        {"a": {"dtype": "X99", "shape": [2], "data_offsets": [0, 8]}},
        {"a": 3},
        [],
    ],
)
def test_safetensors_that_lie(tmp_path: Path, header: Any) -> None:
    text = json.dumps(header).encode()
    path = tmp_path / "a.safetensors"
    path.write_bytes(struct.pack("<Q", len(text)) + text + bytes(8))
    refused(path, "damaged or truncated safetensors|is not a weights file")
    path.write_bytes(struct.pack("<Q", 1 << 60) + text + bytes(8))
    refused(path, "damaged or truncated safetensors|is not a weights file")


def test_what_is_no_file(tmp_path: Path) -> None:
    refused(tmp_path, "is a folder")
    refused(tmp_path / "absent.pth", "cannot be read: No such file")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused(tmp_path / "loop", "cannot be read")
    with pytest.raises(WeightsError, match="cannot be read"):
        read_tensors(Path("a\0b"))
    with pytest.raises(WeightsError, match="pipe or device"):
        read_tensors(Path(os.devnull))


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes with names there")
def test_pipes_and_sockets_do_not_keep_anybody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "pipe or device")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    refused(tmp_path / "link", "pipe or device")
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind(str(tmp_path / "socket"))
        refused(tmp_path / "socket", "pipe or device")


def test_absurd_sizes_are_refused_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(LARGEST_FILE + 1)
    refused(path, "4,294,967,297 bytes, more than the 4,294,967,296")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"hello, world", "begins with b'hello, w'"),
        (b"<!DOCTYPE html><html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a pointer of Git LFS"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"\x93NUMPY\x01\x00", "a NumPy array"),
        (b"GGUF\x03\x00", "a GGUF file"),
        (b"PK\x03\x04 and so on", "damaged or truncated"),
        (b"\x80", "damaged or truncated|refused"),
    ],
)
def test_other_files(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    refused(path, words)


def test_archives_of_numpy(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros(3))
    refused(tmp_path / "a.npz", r"no data\.pkl")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (torch.ones(3), "holds a Tensor, not a state dict"),
        ([torch.ones(3)], "holds a list, not a state dict"),
        ({}, "holds no tensors by name; it has nothing"),
        ({"epoch": 3, "state_dict": {}}, "holds no tensors by name"),
        ({3: torch.ones(2)}, "holds no tensors by name; it has 3"),
    ],
)
def test_what_is_no_state_dict(tmp_path: Path, content: Any, words: str) -> None:
    refused(saved(content, tmp_path / "a.pth"), words)


def test_reading_does_not_allow_anything_for_later(tmp_path: Path) -> None:
    read_tensors(saved(TENSORS, tmp_path / "a.pth"))
    assert argparse.Namespace not in torch.serialization.get_safe_globals()


def test_a_bomb_in_another_process(tmp_path: Path) -> None:
    """The reader comes back in a process that may have little memory."""
    if sys.platform == "win32":
        pytest.skip("memory limits are a matter of Unix")
    path = saved(TENSORS, tmp_path / "a.pth", zipped=False)
    number = b"\x8a\x08" + struct.pack("<q", 1 << 33)
    path.write_bytes(path.read_bytes().replace(b"K\x0c", number, 1))
    script = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from striate.models.weights.reading import read_tensors\n"
        "from striate.errors import WeightsError\n"
        "resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))\n"
        "try:\n    read_tensors(Path(sys.argv[1]))\n"
        "except WeightsError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert "damaged or truncated" in done.stdout
