import io
import json
import os
import shutil
import stat
import time
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.studio.running.conftest import Page

from striate.errors import StudioError
from striate.studio import Settings, create_app
from striate.studio.looking.datasets import Datasets
from striate.studio.running.archive import pack, take_in
from striate.training import RunFolder, moments_of, parse_recipe, standing_of
from striate.training.checkpoint import steps_in

RECIPE = parse_recipe(
    "epochs=1\nbatch=1\nnetwork='input 1'\n[data]\nname='digits'\n[optimiser]\nkind='adam'", ""
).to_toml()
WITH_A_WRONG_NETWORK = RECIPE.replace("input 1", "input 1x9x9\nconv 8 99x99").encode()
WITH_A_LARGE_NETWORK = RECIPE.replace("input 1", "input 9999999\nlinear 99999").encode()
NOT_A_NUMBER = b'{"event": "changed", "step": 1, "setting": "batch", "value": NaN}\n'


def packed(run: RunFolder, most: int = 1 << 30) -> io.BytesIO:
    file = io.BytesIO()
    pack(run, file, most)
    file.seek(0)
    return file


def changed(run: RunFolder, **members: bytes | None) -> io.BytesIO:
    """The run's archive with some members in place of its own, or without."""
    file = io.BytesIO()
    with zipfile.ZipFile(packed(run)) as old, zipfile.ZipFile(file, "w") as new:
        for member in old.infolist():
            name = member.filename.partition("/")[2]
            if name not in members:
                new.writestr(name, old.read(member))
        for name, content in members.items():
            if content is not None:
                new.writestr(name, content)
    return file


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def taken(file: io.BytesIO, runs: Path, name: str = "again") -> RunFolder:
    return RunFolder(runs / take_in(file, name, runs, Datasets(None)))


def test_a_run_comes_back_as_it_was(small: RunFolder, settings: Settings) -> None:
    run = taken(packed(small), settings.runs)
    was, now = files(small.path), files(run.path)
    left = was.keys() - now.keys()
    assert ".lock" in left
    assert all(name == ".lock" or name.startswith("checkpoints/") for name in left)
    assert all(was[name] == content for name, content in now.items())
    assert standing_of(run).state == "finished"
    assert moments_of(run) == moments_of(small)


def test_orders_watchers_and_half_written_files_stay(small: RunFolder) -> None:
    for name in ("orders.jsonl", "watch.json", "live.safetensors", "moments/.x.part", "a.txt"):
        (small.path / name).write_text("x")
    with zipfile.ZipFile(packed(small)) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
    assert {"recipe.toml", "metrics.jsonl", "weights.safetensors"} < names
    assert not {name for name in names if name.endswith(("orders.jsonl", "watch.json", ".part"))}
    assert not {"live.safetensors", "a.txt", ".lock"} & names


def test_one_that_goes_on_has_its_newest_checkpoint(small: RunFolder, settings: Settings) -> None:
    (small.path / "summary.json").unlink()
    for step in (7, 9):
        shutil.copy(small.weights_path, small.checkpoints_path / f"step-{step:08d}.safetensors")
    newest = steps_in(small.checkpoints_path)[-1].name
    run = taken(packed(small), settings.runs)
    assert [path.name for path in steps_in(run.checkpoints_path)] == [newest]


def test_a_large_run_is_packed_with_fewer_moments(small: RunFolder, settings: Settings) -> None:
    size = small.weights_path.stat().st_size
    for step in range(1, 41):
        shutil.copy(small.weights_path, small.moments_path / f"step-{step:08d}.safetensors")
    whole = len(packed(small).getvalue())
    less = packed(small, whole - 10 * size)
    assert len(less.getvalue()) < whole - 10 * size
    steps = moments_of(taken(less, settings.runs))
    assert steps == moments_of(small)[::2]
    assert moments_of(taken(packed(small, 1), settings.runs)) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [("again", "again"), ("small", "small-2"), ("../../x", "uploaded"), ("", "uploaded")],
)
def test_its_name_is_one_that_is_free(
    small: RunFolder, settings: Settings, name: str, expected: str
) -> None:
    assert taken(packed(small), settings.runs, name).name == expected


def test_the_places_of_another_machine_are_not_kept(small: RunFolder, settings: Settings) -> None:
    recipe = small.recipe()
    data = recipe.data.model_copy(update={"folder": "/etc"})
    elsewhere = recipe.model_copy(update={"data": data}).to_toml().encode()
    run = taken(changed(small, **{"recipe.toml": elsewhere}), settings.runs)
    assert run.recipe() == recipe


