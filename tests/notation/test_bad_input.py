"""Texts that are absurd, hostile or random: refused, with the size or the place named."""

import random
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from striate.errors import NotationError
from striate.notation import LIMITS, Diagnostic, Limits, build, check, parse, print_text
from striate.notation.kind import LayerKind
from striate.notation.specs import KINDS

T = TypeVar("T")


def refused(text: str, limits: Limits = LIMITS) -> tuple[Diagnostic, ...]:
    """What the check says of a text that must not build."""
    report = check(text, limits=limits)
    with pytest.raises(NotationError) as raised:
        build(text, limits=limits)
    assert raised.value.diagnostics == report.diagnostics
    assert report.diagnostics
    return report.diagnostics


def test_ten_megabytes() -> None:
    (found,) = refused("relu\n" * 2_000_000)
    assert str(found) == (
        "line 1, column 1: the text is 10,000,000 characters long and at most 1,048,576 are read"
    )


def test_ten_megabytes_in_one_comment() -> None:
    (found,) = refused("# " + "a" * 10_000_000)
    assert found.message.startswith("the text is 10,000,002 characters long")


def test_a_million_nested_blocks_in_one_line() -> None:
    (found,) = refused("residual " * 10**6)
    assert found.message.startswith("the text is 9,000,000 characters long")
    found = refused("input 1x8x8\n" + "residual " * 10**5)[0]
    assert str(found) == (
        "line 2, column 1: the line is 900,000 characters long and at most 1,000 are read"
    )


def test_a_million_lines_of_ever_deeper_indentation() -> None:
    lines = (" " * min(depth, 10) + "residual" for depth in range(10**6))
    (found,) = refused("\n".join(lines))
    assert found.message.startswith("the text is 18,999,")


def test_as_many_lines_as_fit() -> None:
    (found,) = refused("\n" * 1_000_000)
    assert found.message == "the text has 1,000,001 lines and at most 10,000 are read"


def test_ever_deeper_indentation() -> None:
    text = "input 1x8x8\n" + "\n".join(" " * depth + "residual" for depth in range(900))
    (found,) = refused(text)
    assert str(found) == (
        "line 35, column 34: blocks are nested more than 32 deep, which is not read"
    )
    with pytest.raises(NotationError, match="nested more than 32 deep"):
        parse(text)


def test_the_deepest_blocks_that_are_read() -> None:
    lines = ["  " * depth + "residual" for depth in range(32)]
    text = "\n".join(["input 1x8x8", *lines, "  " * 32 + "relu"])
    assert check(text).ok
    assert build(text)


def test_nul_bytes() -> None:
    found = refused("input 1x8x8\nre\0lu\nre\0lu  # \0\n")
    assert [str(diagnostic) for diagnostic in found] == [
        "line 2, column 3: the character U+0000 is not part of the notation; remove it",
        "line 3, column 3: the character U+0000 is not part of the notation; remove it",
        "line 3, column 10: the character U+0000 is not part of the notation; remove it",
    ]


@pytest.mark.parametrize(
    ("line", "column", "message", "suggestion"),
    [
        ("conv \uff18 3", 6, "U+FF18 FULLWIDTH DIGIT EIGHT", "write `8`"),
        ("conv 8 3\u00d73", 9, "U+00D7 MULTIPLICATION SIGN", "write `x`"),
        ("conv\u00a08 3", 5, "U+00A0 NO-BREAK SPACE", "write a space, or begin a new line"),
        ("relu\u202e", 5, "U+202E RIGHT-TO-LEFT OVERRIDE", "remove it"),
        ("relu  # \u2066x", 9, "U+2066 LEFT-TO-RIGHT ISOLATE", "remove it"),
        ("re\u200blu", 3, "U+200B ZERO WIDTH SPACE", "remove it"),
        ("relu \ufeff", 6, "U+FEFF ZERO WIDTH NO-BREAK SPACE", "remove it"),
        ("scale \u22120.5", 7, "U+2212 MINUS SIGN", "write `-`"),
        ("relu\x0b", 5, "U+000B", "write a space, or begin a new line"),
        ("relu\u2028", 5, "U+2028 LINE SEPARATOR", "write a space, or begin a new line"),
        ("relu\x07", 5, "U+0007", "remove it"),
        ("relu\ud800", 5, "U+D800", "remove it"),
        ("relu\rtanh", 5, "U+000D", "write a space, or begin a new line"),
    ],
)
def test_odd_characters(line: str, column: int, message: str, suggestion: str) -> None:
    found = refused(f"input 1x8x8\n{line}\n")[0]
    assert (found.line, found.column) == (2, column)
    assert found.message == f"the character {message} is not part of the notation"
    assert found.suggestion == suggestion


