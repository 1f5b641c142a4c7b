import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from striate.data import describe
from striate.errors import DataError, RecipeError, RunError
from striate.training import (
    Changed,
    Finished,
    RunFolder,
    Saved,
    Step,
    Stopped,
    Summary,
    free_name,
    latest,
    runs_in,
)
from striate.training.machine import machine, versions

SUMMARY = Summary(
    recipe="r",
    title="",
    dataset="digits",
    seed=0,
    test_accuracy=0.9,
    test_loss=0.1,
    macro_f1=0.9,
    seconds=1 / 3,
    evaluation_seconds=0.1,
    epochs=1,
    steps=3,
    parameters=10,
    compute="float32",
    layout="contiguous",
    pieces=3,
    processes=1,
    finished="2000-01-01",
    machine=machine(),
    versions=versions(),
)


def step(number: int) -> Step:
    return Step(number, number / 10, 1 / (number + 1), 0.5, 0.1, 10, 0.1 * number)


@contextmanager
def not_as_root() -> Iterator[None]:
    """Root may write everywhere, so be somebody else for a while."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def run(tmp_path: Path, plain: Any) -> RunFolder:
    return RunFolder.create(tmp_path / "run", plain(), describe("digits"))


class TestCreating:
    def test_what_is_in_it(self, run: RunFolder, plain: Any) -> None:
        assert run.recipe() == plain()
        assert run.description() == describe("digits")
        assert (run.path / "network.txt").read_text() == plain().network
        assert run.metrics() == []
        assert run.summary() is None
        assert RunFolder.open(run.path).recipe() == plain()

    def test_nothing_is_left_over(self, run: RunFolder) -> None:
        names = {entry.name for entry in run.path.iterdir()} - {".lock"}
        assert names == {"recipe.toml", "network.txt", "dataset.json", "checkpoints"}

    def test_a_second_run_at_the_same_path(self, run: RunFolder, plain: Any) -> None:
        with pytest.raises(RunError, match="already holds a run; give another name"):
            RunFolder.create(run.path, plain(seed=99), describe("digits"))
        assert run.recipe() == plain()

    def test_of_many_at_once_one_gets_the_path(self, tmp_path: Path, plain: Any) -> None:
        made, refused, start = list[int](), list[int](), threading.Barrier(8)

        def create(seed: int) -> None:
            start.wait()
            try:
                RunFolder.create(tmp_path / "run", plain(seed=seed), describe("digits"))
                made.append(seed)
            except RunError:
                refused.append(seed)

        threads = [threading.Thread(target=create, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(made) == 1
        assert len(refused) == 7
        assert RunFolder(tmp_path / "run").recipe().seed == made[0]

    def test_a_start_that_was_killed_is_no_run_and_can_be_made_again(
        self, tmp_path: Path, plain: Any
    ) -> None:
        path = tmp_path / "run"
        RunFolder.create(path, plain(), describe("digits"))
        (path / "recipe.toml").unlink()  # it is written last
        with pytest.raises(RunError, match="is not a run folder"):
            RunFolder.open(path)
        assert RunFolder.create(path, plain(seed=2), describe("digits")).recipe().seed == 2

    def test_where_a_file_is(self, tmp_path: Path, plain: Any) -> None:
        (tmp_path / "file").write_text("mine")
        for path in (tmp_path / "file", tmp_path / "file" / "run"):
            with pytest.raises(RunError, match="cannot write to the run folder"):
                RunFolder.create(path, plain(), describe("digits"))
        assert (tmp_path / "file").read_text() == "mine"

    def test_in_a_read_only_folder(self, tmp_path: Path, plain: Any) -> None:
        tmp_path.chmod(0o555)
        with not_as_root(), pytest.raises(RunError, match=r"Permission denied.*choose another fol"):
            RunFolder.create(tmp_path / "run", plain(), describe("digits"))

    def test_a_name_that_is_free(self, tmp_path: Path) -> None:
        names = []
        for _ in range(3):
            names.append(free_name(tmp_path, "mnist"))
            (tmp_path / names[-1]).mkdir()
        assert names == ["mnist", "mnist-2", "mnist-3"]


class TestReadOnly:
    def test_nothing_can_be_recorded(self, run: RunFolder) -> None:
        run.record(step(1))
        run.path.chmod(0o555)
        (run.path / "metrics.jsonl").chmod(0o444)
        recipe = run.recipe()
        message = "cannot write to the run folder .*: Permission denied. What was saved before is"
        with not_as_root():
            with pytest.raises(RunError, match=message):
                run.record(step(2))
            with pytest.raises(RunError, match=message):
                run.write_summary(SUMMARY)
            with pytest.raises(RunError, match=message):
                run.write_recipe(recipe)
            with pytest.raises(RunError, match=message), run.in_use():
                pass


class TestUse:
    def test_by_one_at_a_time(self, run: RunFolder) -> None:
        with run.in_use():
            with (
                pytest.raises(RunError, match="another process is training in"),
                RunFolder(run.path).in_use(),
            ):
                pass
            run.record(step(1))
        with RunFolder(run.path).in_use():
            pass

    def test_an_error_ends_it(self, run: RunFolder) -> None:
        with pytest.raises(ZeroDivisionError), run.in_use():
            raise ZeroDivisionError
        with RunFolder(run.path).in_use():
            pass


class TestMetrics:
    def test_events_come_back(self, run: RunFolder, tmp_path: Path) -> None:
        run.record(step(1))
        run.record(Saved(1, tmp_path / "checkpoints" / "step-1"))
        first, second = run.metrics()
        assert first == {
            "event": "step",
            "step": 1,
            "epoch": 0.1,
            "loss": 0.5,
            "accuracy": 0.5,
            "learning_rate": 0.1,
            "examples": 10,
            "seconds": 0.1,
            "forward_seconds": 0.0,
            "backward_seconds": 0.0,
        }
        assert second == {"event": "saved", "step": 1, "path": "step-1"}

    @pytest.mark.parametrize(
        "rubbish", [b'{"event": "step", "st', b"\0" * 50, b"\0" * 50 + b"\n", b"[]\n", b"3\n{"]
    )
    def test_a_damaged_end_is_left_out(self, run: RunFolder, rubbish: bytes) -> None:
        for number in (1, 2, 3):
            run.record(step(number))
        whole = run.metrics()
        with (run.path / "metrics.jsonl").open("ab") as file:
            file.write(rubbish)
        assert run.metrics() == whole
        run.rewind(3, 0)
        run.record(step(4))
        assert [event["step"] for event in run.metrics()] == [1, 2, 3, 4]

    def test_rewinding_drops_what_will_be_repeated(self, run: RunFolder) -> None:
        for number in (1, 2, 3):
            run.record(step(number))
        run.record(Finished(2, 1, 0.1, 0.9, 0.9, 1, 1))  # killed before the summary
        run.rewind(2, 0)
        assert [(e["event"], e["step"]) for e in run.metrics()] == [("step", 1), ("step", 2)]
        run.rewind(0, 0)
        assert run.metrics() == []

    def test_rewinding_keeps_the_changes_that_the_checkpoint_knows(self, run: RunFolder) -> None:
        run.record(Changed(0, "momentum", 0.1))
        run.record(step(1))
        run.record(Changed(1, "momentum", 0.2))
        run.record(Changed(1, "momentum", 0.3))
        run.record(Stopped(1, 5))
        run.rewind(1, 2)
        assert [event.get("value", event["event"]) for event in run.metrics()] == [
            0.1,
            "step",
            0.2,
            "stopped",
        ]

    def test_a_folder_in_their_place(self, run: RunFolder) -> None:
        (run.path / "metrics.jsonl").mkdir()
        with pytest.raises(RunError, match=r"cannot read .*metrics.jsonl: Is a directory"):
            run.metrics()


class TestClearingUp:
    def test_half_written_files_go_and_damaged_checkpoints_are_kept_aside(
        self, run: RunFolder
    ) -> None:
        bad = run.checkpoints_path / "step-00000002.safetensors"
        left = [
            run.checkpoints_path / ".step-00000003.safetensors.abcd.part",
            run.path / ".summary.json.xyz.part",
        ]
        for path in (bad, *left):
            path.touch()
        run.clear_up([bad])
        assert not any(path.exists() for path in (bad, *left))
        assert bad.with_suffix(".damaged").exists()
        assert (run.path / "recipe.toml").exists()


class TestSummary:
    def test_it_comes_back(self, run: RunFolder) -> None:
        run.write_summary(SUMMARY)
        assert run.summary() == SUMMARY

    @pytest.mark.parametrize("content", ["", "{}", "[1", '{"recipe": 3}', "\0"])
    def test_a_file_that_is_none(self, run: RunFolder, content: str) -> None:
        (run.path / "summary.json").write_text(content)
        with pytest.raises(RunError, match=r"summary.json is not the summary of a run"):
            run.summary()

    def test_a_folder_in_its_place(self, run: RunFolder) -> None:
        (run.path / "summary.json").mkdir()
        with pytest.raises(RunError, match=r"cannot read .*summary.json"):
            run.summary()


class TestDamage:
    @pytest.mark.parametrize("content", ["", "3", "[]", "{", '{"name": 1}', "null"])
    def test_of_the_description(self, run: RunFolder, content: str) -> None:
        (run.path / "dataset.json").write_text(content)
        with pytest.raises((RunError, DataError)):
            run.description()

    def test_of_the_recipe(self, run: RunFolder) -> None:
        (run.path / "recipe.toml").write_text("epochs = 3")
        with pytest.raises(RecipeError, match=r"recipe.toml has mistakes"):
            run.recipe()


class TestRuns:
    def test_in_a_folder_newest_last(self, tmp_path: Path, plain: Any) -> None:
        assert runs_in(tmp_path / "absent") == []
        for number, name in enumerate(("b", "a", "c")):
            run = RunFolder.create(tmp_path / name, plain(), describe("digits"))
            os.utime(run.path / "recipe.toml", (number, number))
        (tmp_path / "no run").mkdir()
        assert [run.name for run in runs_in(tmp_path)] == ["b", "a", "c"]

    def test_the_latest_is_the_one_that_finished_last(self, tmp_path: Path, plain: Any) -> None:
        with pytest.raises(RunError, match="there is no finished run in"):
            latest(tmp_path)
        for number, name in enumerate(("a", "b", "c")):
            run = RunFolder.create(tmp_path / name, plain(), describe("digits"))
            if name != "c":
                run.write_summary(SUMMARY)
                os.utime(run.path / "summary.json", (9 - number, 9 - number))
        assert latest(tmp_path).name == "a"


class TestForeignFiles:
    @pytest.mark.parametrize("content", ["", "3", "[1]", "[" * 9999, '{"name": "x"}', "\0"])
    def test_in_place_of_the_description(self, run: RunFolder, content: str) -> None:
        (run.path / "dataset.json").write_text(content)
        with pytest.raises((RunError, DataError)):
            run.description()

    @pytest.mark.parametrize("content", ["", "3", "[1]", "[" * 9999, '{"recipe": "x"}', "\0"])
    def test_in_place_of_the_summary(self, run: RunFolder, content: str) -> None:
        (run.path / "summary.json").write_text(content)
        with pytest.raises(RunError, match=r"summary\.json is not the summary of a run"):
            run.summary()

    @pytest.mark.parametrize("name", ["dataset.json", "summary.json"])
    def test_without_end(self, run: RunFolder, name: str) -> None:
        with (run.path / name).open("wb") as file:
            file.truncate(8 << 20)
        with pytest.raises(RunError, match=rf"{name} is larger than 4 MiB"):
            run.summary() if name == "summary.json" else run.description()

    def test_of_metrics(self, run: RunFolder) -> None:
        (run.path / "metrics.jsonl").write_text("[" * 9999 + "\n")
        assert run.metrics() == []
