"""The report: where the input comes from, plain data, time, and what is not imported."""

import json
import subprocess
import sys
from dataclasses import FrozenInstanceError
from types import FrameType

import pytest
import torch

from striate.errors import GeometryError
from striate.notation import Layer, Limits, Tree, Word, build, check, parse

NETWORK = "input 3x32x32\nconv 8 3 stride 2\nrelu\nupsample 3\navgpool global\nflatten\nlinear 10\n"


def test_another_input_in_place_of_the_written_one() -> None:
    report = check(NETWORK, input=(1, 64, 48))
    assert report.ok
    assert report.input_shape == (1, 64, 48)
    assert report.rows[0].output == (1, 64, 48)
    assert report.rows[1].output == (8, 31, 23)
    assert build(NETWORK, input=(1, 64, 48))(torch.zeros(2, 1, 64, 48)).shape == (2, 10)


def test_an_input_for_a_text_without_one() -> None:
    assert not check("relu\n").ok
    report = check("relu\n", input=(4, 9))
    assert report.ok
    assert (report.input_shape, report.output_shape) == ((4, 9), (4, 9))


@pytest.mark.parametrize("shape", [(), (0, 3), (1, 2, 3, 4, 5), (3, -1)])
def test_an_input_that_is_no_shape(shape: tuple[int, ...]) -> None:
    with pytest.raises(GeometryError):
        check("relu\n", input=shape)


def test_lines_are_read_even_when_the_input_is_not_known() -> None:
    report = check("conv 8 3\nconv 9\nrelou\n")
    assert [found.line for found in report.diagnostics] == [1, 2, 3]
    assert report.output_shape is None
    assert [row.outputs for row in report.rows] == [(), (), ()]


def test_trees_are_checked_and_built_like_texts() -> None:
    tree = parse(NETWORK)
    assert check(tree) == check(NETWORK)
    assert build(tree)(torch.zeros(1, 3, 32, 32)).shape == (1, 10)


def test_trees_that_a_program_makes() -> None:
    def line(text: str, *body: Layer) -> Layer:
        return Layer(tuple(Word(word) for word in text.split()), body)

    relu = line("relu")
    report = check(Tree((line("input 2x8x8"), line("repeat 2", relu, relu), relu)))
    assert report.ok
    assert [(row.line, row.column, row.text, row.passes) for row in report.rows] == [
        (1, 1, "input 2x8x8", 1),
        (2, 1, "repeat 2", 1),
        (3, 3, "relu", 2),
        (4, 3, "relu", 2),
        (5, 1, "relu", 1),
    ]
    deep = relu
    for _ in range(500):
        deep = line("residual", deep)
    (found,) = check(Tree((line("input 2x8x8"), deep))).diagnostics
    assert found.message == "blocks are nested more than 32 deep, which is not read"


def test_the_report_as_plain_data() -> None:
    plain = check("input 1x9\nconv 2 3 stride 3\nupsample 2\nconv x 1\n").plain()
    assert json.loads(json.dumps(plain)) == plain
    assert (plain["ok"], plain["input_shape"], plain["output_shape"]) == (False, [1, 9], [2, 6])
    assert plain["rows"][2] == {
        "line": 3,
        "column": 1,
        "depth": 0,
        "text": "upsample 2",
        "kind": "upsample",
        "module": "upsample1",
        "output": [2, 6],
        "outputs": [[2, 6]],
        "receptive_field": [3],
        "jump": [1.5],
        "start": [0],
        "cost": {"parameters": 0, "multiply_adds": 0, "activation_bytes": 48},
        "notes": [],
    }
    assert plain["total"] == {"parameters": 8, "multiply_adds": 18, "activation_bytes": 72}
    assert plain["diagnostics"] == [
        {
            "line": 4,
            "column": 6,
            "width": 1,
            "severity": "error",
            "message": "the number of channels is a whole number, as in `64`, not `x`",
            "formula": None,
            "suggestion": None,
        }
    ]


def test_reports_and_trees_do_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        check(NETWORK).output_shape = (1,)  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        parse(NETWORK).items = ()  # type: ignore[misc]


def test_limits_are_the_callers() -> None:
    (found,) = check("input 10\nlinear 10\n", limits=Limits(parameter_bytes=400)).diagnostics
    assert found.message == (
        "this layer would have 110 parameters, 0.0 MiB, and 0.0 MiB are allowed"
    )
    assert not check("input 10\nrepeat 3\n  relu\n", limits=Limits(layers=2)).ok


def test_checking_needs_no_torch() -> None:
    program = (
        "import sys; from striate.notation import check, parse, print_text; "
        f"assert check({NETWORK!r}).ok; "
        "print([name for name in ('torch', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def calls_to_check(text: str) -> int:
    """How many Python functions are called to check a text."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        assert check(text).ok
    finally:
        sys.setprofile(None)
    return calls


def test_the_work_grows_as_the_text_does() -> None:
    block = "residual\n  conv 64 3 pad same\n  batchnorm\n  relu\n  conv 64 3 pad same\nrelu\n"
    start = "input 3x64x64\nconv 64 3 pad same\n"
    check(start)  # what is done once only
    once, four_times = (calls_to_check(start + blocks * block) for blocks in (33, 132))
    assert four_times < 4.2 * once