def test_a_line_with_odd_characters_is_read_as_it_was_meant() -> None:
    report = check("input 1x8x8\nco\u200bnv \uff18 3\u00d73\n")
    assert len(report.diagnostics) == 3
    assert report.output_shape == (8, 6, 6)


def test_letters_that_look_like_others() -> None:
    (found,) = refused("input 1x8x8\n\u0441onv 8 3\n")
    assert str(found) == (
        "line 2, column 1: there is no layer `\u0441onv` (written with U+0441 CYRILLIC SMALL "
        "LETTER ES); did you mean `conv`?"
    )


def test_comments_may_be_in_any_writing() -> None:
    assert check("input 1x8x8\nrelu  # \u5377\u79ef, \u00e9t\u00e9 \U0001f600\n").ok


def test_numbers_with_thousands_of_digits() -> None:
    limits = Limits(line_length=10_000)
    digits = "9" * 5000
    for line in (f"conv {digits} 3", f"conv 3 3x{digits}", f"repeat {digits}\n  relu"):
        found = refused(f"input 1x8x8\n{line}\n", limits)[0]
        message = "`999999999999... (5,000 characters)` has 5,000 digits and numbers have at most"
        assert found.message == f"{message} 15"
    assert "longer than" in refused(f"input 1x8x8\nscale 0.{digits}\n", limits)[0].message
    assert "5,013 characters" in refused(f"input 1x8x8\nconv {digits} 3 pad 1\n")[0].message


def test_nested_repeats() -> None:
    lines = ["  " * depth + "repeat 999999999" for depth in range(20)]
    found = refused("\n".join(["input 1x8x8", *lines, "  " * 20 + "relu"]))
    assert len(found) == 20
    assert found[-1].message == (
        "1 layer 999,999,999 times over make 999,999,999, and a network may have 10,000"
    )
    assert found[-1].suggestion == "`repeat 10000` is the most that fits here"


def test_repeats_that_are_too_much_together() -> None:
    text = "input 1x8x8\n" + "repeat 6000\n  relu\n" * 2
    (found,) = refused(text)
    assert (found.line, found.column) == (4, 8)
    assert found.suggestion == "`repeat 4000` is the most that fits here"


def test_a_layer_of_terabytes() -> None:
    (found,) = refused("input 784\nlinear 999999999999\n")[:1]
    assert str(found) == (
        "line 2, column 1: this layer would have 784,999,999,999,215 parameters, "
        "2,855.8 TiB, and 64.0 GiB are allowed"
    )
    (found,) = refused("input 3x128x128\nconv 1000000 99x99\n")[:1]
    assert "29,404,000,000 parameters, 109.5 GiB" in found.message


def test_activations_of_terabytes() -> None:
    (found,) = refused("input 1x8x8\nupsample 999999\nrelu\nrelu\n")
    assert found.line == 2
    assert "one example would take 232.8 TiB here, 1x7999992x7999992 values" in found.message
    (found,) = refused("input 999999999999999x999999999999999\n")
    assert found.line == 1
    (found,) = refused("input 1x100000x100000\nrelu\nrelu\nrelu\n")
    assert found.line == 3
    assert found.message == (
        "one example would take 74.5 GiB in all layers up to here, and 64.0 GiB are allowed"
    )


def test_parameters_of_many_layers() -> None:
    text = "input 100000\n" + "linear 100000\n" * 4
    found = refused(text)
    assert [diagnostic.line for diagnostic in found] == [3]
    assert found[0].message == (
        "the network up to here would have 20,000,200,000 parameters, 74.5 GiB, and 64.0 GiB are "
        "allowed"
    )


