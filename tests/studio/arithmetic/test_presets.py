"""The lectures' worked examples: each is a preset, and each preset gives the lecture's answer."""

from collections import Counter
from typing import Any

import pytest

from striate.studio.arithmetic.presets import Preset, presets

from .asking import Asked

PRESETS = {preset.id: preset for preset in presets()}


def of(part: str) -> list[Preset]:
    return [preset for preset in PRESETS.values() if preset.part == part]


def plain(found: Any, depth: int) -> Any:
    """An answer with the axes of channels that the request did not have left out."""
    while depth > 0:
        (found,) = found
        depth -= 1
    return found


@pytest.fixture(scope="module")
def asked() -> Asked:
    """One session for the file."""
    return Asked()


def test_names_are_given_once() -> None:
    assert len(PRESETS) == len(presets())
    assert {preset.part for preset in presets()} == {"slide", "pool", "size"}
    lectures = Counter(name for p in presets() for name in p.lecture.split(", "))
    assert set(lectures) == {"Baek", "Broderick", "Jeon", "Muzaffar", "Xu"}


def test_the_session_gives_them(asked: Asked) -> None:
    found = asked("presets")["presets"]
    assert [one["id"] for one in found] == list(PRESETS)


@pytest.mark.parametrize("preset", of("slide"), ids=lambda preset: preset.id)
def test_kernels_give_the_lectures_numbers(asked: Asked, preset: Preset) -> None:
    found = asked("slide", **preset.parameters)
    depth = (
        0
        if isinstance(preset.parameters["input"][0], list)
        and isinstance(preset.parameters["input"][0][0], list)
        else 1
    )
    assert plain(found["output"], depth) == preset.answer["output"]
    if "relu" in preset.answer:
        assert plain(found["relu"], depth) == preset.answer["relu"]


@pytest.mark.parametrize("preset", of("pool"), ids=lambda preset: preset.id)
def test_poolings_give_the_lectures_numbers(asked: Asked, preset: Preset) -> None:
    found = asked("pool", **preset.parameters)
    by_name = {one["name"]: one for one in found["poolings"]}
    shown = by_name[preset.answer["method"]]
    assert shown["output"] is not None
    if "output" in preset.answer:
        assert shown["output"] == preset.answer["output"]
    else:
        assert preset.rule


@pytest.mark.parametrize("preset", of("size"), ids=lambda preset: preset.id)
def test_sizes_are_the_lectures(asked: Asked, preset: Preset) -> None:
    layers = asked("size", **preset.parameters)["layers"]
    last, answer = layers[-1], dict(preset.answer)
    checks = {
        "shape": last["shape"],
        "parameters": last["parameters"],
        "weights": last["weights"],
        "units": last["units"],
        "biases": last["biases"],
        "fits": last["fits"],
    }
    if "field" in answer:
        checks["field"] = last["axes"][0]["field"]["size"]
    if "sizes" in answer:
        checks["sizes"] = [preset.parameters["input"][1], *(one["shape"][1] for one in layers)]
    if "padding" in answer:
        (fitting,) = (
            one["padding"] for one in last["fitting"] if one["output"] == last["shape"][1:]
        )
        checks["padding"] = fitting
    if "exact" in answer:
        exact = answer.pop("exact")
        assert (
            last["axes"][0]["formula"]
            .replace(" ", "")
            .startswith(exact.split(":")[0].replace(" ", ""))
        )
        assert answer == {"fits": False}
    assert answer
    assert {name: checks[name] for name in answer} == answer


def windows_in(preset: Preset) -> list[dict[str, Any]]:
    return [one for one in preset.parameters["layers"] if one["kind"] == "conv"]


def find_fit(entry: dict[str, Any]) -> Preset:
    """The preset with the sizes of an entry of `window_fit`."""
    sides = [[entry["padding"]] * 2] * 2
    for preset in of("size"):
        first = preset.parameters["layers"][0]
        if (
            preset.lecture == entry["deck"]
            and preset.parameters["input"][-1] == entry["input"]
            and len(preset.parameters["layers"]) == 1
            and first.get("kernel") == [entry["kernel"]] * 2
            and first.get("stride", [1, 1]) == [entry["stride"]] * 2
            and first.get("padding", [[0, 0]] * 2) == sides
            and first["filters"] == entry.get("filters", 1)
        ):
            return preset
    raise AssertionError(f"no preset for {entry}")


def test_every_window_of_the_lectures_is_a_preset(worked_examples: dict[str, Any]) -> None:
    seen = 0
    for entry in worked_examples["window_fit"]:
        seen += 1
        if "chain" in entry:
            preset = PRESETS["chain"]
            assert (preset.lecture, preset.rule) == (entry["deck"], entry["chain"])
            assert preset.answer["sizes"] == entry["sizes"]
        elif "same_padding" in entry:
            found = {
                str(one["kernel"][0]): one["padding"][0][0]
                for one in windows_in(PRESETS["same-padding"])
            }
            assert found == entry["same_padding"]
            assert len(set(PRESETS["same-padding"].answer["sizes"])) == 1
        elif "formula_per_axis" in entry:
            assert PRESETS["per-axis"].rule == entry["formula_per_axis"]
        else:
            preset = find_fit(entry)
            if entry["output"] is None:
                assert preset.answer == {"fits": False, "exact": entry["exact"]}
                continue
            assert preset.answer["shape"][1:] == [entry["output"]] * 2
            if "parameters" in entry:
                assert preset.answer["parameters"] == entry["parameters"]
                assert preset.parameters["input"][0] == entry["channels_in"]
            if "question" in entry:
                assert preset.rule.rstrip(".") == entry["question"]
                assert preset.answer["padding"] == [entry["padding"]] * 2
    assert seen == 10


