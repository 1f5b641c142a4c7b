"""Attention: a mean of values, weighted by how well their keys fit the query."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import sqrt

import numpy as np
import torch

from striate.network.node import Node
from striate.network.why.context import Context
from striate.network.why.patches import aligned, read_patch
from striate.network.why.sums import sum_of
from striate.network.why.why import Arithmetic, Grid, Patch, Step


def explain_attention(context: Context) -> Arithmetic:
    """softmax(query . keys / sqrt(d) + mask) . values, for one query and one column of values."""
    *batch, place, column = context.index
    arguments = context.node.arguments
    query = context.number_of(arguments["query"])
    key = context.number_of(arguments["key"])
    value = context.number_of(arguments["value"])
    heads = [_heads(context, batch, tuple(t.shape)) for t in (query, key, value)]
    asked = context.read(query, (*heads[0], place))
    keys = context.read(key, heads[1])
    column_values = context.read(value, (*heads[2], slice(None), column))
    given = arguments.get("scale")
    scale = 1 / sqrt(len(asked)) if given is None else float(given)
    products = keys * asked
    scores = scale * products.sum(-1) + _mask(context, tuple(batch), place, len(keys))
    exponentials = np.exp(scores - scores.max())
    shares = exponentials / exponentials.sum()
    patches = [
        *_read(context, "query", (*heads[0], place, range(query.shape[-1]))),
        *(
            replace(patch, weights=asked, terms=products[row], label=f"key {row}")
            for row in range(len(keys))
            for patch in _read(context, "key", (*heads[1], row, range(key.shape[-1])))
        ),
        *(
            replace(patch, weights=shares, terms=column_values * shares, label="values")
            for patch in _read(context, "value", (*heads[2], range(value.shape[-2]), column))
        ),
    ]
    best = int(scores.argmax())
    steps = (
        Step("scale", "of the products of query and keys", scale),
        Step("largest score", f"that of key {best}", float(scores[best])),
        Step("its share", f"softmax over {len(scores)} keys", float(shares[best])),
        replace(sum_of(column_values * shares), label="value"),
    )
    summary = f"query {place}: the mean of {len(keys)} values, weighted by a softmax of scores"
    return Arithmetic(summary, tuple(patches), steps)


def _read(context: Context, name: str, at: tuple[int | range, ...]) -> list[Patch]:
    operand = context.argument(name)
    if not isinstance(operand, Node) or not operand.from_input:
        return []
    return [read_patch(context, operand, at, label=name)]


def _heads(context: Context, batch: list[int], shape: tuple[int, ...]) -> tuple[int, ...]:
    """The batch and head of an operand; with grouped queries several heads share a key."""
    found = list(aligned(tuple(batch), shape[:-2]))
    if context.node.arguments.get("enable_gqa") and len(found) > 0:
        found[-1] = batch[-1] // (context.node.shape[-3] // shape[-3])
    return tuple(found)


def _mask(context: Context, batch: tuple[int, ...], query: int, keys: int) -> Grid:
    """What is added to the scores: minus infinity for keys that may not be looked at."""
    if context.node.arguments.get("is_causal"):
        return np.where(np.arange(keys) <= query, 0.0, -np.inf)
    given = context.node.arguments.get("attn_mask")
    if given is None:
        return np.zeros(keys)
    tensor = context.number_of(given)
    place = aligned((*batch, query), tuple(tensor.shape[:-1]))
    row = context.read(tensor, place)
    if tensor.dtype == torch.bool:
        return np.where(row > 0, 0.0, -np.inf)
    return np.broadcast_to(row, (keys,)).copy()


EXPLANATIONS: Mapping[str, Callable[[Context], Arithmetic]] = {
    "scaled_dot_product_attention": explain_attention
}