HOSTILE_NAMES = [
    "../evil.txt",
    "small/../../evil.txt",
    "/etc/passwd",
    "small/checkpoints/../../../evil",
    "C:\\evil.txt",
    "..\\evil.txt",
    "moments/step-1.safetensors",
    "moments/step-00000001.safetensors/x",
    "moments/step-00000001.pickle",
    ".lock",
    "live.safetensors",
    "a/b/recipe.toml",
    "",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES, ids=repr)
def test_other_names_are_refused(small: RunFolder, settings: Settings, name: str) -> None:
    file = changed(small)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name or "x", b"evil")
    before = files(settings.runs.parent)
    with pytest.raises(StudioError, match="which is no file of a run"):
        taken(file, settings.runs)
    assert files(settings.runs.parent) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_that_is_there_twice(small: RunFolder, settings: Settings) -> None:
    file = changed(small)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("recipe.toml", RECIPE)
    with pytest.raises(StudioError, match=r"holds recipe.toml twice"):
        taken(file, settings.runs)


def test_links_are_refused(small: RunFolder, settings: Settings) -> None:
    file = changed(small, **{"metrics.jsonl": None})
    link = zipfile.ZipInfo("metrics.jsonl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(StudioError, match="which is no plain file"):
        taken(file, settings.runs)


def test_a_file_without_a_name(small: RunFolder, settings: Settings) -> None:
    file = changed(small)
    nameless = zipfile.ZipInfo("x")
    nameless.filename = ""
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(nameless, b"")
    with pytest.raises(StudioError, match="which is no file of a run"):
        taken(file, settings.runs)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_to_compress(small: RunFolder, settings: Settings, method: int) -> None:
    file = changed(small, **{"network.txt": None})
    with zipfile.ZipFile(file, "a", method) as archive:
        archive.writestr("network.txt", "input 1")
    with pytest.raises(StudioError, match=rf"network.txt' compressed by method {method}; methods"):
        taken(file, settings.runs)


def test_what_is_said_of_much_rubbish_is_short(small: RunFolder, settings: Settings) -> None:
    long = RECIPE.encode() + b"x" * 20_000 + b" = 1\n"
    with pytest.raises(StudioError, match=r"recipe.toml has mistakes") as raised:
        taken(changed(small, **{"recipe.toml": long}), settings.runs)
    assert len(str(raised.value)) < 1200


def test_bombs_are_refused(
    small: RunFolder, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("striate.studio.running.archive.MOST_UNPACKED", 1 << 20)
    file = changed(small, **{"weights.safetensors": None})
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights.safetensors", bytes(50 << 20))
    assert len(file.getvalue()) < 1 << 20
    with pytest.raises(StudioError, match="unpacks to more than"):
        taken(file, settings.runs)
    assert [path.name for path in settings.runs.iterdir()] == ["small"]


def test_a_bomb_that_tells_a_lie_about_its_size(small: RunFolder, settings: Settings) -> None:
    file = changed(small, **{"summary.json": None})
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("summary.json", bytes(8 << 20))
    content = file.getvalue().replace((8 << 20).to_bytes(4, "little"), (9).to_bytes(4, "little"))
    with pytest.raises(StudioError):
        taken(io.BytesIO(content), settings.runs)
    assert [path.name for path in settings.runs.iterdir()] == ["small"]


def test_too_many_files(small: RunFolder, settings: Settings) -> None:
    many = {f"moments/step-{number:08d}.safetensors": b"" for number in range(300)}
    with pytest.raises(StudioError, match=r"holds 3[0-9]+ files; a run has fewer"):
        taken(changed(small, **many), settings.runs)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"recipe.toml": None}, "holds no run"),
        ({"dataset.json": None}, "holds no run"),
        ({"recipe.toml": b"epochs = "}, "is not TOML"),
        ({"recipe.toml": b"\xff"}, "is not UTF-8"),
        ({"dataset.json": b"{}"}, "cannot be taken in"),
        ({"summary.json": b"[]"}, "is not the summary of a run"),
        ({"metrics.jsonl": b'{"event": "step", "step": 1}\n'}, "what no training records"),
        ({"metrics.jsonl": b'{"event": "magic", "step": 1}\n'}, "what no training records"),
        ({"metrics.jsonl": b'{"event": "paused", "step": 1, "x": {}}\n'}, "what no training"),
        ({"metrics.jsonl": NOT_A_NUMBER}, "what no training records"),
        ({"weights.safetensors": b"\x80\x04pickle"}, "is no safetensors file"),
        ({"moments/step-00000007.safetensors": b"x" * 100}, "is no safetensors file"),
        ({"recipe.toml": b"x" * (5 << 20)}, "unpacks to more than 4 MiB"),
        ({"recipe.toml": WITH_A_WRONG_NETWORK}, "the network of this run is wrong, or too large"),
        ({"recipe.toml": WITH_A_LARGE_NETWORK}, "the network of this run is wrong, or too large"),
        ({"recipe.toml": RECIPE.replace('"digits"', '"folder:/etc"').encode()}, "folder of images"),
    ],
)
def test_what_is_no_run(
    small: RunFolder, settings: Settings, members: dict[str, bytes | None], said: str
) -> None:
    with pytest.raises(StudioError, match=said) as raised:
        taken(changed(small, **members), settings.runs)
    assert ".uploaded-" not in str(raised.value)
    assert [path.name for path in settings.runs.iterdir()] == ["small"]


