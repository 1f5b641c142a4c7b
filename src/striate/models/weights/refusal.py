"""What to say when a file's tensors are not the model's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from striate.models.entry import Entry
from striate.models.registry import entries
from striate.models.weights.fitting import fit, shapes_of
from striate.models.weights.report import LoadReport

_SHOWN = 4
_NEAREST = 6  # entries whose number of parameters is nearest, which alone are looked at closely
_RUNNING = ("running_mean", "running_var", "num_batches_tracked")


@dataclass(frozen=True)
class Likeness:
    """A registered network with a file's tensors, and how many of all of both fit each other."""

    name: str
    fitting: int
    differing: int

    @property
    def share(self) -> float:
        """The part of all tensors that fits."""
        return self.fitting / (self.fitting + self.differing)


def likeliest(tensors: Mapping[str, Tensor]) -> Likeness | None:
    """The registered network that a file's tensors fit best; None when they fit none at all."""
    size = sum(tensor.numel() for name, tensor in tensors.items() if not name.endswith(_RUNNING))
    matrices = [tensor.shape for tensor in tensors.values() if tensor.ndim == 2]

    def distance(entry: Entry) -> int:
        """From the entry's number of parameters, were one matrix for as many classes as it has."""
        other_classes = [(entry.classes - out) * (inputs + 1) for out, inputs in matrices]
        return min(abs(size + more - entry.parameters) for more in (0, *other_classes))

    found = []
    for entry in sorted(entries(), key=distance)[:_NEAREST]:
        with torch.device("meta"):
            needed = shapes_of(entry.build(entry.input_shape, entry.classes))
        result = fit(tensors, needed)
        differing = len(result.missing) + len(result.unexpected) + len(result.misshapen)
        if result.tensors:
            found.append(Likeness(entry.name, len(result.tensors), differing))
    return max(found, key=lambda likeness: likeness.share, default=None)


def explain(report: LoadReport, model: str, tensors: Mapping[str, Tensor]) -> str:
    """Say what of a file does not fit a model, called `model`, and what to do about it."""
    parts = []
    if report.missing:
        parts.append(f"it lacks {_counted(report.missing)}")
    if report.unexpected:
        parts.append(f"it has {_counted(report.unexpected)} that the model has no place for")
    if report.misshapen:
        shown = [
            f"{one.name} is {_shape(one.in_file)} in the file and {_shape(one.in_model)} in the "
            "model"
            for one in report.misshapen[:_SHOWN]
        ]
        parts.append("; ".join(shown) + _more(len(report.misshapen)))
    words = f"{report.source} does not fit {model}, and nothing was loaded: {'; '.join(parts)}. "
    if _only_classes(report):
        ours, theirs = report.misshapen[-1].in_model[0], report.misshapen[-1].in_file[0]
        return words + (
            f"Only the number of classes differs ({theirs} in the file, {ours} in the model): with "
            'head="skip" everything but the classifier is loaded, which you then train'
        )
    best = likeliest(tensors)
    fitting = len(report.loaded)
    differing = len(report.missing) + len(report.unexpected) + len(report.misshapen)
    if best is not None and best.share > max(0.2, fitting / (fitting + differing)):
        exactly = "exactly " if not best.differing else ""
        return words + (
            f"The file is {exactly}{'of' if exactly else 'most like'} {best.name} "
            f"({best.fitting} tensors fit, {best.differing} do not)"
        )
    return words + "strict=False loads what does fit"


def _only_classes(report: LoadReport) -> bool:
    return (
        bool(report.misshapen)
        and not report.missing
        and not report.unexpected
        and len({(one.in_file[:1], one.in_model[:1]) for one in report.misshapen}) == 1
        and all(one.in_file and one.in_file[1:] == one.in_model[1:] for one in report.misshapen)
    )


def _counted(names: Sequence[str]) -> str:
    count = f"{len(names)} tensor{'s' * (len(names) != 1)}"
    return f"{count} ({', '.join(names[:_SHOWN])}{_more(len(names))})"


def _more(count: int) -> str:
    return f" and {count - _SHOWN} more" if count > _SHOWN else ""


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "a single number"
