"""Indentation and the depth of comments."""

import pytest

from striate.notation import Item, Layer, Tree, parse
from striate.notation.reader import read


def outline(items: tuple[Item, ...]) -> list[object]:
    """The names of the lines, a list for each body; comments as they are, None for empty lines."""
    lines: list[object] = []
    for item in items:
        if not isinstance(item, Layer):
            lines.append(item.comment.text if item.comment else None)
            continue
        lines.append(item.name)
        if item.body:
            lines.append(outline(item.body))
    return lines


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\nb\n", ["a", "b"]),
        ("a\n  b\n  c\nd\n", ["a", ["b", "c"], "d"]),
        ("a\n b\n  c\n   d\ne\n", ["a", ["b", ["c", ["d"]]], "e"]),
        ("a\n      b\nc\n d\n", ["a", ["b"], "c", ["d"]]),
        # Comments go with the block that they are indented like.
        ("a\n  b\n  # in\n# out\nc\n", ["a", ["b", "# in"], "# out", "c"]),
        ("a\n  b\n    c\n  # between\nd\n", ["a", ["b", ["c"], "# between"], "d"]),
        ("a\n  b\n# out\n  # after it\nc\n", ["a", ["b"], "# out", "# after it", "c"]),
        ("a\n# first in the body\n  b\n", ["a", ["# first in the body", "b"]]),
        ("a\n  # of no body\nb\n", ["a", "# of no body", "b"]),
        ("  # before\na\n", ["# before", "a"]),
        ("a\n  b\n# end", ["a", ["b"], "# end"]),
        ("a\n  b\n  # end", ["a", ["b", "# end"]]),
        # Empty lines go with what follows them.
        ("a\n  b\n\nc\n", ["a", ["b"], None, "c"]),
        ("a\n  b\n\n  c\n", ["a", ["b", None, "c"]]),
        ("a\n  b\n\n  # in\n\nc\n", ["a", ["b", None, "# in"], None, "c"]),
        ("a\n\n  b\n\n", ["a", [None, "b"], None]),
        ("", []),
        ("\n\n", [None, None]),
    ],
)
def test_depths(text: str, expected: list[object]) -> None:
    assert outline(parse(text).items) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A tab is a level, as the text was meant.
        ("a\n\tb\n\t\tc\nd\n", ["a", ["b", ["c"]], "d"]),
        ("a\n    b\n  c\nd\n", ["a", ["b", "c"], "d"]),
        ("   a\nb\nc\n", ["a", "b", "c"]),
        ("   a\n   b\n     c\n", ["a", "b", ["c"]]),
    ],
)
def test_what_is_made_of_crooked_indentation(text: str, expected: list[object]) -> None:
    reading = read(text)
    assert reading.diagnostics
    assert outline(reading.tree.items) == expected


def test_walking_gives_every_line_with_its_depth() -> None:
    tree = parse("a\n  b\n    c\n  # d\n\ne\n")
    walked = [(depth, item.line) for depth, item in tree.walk()]
    assert walked == [(0, 1), (1, 2), (2, 3), (1, 4), (0, 5), (0, 6)]
    assert [layer.name for layer in tree.layers] == ["a", "e"]
    assert list(Tree().walk()) == []
