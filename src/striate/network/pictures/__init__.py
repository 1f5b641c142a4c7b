"""Pictures of a network and of what happens in it, as matplotlib figures.

Not imported with `striate.network`, for matplotlib is slow to import. Each function gives a
`matplotlib.figure.Figure`; `save` writes one as PNG, SVG or PDF, by the ending of the file's name.
"""

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
