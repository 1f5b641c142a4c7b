"""Archives that hold no run, each certainly wrong, all of them from a seed."""

import io
import json
import random
import stat
import zipfile
from collections.abc import Mapping
from functools import cache

import numpy as np
from safetensors.numpy import save

from striate.data import describe
from striate.training import parse_recipe

RECIPE = """
epochs = 1
batch = 60
network = "input 1x8x8\\nflatten\\nlinear 10"
[data]
name = "digits"
[optimiser]
kind = "sgd"
lr = 0.1
"""
TENSORS = save({"linear1.bias": np.zeros(10, np.float32)})
FOREIGN_NAMES = ("../x", "/etc/passwd", "a/b/recipe.toml", "x.exe", ".lock", "C:\\x", "moments/x")


@cache
def members() -> dict[str, bytes]:
    """The files of a run that was begun."""
    recipe = parse_recipe(RECIPE, "the recipe", name="small")
    return {
        "recipe.toml": recipe.to_toml().encode(),
        "dataset.json": json.dumps(describe("digits").as_dict()).encode(),
        "network.txt": recipe.network.encode(),
        "metrics.jsonl": b'{"event": "paused", "step": 1}\n',
        "weights.safetensors": TENSORS,
        "moments/step-00000001.safetensors": TENSORS,
    }


@cache
def whole_archive() -> bytes:
    """A run that is taken in."""
    return packed(members())


def packed(files: Mapping[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    """Files as an archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def malformed_archive(chance: random.Random) -> bytes:
    """One of the ways in which an archive can be wrong."""
    whole = whole_archive()
    match chance.randrange(6):
        case 0:
            return whole[: chance.randrange(len(whole))]
        case 1:
            return _altered(chance, whole)
        case 2:
            return _oddly_packed(chance)
        case 3:
            return _with_foreign_files(chance)
        case _:
            return packed(members() | _wrong_member(chance), zipfile.ZIP_DEFLATED)


def _altered(chance: random.Random, whole: bytes) -> bytes:
    """One bit of a file's content is another one, which its checksum tells."""
    content = bytearray(whole)
    part = chance.choice(list(members().values()))
    content[whole.find(part) + chance.randrange(len(part))] ^= 1 << chance.randrange(8)
    return bytes(content)


def _oddly_packed(chance: random.Random) -> bytes:
    content = bytearray(packed(members(), chance.choice([zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])))
    entry = content.find(b"PK\x01\x02")
    match chance.randrange(4):
        case 0:  # the packed bytes themselves are damaged
            content[60:90] = chance.randbytes(30)
        case 1:  # it says that it is encrypted
            content[entry + 8] |= 1
        case 2:
            content[entry + 10 : entry + 12] = b"\x63\0"  # a method of packing nobody has
        case 3:
            place = content.find(b"PK\x05\x06")
            content[place + 16 : place + 20] = chance.randbytes(4)  # where the list of files is
    return bytes(content)


def _with_foreign_files(chance: random.Random) -> bytes:
    file = io.BytesIO(whole_archive())
    with zipfile.ZipFile(file, "a") as archive:
        match chance.randrange(4):
            case 0:
                archive.writestr(chance.choice(FOREIGN_NAMES), b"evil")
            case 1:
                link = zipfile.ZipInfo("summary.json")
                link.external_attr = (stat.S_IFLNK | 0o777) << 16
                archive.writestr(link, "/etc/passwd")
            case 2:
                for number in range(2, 300):
                    archive.writestr(f"moments/step-{number:08d}.safetensors", b"")
            case 3:
                nameless = zipfile.ZipInfo("x")
                nameless.filename = ""
                archive.writestr(nameless, b"")
    return file.getvalue()


def _wrong_member(chance: random.Random) -> dict[str, bytes]:
    rubbish = b"\xff" + chance.randbytes(chance.randrange(300))
    recipe = members()["recipe.toml"]
    cut = TENSORS[: chance.randrange(len(TENSORS))]
    return chance.choice(
        [
            {"recipe.toml": rubbish},
            {"recipe.toml": recipe.replace(b"linear 10", b"conv 8 99x99")},
            {"recipe.toml": recipe.replace(b"linear 10", b"linear 9999999999")},
            {"recipe.toml": recipe.replace(b"epochs = 1", b"epochs = nan")},
            {"recipe.toml": recipe + b"x" * 20_000 + b" = 1\n"},
            {"dataset.json": rubbish},
            {"dataset.json": b"[" * 100_000},
            {"dataset.json": b'{"' + b"k" * 20_000 + b'": 1}'},
            {"summary.json": rubbish},
            {"summary.json": bytes(5 << 20)},
            {"metrics.jsonl": b'{"event": "magic", "step": 1}\n'},
            {"metrics.jsonl": b'{"event": "step", "step": 1, "loss": "low"}\n'},
            {"weights.safetensors": rubbish},
            {"weights.safetensors": cut},
            {"weights.safetensors": b"\xff" * 8 + TENSORS[8:]},
            {"moments/step-00000001.safetensors": cut},
            {"checkpoints/step-00000001.safetensors": b"\x80\x04pickle"},
        ]
    )
