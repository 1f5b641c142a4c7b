"""The store of decoded arrays: whole, half written, damaged, and on disks that cannot be used."""

import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from striate.data.decoded import Arrays, Sink, Source, decode
from striate.errors import DataError

resource = pytest.importorskip("resource", reason="file size limits are a matter of Unix")


class Decoder:
    """Writes known arrays in several blocks, and counts how often it is asked to."""

    def __init__(self, rows: int = 100) -> None:
        self.calls = 0
        self.rows = rows

    def __call__(self, sink: Sink) -> None:
        self.calls += 1
        for split, first in (("train", 0), ("test", 7)):
            inputs = sink.array(f"{split}_inputs", (self.rows, 3, 5), np.uint8)
            values = self.inputs(first)
            for start in range(0, self.rows, 30):
                inputs.append(values[start : start + 30])
            targets = np.arange(self.rows) + first
            sink.array(f"{split}_targets", (self.rows,), np.int64).append(targets)

    def inputs(self, first: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
        values = np.arange(first, first + self.rows * 15) % 256
        return values.astype(np.uint8).reshape(self.rows, 3, 5)

    def check(self, arrays: Arrays) -> None:
        for split, first in (("train", 0), ("test", 7)):
            np.testing.assert_array_equal(arrays[f"{split}_inputs"], self.inputs(first))
            assert arrays[f"{split}_targets"].tolist() == list(range(first, first + self.rows))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_text("content")
    return path


def source(file: Path, decoder: Decoder, version: str = "test 1") -> Source:
    return Source(origin=file.parent, paths=(file,), version=version, decode=decoder)


def entry(cache: Path) -> Path:
    (folder,) = (path for path in (cache / "decoded").iterdir() if path.is_dir())
    return folder


def test_decoded_once_and_mapped(file: Path, cache: Path) -> None:
    decoder = Decoder()
    for _ in range(3):
        arrays = decode("test", source(file, decoder), cache)
        decoder.check(arrays)
        assert isinstance(arrays["train_inputs"], np.memmap)
    assert decoder.calls == 1


def test_the_files_are_ordinary_arrays(file: Path, cache: Path) -> None:
    decoder = Decoder()
    decode("test", source(file, decoder), cache)
    found = {path.stem: np.load(path) for path in entry(cache).glob("*.npy")}
    decoder.check(found)


def test_writing_to_the_arrays_does_not_reach_the_disk(file: Path, cache: Path) -> None:
    decoder = Decoder()
    arrays = decode("test", source(file, decoder), cache)
    arrays["train_inputs"][:] = 255
    assert arrays["train_inputs"].flags.writeable
    decoder.check(decode("test", source(file, decoder), cache))
    assert decoder.calls == 1


def test_a_changed_source_or_decoder_is_decoded_again(file: Path, cache: Path) -> None:
    decoder = Decoder()
    decode("test", source(file, decoder), cache)
    first = entry(cache)
    decode("test", source(file, decoder, "test 2"), cache)
    assert decoder.calls == 2
    file.write_text("longer content")
    decode("test", source(file, decoder, "test 2"), cache)
    assert decoder.calls == 3
    os.utime(file, ns=(1, 1))
    decode("test", source(file, decoder, "test 2"), cache)
    assert decoder.calls == 4
    # What was decoded from the same place before would never be used again.
    assert entry(cache) != first


def test_two_places_with_alike_files_are_kept_apart(tmp_path: Path, cache: Path) -> None:
    decoders = []
    for name in ("a", "b"):
        path = tmp_path / name / "source"
        path.parent.mkdir()
        path.write_text("content")
        os.utime(path, ns=(1, 1))
        decoders.append(Decoder(rows=50 if name == "a" else 60))
        decode("test", source(path, decoders[-1]), cache)
    assert [decoder.calls for decoder in decoders] == [1, 1]
    decoders[0].check(decode("test", source(tmp_path / "a" / "source", decoders[0]), cache))
    assert decoders[0].calls == 1


@pytest.mark.parametrize("part", [0, 1, 60, 127, 128, 500, 1627])
@pytest.mark.parametrize("damage", ["flip", "truncate"])
def test_a_damaged_array_is_made_again(file: Path, cache: Path, part: int, damage: str) -> None:
    decoder = Decoder()
    decode("test", source(file, decoder), cache)
    path = entry(cache) / "train_inputs.npy"
    content = bytearray(path.read_bytes())
    assert len(content) == 128 + 1500
    if damage == "flip":
        content[part] ^= 1
    else:
        del content[part:]
    path.write_bytes(content)
    decoder.check(decode("test", source(file, decoder), cache))
    assert decoder.calls == 2


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"train_inputs": 3}',
        "\0",
        '{"a',
        pytest.param("[" * 9999, id="deep"),
    ],
)
def test_a_damaged_manifest_is_made_again(file: Path, cache: Path, content: str) -> None:
    decoder = Decoder()
    decode("test", source(file, decoder), cache)
    (entry(cache) / "manifest.json").write_text(content)
    decoder.check(decode("test", source(file, decoder), cache))
    assert decoder.calls == 2


