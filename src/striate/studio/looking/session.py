"""The requests of the view that looks inside networks."""

from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from striate.errors import StudioError
from striate.network.answer import guesses
from striate.studio.frames import Arrays
from striate.studio.looking.drawing import Ink
from striate.studio.looking.examples import datasets_for, example_of, examples_of, title_of
from striate.studio.looking.explaining import explained
from striate.studio.looking.filters import filters
from striate.studio.looking.layers import described
from striate.studio.looking.opening import TEXT_LIMITS, Opened
from striate.studio.looking.prepared import (
    Prepared,
    from_drawing,
    from_film,
    from_picture,
    from_signal,
)
from striate.studio.looking.shared import Looking
from striate.studio.looking.sources import first_source, listed
from striate.studio.looking.tracing import MOST_VALUES, Traces, extremes, finite, maps, statistics
from striate.studio.service import Answer, Parameters, Session, request

_MOST_GUESSES = 1000
_LARGEST_SHEET = 1024
_SMALLEST_SHEET = 8

Count = Annotated[int, Field(ge=0, lt=2**31)]
Word = Annotated[str, Field(max_length=300)]


class Nothing(Parameters):
    """No parameters."""


class Open(Parameters):
    """A network: a word of `look.networks`, or a network text."""

    source: Annotated[str, Field(min_length=1, max_length=TEXT_LIMITS.text_length)]
    input_shape: Annotated[
        tuple[Annotated[int, Field(ge=1, le=2**20)], ...] | None, Field(min_length=2, max_length=4)
    ] = None


class Inputs(Parameters):
    """Test examples of a dataset."""

    dataset: Word
    first: Count = Field(0, alias="from")
    count: Annotated[int, Field(ge=1, le=200)] = 24
    label: Count | None = Field(None, alias="class")


class Drawing(Parameters):
    """The ink that comes as the array "drawing"."""

    kind: Literal["drawing"]


class Blank(Parameters):
    """A sheet without ink, zeros for what cannot be drawn."""

    kind: Literal["blank"]


class Test(Parameters):
    """A test example."""

    kind: Literal["test"]
    dataset: Word
    index: Count


class Uploaded(Parameters):
    """A file that was sent before."""

    kind: Literal["upload"]
    id: Word


class Part(Parameters):
    """Channels of a layer, from the first to before `to`."""

    name: Word
    first: Count = Field(0, alias="from")
    to: Count


class TraceOf(Parameters):
    """An input, and which layers' maps to answer at once."""

    input: Annotated[Drawing | Blank | Test | Uploaded, Field(discriminator="kind")]
    layers: Annotated[tuple[Part, ...], Field(max_length=1000)] = ()


class Maps(Parameters):
    """Channels of a layer in a trace."""

    trace: Count
    layer: Word
    first: Count = Field(0, alias="from")
    to: Count


class Layer(Parameters):
    """A layer in a trace."""

    trace: Count
    layer: Word


class Filter(Parameters):
    """Channels of a layer."""

    layer: Word
    first: Count = Field(0, alias="from")
    to: Count


class WhyOf(Parameters):
    """A value of a layer in a trace.

    Of more than `terms` terms the largest are sent; `text` asks for the explanation as text too.
    """

    trace: Count
    layer: Word
    channel: Count = 0
    position: Annotated[tuple[Count, ...], Field(max_length=8)] = ()
    terms: Annotated[int, Field(ge=1, le=2**14)] = 1024
    text: bool = False


