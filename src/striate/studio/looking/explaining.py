"""The arithmetic of one value as a page can show it, however many terms it has."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from striate.network import Box, Network, Patch, Trace, Why
from striate.network.access import clipped
from striate.network.why import explanation
from striate.studio.looking.tracing import finite


@np.errstate(invalid="ignore", over="ignore")  # of networks that have diverged
def explained(
    network: Network,
    trace: Trace,
    layer: str,
    channel: int,
    position: Sequence[int],
    *,
    terms: int,
    text: bool,
) -> dict[str, Any]:
    """The arithmetic behind a value, what it sees of the input, and of the layers below.

    Of more than `terms` terms the largest are given.

    Raises NetworkError for a unit that the layer does not have.
    """
    why = trace.why(layer, channel, tuple(position))
    found: dict[str, Any] = {
        "why": plain(why, terms),
        "box": _box(network.box(layer, channel, tuple(position))),
        "windows": _windows(network, layer, why.unit.index),
        "parents": sum(int(patch.inside.sum()) for patch in why.patches),
    }
    if text:
        found["text"] = explanation(why).plain
    return found


def plain(why: Why, most: int) -> dict[str, Any]:
    """`Why.plain()`, but of more than `most` terms only those that contribute most.

    A patch that is left out counts in "patches_left_out", with the sum of its terms. A patch that
    is cut has in "cut" how many entries it has, the sum of the terms left out, and in "entries"
    those that are kept, each with its index.
    """
    chosen = _largest(why, most)
    left = [patch for number, patch in enumerate(why.patches) if number not in chosen]
    patches = tuple(why.patches[number] for number in chosen)
    small = tuple(patch if patch.values.size <= most else _emptied(patch) for patch in patches)
    winner = why.winner
    if winner is not None:
        winner = chosen.index(winner[0]), winner[1]
    found = replace(why, patches=small, winner=winner).plain()
    for number, patch in enumerate(patches):
        found["patches"][number]["cut"] = None
        if patch.values.size > most:
            found["patches"][number] |= _cut(patch, most)
    found["patches_left_out"] = {
        "count": len(left),
        "rest": finite(sum(float(patch.terms.sum()) for patch in left)),
    }
    return found


def _largest(why: Why, most: int) -> list[int]:
    """Which patches are sent, in their order."""
    if sum(patch.values.size for patch in why.patches) <= most:
        return list(range(len(why.patches)))
    weights = [abs(float(patch.terms.sum())) for patch in why.patches]
    if why.winner is not None:
        weights[why.winner[0]] = np.inf
    chosen: list[int] = []
    room = most
    for number in sorted(range(len(weights)), key=lambda number: -weights[number]):
        room -= min(why.patches[number].values.size, most)
        if chosen and room < 0:
            break
        chosen.append(number)
    return sorted(chosen)


def _emptied(patch: Patch) -> Patch:
    none = (0,) * patch.values.ndim
    corner = tuple(slice(size) for size in none)
    return replace(
        patch,
        values=patch.values[corner],
        inside=patch.inside[corner],
        terms=patch.terms[corner],
        weights=None if patch.weights is None else patch.weights[corner],
        border=None if patch.border is None else patch.border[corner],
    )


def _cut(patch: Patch, most: int) -> dict[str, Any]:
    """The entries of a large patch that contribute most, in their order."""
    terms = np.where(patch.inside, patch.terms, 0.0).reshape(-1)
    order = np.sort(np.argsort(-np.abs(terms), kind="stable")[:most])
    entries = []
    for flat in order.tolist():
        place = tuple(map(int, np.unravel_index(flat, patch.values.shape)))
        entries.append(
            {
                "index": list(patch.index(place)),
                "value": finite(float(patch.values[place])),
                "weight": None if patch.weights is None else finite(float(patch.weights[place])),
                "term": finite(float(patch.terms[place])),
                "inside": bool(patch.inside[place]),
            }
        )
    rest = float(patch.terms.sum()) - float(patch.terms.reshape(-1)[order].sum())
    size = list(patch.values.shape)
    return {"cut": {"count": patch.values.size, "shape": size, "rest": finite(rest)}} | {
        "entries": entries
    }


def _box(box: Box) -> dict[str, Any]:
    return {
        "spans": [
            {
                "first": span.first,
                "last": span.last,
                "size": span.size,
                "padding_before": span.padding_before,
                "padding_after": span.padding_after,
            }
            for span in box.spans
        ],
        "everything": box.everything,
    }


def _windows(network: Network, layer: str, index: tuple[int, ...]) -> list[dict[str, Any]]:
    """What the unit reads of each layer below: along each axis from the first to the last."""
    node = network[layer]
    whole = tuple(np.array([place]) for place in (0, *index)[: len(node.shape)])
    found = []
    for operand, access in node.reads:
        read = clipped(access.region(whole), operand.shape)
        if read is not None and len(read) > 1:
            found.append(
                {
                    "layer": operand.name,
                    "first": [int(places[0]) for places in read[1:]],
                    "last": [int(places[-1]) for places in read[1:]],
                }
            )
    return found
