"""Pictures of a network and of what happens in it, as matplotlib figures.

Each function gives a `matplotlib.figure.Figure`; `save` writes one as PNG, SVG or PDF, by the
ending of the file's name. matplotlib, which is slow to import, is imported when the first of them
is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from striate.data.pictures import save
    from striate.network.pictures.arithmetic import draw_why
    from striate.network.pictures.colours import Scale
    from striate.network.pictures.field import draw_field
    from striate.network.pictures.filters import draw_filters, filters_of
    from striate.network.pictures.maps import draw_maps
    from striate.network.pictures.overview import draw_network
    from striate.network.pictures.selection import notable
    from striate.network.pictures.stack import layers_with_maps, maps_of

__all__ = [
    "Scale",
    "draw_field",
    "draw_filters",
    "draw_maps",
    "draw_network",
    "draw_why",
    "filters_of",
    "layers_with_maps",
    "maps_of",
    "notable",
    "save",
]

_MODULES = {
    "Scale": "striate.network.pictures.colours",
    "draw_field": "striate.network.pictures.field",
    "draw_filters": "striate.network.pictures.filters",
    "draw_maps": "striate.network.pictures.maps",
    "draw_network": "striate.network.pictures.overview",
    "draw_why": "striate.network.pictures.arithmetic",
    "filters_of": "striate.network.pictures.filters",
    "layers_with_maps": "striate.network.pictures.stack",
    "maps_of": "striate.network.pictures.stack",
    "notable": "striate.network.pictures.selection",
    "save": "striate.data.pictures",
}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