class LookSession(Session):
    """One page's open network and its last traces."""

    def __init__(self, looking: Looking) -> None:
        self._looking = looking
        self._network: Opened | None = None
        self._traces = Traces()

    def close(self) -> None:
        """Forget the network and its traces."""
        self._network = None
        self._traces.clear()

    def brief(self, parameters: Parameters) -> bool:
        """Drawings for small networks, whose maps follow the pen."""
        drawn = isinstance(parameters, TraceOf) and isinstance(parameters.input, Drawing)
        return drawn and self._network is not None and self._network.small

    @property
    def _opened(self) -> Opened:
        if self._network is None:
            raise StudioError("no network is open on this page; look.open opens one")
        return self._network

    @request("look.networks")
    def networks(self, parameters: Nothing, _arrays: Arrays) -> Answer:  # noqa: ARG002
        """The networks that can be opened."""
        settings = self._looking.settings
        found = [
            {
                "source": one.source,
                "title": one.title,
                "group": one.group,
                "input_shape": None if one.input_shape is None else list(one.input_shape),
            }
            for one in listed(settings)
        ]
        return Answer({"networks": found, "first": first_source(settings)})

    @request("look.open")
    def open(self, parameters: Open, _arrays: Arrays) -> Answer:
        """Open a network, and describe it and its layers."""
        opened = self._looking.open(parameters.source, parameters.input_shape)
        self._traces.clear()
        self._network = opened
        names = datasets_for(opened, self._looking.datasets)
        datasets = [{"name": name, "title": title_of(name)} for name in names]
        return Answer(described(opened) | {"datasets": datasets})

    @request("look.inputs")
    def inputs(self, parameters: Inputs, _arrays: Arrays) -> Answer:
        """Test examples to choose from."""
        found = examples_of(
            self._opened,
            self._looking.datasets,
            parameters.dataset,
            parameters.first,
            parameters.count,
            parameters.label,
        )
        values = {
            "dataset": parameters.dataset,
            "classes": list(found.classes),
            "total": found.total,
            "entries": [
                {"index": index, "label": label}
                for index, label in zip(found.indices, found.labels, strict=True)
            ],
        }
        if found.signals is not None:
            return Answer(values, {"signals": found.signals})
        assert found.pictures is not None
        return Answer(values, {"pictures": found.pictures})

    @request("look.trace")
    def trace(self, parameters: TraceOf, arrays: Arrays) -> Answer:
        """Run the network on an input."""
        opened = self._opened
        prepared = self._prepared(parameters.input, arrays)
        kept = self._traces.add(opened, prepared)
        answers: dict[str, npt.NDArray[Any]] = {
            "input": maps(kept.trace, next(iter(kept.trace)), 0, 2**31)
        }
        if prepared.picture is not None:
            answers["picture"] = prepared.picture
        for part in parameters.layers:
            answers[part.name] = maps(kept.trace, part.name, part.first, part.to)
        if sum(array.size for array in answers.values()) > 2 * MOST_VALUES:
            raise StudioError("these maps are too many for one answer; ask for fewer layers")
        found = guesses(kept.trace, opened.classes, _MOST_GUESSES)
        return Answer(
            {
                "trace": kept.number,
                "guesses": [
                    {
                        "index": one.index,
                        "name": one.name,
                        "probability": finite(one.probability),
                    }
                    for one in found
                ],
                "truth": prepared.truth,
                "extremes": extremes(kept.trace),
            },
            answers,
        )

    def _prepared(self, given: Drawing | Blank | Test | Uploaded, arrays: Arrays) -> Prepared:
        opened = self._opened
        match given:
            case Drawing():
                return from_drawing(_ink(arrays), opened)
            case Blank():
                return _blank(opened)
            case Test():
                return example_of(opened, self._looking.datasets, given.dataset, given.index)
        upload = self._looking.uploads[given.id]
        if upload.kind == "signal":
            return from_signal(np.asarray(upload.content), opened)
        assert isinstance(upload.content, bytes)
        if len(opened.network.input_shape) == 4:
            return from_film(upload.content, opened)
        return from_picture(upload.content, opened)

    @request("look.maps")
    def maps(self, parameters: Maps, _arrays: Arrays) -> Answer:
        """Some channels of a layer."""
        kept = self._traces[parameters.trace]
        found = maps(kept.trace, parameters.layer, parameters.first, parameters.to)
        return Answer({"layer": parameters.layer, "from": parameters.first}, {"maps": found})

    @request("look.statistics")
    def statistics(self, parameters: Layer, _arrays: Arrays) -> Answer:
        """The extremes, means and zeros of a layer and of its channels."""
        whole, channels = statistics(self._traces[parameters.trace].trace, parameters.layer)
        columns = (channels.minimum, channels.mean, channels.maximum, channels.zeros)
        names = ("minimum", "mean", "maximum", "zeros")
        return Answer(
            {
                "layer": {name: getattr(whole, name)[0] for name in names},
                "channels": [
                    dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)
                ],
            }
        )

    @request("look.filters")
    def filters(self, parameters: Filter, _arrays: Arrays) -> Answer:
        """The filters of a layer."""
        found = filters(self._opened.network, parameters.layer, parameters.first, parameters.to)
        bias = None if found.bias is None else [finite(value) for value in found.bias.tolist()]
        values = {
            "kind": found.kind,
            "inputs": found.inputs,
            "channels": found.channels,
            "bias": bias,
        }
        return Answer(values, {"filters": found.values})

    @request("look.why")
    def why(self, parameters: WhyOf, _arrays: Arrays) -> Answer:
        """The arithmetic behind one value."""
        kept = self._traces[parameters.trace]
        return Answer(
            explained(
                self._opened.network,
                kept.trace,
                parameters.layer,
                parameters.channel,
                parameters.position,
                terms=parameters.terms,
                text=parameters.text,
            )
        )


def _ink(arrays: Arrays) -> Ink:
    ink = arrays.get("drawing")
    if ink is None or ink.ndim != 2 or ink.dtype != np.uint8:
        raise StudioError('a drawing comes as the array "drawing", uint8 (H, W), with the request')
    height, width = ink.shape
    if not _SMALLEST_SHEET <= min(height, width) <= max(height, width) <= _LARGEST_SHEET:
        raise StudioError(
            f"a drawing has from {_SMALLEST_SHEET} to {_LARGEST_SHEET} pixels a side, not "
            f"{height}x{width}"
        )
    return ink


def _blank(opened: Opened) -> Prepared:
    shape = opened.network.input_shape
    if len(shape) == 3 and opened.network.preprocessing is not None:
        return from_drawing(np.zeros((_SMALLEST_SHEET,) * 2, np.uint8), opened)
    return Prepared(opened.network.prepare(np.zeros(shape, np.float32)))
