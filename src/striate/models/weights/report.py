"""What became of each tensor of a weights file."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Misshapen:
    """A tensor that the file has in another shape than the model."""

    name: str
    in_file: tuple[int, ...]
    in_model: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What was loaded from where, and what did not fit.

    `layout` says whose names the file uses. `loaded`, `missing` and `misshapen` are the model's
    names, `unexpected` and `left_out` the file's; `left_out` are the tensors that were not meant to
    be loaded: the head where it was to be skipped, auxiliary heads that the model does without.
    `epsilon` is what the layout's networks add to variances, where this is not what the model did
    before; the model's batch normalisations now add it too.
    """

    source: str
    layout: str
    loaded: tuple[str, ...]
    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()
    misshapen: tuple[Misshapen, ...] = ()
    left_out: tuple[str, ...] = ()
    epsilon: float | None = None

    @property
    def fits(self) -> bool:
        """Whether the file had exactly what the model needed."""
        return not (self.missing or self.unexpected or self.misshapen)
