"""What a page is told of a network and its layers before any input runs through them."""

from typing import Any, Literal

from striate.network import Network, Row
from striate.network.labels import window_label
from striate.studio.looking.filters import has_filters
from striate.studio.looking.opening import Opened

Reads = Literal["digit", "picture", "signal", "film"]

_DIGITS = tuple(map(str, range(10)))
_TOTALS = ("parameters", "multiply_adds", "activation_bytes")
_OF_ROW = (
    *("kind", "operation", "module", "receptive_field", "jump", "start", "everything"),
    *("parameters", "multiply_adds", "notes"),
)


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
    plain = table.plain()
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
        "layers": [
            _layer(network, row, told)
            for row, told in zip(table.rows, plain["layers"], strict=True)
        ],
        "totals": {name: plain["totals"][name] for name in _TOTALS},
    }


def _layer(network: Network, row: Row, told: dict[str, Any]) -> dict[str, Any]:
    node = network[row.layer]
    return {
        "name": row.layer,
        "window": window_label(row.windows),
        "shape": told["output"],
        **{name: told[name] for name in _OF_ROW},
        "operands": list(dict.fromkeys(one.name for one in node.operands if one.from_input)),
        "filters": has_filters(network, node),
    }
