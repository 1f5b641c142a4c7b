"""What a page is answered about runs that nobody trains."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tests.studio.running.conftest import Page

from striate.data import load
from striate.studio import Settings
from striate.training import (
    RunFolder,
    Trained,
    load_recipe,
    moments_of,
    network_at,
    recipe_names,
    standing_of,
)
from striate.training.events import Failed


class TestChecking:
    def test_every_line_is_told(self, page: Page) -> None:
        recipe = load_recipe("cifar10-demo")
        found = page.ask("train.check", network=recipe.network, dataset="cifar10")
        assert found["ok"]
        assert found["misfit"] is None
        rows = {row["module"]: row for row in found["report"]["rows"]}
        assert rows["conv1"]["output"] == [16, 32, 32]
        assert rows["conv2"]["receptive_field"] == [14, 14]
        assert found["report"]["total"]["parameters"] == 22_466

    def test_what_is_wrong_and_which_padding_fits(self, page: Page) -> None:
        text = "input 1x8x8\nconv 4 3x3\nresidual\n  conv 4 3x3\nflatten\nlinear 10\n"
        found = page.ask("train.check", network=text, dataset="digits")
        assert not found["ok"]
        (wrong,) = found["report"]["diagnostics"]
        assert wrong["line"] in (3, 4)
        assert "pad" in wrong["suggestion"]

    def test_what_does_not_go_with_the_data(self, page: Page) -> None:
        text = load_recipe("cifar10-demo").network
        found = page.ask("train.check", network=text, dataset="digits")
        assert found["report"]["ok"]
        assert not found["ok"]
        assert found["misfit"]["line"] == 1
        assert page.ask("train.check", network=text)["ok"]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "input 1x8x8\n" + "conv 4 3x3\n" * 5000,
            "input 99999x99999x99999\n",
            "repeat 999999999\n",
            "input 1x8x8\n" + "repeat 99\n" * 30 + "relu",
            "conv " * 10_000,
            "\0\n\u202e\n",
            "input 1x8x8\nlinear 999999999999999999999\n",
        ],
    )
    def test_hostile_texts_are_diagnosed(self, page: Page, text: str) -> None:
        found = page.ask("train.check", network=text, dataset="digits")
        assert not found["ok"]
        assert found["report"]["diagnostics"] or found["misfit"]

    @pytest.mark.parametrize("dataset", ["folder:/etc", "../x", "", "mnits"])
    def test_a_dataset_is_never_a_folder(self, page: Page, dataset: str) -> None:
        asked: list[tuple[str, dict[str, Any]]] = [
            ("train.check", {"network": "input 1x8x8\n", "dataset": dataset}),
            ("train.network", {"name": "lenet5", "dataset": dataset}),
            ("train.start", {"form": FORM | {"dataset": dataset}}),
        ]
        for request, given in asked:
            assert "there is no dataset" in page.ask(request, **given)["error"]

    def test_a_text_without_end_is_refused(self, page: Page) -> None:
        said = page.ask("train.check", network="x" * 100_000, dataset=None)["error"]
        assert "network" in said


class TestRuns:
    def test_a_finished_run(self, page: Page, small: RunFolder) -> None:
        (run,) = page.ask("train.runs")["runs"]
        summary = small.summary()
        assert summary is not None
        assert run | {"changed": 0} == {
            "name": "small",
            "recipe": "small",
            "title": "",
            "dataset": "digits",
            "state": "finished",
            "message": f"test accuracy {summary.test_accuracy:.2%}",
            "step": 23,
            "steps": 23,
            "epoch": 1.0,
            "epochs": 1.0,
            "loss": run["loss"],
            "train_accuracy": run["train_accuracy"],
            "test_accuracy": summary.test_accuracy,
            "parameters": summary.parameters,
            "seconds": summary.seconds,
            "changed": 0,
        }

    def test_one_damaged_run_does_not_hide_the_others(
        self, page: Page, small: RunFolder, settings: Settings
    ) -> None:
        broken = settings.runs / "broken"
        broken.mkdir()
        (broken / "recipe.toml").write_text("rubbish =")
        (settings.runs / "no run").mkdir()
        found = {run["name"]: run for run in page.ask("train.runs")["runs"]}
        assert found.keys() == {"small", "broken"}
        assert found["broken"]["state"] == "damaged"
        assert "is not TOML" in found["broken"]["message"]

    def test_no_folder_no_runs(self, page: Page) -> None:
        assert page.ask("train.runs") == {"runs": []}

    def test_links_to_elsewhere_are_not_followed(
        self, page: Page, small: RunFolder, settings: Settings, tmp_path: Path
    ) -> None:
        small.path.rename(tmp_path / "elsewhere")
        (settings.runs / "link").symlink_to(tmp_path / "elsewhere")
        assert page.ask("train.runs") == {"runs": []}
        assert "there is no run" in page.ask("train.moments", run="link")["error"]

    def test_a_failed_run_says_why(self, page: Page, small: RunFolder) -> None:
        (small.path / "summary.json").unlink()
        small.record(Failed(23, "the loss is nan"))
        (run,) = page.ask("train.runs")["runs"]
        assert (run["state"], run["message"]) == ("failed", "the loss is nan")


REQUESTS: dict[str, dict[str, Any]] = {
    "train.follow": {},
    "train.live": {},
    "train.moments": {},
    "train.moment": {"step": 0},
    "train.order": {"order": "pause"},
    "train.continue": {},
    "train.delete": {},
}


@pytest.mark.parametrize("request_", REQUESTS)
@pytest.mark.parametrize(
    "run", ["nothing", "..", "../runs/small", "/etc", "small/", ".", ".hidden", "a\0b", "x" * 200]
)
def test_runs_that_there_are_not(page: Page, small: RunFolder, request_: str, run: str) -> None:
    said = page.ask(request_, run=run, **REQUESTS[request_])["error"]
    assert "there is no run" in said


class TestFollowing:
    def test_a_finished_run(self, page: Page, small: RunFolder) -> None:
        values, arrays = page.look("train.follow", run="small")
        summary = small.summary()
        assert summary is not None
        assert (values["state"], values["step"], values["steps"]) == ("finished", 23, 23)
        assert values["examples_seen"] == 23 * 60
        assert values["settings"] == {
            "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.0, "batch": 60,
        }  # fmt: skip
        assert values["result"]["test_accuracy"] == summary.test_accuracy
        assert values["seconds_left"] in (None, 0)
        assert [mark["event"] for mark in values["marks"]] == ["started", "finished"]
        (epoch,) = values["epochs_done"]
        assert epoch["examples"] == 23 * 60
        losses = [event["loss"] for event in small.metrics() if event["event"] == "step"]
        np.testing.assert_allclose(arrays["loss"], losses, rtol=1e-6)
        assert values["form"]["network"] == small.recipe().network

    def test_it_is_told_anew_when_there_is_news(self, page: Page, small: RunFolder) -> None:
        (small.path / "summary.json").unlink()
        stream = page.stream("train.follow", run="small")
        assert next(stream)[0]["state"] == "killed"
        small.record(Failed(23, "no more"))
        assert next(stream)[0]["message"] == "no more"

    def test_a_run_of_the_same_name_is_another(
        self, page: Page, small: RunFolder, finished: Path
    ) -> None:
        assert page.look("train.follow", run="small")[0]["step"] == 23
        assert page.ask("train.delete", run="small") == {"deleted": True}
        assert not small.path.exists()
        shutil.copytree(finished, small.path)
        (small.path / "metrics.jsonl").write_text("")
        values, _ = page.until(lambda values: values["step"] == 0, "train.follow", run="small")
        assert values["examples_seen"] == 0


class TestLookingBack:
    def test_at_every_moment(self, page: Page, small: RunFolder, cache: Path) -> None:
        found = page.ask("train.moments", run="small")
        assert found["final"] == 23
        assert found["moments"][0] == 0
        assert found["moments"] == [step for step in moments_of(small) if step != 23]
        dataset = load("digits", cache=cache)
        trained = Trained.load(small)
        for step in (0, found["moments"][-1], 23):
            values, arrays = page.look("train.moment", run="small", step=step, example=7)
            network: Any = network_at(small, step)
            weight = network.conv1.weight.detach().numpy()
            np.testing.assert_array_equal(arrays["conv1/weights"], weight)
            assert values["step"] == step
            assert values["example"]["target"] == dataset.test.targets[7]
            assert [layer["name"] for layer in values["layers"]] == [
                "conv1", "relu1", "pool1", "flatten1", "linear1"
            ]  # fmt: skip
            assert values["layers"][0]["weight_gradients"] is None
            assert arrays["conv1/gradients"].shape == (6, 8, 8)
            if step == 23:
                expected = trained.probabilities(dataset.test.inputs[7:8])[0]
                top = expected.topk(3)
                assert [kind for kind, _ in values["example"]["top"]] == top.indices.tolist()
                torch.testing.assert_close(
                    torch.tensor([share for _, share in values["example"]["top"]]), top.values
                )

    def test_arrays_only_of_some_layers(self, page: Page, small: RunFolder) -> None:
        values, arrays = page.look("train.moment", run="small", step=0, layers=["relu1"])
        assert set(arrays) == {"relu1/activations", "relu1/gradients", "example"}
        named = {layer["name"]: layer for layer in values["layers"]}
        assert named["conv1"]["activations"]["array"] is None
        assert named["relu1"]["activations"]["array"] == "relu1/activations"

    def test_without_layers_the_test_examples_are_judged(
        self, page: Page, small: RunFolder, cache: Path
    ) -> None:
        values, arrays = page.look("train.moment", run="small", step=23, layers=[])
        dataset = load("digits", cache=cache)
        probabilities = Trained.load(small).probabilities(dataset.test.inputs)
        right = probabilities.argmax(1).numpy() == dataset.test.targets
        assert values["validation"]["examples"] == len(dataset.test)
        assert values["validation"]["accuracy"] == pytest.approx(right.mean())
        assert arrays["confusion"].sum() == len(dataset.test)
        assert arrays["confusion"].trace() == right.sum()
        assert len(values["guesses"]) == len(arrays["guesses"]) == 16
        for guess in values["guesses"]:
            assert guess["right"] == right[guess["index"]]

    @pytest.mark.parametrize(
        ("step", "example", "said"),
        [(999, 0, "no weights of small were kept at step 999"), (0, 360, "no test example 360")],
    )
    def test_what_there_is_not(
        self, page: Page, small: RunFolder, step: int, example: int, said: str
    ) -> None:
        assert said in page.ask("train.moment", run="small", step=step, example=example)["error"]

    def test_a_run_that_rests_is_shown_as_it_is(self, page: Page, small: RunFolder) -> None:
        values, arrays = page.look("train.live", run="small", example=3)
        assert (values["step"], values["example"]["index"]) == (23, 3)
        assert "conv1/activations" in arrays


FORM: dict[str, Any] = {
    "network": "input 1x8x8\nflatten\nlinear 10\n",
    "dataset": "digits",
    "epochs": 1,
    "batch": 10,
    "optimiser": {"kind": "sgd", "lr": 0.1},
}


class TestStarting:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"network": "input 1x8x8\nconv 3\n"}, "the network cannot be built"),
            (
                {"network": "input 3x8x8\nflatten\nlinear 10\n"},
                "network with `input 1x8x8`",
            ),
            ({"optimiser": {"kind": "sgd"}}, "optimiser.lr: this setting is missing"),
            ({"optimiser": {"kind": "magic"}}, "there is no 'magic'"),
            ({"dataset": "cifar100"}, "the network's input|are not here"),
            ({"dataset": "folder:/etc"}, "there is no dataset 'folder:/etc'"),
            ({"dataset": "../x"}, "there is no dataset '../x'"),
            ({"recipe": "/etc/passwd"}, "there is no recipe"),
            ({"epochs": 0}, "epochs"),
            ({"epochs": 1e9}, "epochs"),
            ({"batch": 10**6}, "batch"),
            ({"network": "x" * 70_000}, "network"),
            ({"unknown": 1}, "unknown"),
            ({"augmentation": [{"kind": "flip"}] * 30}, "augmentation"),
        ],
    )
    def test_what_cannot_be_trained_is_told_at_once(
        self, page: Page, changes: dict[str, Any], said: str
    ) -> None:
        found = page.ask("train.start", form=FORM | changes)["error"]
        assert any(each in found for each in said.split("|")), found
        assert page.ask("train.runs") == {"runs": []}

    def test_a_batch_that_would_fill_the_memory(
        self, page: Page, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("striate.studio.running.starting.free_memory", lambda _: 10 << 20)
        text = "input 1x8x8\nconv 99 3x3 pad same\nrelu\nflatten\nlinear 10\n"
        said = page.ask("train.start", form=FORM | {"network": text, "batch": 1000})["error"]
        assert "a smaller batch or a smaller network needs less" in said

    @pytest.mark.parametrize("name", ["small", "../x", "/etc/x", ".x", "a/b", "-x", "a\0"])
    def test_names_that_cannot_be(self, page: Page, small: RunFolder, name: str) -> None:
        assert "error" in page.ask("train.start", form=FORM, name=name)
        assert len(page.ask("train.runs")["runs"]) == 1

    def test_a_finished_run_does_not_go_on(self, page: Page, small: RunFolder) -> None:
        said = page.ask("train.continue", run="small")["error"]
        assert "there is nothing to go on with" in said


class TestOrders:
    def test_to_nobody(self, page: Page, small: RunFolder) -> None:
        said = page.ask("train.order", run="small", order="pause")["error"]
        assert "no process trains in" in said
        assert standing_of(small).state == "finished"

    @pytest.mark.parametrize(
        "parameters",
        [
            {"order": "explode"},
            {"order": "change"},
            {"order": "change", "setting": "batch"},
            {"order": "change", "setting": "epochs", "value": 1},
            {"order": "change", "setting": "batch", "value": 0.5},
            {"order": "change", "setting": "learning_rate", "value": -1},
        ],
    )
    def test_that_cannot_be_obeyed(
        self, page: Page, small: RunFolder, parameters: dict[str, Any]
    ) -> None:
        assert "error" in page.ask("train.order", run="small", **parameters)
        assert not (small.path / "orders.jsonl").exists()

    def test_a_run_that_trains_is_not_deleted(self, page: Page, small: RunFolder) -> None:
        (small.path / "summary.json").unlink()
        with small.in_use():
            assert "stop it first" in page.ask("train.delete", run="small")["error"]
        assert small.path.exists()


def test_choices_are_complete(page: Page) -> None:
    found = page.ask("train.choices")
    assert [recipe["name"] for recipe in found["recipes"]] == [*recipe_names()]
    assert found["adjustable"] == ["learning_rate", "momentum", "weight_decay", "batch"]
    assert len(found["networks"]) > 10
    text = page.ask("train.network", name="lenet5", dataset="mnist")["network"]
    assert page.ask("train.check", network=text, dataset="mnist")["ok"]
