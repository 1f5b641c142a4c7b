"""A page that asks the view's session directly, without a server."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from striate.studio.looking import Looking, LookSession
from striate.studio.service import Answer


class Asking:
    """A page: `page("look.open", source="lenet")` asks one thing."""

    def __init__(self, looking: Looking) -> None:
        self.looking = looking
        self.session = LookSession(looking)
        self._requests = self.session.requests()

    def __call__(
        self, name: str, arrays: Mapping[str, Any] | None = None, /, **parameters: Any
    ) -> Answer:
        """What a request is answered; parameters that are words of Python end in an underscore."""
        request = self._requests[name]
        given = {key.removesuffix("_"): value for key, value in parameters.items()}
        found: Answer = request.call(self.session, request.validated(given), arrays or {})
        return found

    def draw(self, ink: np.ndarray[Any, Any], *layers: str) -> Answer:
        """The trace of a drawing, with all channels of some layers."""
        asked = [{"name": layer, "to": 10_000} for layer in layers]
        return self("look.trace", {"drawing": ink}, input={"kind": "drawing"}, layers=asked)
