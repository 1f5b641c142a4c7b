"""A network as a page of text: one layer a line, indentation for blocks.

`parse` reads a text into a tree and `print_text` writes it back; `check` says the size, receptive
field and cost of every line, or what is wrong with it; `build` makes the torch modules. Only
`build` needs torch, and imports it when it is called.
"""

from striate.notation.build import build
from striate.notation.check import check
from striate.notation.diagnostics import Diagnostic
from striate.notation.limits import LIMITS, Limits
from striate.notation.printer import print_text
from striate.notation.reader import parse
from striate.notation.report import Report, Row
from striate.notation.tree import Comment, Item, Layer, Remark, Tree, Word

__all__ = [
    "LIMITS",
    "Comment",
    "Diagnostic",
    "Item",
    "Layer",
    "Limits",
    "Remark",
    "Report",
    "Row",
    "Tree",
    "Word",
    "build",
    "check",
    "parse",
    "print_text",
]
