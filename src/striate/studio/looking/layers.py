"""What a page is told of a network and its layers before any input runs through them."""

from fractions import Fraction
from typing import Any, Literal

from striate.network import Network, Row
from striate.network.labels import window_label
from striate.studio.looking.filters import has_filters
from striate.studio.looking.opening import Opened

Reads = Literal["digit", "picture", "signal", "film"]

_DIGITS = tuple(map(str, range(10)))


def reads(opened: Opened) -> Reads:
    """What a network takes: a digit that may be drawn, a picture, a signal or a film."""
    axes = len(opened.network.input_shape) - 1
    if axes == 1:
        return "signal"
    if axes == 3:
        return "film"
    return (
        "digit" if opened.network.input_shape[0] == 1 and opened.classes == _DIGITS else "picture"
    )


def described(opened: Opened) -> dict[str, Any]:
    """The network, its layers and their totals, as `look.open` answers."""
    network = opened.network
    table = network.table()
    totals = table.totals
    return {
        "network": {
            "source": opened.source,
            "name": network.name,
            "input_shape": list(network.input_shape),
            "axes": len(network.input_shape) - 1,
            "classes": list(opened.classes),
            "trained": opened.trained,
            "reads": reads(opened),
            "dataset": None if opened.description is None else opened.description.name,
        },
        "layers": [_layer(network, row) for row in table.rows],
        "totals": {
            "parameters": totals.parameters,
            "multiply_adds": totals.multiply_adds,
            "activation_bytes": totals.activation_bytes,
        },
    }


def _layer(network: Network, row: Row) -> dict[str, Any]:
    node = network[row.layer]
    return {
        "name": row.layer,
        "kind": str(row.kind),
        "operation": row.operation,
        "module": row.module,
        "window": window_label(row.windows),
        "shape": list(row.output),
        "receptive_field": list(row.receptive_field),
        "jump": [None if jump is None else _number(jump) for jump in row.jump],
        "start": list(row.start),
        "everything": row.everything,
        "parameters": row.parameters,
        "multiply_adds": row.multiply_adds,
        "notes": list(row.notes),
        "operands": list(dict.fromkeys(one.name for one in node.operands if one.from_input)),
        "filters": has_filters(network, node),
    }


def _number(value: Fraction) -> int | float:
    return value.numerator if value.denominator == 1 else float(value)