@pytest.mark.parametrize("cut", [0, 1, 100, 5000, -1, -30])
def test_archives_that_are_damaged(small: RunFolder, settings: Settings, cut: int) -> None:
    content = packed(small).getvalue()
    with pytest.raises(StudioError, match=r"no zip archive|damaged"):
        taken(io.BytesIO(content[:cut]), settings.runs)


def test_altered_bytes_are_noticed(small: RunFolder, settings: Settings) -> None:
    content = bytearray(packed(small).getvalue())
    place = content.find(b"conv1.weight")
    content[place] ^= 1
    with pytest.raises(StudioError, match="Bad CRC-32"):
        taken(io.BytesIO(bytes(content)), settings.runs)


def test_what_a_killed_studio_left_is_removed(settings: Settings) -> None:
    for name, age in ((".uploaded-1", 9999), (".deleted-2", 9999), (".uploaded-3", 0)):
        path = settings.runs / name
        (path / "moments").mkdir(parents=True)
        os.utime(path, (time.time() - age,) * 2)
    create_app(settings)
    assert [path.name for path in settings.runs.iterdir()] == [".uploaded-3"]


class TestOverTheWeb:
    def test_saving_and_taking_in(self, client: TestClient, small: RunFolder, page: Page) -> None:
        text = client.get("/train/small/network.txt")
        assert text.text == small.recipe().network
        assert 'filename="small.txt"' in text.headers["content-disposition"]
        weights = client.get("/train/small/weights.safetensors")
        assert weights.content == small.weights_path.read_bytes()
        step = moments_of(small)[1]
        moment = client.get(f"/train/small/weights.safetensors?step={step}")
        path = small.moments_path / f"step-{step:08d}.safetensors"
        assert moment.content == path.read_bytes()
        archive = client.get("/train/small/run.zip")
        assert archive.headers["content-type"] == "application/zip"
        answer = client.post("/train/upload?name=small", content=archive.content)
        assert answer.json() == {"run": "small-2"}
        states = {run["name"]: run["state"] for run in page.ask("train.runs")["runs"]}
        assert states == {"small": "finished", "small-2": "finished"}

    @pytest.mark.parametrize(
        "path",
        [
            "/train/nothing/network.txt",
            "/train/%2e%2e/network.txt",
            "/train/..%2f..%2fetc/network.txt",
            "/train/nothing/run.zip",
            "/train/nothing/weights.safetensors",
            "/train/small/weights.safetensors?step=999",
            "/train/small/weights.safetensors?step=x",
            "/train/small/metrics.jsonl",
            "/train/small/../../secret.txt",
        ],
    )
    def test_what_there_is_not(self, client: TestClient, small: RunFolder, path: str) -> None:
        (small.path.parent.parent / "secret.txt").write_text("secret")
        answer = client.get(path)
        assert answer.status_code in (404, 422)
        assert "secret" not in answer.text

    @pytest.mark.parametrize("content", [b"", b"no zip", bytes(100_000)])
    def test_what_cannot_be_taken_in(
        self, client: TestClient, settings: Settings, content: bytes
    ) -> None:
        answer = client.post("/train/upload?name=x", content=content)
        assert answer.status_code == 400
        assert "zip archive" in json.loads(answer.text)["error"]
        assert not settings.runs.exists() or not [*settings.runs.iterdir()]

    def test_too_much(self, client: TestClient, settings: Settings) -> None:
        answer = client.post("/train/upload", content=bytes(settings.largest_body + 1))
        assert answer.status_code == 413
