from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from tests.studio.looking.asking_page import Asking

from striate.errors import StriateError, StudioError
from striate.network import Network
from striate.network.answer import guesses
from striate.network.why import explanation
from striate.studio.frames import decode, encode
from striate.studio.looking.explaining import plain

TEXT = """
input 3x12x12
conv 8 3x3 pad same groups 1
relu
conv 8 3x3 pad 1 boundary reflect groups 4
parallel
  branch
    conv 4 1x1
  branch
    avgpool 3x3 stride 1 pad 1
batchnorm
relu
avgpool global
flatten
linear 5
softmax
"""


@pytest.fixture
def lenet(page: Asking) -> Asking:
    """A page that shows the LeNet."""
    page("look.open", source="lenet")
    return page


def trace_of(page: Asking, answer: Any) -> Any:
    """The trace that the library makes of the very input that the page was answered."""
    network = page.looking.open("lenet", None).network
    return network, network.trace(torch.from_numpy(answer.arrays["input"].copy())[None])


class TestNetworks:
    def test_the_lenet_comes_first(self, page: Asking) -> None:
        found = page("look.networks").values
        assert found["first"] == "lenet"
        assert found["networks"][0]["source"] == "lenet"
        assert found["networks"][0]["input_shape"] == [1, 28, 28]

    def test_each_source_is_listed_once(self, page: Asking) -> None:
        sources = [one["source"] for one in page("look.networks").values["networks"]]
        assert len(sources) == len(set(sources))
        assert {"resnet18", "recipe:mnist", "lenet5"} <= set(sources)


