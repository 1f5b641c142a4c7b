"""From tree to text: the canonical spelling.

Two spaces of indentation a level, one space between words, comments kept. A comment after a layer
stays in its column when there is room, so that comments which were aligned stay aligned.
"""

from striate.notation.tree import Layer, Tree

INDENTATION = "  "


def print_text(tree: Tree) -> str:
    """The canonical text of a tree; canonical text prints back to itself."""
    lines: list[str] = []
    for depth, item in tree.walk():
        if isinstance(item, Layer):
            line = INDENTATION * depth + item.text
            if item.comment is not None:
                line = f"{line}  ".ljust(item.comment.column - 1) + item.comment.text
        else:
            line = INDENTATION * depth + item.comment.text if item.comment is not None else ""
        lines.append(line)
    return "".join(f"{line}\n" for line in lines)