def test_every_kernel_of_the_lectures_is_a_preset(worked_examples: dict[str, Any]) -> None:
    for entry in (*worked_examples["correlation_1d"], *worked_examples["correlation_2d"]):
        x = entry.get("image", entry.get("signal"))
        pad = entry.get("padding", 0)
        (preset,) = (
            one
            for one in of("slide")
            if one.lecture == entry["deck"]
            and one.parameters["input"] == x
            and one.parameters["kernel"] == entry["filter"]
            and one.parameters.get("padding", [[0, 0]])[0][0] == pad
        )
        expected = {key: entry[key] for key in ("output", "relu") if key in entry}
        assert preset.answer == expected
        assert preset.parameters.get("relu", False) == ("relu" in entry)


def test_every_pooling_of_the_lectures_is_a_preset(worked_examples: dict[str, Any]) -> None:
    names = {"max": "maxpool", "average": "avgpool"}
    for entry in worked_examples["pooling"]:
        if entry["kind"] == "any":
            assert PRESETS["pool-shape"].rule == entry["shape"]
            continue
        (preset,) = (
            one
            for one in of("pool")
            if one.lecture == entry["deck"]
            and one.parameters
            == {
                "input": entry["input"],
                "kernel": [entry["size"]] * 2,
                "stride": [entry["stride"]] * 2,
            }
            and one.answer["method"] == names[entry["kind"]]
        )
        assert preset.answer["output"] == entry["output"]
    formulas = dict(worked_examples["pooling_formulas"])
    lecture = formulas.pop("deck")
    shown = {one.rule for one in of("pool") if one.rule and one.lecture == lecture}
    assert shown == set(formulas.values())


def test_every_count_of_the_lectures_is_a_preset(worked_examples: dict[str, Any]) -> None:
    flat = [p for p in of("size") if p.parameters["layers"] == [{"kind": "flatten"}]]
    found = {(p.lecture, p.answer["shape"][0]) for p in flat}
    assert found == {(e["deck"], e["features"]) for e in worked_examples["flatten"]}
    for entry in worked_examples["parameters"]:
        if "shared_weights" in entry:
            preset = PRESETS["shared-weights"]
            assert preset.answer["shape"][1:] == entry["feature_map"]
            assert preset.answer["parameters"] == entry["shared_weights"]
            assert preset.answer["units"] == entry["neurons"]
            assert windows_in(preset)[0]["kernel"] == entry["kernel"]
        elif "conv1d_kernel" in entry:
            preset = PRESETS["conv1d-weights"]
            assert windows_in(preset)[0]["kernel"] == [entry["conv1d_kernel"]]
            assert preset.answer["parameters"] == entry["weights"]
        elif "fully_connected" in entry:
            preset = PRESETS["connected-weights"]
            (layer,) = preset.parameters["layers"]
            assert [preset.parameters["input"][-1], layer["filters"]] == entry["fully_connected"]
            assert preset.answer["parameters"] == entry["weights"]
        elif "alexnet_first_layer" in entry:
            first = entry["alexnet_first_layer"]
            preset = PRESETS["alexnet"]
            assert preset.answer["weights"] == [first["filters"], *first["kernel"]]
        else:
            preset = PRESETS["filters-10-weights"]
            (layer,) = windows_in(preset)
            assert [*layer["kernel"], preset.parameters["input"][0]] == entry["kernel"]
            assert (layer["filters"], preset.answer["parameters"]) == (
                entry["filters"],
                entry["weights"],
            )
        assert preset.lecture == entry["deck"]


def test_shapes_and_receptive_fields_of_the_lectures_are_presets(
    worked_examples: dict[str, Any],
) -> None:
    numbers, letters = worked_examples["shapes"]
    batch = PRESETS["batch"]
    assert [batch.parameters["batch"], *batch.parameters["input"]] == numbers["input"]
    assert batch.answer["weights"] == numbers["filters"]
    assert [batch.answer["biases"]] == numbers["bias"]
    assert [batch.parameters["batch"], *batch.answer["shape"]] == numbers["output"]
    for key in ("input", "filters", "output"):
        assert f"{key} ({', '.join(letters[key])})" in batch.rule
    (entry,) = worked_examples["receptive_field"]
    field = PRESETS["receptive-field"]
    assert field.rule == entry["rule"]
    layers = windows_in(field)
    (kernel,) = {one["kernel"][0] for one in layers}
    assert field.answer["field"] == 1 + len(layers) * (kernel - 1)


def test_no_section_of_the_examples_is_left_out(worked_examples: dict[str, Any]) -> None:
    assert set(worked_examples) == {
        "about",
        "flatten",
        "window_fit",
        "receptive_field",
        "parameters",
        "correlation_1d",
        "correlation_2d",
        "pooling",
        "pooling_formulas",
        "shapes",
    }
