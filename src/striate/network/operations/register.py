"""Which operation of torch's is which."""

from typing import Any

import torch

from striate.network.call import Call
from striate.network.kind import Kind
from striate.network.operations import gated, mixing, moving, sliding, statistics
from striate.network.operations.layers import layer_operation
from striate.network.operations.operation import (
    Operation,
    each_by_itself,
    operands,
)

_ACTIVATION = Operation(Kind.ACTIVATION, each_by_itself)
_JOIN = Operation(Kind.JOIN, each_by_itself)
_DROPOUT = Operation(Kind.DROPOUT, each_by_itself)
_COPY = Operation(Kind.RESHAPE, each_by_itself)
_UNKNOWN = Operation(Kind.OTHER)

_DIMENSIONS = (1, 2, 3)
_KNOWN: dict[str, Operation] = {
    **{f"conv{n}d": sliding.CONVOLUTION for n in _DIMENSIONS},
    **{f"conv_transpose{n}d": sliding.TRANSPOSED for n in _DIMENSIONS},
    **{f"{kind}_pool{n}d": sliding.pooling(n) for kind in ("max", "avg") for n in _DIMENSIONS},
    **{f"max_pool{n}d_with_indices": sliding.pooling(n) for n in _DIMENSIONS},
    **{
        f"adaptive_{kind}_pool{n}d": sliding.adaptive_pooling(n)
        for kind in ("max", "avg")
        for n in _DIMENSIONS
    },
    **dict.fromkeys(
        (
            "mean",
            "sum",
            "amax",
            "amin",
            "max",
            "min",
            "aminmax",
            "median",
            "nanmedian",
            "logsumexp",
            "linalg_vector_norm",
            "norm",
            "var",
            "std",
            "var_mean",
            "std_mean",
            "prod",
        ),
        statistics.REDUCTION,
    ),
    "linear": mixing.LINEAR,
    **dict.fromkeys(("matmul", "mm", "bmm", "addmm", "baddbmm"), mixing.PRODUCT),
    "scaled_dot_product_attention": mixing.ATTENTION,
    "batch_norm": statistics.BATCH_NORM,
    "instance_norm": statistics.INSTANCE_NORM,
    **dict.fromkeys(("layer_norm", "rms_norm"), statistics.LAYER_NORM),
    "group_norm": statistics.GROUP_NORM,
    **dict.fromkeys(("softmax", "log_softmax", "softmin"), statistics.SOFTMAX),
    "glu": gated.GATED,
    **dict.fromkeys(
        (
            "relu",
            "relu6",
            "hardtanh",
            "gelu",
            "silu",
            "sigmoid",
            "tanh",
            "hardswish",
            "selu",
            "hardsigmoid",
            "leaky_relu",
            "elu",
            "celu",
            "mish",
            "softplus",
            "prelu",
            "rrelu",
            "threshold",
            "log_sigmoid",
            "hardshrink",
            "softshrink",
            "clamp",
            "clamp_min",
            "clamp_max",
            "abs",
            "exp",
            "log",
            "sqrt",
            "rsqrt",
            "square",
            "neg",
            "reciprocal",
            "sin",
            "cos",
            "erf",
        ),
        _ACTIVATION,
    ),
    **dict.fromkeys(
        (
            "add",
            "sub",
            "rsub",
            "mul",
            "div",
            "maximum",
            "minimum",
            "pow",
            "true_divide",
            "multiply",
            "subtract",
            "divide",
            "where",
            "lerp",
            "addcmul",
            "addcdiv",
        ),
        _JOIN,
    ),
    **dict.fromkeys(
        ("dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"), _DROPOUT
    ),
    **dict.fromkeys(
        (
            "clone",
            "contiguous",
            "detach",
            "alias",
            "to",
            "_to_copy",
            "type_as",
            "lift_fresh_copy",
            "positive",
        ),
        _COPY,
    ),
    **dict.fromkeys(
        (
            "view",
            "reshape",
            "flatten",
            "unflatten",
            "squeeze",
            "unsqueeze",
            "_unsafe_view",
            "view_as",
            "reshape_as",
        ),
        moving.REGROUP,
    ),
    **dict.fromkeys(
        (
            "permute",
            "transpose",
            "movedim",
            "moveaxis",
            "swapaxes",
            "swapdims",
            "t",
            "mT",
            "numpy_T",
        ),
        moving.PERMUTE,
    ),
    **dict.fromkeys(("slice", "narrow"), moving.SLICE),
    **dict.fromkeys(
        ("split", "split_with_sizes", "chunk", "unsafe_split", "unsafe_chunk"), moving.SPLIT
    ),
    **dict.fromkeys(("select", "unbind"), moving.SELECT),
    **dict.fromkeys(("expand", "expand_as", "broadcast_to"), _COPY),
    "repeat": moving.REPEAT,
    **dict.fromkeys(("pad", "constant_pad_nd", *moving._PADDING_MODES), moving.PAD),
    "roll": moving.ROLL,
    "flip": moving.FLIP,
    "index_select": moving.CHOOSE,
    "channel_shuffle": moving.SHUFFLE,
    "native_channel_shuffle": moving.SHUFFLE,
    "pixel_shuffle": moving.CHANNELS_TO_SPACE,
    "pixel_unshuffle": moving.SPACE_TO_CHANNELS,
    **dict.fromkeys(
        (
            "upsample_nearest1d",
            "upsample_nearest2d",
            "upsample_nearest3d",
            "_upsample_nearest_exact1d",
            "_upsample_nearest_exact2d",
            "_upsample_nearest_exact3d",
            "upsample_linear1d",
            "upsample_bilinear2d",
            "upsample_trilinear3d",
            "upsample_bicubic2d",
        ),
        moving.ENLARGE,
    ),
    **dict.fromkeys(("cat", "concat", "concatenate"), moving.CONCATENATE),
    "stack": moving.STACK,
}


def operation_of(call: Call, target: Any) -> Operation:
    """What is known of a call; of an operation that torch calls pointwise, that it is."""
    if call.layer is not None:
        return layer_operation(call.layer)
    known = _KNOWN.get(call.name)
    if known is statistics.REDUCTION and "other" in call.arguments:
        known = _JOIN  # torch.max and torch.min of two tensors
    if known is _JOIN and len(operands(call)) == 1:
        # A sum or product with weights or numbers joins nothing.
        return _ACTIVATION
    if known is not None:
        return known
    if torch.Tag.pointwise in getattr(target, "tags", ()):
        return _ACTIVATION if len(operands(call)) == 1 else _JOIN
    return _UNKNOWN
