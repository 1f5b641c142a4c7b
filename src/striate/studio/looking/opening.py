"""Opening what a page names: never a path, never a download, and nothing that is too large."""

import os
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from math import prod

from striate import models
from striate.data import AsDataset, CentreCrop, Description
from striate.errors import ModelError, StudioError
from striate.network import Network
from striate.notation import LIMITS, Limits, check
from striate.studio.looking.sources import (
    GIVEN,
    LENET,
    RECIPE,
    RUN,
    find_run,
    weights_file,
)
from striate.studio.settings import Settings
from striate.training import recipe_names

Shape = tuple[int, ...]

TEXT_LIMITS = replace(
    LIMITS,
    text_length=2**16,
    lines=2000,
    layers=1000,
    parameter_bytes=2**28,
    activation_bytes=2**28,
)
"""What a network text from a page may take: 64 million parameters, and as many activations."""

MOST_MULTIPLY_ADDS = 50 * 10**9
MOST_ACTIVATION_BYTES = 3 * 2**29
_FEW_MULTIPLY_ADDS = 10**7
_FEW_VALUES = 10**5
_MOST_INPUTS = 2**21
_MOST_NUMBERED = 1000


@dataclass(frozen=True)
class Opened:
    """A network with what a page has to know of it.

    `classes` name the outputs; they are numbers where nobody has named them. `description` is that
    of the data it has learned from, or is meant for.
    """

    source: str
    network: Network
    trained: bool
    classes: tuple[str, ...]
    description: Description | None

    @property
    def multiply_adds(self) -> int:
        """Those of one input."""
        return sum(node.multiply_adds for node in self.network)

    @property
    def small(self) -> bool:
        """Whether an input runs through it in milliseconds."""
        values = sum(prod(node.shape) for node in self.network)
        return self.multiply_adds < _FEW_MULTIPLY_ADDS and values < _FEW_VALUES


def open_source(settings: Settings, source: str, input_shape: Shape | None = None) -> Opened:
    """The network of a word that `listed` gives, or of a network text (of several lines).

    Raises StudioError for any other word and for networks that would take too much time or memory;
    and what opening them raises.
    """
    if input_shape is not None and prod(input_shape) > _MOST_INPUTS:
        raise StudioError(
            f"an input of {'x'.join(map(str, input_shape))} has {prod(input_shape):,} values; the "
            f"page shows inputs of at most {_MOST_INPUTS:,}"
        )
    network, trained = _network(settings, source, input_shape)
    _fit_preprocessing(network)
    _check_size(network)
    preprocessing = network.preprocessing
    description = preprocessing.description if isinstance(preprocessing, AsDataset) else None
    return Opened(source, network, trained, _classes(network), description)


def _network(settings: Settings, source: str, shape: Shape | None) -> tuple[Network, bool]:
    if source == GIVEN and settings.network is not None:
        network = Network(settings.network, shape)
        return network, os.path.isdir(settings.network) or "/" in network.name
    if source == LENET:
        with as_file(files("striate.studio") / "lenet") as folder:
            return Network(folder, shape), True
    if "\n" in source:
        _check_text(source)
        return Network(source, shape), False
    if source.startswith(RUN):
        return Network(find_run(settings.runs, source.removeprefix(RUN)).path, shape), True
    if source.startswith(RECIPE) and source.removeprefix(RECIPE) in recipe_names():
        return Network(source.removeprefix(RECIPE), shape), False
    name, slash, _ = source.partition("/")
    if name not in models.names():
        raise StudioError(
            f"{source[:60]!r} is none of the networks that the studio lists. A network's text can "
            "be opened too, and any other with `striate studio NETWORK`"
        )
    return (_published(source, shape), True) if slash else (Network(name, shape), False)


def _check_text(text: str, limits: Limits = TEXT_LIMITS) -> None:
    """Raise StudioError for a text with mistakes or of a network too large to look into."""
    report = check(text, limits=limits)
    wrong = [found for found in report.diagnostics if found.severity == "error"]
    if wrong:
        raise StudioError(
            "; ".join(f"line {found.line}: {found.message}" for found in wrong[:3])
            + (f"; and {len(wrong) - 3} more" if len(wrong) > 3 else "")
        )
    if report.total.multiply_adds > MOST_MULTIPLY_ADDS:
        raise StudioError(_too_slow(report.total.multiply_adds))


def _published(name: str, shape: Shape | None) -> Network:
    try:
        source = next(s for s in models.sources(name.partition("/")[0]) if s.name == name)
    except StopIteration:
        raise StudioError(f"there are no published weights {name[:60]!r}") from None
    file = weights_file(source)
    if file is None:
        raise StudioError(
            f"the weights {name} are not on this machine; `striate look {name}` fetches them once"
        )
    try:
        module = models.create(source.model)
        models.load_weights(module, file, name=source.model)
    except ModelError as error:
        raise StudioError(str(error)) from error
    preprocessing = source.preprocessing
    example = preprocessing.input_shape if shape is None else shape
    network = Network(module.eval(), example, preprocessing=preprocessing)
    network.name = name
    return network


def _fit_preprocessing(network: Network) -> None:
    """Let pictures come in the size that the network was opened for."""
    given, shape = network.preprocessing, network.input_shape
    if given is None or given.input_shape == shape or len(given.input_shape) != len(shape):
        return
    if given.input_shape[0] != shape[0]:
        network.preprocessing = None
    elif isinstance(given, AsDataset):
        description = replace(given.description, input_shape=shape)
        network.preprocessing = replace(given, description=description)
    elif isinstance(given, CentreCrop):
        side = max(shape[1:])
        resize = max(side, round(given.resize * side / max(given.crop)))
        network.preprocessing = replace(given, crop=(shape[1], shape[2]), resize=resize)


def _check_size(network: Network) -> None:
    totals = network.table().totals
    if totals.multiply_adds > MOST_MULTIPLY_ADDS:
        raise StudioError(_too_slow(totals.multiply_adds))
    if totals.activation_bytes > MOST_ACTIVATION_BYTES:
        raise StudioError(
            f"all layers of {network.name} together take {totals.activation_bytes / 2**30:.1f} GiB "
            f"for one input of {'x'.join(map(str, network.input_shape))}, and the page keeps at "
            f"most {MOST_ACTIVATION_BYTES / 2**30:.1f} GiB; open it with a smaller input"
        )


def _too_slow(multiply_adds: int) -> str:
    return (
        f"one input takes {multiply_adds / 1e9:.1f} billion multiply-adds, and the page takes "
        f"networks of at most {MOST_MULTIPLY_ADDS / 1e9:.0f} billion; a smaller input takes fewer"
    )


def _classes(network: Network) -> tuple[str, ...]:
    if network.classes:
        return network.classes
    size = network.graph.output.size
    numbered = len(size) == 1 and size[0] <= _MOST_NUMBERED
    return tuple(map(str, range(size[0]))) if numbered else ()
