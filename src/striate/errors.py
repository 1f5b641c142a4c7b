"""Every exception the user can meet.

Each message is one clear paragraph: what was wrong, where, and what would work. The command
line prints it as it stands and exits with code 2. This module imports nothing but for types.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from striate.models.weights.report import LoadReport
    from striate.notation.diagnostics import Diagnostic


class StriateError(Exception):
    """Base of all errors that the user can put right."""


class GeometryError(StriateError, ValueError):
    """A window, stride, padding or size that no layer can have."""


class LayerError(StriateError, ValueError):
    """A layer was given arguments or an input that it cannot work with."""


class NotationError(StriateError, ValueError):
    """A network text that does not parse, check or build; `diagnostics` says where and why."""

    def __init__(self, message: str, diagnostics: "tuple[Diagnostic, ...]" = ()) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


class DataError(StriateError):
    """A dataset file that is missing, short, corrupt or of another format."""


class DownloadError(DataError):
    """A file that could not be fetched whole; what has arrived is kept for the next try."""


class RecipeError(StriateError, ValueError):
    """A training recipe with unknown, missing or contradictory settings."""


class RunError(StriateError):
    """A run folder that is absent, in use, or does not hold what it should."""


class TrainingError(StriateError):
    """Training cannot go on, for example because the loss is no longer a number."""


class ModelError(StriateError, ValueError):
    """A named network that does not exist, or cannot be had with such an input or options."""


class WeightsError(StriateError):
    """A weights file that is damaged, unsafe to read, or belongs to another network.

    `report` says tensor by tensor what did not fit, None where the file could not be read.
    """

    def __init__(self, message: str, report: "LoadReport | None" = None) -> None:
        super().__init__(message)
        self.report = report


class NetworkError(StriateError, ValueError):
    """A network that cannot be captured, or was asked for something that it does not have."""


class StudioError(StriateError, ValueError):
    """A request to the studio that cannot be answered, or a studio that cannot be started."""
