"""Weights from a file or a publisher into a model, all of them or none."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn

from striate.data import Preprocessing, Progress, cache_folder
from striate.data.cache import expanded
from striate.data.download import fetch
from striate.errors import ModelError, WeightsError
from striate.models.registry import create
from striate.models.weights.fitting import AUXILIARY, Fit, bring_in, converted, fit, shapes_of
from striate.models.weights.published import find_source, sources
from striate.models.weights.reading import read_tensors
from striate.models.weights.refusal import explain
from striate.models.weights.report import LoadReport
from striate.models.weights.source import Source

Head = Literal["load", "skip"]


@dataclass(frozen=True)
class Pretrained:
    """A network with published weights, in evaluation mode, and what its inputs go through."""

    network: nn.Module
    source: Source
    report: LoadReport

    @property
    def preprocessing(self) -> Preprocessing:
        """What turns a picture into the network's input, and names its outputs."""
        return self.source.preprocessing


def load_weights(
    model: nn.Module,
    source: Source | str | Path,
    *,
    name: str | None = None,
    head: Head = "load",
    strict: bool = True,
    progress: Progress | None = None,
    cache: Path | None = None,
) -> LoadReport:
    """Give a model the weights of a file or of a publisher, and say what became of each tensor.

    `source` is a path; or published weights (see `sources`), by themselves or by a name such as
    `resnet50`, `resnet50/torchvision` or `resnet50/torchvision-v1`, which are downloaded into
    `cache` (the user's by default) unless they are there, calling `progress` as bytes arrive. Of a
    file, safetensors or PyTorch state dict, the names are this project's, torchvision's or timm's.
    `name` is the model's registered name; with it a source need not repeat it (`default`,
    `torchvision`), and errors can use it.

    `head="skip"` leaves out the last layer (and those of auxiliary heads with as many outputs), for
    a model with classes of its own, which keep the values they have. `strict=False` loads what has
    the right name and shape, whatever else there is or is not. Auxiliary heads that the model does
    without are left out, and counters of training steps may be missing. Networks whose batch
    normalisation adds another epsilon than the model's hand it over, see `LoadReport.epsilon`.

    Raises:
        WeightsError: the file is damaged, unsafe to read, of another network, or has values that
            are not finite numbers. Nothing in the model has been changed then.
        ModelError: there is no source of that name.
        DownloadError: the file cannot be downloaded.
    """
    if head not in ("load", "skip"):
        raise ModelError(f'head (={head!r}) is "load" or "skip"')
    found = _located(source, name)
    if isinstance(found, Source):
        if strict:
            _check_before_download(model, found, skip_head=head == "skip")
        path, called = _downloaded(found, progress, cache), found.name
    else:
        path, called = expanded(found), str(found)
    tensors = read_tensors(path)
    result = fit(tensors, shapes_of(model), skip_head=head == "skip")
    report = _report(result, called)
    if (strict and not report.fits) or not report.loaded:
        raise WeightsError(explain(report, name or "the model", tensors), report)
    try:
        values = converted(result.tensors, model)
    except WeightsError as error:
        raise WeightsError(f"{called}: {error}", report) from error
    return replace(report, epsilon=bring_in(values, model, result.layout.epsilon))


def pretrained(
    name: str,
    source: Source | str = "default",
    *,
    progress: Progress | None = None,
    cache: Path | None = None,
    **options: Any,
) -> Pretrained:
    """A registered network with published weights, ready to predict.

    `options` are those of `create`. Raises what `create` and `load_weights` do.
    """
    found = _located(source, name)
    if not isinstance(found, Source):
        raise ModelError(f"{source} is a file; create the network and load it with load_weights")
    network = create(name, **options)
    report = load_weights(network, found, name=name, progress=progress, cache=cache)
    return Pretrained(network.eval(), found, report)


def _located(source: Source | str | Path, name: str | None) -> Source | Path:
    if isinstance(source, Source | Path):
        return source
    if name is not None:
        if source == "default":
            return find_source(name)
        for known in sources(name):
            if source in (known.publisher, f"{known.publisher}-{known.version}"):
                return known
    try:
        return find_source(source)
    except ModelError as error:
        # A name of nothing known is a path; whether there is such a file, reading will say.
        if Path(source).suffix or Path(source).exists():
            return Path(source)
        raise ModelError(f"{source!r} is neither a file nor published weights: {error}") from error


def _downloaded(source: Source, progress: Progress | None, cache: Path | None) -> Path:
    folder = cache_folder(cache) / "weights" / source.publisher
    return fetch(
        source.file,
        folder,
        progress,
        check=True,
        by_hand=f"put it into {folder}, or load it in Python with load_weights(model, PATH)",
    )


def _check_before_download(model: nn.Module, source: Source, *, skip_head: bool) -> None:
    """Refuse weights of another network before hundreds of megabytes are fetched in vain."""
    with torch.device("meta"):
        published = create(source.model).state_dict()
    # The file has auxiliary heads even where the network is made without by default.
    needed = {
        name: shape for name, shape in shapes_of(model).items() if not name.startswith(AUXILIARY)
    }
    report = _report(fit(published, needed, skip_head=skip_head), source.name)
    if not report.fits:
        raise WeightsError(explain(report, "the model", published), report)


def _report(result: Fit, called: str) -> LoadReport:
    return LoadReport(
        source=called,
        layout=result.layout.name,
        loaded=tuple(result.tensors),
        missing=result.missing,
        unexpected=result.unexpected,
        misshapen=result.misshapen,
        left_out=result.left_out,
    )