def test_a_small_network_leaves_the_other_threads_alone(
    lenet: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    run = Network.trace

    def counted(network: Network, *given: Any) -> Any:
        threads.append(torch.get_num_threads())
        return run(network, *given)

    monkeypatch.setattr("striate.training.threads._ALL", 2)
    monkeypatch.setattr(Network, "trace", counted)
    lenet("look.trace", input={"kind": "blank"})
    lenet("look.open", source="resnet18", input_shape=[3, 64, 64])
    lenet("look.trace", input={"kind": "blank"})
    assert threads == [1, 2]


@pytest.mark.parametrize(
    ("source", "shape", "given", "brief"),
    [
        ("lenet", None, {"kind": "drawing"}, True),
        ("lenet", None, {"kind": "blank"}, False),
        ("lenet", None, {"kind": "test", "dataset": "digits", "index": 0}, False),
        ("resnet18", [3, 32, 32], {"kind": "drawing"}, False),
    ],
)
def test_drawings_for_small_networks_are_answered_where_they_arrive(
    page: Asking, source: str, shape: Any, given: Any, brief: bool
) -> None:
    trace = page.session.requests()["look.trace"].validated({"input": given})
    assert not page.session.brief(trace)
    page("look.open", source=source, input_shape=shape)
    assert page.session.brief(trace) == brief


class TestOpen:
    def test_the_layers_are_those_of_the_table(self, page: Asking) -> None:
        found = page("look.open", source="lenet").values
        table = page.looking.open("lenet", None).network.table()
        assert [layer["name"] for layer in found["layers"]] == [row.layer for row in table.rows]
        for layer, row in zip(found["layers"], table.rows, strict=True):
            assert layer["shape"] == list(row.output)
            assert layer["receptive_field"] == list(row.receptive_field)
            jumps = [None if jump is None else Fraction(jump) for jump in layer["jump"]]
            assert jumps == list(row.jump)
            assert layer["multiply_adds"] == row.multiply_adds
        assert found["totals"]["parameters"] == 61706
        assert found["network"]["classes"] == list("0123456789")
        assert found["network"]["reads"] == "digit"
        assert found["network"]["trained"] is True
        assert found["datasets"][-1]["name"] == "digits"

    def test_a_text_is_opened(self, page: Asking) -> None:
        found = page("look.open", source="input 2x9x9\nconv 3 3x3\nflatten\nlinear 4\n").values
        assert found["network"]["input_shape"] == [2, 9, 9]
        assert found["network"]["classes"] == list("0123")
        assert found["network"]["trained"] is False
        assert [layer["filters"] for layer in found["layers"]] == [False, True, False, True]

    def test_pages_share_what_is_open(self, page: Asking, looking: Any) -> None:
        assert looking.open("lenet", None) is looking.open("lenet", None)

    def test_another_input_shape(self, page: Asking) -> None:
        found = page("look.open", source="resnet20", input_shape=[3, 48, 40]).values
        assert found["layers"][0]["shape"] == [3, 48, 40]
        answer = page("look.trace", input={"kind": "test", "dataset": "samples", "index": 0})
        assert answer.arrays["picture"].shape == (48, 40, 3)

    def test_a_new_network_forgets_the_old_traces(self, lenet: Asking, seven: Any) -> None:
        number = lenet.draw(seven).values["trace"]
        lenet("look.open", source="lenet")
        with pytest.raises(StudioError, match="not kept any more"):
            lenet("look.maps", trace=number, layer="conv1", from_=0, to=1)


class TestTrace:
    def test_values_are_the_networks_own(self, lenet: Asking, seven: Any) -> None:
        layers = [layer.name for layer in lenet.looking.open("lenet", None).network][1:]
        answer = lenet.draw(seven, *layers)
        _, trace = trace_of(lenet, answer)
        assert set(answer.arrays) == {"input", "picture", *layers}
        for name in layers:
            assert np.array_equal(answer.arrays[name], trace[name][0].numpy())
            low, high = answer.values["extremes"][name]
            assert (low, high) == (float(trace[name].min()), float(trace[name].max()))

    def test_guesses_are_all_classes(self, lenet: Asking, seven: Any) -> None:
        answer = lenet.draw(seven)
        network, trace = trace_of(lenet, answer)
        expected = guesses(trace, network.classes, 10)
        assert answer.values["guesses"] == [
            {"index": one.index, "name": one.name, "probability": one.probability}
            for one in expected
        ]
        assert answer.values["guesses"][0]["name"] == "7"
        assert answer.values["truth"] is None

    def test_an_answer_is_a_frame(self, lenet: Asking, seven: Any) -> None:
        answer = lenet.draw(seven, "conv1")
        head, arrays = decode(encode({"answer": answer.values}, answer.arrays))
        assert head["answer"]["trace"] == answer.values["trace"]
        assert np.array_equal(arrays["conv1"], answer.arrays["conv1"])

    def test_a_blank_sheet_has_guesses_too(self, lenet: Asking) -> None:
        answer = lenet("look.trace", input={"kind": "blank"})
        assert not answer.arrays["picture"].any()
        assert len(answer.values["guesses"]) == 10

    def test_the_last_traces_are_kept(self, lenet: Asking, seven: Any) -> None:
        numbers = [lenet.draw(seven).values["trace"] for _ in range(8)]
        assert numbers == list(range(numbers[0], numbers[0] + 8))
        lenet("look.maps", trace=numbers[-2], layer="conv1", to=1)
        with pytest.raises(StudioError, match=f"trace {numbers[0]} is not kept"):
            lenet("look.maps", trace=numbers[0], layer="conv1", to=1)


class TestNumbersThatAreNone:
    """What a run gives that has diverged."""

    def test_are_told_apart_from_zero(self, page: Asking) -> None:
        source = "input 1x9x9\nconv 2 3x3\nflatten\nlinear 10\n"
        page("look.open", source=source)
        module: Any = page.looking.open(source, None).network.module
        with torch.no_grad():
            module.conv1.bias[1] = float("nan")
            module.conv1.bias[0] = float("inf")
        answer = page("look.trace", input={"kind": "blank"}, layers=[{"name": "conv1", "to": 2}])
        assert answer.values["extremes"]["conv1"] == [None, None]
        assert all(one["probability"] is None for one in answer.values["guesses"])
        number = answer.values["trace"]
        answers = [
            answer,
            page("look.statistics", trace=number, layer="conv1"),
            page("look.filters", layer="conv1", to=2),
            page("look.why", trace=number, layer="conv1", channel=1, position=[0, 0], text=True),
            page("look.why", trace=number, layer="linear1", channel=1, terms=10),
        ]
        for one in answers:
            decode(encode({"answer": one.values}, {**one.arrays, "none": np.zeros(1, np.uint8)}))


class TestMaps:
    def test_some_channels(self, lenet: Asking, seven: Any) -> None:
        answer = lenet.draw(seven, "conv2")
        number = answer.values["trace"]
        part = lenet("look.maps", trace=number, layer="conv2", from_=3, to=7)
        assert np.array_equal(part.arrays["maps"], answer.arrays["conv2"][3:7])
        rest = lenet("look.maps", trace=number, layer="conv2", from_=14, to=99)
        assert rest.arrays["maps"].shape == (2, 10, 10)

    def test_statistics(self, lenet: Asking, seven: Any) -> None:
        answer = lenet.draw(seven, "relu2")
        found = lenet("look.statistics", trace=answer.values["trace"], layer="relu2").values
        maps = answer.arrays["relu2"].astype(np.float64)
        assert len(found["channels"]) == 16
        for channel, values in zip(found["channels"], maps, strict=True):
            assert channel["minimum"] == values.min()
            assert channel["maximum"] == values.max()
            assert channel["mean"] == pytest.approx(values.mean(), rel=1e-12)
            assert channel["zeros"] == (values == 0).mean()
        assert found["layer"]["mean"] == pytest.approx(maps.mean(), rel=1e-12)


class TestFilters:
    def test_of_a_convolution(self, lenet: Asking) -> None:
        module: Any = lenet.looking.open("lenet", None).network.module
        found = lenet("look.filters", layer="conv2", from_=2, to=5)
        assert np.array_equal(found.arrays["filters"], module.conv2.weight[2:5].detach())
        assert found.values["bias"] == module.conv2.bias[2:5].tolist()
        assert (found.values["inputs"], found.values["channels"]) == (6, 16)

    def test_of_a_linear_layer(self, lenet: Asking) -> None:
        module: Any = lenet.looking.open("lenet", None).network.module
        found = lenet("look.filters", layer="linear1", from_=0, to=4)
        assert np.array_equal(found.arrays["filters"], module.linear1.weight[:4].detach())
        assert found.values["kind"] == "linear"

    def test_of_grouped_and_reflecting_convolutions(self, page: Asking) -> None:
        page("look.open", source=TEXT)
        found = page("look.filters", layer="conv2", to=8)
        assert found.arrays["filters"].shape == (8, 2, 3, 3)

    def test_a_pooling_has_none(self, lenet: Asking) -> None:
        with pytest.raises(StudioError, match=r"pool1 .* has no filters"):
            lenet("look.filters", layer="pool1", to=1)


class TestWhy:
    PLACES = (
        ("conv1", 2, (0, 0)),
        ("relu1", 5, (27, 3)),
        ("pool1", 1, (13, 13)),
        ("conv2", 15, (9, 0)),
        ("flatten1", 399, ()),
        ("linear1", 7, ()),
        ("linear3", 9, ()),
        ("input", 0, (5, 6)),
    )

    @pytest.mark.parametrize(("layer", "channel", "position"), PLACES)
    def test_is_the_librarys_own(
        self, lenet: Asking, seven: Any, layer: str, channel: int, position: tuple[int, ...]
    ) -> None:
        answer = lenet.draw(seven)
        network, trace = trace_of(lenet, answer)
        found = lenet(
            "look.why",
            trace=answer.values["trace"],
            layer=layer,
            channel=channel,
            position=list(position),
            text=True,
        ).values
        why = trace.why(layer, channel, position)
        expected = why.plain()
        for patch in expected["patches"]:
            patch["cut"] = None
        assert found["why"] == expected | {"patches_left_out": {"count": 0, "rest": 0.0}}
        assert found["text"] == explanation(why).plain
        box = network.box(layer, channel, position)
        assert [(span["first"], span["last"]) for span in found["box"]["spans"]] == [
            (span.first, span.last) for span in box.spans
        ]
        assert found["parents"] == len(why.parents)

    def test_windows_are_where_the_parents_lie(self, page: Asking) -> None:
        page("look.open", source=TEXT)
        network = page.looking.open(TEXT, None).network
        answer = page("look.trace", input={"kind": "test", "dataset": "samples", "index": 0})
        trace = network.trace(torch.from_numpy(answer.arrays["input"].copy())[None])
        for node in list(network)[1:]:
            place = tuple(size // 3 for size in node.size)
            found = page(
                "look.why",
                trace=answer.values["trace"],
                layer=node.name,
                channel=place[0],
                position=list(place[1:]),
            ).values
            parents = trace.why(node.name, place[0], place[1:]).parents
            for window in found["windows"]:
                places = [unit.index for unit in parents if unit.layer == window["layer"]]
                if places:
                    assert np.all(np.min(places, axis=0) >= window["first"])
                    assert np.all(np.max(places, axis=0) <= window["last"])
            assert {window["layer"] for window in found["windows"]} >= {u.layer for u in parents}


class TestCutExplanations:
    @pytest.fixture
    def wide(self) -> Any:
        network = Network("input 40x6x6\nconv 2 3x3\navgpool global\nflatten\nlinear 3\n")
        torch.manual_seed(3)
        return network.trace(torch.randn(1, 40, 6, 6))

    def test_the_largest_patches_are_sent(self, wide: Any) -> None:
        why = wide.why("conv1", 1, (2, 2))
        found = plain(why, 90)
        sums = {patch.first[0]: patch.terms.sum() for patch in why.patches}
        sent = [patch["first"][0] for patch in found["patches"]]
        assert sent == sorted(sorted(sums, key=lambda channel: -abs(sums[channel]))[:10])
        rest = sum(value for channel, value in sums.items() if channel not in sent)
        assert found["patches_left_out"]["count"] == 30
        assert found["patches_left_out"]["rest"] == pytest.approx(rest, rel=1e-12)

    def test_a_patch_is_cut_to_its_largest_terms(self) -> None:
        network = Network("input 300\nlinear 2\n")
        torch.manual_seed(4)
        why = network.trace(torch.randn(1, 300)).why("linear1", 1)
        (patch,) = plain(why, 100)["patches"]
        assert patch["cut"]["count"] == 300
        assert patch["values"] == []
        assert len(patch["entries"]) == 100
        terms = why.patches[0].terms
        smallest = min(abs(entry["term"]) for entry in patch["entries"])
        assert smallest == np.sort(np.abs(terms))[-100]
        total = sum(entry["term"] for entry in patch["entries"]) + patch["cut"]["rest"]
        assert total == pytest.approx(terms.sum(), rel=1e-12)
        for entry in patch["entries"]:
            (place,) = entry["index"]
            assert entry["value"] == why.patches[0].values[place]
            assert entry["value"] * entry["weight"] == entry["term"]

    def test_the_winner_of_a_maximum_stays(self) -> None:
        network = Network("input 1x9x9\nmaxpool global\n")
        x = torch.zeros(1, 1, 9, 9)
        x[0, 0, 4, 7] = 2.0
        (layer,) = list(network)[1:]
        why = network.trace(x).why(layer.name, 0, (0,) * (len(layer.size) - 1))
        found = plain(why, 10)
        assert found["winner"]["patch"] == 0
        (patch,) = found["patches"]
        assert any(entry["value"] == 2.0 for entry in patch["entries"])


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


class TestErrors:
    WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("look.open", {}, "source: Field required"),
        ("look.open", {"source": ""}, "at least 1 character"),
        ("look.open", {"source": "lenet", "more": 1}, "more: Extra inputs"),
        ("look.open", {"source": "lenet", "input_shape": [1]}, "at least 2"),
        ("look.open", {"source": "lenet", "input_shape": [1, -3, 4]}, "greater than or equal"),
        ("look.open", {"source": "resnet18", "input_shape": [3, 4096, 4096]}, "at most"),
        ("look.inputs", {"dataset": "mnist"}, "cannot be given examples of 'mnist'"),
        ("look.inputs", {"dataset": "digits", "from": -1}, "from: Input should be"),
        ("look.inputs", {"dataset": "digits", "count": 10**9}, "count: Input should be"),
        ("look.inputs", {"dataset": "folder:/etc"}, "cannot be given"),
        ("look.trace", {}, "input: Field required"),
        ("look.trace", {"input": {"kind": "file", "path": "/etc/passwd"}}, "does not match"),
        ("look.trace", {"input": {"kind": "drawing"}}, 'comes as the array "drawing"'),
        ("look.trace", {"input": {"kind": "upload", "id": "no"}}, "send it again"),
        (
            "look.trace",
            {"input": {"kind": "test", "dataset": "digits", "index": 99999}},
            "there is no 99999",
        ),
        (
            "look.trace",
            {"input": {"kind": "blank"}, "layers": [{"name": "conv9", "to": 2}]},
            "conv9",
        ),
        (
            "look.trace",
            {"input": {"kind": "blank"}, "layers": [{"name": "conv1", "from": 5, "to": 5}]},
            "from 5 to 5 are none",
        ),
        ("look.maps", {"trace": 10**6, "layer": "conv1", "to": 1}, "not kept"),
        ("look.filters", {"layer": "nothing", "to": 1}, "nothing"),
        ("look.why", {"trace": "x", "layer": "conv1"}, "trace: Input should be"),
        ("look.why", {"trace": 10**6, "layer": "conv1"}, "not kept"),
        ("look.why", {"trace": 1, "layer": "c" * 400}, "at most 300"),
        ("look.why", {"trace": 1, "layer": "conv1", "position": [0] * 9}, "at most 8"),
        ("look.why", {"trace": 1, "layer": "conv1", "position": nested(3000)}, "position"),
    )

    @pytest.mark.parametrize(("name", "parameters", "words"), WRONG)
    def test_wrong_parameters_are_said(
        self, lenet: Asking, name: str, parameters: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(StriateError, match=words) as caught:
            lenet(name, **parameters)
        assert len(str(caught.value)) < 1000

    @pytest.mark.parametrize(
        ("channel", "position", "words"),
        [(6, [0, 0], "there is no unit"), (0, [28, 0], "no unit"), (0, [0], "3 coordinates")],
    )
    def test_units_that_are_none(
        self, lenet: Asking, seven: Any, channel: int, position: list[int], words: str
    ) -> None:
        number = lenet.draw(seven).values["trace"]
        with pytest.raises(StriateError, match=words):
            lenet("look.why", trace=number, layer="conv1", channel=channel, position=position)

    @pytest.mark.parametrize(
        "ink",
        [
            np.zeros((28, 28), np.float32),
            np.zeros((28, 28, 1), np.uint8),
            np.zeros((2, 2), np.uint8),
            np.zeros((8, 5000), np.uint8),
        ],
    )
    def test_drawings_that_are_none(self, lenet: Asking, ink: Any) -> None:
        with pytest.raises(StudioError, match="drawing"):
            lenet.draw(ink)

    @pytest.mark.parametrize("name", ["look.filters", "look.trace", "look.inputs"])
    def test_without_a_network(self, page: Asking, name: str) -> None:
        parameters: dict[str, dict[str, Any]] = {
            "look.filters": {"layer": "conv1", "to": 1},
            "look.trace": {"input": {"kind": "blank"}},
            "look.inputs": {"dataset": "digits"},
        }
        with pytest.raises(StudioError, match="no network is open"):
            page(name, **parameters[name])
