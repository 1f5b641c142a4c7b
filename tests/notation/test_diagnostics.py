"""Every diagnostic by example: `diagnostics.txt` has small texts with all that is said of them.

After each text come its mistakes (`!`) and its notes (`?`), as they print.
"""

from pathlib import Path

import pytest

from striate.errors import NotationError
from striate.notation import Diagnostic, build, check, parse

EXAMPLES = Path(__file__).with_name("diagnostics.txt").read_text(encoding="utf-8").split("----\n")


@pytest.mark.parametrize("example", EXAMPLES)
def test_what_is_said_of_a_text(example: str) -> None:
    lines = example.splitlines()
    report = check("\n".join(line for line in lines if line[:2] not in ("! ", "? ")))
    said = [f"! {diagnostic}" for diagnostic in report.diagnostics]
    said += [f"? {note}" for note in report.notes]
    assert said == [line for line in lines if line[:2] in ("! ", "? ")]


def test_an_empty_text() -> None:
    expected = Diagnostic(
        1,
        1,
        "the text is empty",
        suggestion="write the shape of one example first: `input 1x28x28` is channels and sizes, "
        "`input 784` flat values",
    )
    assert check("").diagnostics == (expected,)
    assert check("\n# nothing\n").diagnostics == (expected,)


def test_the_parts_of_a_diagnostic() -> None:
    (found,) = check("input 1x8x8\nconv 8 9x9 pad 0\n").diagnostics
    assert found == Diagnostic(
        line=2,
        column=8,
        message="the 9x9 window is larger than the 8x8 input",
        formula="(8 - 9)/1 + 1 = 0",
        suggestion="`pad 1` would give 2x2, the smallest input that works is 1x9x9",
        width=3,
        severity="error",
    )


def test_the_parts_of_a_note() -> None:
    (note,) = check("input 1x7x7\nmaxpool 3\n").notes
    assert note == Diagnostic(
        line=2,
        column=1,
        message="the last row and column are not read",
        formula="(7 - 3)/3 + 1 = 2.333",
        suggestion="`pad 1` fits",
        width=7,
        severity="note",
    )


def test_all_mistakes_are_reported_in_the_order_of_the_text() -> None:
    text = "input 3x32x32\nconv 8 3 strid 2\nrelou\n\tconv 3\nconv 9 3 groups 2\nlinear\n"
    places = [(found.line, found.column) for found in check(text).diagnostics]
    assert places == [(2, 10), (3, 1), (4, 1), (4, 2), (5, 17), (6, 1)]


def test_build_raises_all_that_check_finds() -> None:
    text = "input 3x32x32\nrelou\nconv 8\n"
    with pytest.raises(NotationError) as raised:
        build(text)
    assert raised.value.diagnostics == check(text).diagnostics
    assert str(raised.value) == (
        "The network text has 2 mistakes:\n"
        "  line 2, column 1: there is no layer `relou`; did you mean `relu`?\n"
        "  line 3, column 1: `conv` needs the size of the kernel; as in `conv 64 3x3`"
    )


def test_parse_raises_what_is_wrong_with_the_lines() -> None:
    with pytest.raises(NotationError) as raised:
        parse("relu\n\ttanh\n")
    assert str(raised.value) == (
        "The network text has a mistake. line 2, column 1: the line is indented with a tab; "
        "indent with spaces, 2 for each level"
    )


def test_sizes_go_on_after_a_mistake_with_what_was_suggested() -> None:
    report = check("input 1x8x8\nconv 8 9x9\nrelu\nflatten\nlinear 10\n")
    assert [row.output for row in report.rows] == [
        (1, 8, 8),
        (8, 2, 2),
        (8, 2, 2),
        (32,),
        (10,),
    ]
    assert len(report.diagnostics) == 1


def test_the_smallest_input_that_is_named_works_and_no_smaller_one_does() -> None:
    lines = ["conv 4 5 stride 2", "maxpool 3 ceil", "residual", "  conv 4 3 pad same", "conv 2 4x5"]
    text = "\n".join(["input 1x20x20", *lines])
    (found,) = check(text).diagnostics
    assert found.suggestion is not None
    height, width = map(int, found.suggestion.rpartition(" ")[2].split("x")[1:])
    assert check(text, input=(1, height, width)).ok
    assert not check(text, input=(1, height - 1, width)).ok
    assert not check(text, input=(1, height, width - 1)).ok


def test_a_suggested_padding_fits() -> None:
    for size in range(3, 30):
        for kernel in range(2, 6):
            for stride in range(2, kernel + 1):
                line = f"maxpool {kernel} stride {stride}"
                report = check(f"input 1x{size}\n{line}\n")
                for note in report.notes:
                    padding = (note.suggestion or "").split("`")[1]
                    assert not check(f"input 1x{size}\n{line} {padding}\n").notes


def test_sizes_go_on_with_the_channels_that_the_input_lacks() -> None:
    text = "input 28x28\nconv 8 3x3\nmaxpool 2x2\n"
    report = check(text)
    assert [row.output for row in report.rows] == [(1, 28, 28), (8, 26, 26), (8, 13, 13)]
    (found,) = report.diagnostics
    assert "`input 1x28x28`" in str(found)
    assert check(text, input=(1, 28, 28)).ok


def test_an_input_that_is_given_is_not_written_anew() -> None:
    report = check("conv 8 3x3\nmaxpool 2x2\n", input=(28, 28))
    assert report.output_shape == (8, 13)
    assert len(report.diagnostics) == 2


def test_a_long_line_of_torn_words_is_one_mistake() -> None:
    (found,) = check("input " + "1 x " * 240).diagnostics[:1]
    assert found.message.startswith("spaces part words, and `1 x 1")
