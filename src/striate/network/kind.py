"""What a node of a network does."""

from enum import StrEnum


class Kind(StrEnum):
    """The kinds of nodes; `OTHER` is an operation that Striate runs but has no arithmetic for."""

    INPUT = "input"
    CONVOLUTION = "convolution"
    POOLING = "pooling"
    LINEAR = "linear"
    ACTIVATION = "activation"
    NORMALISATION = "normalisation"
    JOIN = "join"
    RESHAPE = "reshape"
    DROPOUT = "dropout"
    OTHER = "other"
