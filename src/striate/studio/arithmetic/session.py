"""The requests of the arithmetic view."""

from dataclasses import asdict
from typing import Any

import numpy as np

from striate.errors import StudioError
from striate.studio.arithmetic.asked import (
    PlaceAsked,
    PoolAsked,
    PresetsAsked,
    SizeAsked,
    SlideAsked,
    every_axis,
)
from striate.studio.arithmetic.family import Choices
from striate.studio.arithmetic.grids import (
    MOST_CHANNELS,
    MOST_FILTERS,
    MOST_PLACES,
    MOST_TAPS,
    Grid,
    grid_of,
)
from striate.studio.arithmetic.pooling import Explained, Pooled, SideBySide
from striate.studio.arithmetic.presets import presets
from striate.studio.arithmetic.sizing import Sized, SizedAxis, sized, units
from striate.studio.arithmetic.sliding import Slide, slide
from striate.studio.frames import Arrays
from striate.studio.service import Answer, Session, request


class ArithmeticSession(Session):
    """What one page asks of the arithmetic view."""

    def __init__(self) -> None:
        self._poolings = SideBySide()

    @request("arithmetic.slide")
    def slide(self, parameters: SlideAsked, _arrays: Arrays) -> Answer:
        """A kernel moved over an input."""
        x, kernel = _operands(parameters)
        found = slide(
            x,
            kernel,
            parameters.bias,
            stride=every_axis(parameters.stride),
            padding=parameters.padding,
            dilation=every_axis(parameters.dilation),
            boundary=parameters.boundary,
            value=parameters.value,
            operation=parameters.operation,
        )
        values = _slide_values(found)
        if parameters.relu:
            values["relu"] = np.maximum(found.output, 0.0).tolist()
        return Answer(values, {"products": found.products.astype(np.float32)})

    @request("arithmetic.pool")
    def pool(self, parameters: PoolAsked, _arrays: Arrays) -> Answer:
        """What every pooling gives."""
        pooled = self._poolings.pooled(_map(parameters), _choices(parameters), parameters.seed)
        return Answer({"poolings": [_pooled_values(one, parameters.seed) for one in pooled]})

    @request("arithmetic.pool_place")
    def pool_place(self, parameters: PlaceAsked, _arrays: Arrays) -> Answer:
        """How every pooling comes to its value at a place."""
        x = _map(parameters)
        if len(parameters.place) != x.ndim:
            raise StudioError(
                f"place (={parameters.place}) must have one number for each of {x.ndim} axes"
            )
        found = self._poolings.explained(x, _choices(parameters), parameters.seed, parameters.place)
        return Answer({"poolings": [_explained_values(one) for one in found]})

    @request("arithmetic.size")
    def size(self, parameters: SizeAsked, _arrays: Arrays) -> Answer:
        """The sizes through a chain of layers."""
        layers = [one.layer() for one in parameters.layers]
        found = sized(_checked_shape(parameters.input), layers)
        return Answer({"layers": [_sized_values(one, parameters.batch) for one in found]})

    @request("arithmetic.presets")
    def presets(self, parameters: PresetsAsked, _arrays: Arrays) -> Answer:
        """The worked examples of the lectures."""
        del parameters
        return Answer({"presets": [asdict(preset) for preset in presets()]})


def _operands(asked: SlideAsked) -> tuple[Grid, Grid]:
    """The input (C, *spatial) and the kernels (C', C, *K)."""
    most = (MOST_CHANNELS, MOST_PLACES, MOST_PLACES)
    x = grid_of(asked.input, "the input", (1, 2, 3), most)
    taps = (MOST_FILTERS, MOST_CHANNELS, MOST_TAPS, MOST_TAPS)
    kernel = grid_of(asked.kernel, "the kernel", (1, 2, 3, 4), taps)
    if x.ndim == kernel.ndim <= 2:
        return x[None], kernel[None, None]
    if x.ndim == kernel.ndim:
        return x, kernel[None]
    return x, kernel


def _map(asked: PoolAsked) -> Grid:
    return grid_of(asked.input, "the input", (1, 2), (MOST_PLACES, MOST_PLACES))


def _choices(asked: PoolAsked) -> Choices:
    return Choices(
        every_axis(asked.kernel),
        every_axis(asked.stride),
        asked.padding,
        asked.p,
        asked.sigma,
        asked.a,
        asked.ceil_mode,
    )


def _checked_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    if any(size < 1 for size in shape):
        raise StudioError(f"the input (={'x'.join(map(str, shape))}) needs sizes of at least 1")
    return shape


def _slide_values(found: Slide) -> dict[str, Any]:
    return {
        "axes": [
            {
                "formula": axis.formula,
                "fits": axis.fit.fits,
                "dropped": axis.fit.dropped,
                "before": axis.window.before,
                "after": axis.window.after,
                "extent": axis.window.extent,
                "sources": axis.sources,
                "places": axis.places,
            }
            for axis in found.axes
        ],
        "padded": found.padded.tolist(),
        "kernel": found.kernel.tolist(),
        "sums": found.sums.tolist(),
        "output": found.output.tolist(),
        "parameters": found.parameters,
    }


def _pooled_values(one: Pooled, seed: int | None) -> dict[str, Any]:
    member = one.member
    drawn = seed is not None and member.drawn
    return {
        "name": member.name,
        "title": member.title,
        "formula": member.drawn if drawn else member.formula,
        "source": member.source,
        "drawn": bool(drawn),
        "output": None if one.output is None else one.output.tolist(),
        "problem": one.problem,
    }


def _explained_values(one: Explained) -> dict[str, Any]:
    plain = one.why.plain()
    return {
        "name": one.member.name,
        "index": plain["index"][1:],
        "value": plain["value"],
        "summary": plain["summary"],
        "steps": plain["steps"],
        "places": one.places,
        **{key: plain["patches"][0][key] for key in ("values", "inside", "weights", "terms")},
        "winner": None if plain["winner"] is None else plain["winner"]["place"],
    }


def _sized_values(one: Sized, batch: int) -> dict[str, Any]:
    return {
        "shape": one.shape,
        "axes": [_axis_values(axis) for axis in one.axes],
        "fits": all(axis.fit.fits for axis in one.axes),
        "fitting": [
            {"padding": fitting.padding, "output": fitting.output} for fitting in one.fitting
        ],
        "weights": one.weights,
        "biases": one.layer.filters if one.weights and one.layer.bias else 0,
        "parameters": one.cost.parameters,
        "multiply_adds": one.cost.multiply_adds,
        "units": 0 if one.shape is None else units(one.shape),
        "batched": None if one.shape is None else [batch, *one.shape],
        "problem": one.problem,
    }


def _axis_values(axis: SizedAxis) -> dict[str, Any]:
    return {
        "formula": axis.formula,
        "input": axis.fit.input,
        "output": axis.fit.output,
        "fits": axis.fit.fits,
        "dropped": axis.fit.dropped,
        "padding": [axis.before, axis.after],
        "extent": axis.extent,
        "starts": axis.starts,
        "field": {
            "size": axis.field.size,
            "jump": str(axis.field.jump),
            "start": axis.field.start,
        },
    }
