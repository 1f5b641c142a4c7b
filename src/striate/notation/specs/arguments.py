"""What several kinds take: how it is written, and what it means."""

from typing import Annotated

from striate.notation.kind import Argument, Option
from striate.notation.values import Pad, Size, choice, count, number, padding, size, yes_or_no

BOUNDARIES = ("zeros", "constant", "replicate", "reflect", "symmetric", "circular", "none")

Channels = Annotated[
    int, Argument(count("the number of channels"), "the number of output channels")
]
Kernel = Annotated[Size, Argument(size("the kernel"), "the size of the kernel")]
Stride = Annotated[Size, Option(size("stride", "2"), "the step from one window to the next")]
Padding = Annotated[
    Pad, Option(padding(), "rows added around the input: `same`, `valid`, `full`, or numbers")
]
Dilation = Annotated[
    Size, Option(size("dilation", "2"), "the step from one element of a window to the next")
]
Groups = Annotated[
    int, Option(count("groups", "2"), "the number of groups that the channels are divided into")
]
Boundary = Annotated[
    str, Option(choice("boundary", *BOUNDARIES), "what the padding is filled with")
]
Fill = Annotated[float, Option(number("value", "0.5"), "the constant that fills the padding")]
Bias = Annotated[bool, Option(yes_or_no("bias"), "whether a learned bias is added")]
Scaled = Annotated[bool, Option(yes_or_no("scale"), "whether a learned scale follows")]
Epsilon = Annotated[
    float, Option(number("eps", "1e-5", above=0), "added to the variance before its root is taken")
]