def test_a_missing_array_is_made_again(file: Path, cache: Path) -> None:
    decoder = Decoder()
    decode("test", source(file, decoder), cache)
    (entry(cache) / "test_targets.npy").unlink()
    decoder.check(decode("test", source(file, decoder), cache))
    manifest = json.loads((entry(cache) / "manifest.json").read_text())
    assert set(manifest) == {"train_inputs", "train_targets", "test_inputs", "test_targets"}


def test_a_decoder_that_fails_leaves_nothing(file: Path, cache: Path) -> None:
    class Failing(Decoder):
        def __call__(self, sink: Sink) -> None:
            sink.array("train_inputs", (2, 3), np.uint8).append(np.zeros((1, 3), np.uint8))
            raise DataError("the file is damaged")

    with pytest.raises(DataError, match="damaged"):
        decode("test", source(file, Failing()), cache)
    assert [path.name for path in (cache / "decoded").iterdir()] in ([], ["test.lock"])


def test_what_a_killed_process_left_is_cleared_away(file: Path, cache: Path) -> None:
    partial = cache / "decoded" / "test.partial"
    partial.mkdir(parents=True)
    (partial / "train_inputs.npy").write_bytes(b"half")
    decoder = Decoder()
    decoder.check(decode("test", source(file, decoder), cache))
    assert not partial.exists()


def test_two_at_once_decode_once(file: Path, cache: Path) -> None:
    decoder = Decoder()
    results: list[Arrays] = []
    threads = [
        threading.Thread(
            target=lambda: results.append(decode("test", source(file, decoder), cache))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert decoder.calls == 1
    assert len(results) == 4
    for arrays in results:
        decoder.check(arrays)


def test_a_cache_that_cannot_be_made(
    file: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cache.write_text("a file where the folder should be")
    decoder = Decoder()
    with caplog.at_level(logging.WARNING, "striate.data"):
        decoder.check(decode("test", source(file, decoder), cache))
    assert f"the cache folder {cache} cannot be written" in caplog.text
    assert "STRIATE_CACHE" in caplog.text


@contextmanager
def room(limit: int) -> Iterator[None]:
    """No file may grow beyond `limit` bytes: the operating system refuses as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("limit", [0, 100, 150_000])
def test_a_full_disk(file: Path, cache: Path, caplog: pytest.LogCaptureFixture, limit: int) -> None:
    decoder = Decoder(rows=20_000)
    with caplog.at_level(logging.WARNING, "striate.data"), room(limit):
        arrays = decode("test", source(file, decoder), cache)
    decoder.check(arrays)
    assert "held in memory" in caplog.text
    assert not list(cache.rglob("*.npy"))
    # With room again it is stored as if nothing had happened.
    decoder.check(decode("test", source(file, decoder), cache))
    assert list(cache.rglob("*.npy"))


def test_a_source_that_vanished(file: Path, cache: Path) -> None:
    found = source(file, Decoder())
    file.unlink()
    with pytest.raises(DataError, match="cannot be read"):
        decode("test", found, cache)


def test_nothing_is_stored_of_embedded_data(cache: Path) -> None:
    decoder = Decoder()
    decoder.check(decode("test", Source(Path(), (), "test 1", decoder), cache))
    assert not cache.exists()


def test_more_than_the_memory_holds(cache: Path) -> None:
    def absurd(sink: Sink) -> None:
        sink.array("train_inputs", (2**31, 2**20), np.uint8)

    with pytest.raises(DataError, match=r"takes 2097152\.0 GiB"):
        decode("test", Source(Path(), (), "test 1", absurd), cache)