@pytest.mark.parametrize(
    "line",
    [
        "conv 1 1000000",
        "conv 1 3 stride 1000000 pad 1000000",
        "conv 1 3 dilation 1000000",
        "conv 999999999999999 1 groups 999999999999998",
        "groupnorm 999999999999999",
        "maxpool 1000000 ceil",
        "maxpool 2 stride 1000000 ceil",
        "transposed 1 1000000 stride 999999",
        "upsample 1000000",
        "upsample 1000000 mode linear",
        "fractionalpool size 1000000",
        "fractionalpool ratio 1e99",
        "spectralpool size 1",
        "dropout 1e99",
        "lrn 1000 alpha 1e99",
    ],
)
def test_large_numbers_take_no_memory(line: str) -> None:
    text = f"input 8x1000x1000\n{line}\nconv 3 3\nmaxpool 2\n"
    tracemalloc.start()
    check(text)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_a_hundred_mistakes_are_listed() -> None:
    found = refused("input 1x8x8\n" + "rleu\n" * 5000)
    assert len(found) == 101
    assert str(found[-1]) == "line 102, column 1: from here on there are more"


def test_a_line_of_nothing_but_mistakes() -> None:
    words = " ".join(f"strde{number}" for number in range(80))
    assert len(refused("input 1x8x8\n" + f"conv 8 3 {words}\n" * 1000)) == 101


LINES = st.one_of(
    st.text(max_size=30),
    st.builds(
        lambda indentation, words: " " * indentation + " ".join(words),
        st.integers(0, 6),
        st.lists(
            st.one_of(
                st.sampled_from(sorted(KINDS)),
                st.sampled_from(sorted({s.word for kind in KINDS.values() for s in kind.slots})),
                st.sampled_from(["1", "3x3", "2x1x2", "0", "64", "same", "0,1", "no", "x", "-1"]),
                st.text(max_size=5),
            ),
            min_size=1,
            max_size=6,
        ),
    ),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(LINES, max_size=15).map("\n".join), st.sampled_from(["", "input 3x9x9\n"]))
def test_arbitrary_text_raises_nothing_but_notation_errors(text: str, beginning: str) -> None:
    text = beginning + text
    report = check(text)
    report.plain()
    tree = _unless_refused(lambda: parse(text))
    if tree is None:
        assert not report.ok
    else:
        assert parse(print_text(tree)) == tree
        assert check(tree) == report
    limits = Limits(parameter_bytes=10**8, activation_bytes=10**8)
    network = _unless_refused(lambda: build(text, limits=limits))
    assert network is None or report.ok


EXTREMES = [
    *("0", "-1", "1000000", "999999999999999", "1e99", "0.5", "3x3", "2x1x2", "0,1", "0,1x2,2"),
    *("same", "full", "no", "yes", "random", "learned", "reflect", "linear", "cubic", "all", "x"),
]


def plausible_text(draw: random.Random) -> str:
    """Layers with the arguments that they take, some of them absurd."""
    lines = ["input " + draw.choice(["3x9x9", "4x20", "2x6x6x6", "12", "1x32x32"])]
    depth = 0
    for _ in range(draw.randint(1, 8)):
        kind = KINDS[draw.choice(sorted(KINDS))]
        words = [kind.name]
        for slot in kind.slots:
            if slot in kind.named.values():
                if draw.random() > 0.25:
                    continue
                words.append(slot.word)
            if slot.value is not None:
                ordinary = ["1", "2", "3", "4", slot.value.example]
                words.append(draw.choice(EXTREMES if draw.random() < 0.15 else ordinary))
        lines.append("  " * depth + " ".join(words))
        if not issubclass(kind, LayerKind):
            depth += 1
        elif draw.random() < 0.4:
            depth = max(depth - draw.randint(1, 2), 0)
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(4))
def test_absurd_arguments_are_refused_or_run(seed: int) -> None:
    draw = random.Random(seed)
    limits = Limits(parameter_bytes=10**7, activation_bytes=10**7)
    run = 0
    for _ in range(300):
        text = plausible_text(draw)
        network = _unless_refused(partial(build, text, limits=limits))
        if network is None:
            continue
        report = check(text, limits=limits)
        assert report.input_shape is not None
        with torch.no_grad():
            output = network.eval()(torch.rand(2, *report.input_shape))
        assert tuple(output.shape[1:]) == report.output_shape, text
        run += 1
    assert run >= 10


def _unless_refused(action: Callable[[], T]) -> T | None:
    try:
        return action()
    except NotationError as error:
        if not error.diagnostics:
            raise
        return None
