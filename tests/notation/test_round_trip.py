"""Texts to trees and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from striate.notation import Comment, Layer, Remark, Tree, Word, parse, print_text

WORDS = st.text("abcxyz0189.,-_(é", min_size=1, max_size=6)
COMMENTS = st.text("#ab é\u4e2d  ", max_size=8).map(lambda text: f"# {text}".rstrip())


@st.composite
def texts(draw: st.DrawFn, canonical: bool = False) -> str:
    """A text with blocks; spaced at will, or (without lines of comment) in the canonical way."""
    spaces = st.just(" ") if canonical else st.sampled_from([" ", "  ", "    "])
    levels = [0]
    lines: list[str] = []
    body_may_follow = False
    for _ in range(draw(st.integers(0, 12))):
        kinds = ["layer", "layer", "layer", "empty"] + ["comment"] * (not canonical)
        what = draw(st.sampled_from(kinds))
        if what == "empty":
            lines.append("" if canonical else draw(st.sampled_from(["", "   "])))
            continue
        if what == "comment":
            lines.append(" " * draw(st.integers(0, 9)) + draw(COMMENTS))
            continue
        if body_may_follow and draw(st.booleans()):
            levels.append(levels[-1] + (2 if canonical else draw(st.integers(1, 4))))
        else:
            del levels[draw(st.integers(1, len(levels))) :]
        body_may_follow = True
        words = draw(st.lists(WORDS, min_size=1, max_size=4))
        line = " " * levels[-1] + words[0] + "".join(draw(spaces) + word for word in words[1:])
        if draw(st.booleans()):
            gap = "  " if canonical else draw(st.sampled_from(["", " ", "  ", " " * 9]))
            line += gap + draw(COMMENTS)
        lines.append(line)
    ending = "\n" if canonical else draw(st.sampled_from(["\n", "\r\n"]))
    text = ending.join(lines)
    return text + ending if lines and (canonical or draw(st.booleans())) else text


@given(texts())
def test_parse_print_parse_gives_the_same_tree(text: str) -> None:
    tree = parse(text)
    printed = print_text(tree)
    assert parse(printed) == tree
    assert print_text(parse(printed)) == printed


@given(texts())
def test_printing_keeps_the_words_and_the_comments(text: str) -> None:
    def content(lines: str) -> list[tuple[list[str], str]]:
        parts = (line.partition("#") for line in lines.splitlines())
        return [(before.split(), (sign + after).rstrip()) for before, sign, after in parts]

    assert content(print_text(parse(text))) == content(text)


@given(texts(canonical=True))
def test_canonical_text_prints_back_to_itself(text: str) -> None:
    assert print_text(parse(text)) == text


DESIGN = """\
# From the design.
input 3x32x32
residual                      # output = body + shortcut
  conv 64 3x3 stride 2 pad same

  # between
  batchnorm
  relu                        # aligned with the first
parallel
  branch
    conv 64 1x1
    # at the end of the branch
  branch
    maxpool 3x3 stride 1 pad 1
  # at the end of the parallel

# the end
"""


def test_comments_stay_where_they_were() -> None:
    assert print_text(parse(DESIGN)) == DESIGN


def test_the_tree_of_a_small_text() -> None:
    tree = parse("# top\nresidual  # sum\n  conv 8 3\n\nrelu\n")
    assert tree == Tree(
        (
            Remark(Comment("# top")),
            Layer(
                (Word("residual"),),
                (Layer((Word("conv"), Word("8"), Word("3"))),),
                Comment("# sum"),
            ),
            Remark(),
            Layer((Word("relu"),)),
        )
    )


def test_every_node_has_its_place() -> None:
    tree = parse("\ninput  1x2\nresidual\n   conv   8 3 # why\n")
    _, first, block = tree.items
    assert isinstance(first, Layer)
    assert isinstance(block, Layer)
    inner = block.layers[0]
    assert (first.line, first.column, first.words[1].column) == (2, 1, 8)
    assert (inner.line, inner.column) == (4, 4)
    assert [word.column for word in inner.words] == [4, 11, 13]
    assert inner.comment == Comment("# why")
    assert inner.comment.column == 15
    assert (inner.name, inner.text) == ("conv", "conv 8 3")


def test_spacing_becomes_canonical() -> None:
    text = "input    1x8x8\nresidual#here\n      conv  8   3    pad same   #  there\n"
    column = text.splitlines()[2].index("#")
    assert print_text(parse(text)) == (
        "input 1x8x8\nresidual  #here\n" + "  conv 8 3 pad same".ljust(column) + "#  there\n"
    )


@pytest.mark.parametrize("text", ["", "\n", "# only\n", "relu", "relu\r\n", "\ufeffrelu\n"])
def test_short_texts(text: str) -> None:
    tree = parse(text)
    assert parse(print_text(tree)) == tree


def test_line_endings_and_the_byte_order_mark_of_windows() -> None:
    windows = "\ufeffinput 1x8x8\r\n\r\nrelu  # x\r\n"
    assert print_text(parse(windows)) == "input 1x8x8\n\nrelu  # x\n"


def test_tabs_between_words_are_spaces() -> None:
    assert parse("conv\t8\t3") == parse("conv 8 3")
